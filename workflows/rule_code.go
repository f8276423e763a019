package workflows

import (
	"path"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

func codeRule() Rule {
	return Rule{Name: "code", check: checkCode, Doc: "No expression stands in an argument that an interpreter runs as code ([bash, -c, …], [python, -c, …]): its value would run too. " +
		"A script under `run` as a string is safe, and so is an argument after the code."}
}

func checkCode(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, step := range a.flow.written() {
		out = append(out, codeArguments(step.Run)...)
		if step.OnFailure != nil {
			out = append(out, codeArguments(step.OnFailure.Run)...)
		}
	}
	return out
}

func codeArguments(run *Run) []diag.Problem {
	if run == nil {
		return nil
	}
	words := make([]string, 0, len(run.Args))
	for _, arg := range run.Args {
		words = append(words, arg.V)
	}
	code := codeWords(words)
	for _, i := range remoteWords(words) {
		code[i] = words[0]
	}
	var out []diag.Problem
	for i, interpreter := range code {
		if at := strings.Index(words[i], tokenOpen); at >= 0 {
			out = append(out, diag.Errorf(run.Args[i].At(at), "code", "an expression inside code that %s runs, where its value would run too", interpreter).
				WithHint("write the code as a script, run: a string, or pass the value as an argument after the code"))
		}
	}
	return out
}

// codeWords is the words of a command line that an interpreter in it runs as
// code, each with the interpreter.
func codeWords(words []string) map[int]string {
	found := map[int]string{}
	interpreter := ""
	for i, word := range words {
		switch {
		case isInterpreter(word):
			interpreter = word
		case i > 0 && interpreter != "" && isCodeOption(interpreter, words[i-1]):
			found[i], interpreter = interpreter, ""
		case strings.HasPrefix(word, "-"):
		case isShell(interpreter) && strings.HasPrefix(words[i-1], "-") && strings.HasSuffix(words[i-1], "o"): // -o pipefail
		default:
			interpreter = ""
		}
	}
	return found
}

// remoteWords is the words of a command line of ssh that make the command,
// which a shell on the other side reads.
func remoteWords(words []string) []int {
	if len(words) == 0 || path.Base(words[0]) != "ssh" {
		return nil
	}
	at := 1
	for at < len(words) && strings.HasPrefix(words[at], "-") {
		if option := words[at]; len(option) == 2 && strings.Contains("BbcDEeFIiJLlmOopQRSWw", option[1:]) {
			at++ // its operand
		}
		at++
	}
	var found []int
	for i := at + 1; i < len(words); i++ {
		found = append(found, i)
	}
	return found
}
