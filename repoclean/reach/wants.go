package reach

import (
	"bytes"
	"path"
	"strings"
)

// The largest files that are read, in bytes. A larger Python file counts as
// one that can't be read; other larger files are data.
const (
	MaxPython   = 4 << 20
	MaxNotebook = 16 << 20
	MaxOther    = 256 << 10
)

// kind is what a file can tell.
type kind int

const (
	nothing  kind = iota // data, documentation, settings of editors and linters
	python               // imports and strings
	notebook             // the same, in cells
	commands             // what runs: shell, Makefiles, Dockerfiles
	config               // names of modules and files, and what runs
	compiled             // a module whose imports can't be read
	unknown              // a name without an extension: the first line decides
)

// Wants says whether Trace can learn something from the content of a file of
// this name and size in bytes: Python, notebooks, and whatever may name or
// start them. Larger files than the limits above are never wanted.
func Wants(file string, size int64, executable bool) bool {
	switch kindOf(file) {
	case python:
		return size <= MaxPython
	case notebook:
		return size <= MaxNotebook
	case commands, config, unknown:
		return size <= MaxOther
	case nothing:
		return executable && size <= MaxOther
	}
	return false
}

// kindOf tells a file's kind by its name.
func kindOf(file string) kind {
	base := strings.ToLower(path.Base(file))
	if k, ok := kindOfName(base); ok {
		return k
	}
	if k, ok := kindOfExtension(path.Ext(base)); ok {
		return k
	}
	switch stem, _, _ := strings.Cut(base, "."); {
	case stem == "dockerfile" || stem == "containerfile" || stem == "makefile":
		return commands
	case strings.HasPrefix(base, ".env."):
		return config
	case stem == base:
		return unknown
	}
	return nothing
}

// kindOfName knows files by their whole name, in lower case.
func kindOfName(base string) (kind, bool) {
	switch base {
	case "makefile", "gnumakefile", "dockerfile", "containerfile", "justfile", "procfile", "snakefile", "jenkinsfile", "crontab":
		return commands, true
	case "mlproject", "pipfile", ".env", "entry_points.txt":
		return config, true
	case "package-lock.json", "codecov.yml", ".coveragerc", ".flake8", ".pylintrc", "pylintrc", "mypy.ini", ".mypy.ini",
		"ruff.toml", ".ruff.toml", ".isort.cfg", "pyrightconfig.json", "mkdocs.yml", ".readthedocs.yaml", ".readthedocs.yml":
		return nothing, true // tools that look at code, and don't run it
	case "readme", "license", "licence", "copying", "authors", "changelog", "changes", "notice", "contributing", "news",
		"codeowners", "version", "todo", "install", "maintainers":
		return nothing, true
	}
	return nothing, false
}

// kindOfExtension knows files by the end of their name, in lower case.
func kindOfExtension(extension string) (kind, bool) {
	switch extension {
	case ".py", ".pyw":
		return python, true
	case ".ipynb":
		return notebook, true
	case ".so", ".pyd", ".pyx":
		return compiled, true
	case ".sh", ".bash", ".zsh", ".fish", ".ksh", ".mk", ".make", ".bat", ".cmd", ".ps1", ".sbatch", ".slurm", ".smk",
		".dockerfile", ".just", ".nf", ".job", ".pbs", ".sub", ".lsf", ".qsub", ".sge", ".csh", ".tcsh", ".xsh", ".bats",
		".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".r", ".jl", ".go", ".rs", ".php", ".lua", ".java", ".scala", ".kt", ".groovy",
		".bazel", ".bzl", ".star", ".earth", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".in", ".inc":
		return commands, true
	case ".yaml", ".yml", ".toml", ".json", ".jsonc", ".json5", ".jsonnet", ".libsonnet", ".cfg", ".ini", ".conf", ".config",
		".env", ".properties", ".hcl", ".tf", ".gin", ".cue", ".service", ".cwl",
		".flaskenv", ".envrc", ".pth", ".pbtxt", ".textproto":
		return config, true
	}
	return nothing, false
}

// kindOfText tells what a file is whose name doesn't say it, or says that it
// tells nothing: its first line may.
func kindOfText(k kind, text []byte) kind {
	if k != unknown && k != nothing {
		return k
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nothing
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	switch program := bytes.HasPrefix(line, []byte("#!")); {
	case program && bytes.Contains(line, []byte("python")):
		return python
	case program || k == unknown:
		return commands // a shell runs a file without a first line, too
	}
	return nothing
}
