package reach

// Class says who reaches a file.
type Class string

// The classes, the strongest first: a file has the first one that fits.
const (
	// Run: reached from what runs: a flow, gantline.yaml, a Makefile, a shell
	// file, a Dockerfile, configuration or an entry point.
	Run Class = "run"
	// Script: reached only from a program that nothing names: a file that asks
	// for __name__ == "__main__", has a line "#!… python", or is a notebook.
	// Somebody may start it by hand.
	Script Class = "script"
	// Test: reached only from tests.
	Test Class = "test"
	// Kept: nothing is known to reach it, but that can't be told for sure: it
	// can't be read as Python, or nothing says at all what runs.
	Kept Class = "kept"
	// Unreached: nothing reaches it.
	Unreached Class = "unreached"
)

// Result is what Trace found.
type Result struct {
	// Files has each Python file (*.py) of the context, and of the other files
	// those that a reached one names.
	Files map[string]Reached
}

// Reached is one file's class with the reasons.
type Reached struct {
	Class Class `json:"class"`
	// Chain is the shortest way from a root to the file: each step is a file
	// that leads to the next step's, the last to the file itself. Where the
	// file is a root by itself, the chain is one step that says so. It is empty
	// where nothing reaches the file.
	Chain []Step `json:"chain,omitempty"`
}

// Step is one link of a chain: a place, and what it does there.
type Step struct {
	// Path is the file that says something; empty where no single file does.
	Path string `json:"path,omitempty"`
	// Line is from 1; 0 where the whole file is meant.
	Line int `json:"line,omitempty"`
	// How says what the place does, as the rest of a sentence that begins with
	// it: "runs train.py", "imports agent.model".
	How string `json:"how"`
}
