package pysource

// word is a name that means something to this package.
type word uint8

const (
	wNone word = iota
	wImport
	wFrom
	wAs
	wDef
	wName
	wPackage
	wSpec
	wAll
	wFile

	// The words from here on are what the reader of calls stops at.
	wPath
	wGetattr
	wSys
	wAddSiteDir
	wLazy // any name that begins with lazy
	wOptionM

	// The words from here on are functions that import.
	wImportModule
	wDunderImport
	wLazyImport
	wFindSpec
	wRunModule
	wRunPath
	wSpecFromFile
	wLoadSource
	wSourceFileLoader
	wLoadModule
	wFindModule
	wWalkPackages
	wIterModules
	wEntryPoints
	wIterEntryPoints
	wLoadEntryPoint
	wImportString
	wResolveName
	wLocate
	wAttach
	wAttachStub
	wExec
	wEval
	wCompile
	words
)

const (
	firstSeen     = wPath
	firstImporter = wImportModule
)

// spelling is how each word is written.
var spelling = [words]string{
	wImport:           "import",
	wFrom:             "from",
	wAs:               "as",
	wDef:              "def",
	wName:             "__name__",
	wPackage:          "__package__",
	wSpec:             "__spec__",
	wAll:              "__all__",
	wFile:             "__file__",
	wPath:             "__path__",
	wGetattr:          "__getattr__",
	wSys:              "sys",
	wAddSiteDir:       "addsitedir",
	wOptionM:          "-m",
	wImportModule:     "import_module",
	wDunderImport:     "__import__",
	wLazyImport:       "__lazy_import__",
	wFindSpec:         "find_spec",
	wRunModule:        "run_module",
	wRunPath:          "run_path",
	wSpecFromFile:     "spec_from_file_location",
	wLoadSource:       "load_source",
	wSourceFileLoader: "SourceFileLoader",
	wLoadModule:       "load_module",
	wFindModule:       "find_module",
	wWalkPackages:     "walk_packages",
	wIterModules:      "iter_modules",
	wEntryPoints:      "entry_points",
	wIterEntryPoints:  "iter_entry_points",
	wLoadEntryPoint:   "load_entry_point",
	wImportString:     "import_string",
	wResolveName:      "resolve_name",
	wLocate:           "locate",
	wAttach:           "attach",
	wAttachStub:       "attach_stub",
	wExec:             "exec",
	wEval:             "eval",
	wCompile:          "compile",
}

// wordAt finds a word by its hash. No two words share one: a test holds that.
var wordAt = func() (table [1024]word) {
	for w := wNone + 1; w < words; w++ {
		if spelling[w] != "" {
			table[hash([]byte(spelling[w]))] = w
		}
	}
	return table
}()

func hash(name []byte) int {
	n := len(name)
	return (int(name[0])*1 + int(name[n-1])*1 + int(name[n/2])*1 + n*16) & 1023
}

// wordOf knows a name by its text.
func wordOf(name []byte) word {
	if w := wordAt[hash(name)]; w != wNone && spelling[w] == string(name) {
		return w
	}
	if c := name[0] | 0x20; (c == 'l' || c == 0x7f) && len(name) >= 4 && isLazy(name) {
		return wLazy
	}
	return wNone
}

// isLazy says whether a name is like those of helpers that import when
// something is first used: lazy_import, LazyLoader, _LazyModule.
func isLazy(name []byte) bool {
	if name[0] == '_' {
		name = name[1:]
	}
	return len(name) >= 4 && name[0]|0x20 == 'l' && string(name[1:4]) == "azy"
}
