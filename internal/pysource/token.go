package pysource

// token is a piece of one logical line. Tokens hold positions in the text and
// not pieces of it: most are never looked at again.
type token struct {
	kind kind
	op   byte // of an operator or bracket its character, see operator
	word word // of a name that means something to this package
	bits bits // of a string, what is in it

	line     int32 // where it begins, from 1
	pos, end int32 // in the text; of a string, what stands between the quotes
	link     int32 // of a bracket or the ends of an f-string, the index of the other
}

type kind uint8

const (
	kName kind = iota
	kNumber
	kString
	kFormatStart // the beginning of an f- or t-string
	kText        // a constant part of one
	kFormatEnd
	kOperator
	kOpen
	kClose
)

// withEquals marks an operator that ends in an equals sign: "==" is '=' and
// this. All other operators are one character, "**" is two of them.
const withEquals = 0x80

// bits are facts about a string, some from its prefix, some from its text.
type bits uint8

const (
	bRaw bits = 1 << iota
	bBytes
	bFormat
	bDot    // has a dot or a slash
	bBlank  // has a blank or the end of a line
	bEscape // has a backslash
	bBrace  // has a doubled brace, which stands for one
	bStop   // in the table of bytes only: ends the quick loop
)

// sights are what a logical line has in it: it tells which of the readers of
// lines have something to do.
type sights uint8

const (
	sImport   sights = 1 << iota // import, or from
	sCall                        // a name that calls is looking for
	sString                      // a string that may be reported
	sName                        // __name__
	sMainText                    // "__main__"
)
