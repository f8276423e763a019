// Package reach finds which Python files of a build context anything reaches,
// without running Python: what flows, Makefiles, shell files, configuration
// and entry points start, what those import, and what they name by strings.
//
//	result := reach.Trace(reach.Input{Paths: paths, Texts: texts, Outside: flows})
//	why := result.Files["agent/model.py"]  // its class, and the chain of reasons
//
// Calling a file unreachable by mistake breaks somebody's run; keeping one by
// mistake costs a few bytes. So every doubt keeps the file: a name that only
// running the program would tell keeps its whole package, a word with a
// variable in it keeps everything that fits, and a module that isn't where
// Python would look is looked for everywhere.
//
// It is pure: no git, no file system. The caller hands over the names of all
// files, and the texts of those that Wants asks for.
package reach

// Text is one file with its content.
type Text struct {
	// Path is from the root of the repository, with slashes.
	Path string
	Text []byte
}

// Input is what Trace decides from. The order of nothing in it matters.
type Input struct {
	// Paths is every file of the context, links among them.
	Paths []string
	// Links is the targets of the symlinks among the paths, by path. What a
	// link stands for counts under both names.
	Links map[string]string
	// Texts is the content, by path, of the files that Wants asked for. A
	// wanted Python file that is not in it (one that is too large, or kept by
	// Git LFS) is taken as one that can't be read.
	Texts map[string][]byte
	// Outside is files that needn't be in the context but say what runs there:
	// flows and gantline.yaml.
	Outside []Text
	// Named is files that somebody wants in the context, each with the step that
	// says so: they count as reached from what runs, after all else that does.
	Named map[string]Step
}
