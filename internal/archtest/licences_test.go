package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// compatible are the licences that may be linked into a program under
// Apache-2.0, by words that only their texts have.
var compatible = []struct{ name, words string }{
	{"Apache-2.0", "Apache License"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"BSD", "Redistribution and use in source and binary forms"},
	{"ISC", "Permission to use, copy, modify, and"},
	{"MPL-2.0", "Mozilla Public License"}, // file by file: those files are not changed here
}

var spaces = regexp.MustCompile(`\s+`)

// TestLicencesAreCompatible looks at the licence of every module that is
// linked into the two programs.
func TestLicencesAreCompatible(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{.Path}} {{.Dir}}{{end}}`, "./cmd/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing modules: %v", err)
	}
	dirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, dir, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			dirs[path] = dir
		}
	}
	if len(dirs) < 20 {
		t.Fatalf("only %d modules found", len(dirs))
	}
	for path, dir := range dirs {
		if name := licence(t, dir); name == "" {
			t.Errorf("module %s: no licence that is known to be compatible with Apache-2.0", path)
		}
	}
}

// licence is the name of the licence in a module's directory.
func licence(t *testing.T, dir string) string {
	t.Helper()
	for _, pattern := range []string{"LICENSE*", "LICENCE*", "License*", "COPYING*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // a directory of licences, say
			}
			for _, known := range compatible {
				if strings.Contains(spaces.ReplaceAllString(string(text), " "), known.words) {
					return known.name
				}
			}
		}
	}
	return ""
}
