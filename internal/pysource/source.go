// Package pysource reads Python source without running it: what a file
// imports, at any depth, which strings in it could name a module or a file,
// and where it imports by a name that only running it would tell.
//
//	file, err := pysource.Read(text)
//
// It is a reader of tokens and not a parser of the language: it takes what
// every Python 3 takes, and much that none does. An error means that the text
// can't be read as Python at all; who decides by imports must then keep the
// file.
//
// A scanner cuts the text into tokens, one logical line at a time. A line is
// then read for what it has: import statements (statement.go), calls that
// import (call.go and importers.go, by the values of value.go), strings
// (literal.go, command.go). Nothing is evaluated but constants joined by +, %
// and format: whatever else names a module makes the import a Dynamic one.
package pysource

// File is what one source says of others.
type File struct {
	// Imports is every import, in the order of the logical lines.
	Imports []Import
	// Dynamic is every place that imports what can't be told from the text.
	Dynamic []Dynamic
	// Strings is the constant strings that could name a module or a file:
	// those with a dot or a slash in them and no blank, at most 300 bytes, that
	// are more than marks; and paths of files that the file runs, whatever is in
	// them.
	Strings []String
	// Main says that the file asks whether it is run as a program:
	// if __name__ == "__main__".
	Main bool
	// All is the constant strings of statements that begin with __all__. Where
	// the file is a package's, "from package import *" imports those of them
	// that are its modules.
	All []string
	// Identifiers is the constant strings that are a name without a dot, and
	// could so be a module of the file's own package. They are read only where
	// something in the file may import by such a string: it has a Dynamic, a
	// module's __getattr__, calls something whose name begins with "lazy", or
	// puts another object in its own place in sys.modules.
	Identifiers []String
	// SearchPath is the lines that touch the list of directories in which
	// modules are looked for: sys.path, site.addsitedir, __path__.
	SearchPath []int
}

// Import is one module that is imported, with the names taken from it.
type Import struct {
	// Line is where the statement or call begins, from 1.
	Line int
	// Level is the number of leading dots of a relative import.
	Level int
	// Module is the dotted name; "" in "from . import x".
	Module string
	// Names is what a from-import takes, "*" among them perhaps: each may be a
	// module below Module. It is empty for "import a.b".
	Names []string
	// Call is the function that imports, where no statement does:
	// "importlib.import_module", "__import__", "importlib.util.find_spec",
	// "runpy.run_module", "lazy_loader.attach"; "python -m" where the file starts
	// Python with a module, "entry point" where it declares one ("train =
	// agent.train:main", in a setup.py).
	Call string
}

// Dynamic is an import by a name that the text doesn't tell. Where it has
// neither Prefix nor Level it can import anything.
type Dynamic struct {
	// Line is from 1, Call the function: "importlib.import_module",
	// "__import__", "runpy.run_module", "pkgutil.iter_modules", "exec", ….
	Line int
	Call string
	// Prefix is the constant beginning of the name, up to its last dot, where
	// there is one: of f"agent.plugins.{name}" it is "agent.plugins".
	Prefix string
	// Level is the number of leading dots of the name. With 1 and no Prefix it
	// imports from the package that the file is in.
	Level int
}

// String is a constant string.
type String struct {
	Line int // where it begins, from 1
	Text string
	// Part says that it is a piece of something longer: of an f-string, where it
	// begins the string or has a slash (f"{root}/conf/{x}.yaml" has "/conf/"), or
	// of a command line such as "python steps/train.py", where it ends in ".py".
	Part bool
}
