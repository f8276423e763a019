package workflows

// place is how a shell reads the place where an expression stands.
type place int

// An expression can stand in the first four.
const (
	bare         place = iota // becomes "${G}"
	doubleQuotes              // becomes ${G}
	heredoc                   // becomes ${G}
	pattern                   // becomes "${G}", in double quotes or not
	inSingleQuotes
	inQuotedHeredoc
	inComment
	inArithmetic
	inBackquotes
	inName
	inCode
	inRemoteCommand
	inCodeInput
	inHeredocPattern
	inExtendedPattern
	afterBackslash
)

func (p place) refused() bool { return p > pattern }

// refusal says why no expression can stand there and what to write instead;
// EXPR is the expression.
func (p place) refusal() (problem, hint string) {
	switch p {
	case inSingleQuotes:
		return "an expression inside single quotes, where a shell expands nothing",
			"use double quotes, or end the quotes before it: '…'EXPR'…'"
	case inQuotedHeredoc:
		return "an expression inside a quoted here-document, where a shell expands nothing",
			"take the quotes off the delimiter, or pass the value through `env`"
	case inComment:
		return "an expression inside a comment", "take it out"
	case inArithmetic:
		return "an expression inside arithmetic, where a shell would evaluate its value as code",
			"make it a number on a line before, n=$(printf %d EXPR), and write n here"
	case inBackquotes:
		return "an expression inside backquotes, whose quoting shells disagree about", "write $(…) instead of `…`"
	case inName:
		return "an expression where a shell wants a name", "write the name out; an expression can only be a value"
	case inCode:
		return "an expression inside code that another program runs, where its value would run too",
			"pass it as an argument: bash -c 'use \"$1\"' _ EXPR, or python -c 'use(sys.argv[1])' EXPR"
	case inRemoteCommand:
		return "an expression inside a command for ssh, which a shell on the other side reads again",
			"quote it for that shell: \"$(printf %q EXPR)\""
	case inCodeInput:
		return "an expression inside a here-document that another program runs as code",
			"quote the delimiter, and pass the value through `env`"
	case inHeredocPattern:
		return "an expression inside a pattern of a here-document", "assign it to a variable before: value=EXPR"
	case inExtendedPattern:
		return "an expression inside an extended pattern",
			"assign it to a variable before, value=EXPR, and write \"$value\" here"
	case afterBackslash:
		return "a backslash right before an expression", "take it out; a value is never split or expanded"
	}
	return "", ""
}
