package filelock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gantline.dev/gantline/internal/filelock"
)

func open(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestOneHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, second := open(t, path), open(t, path)
	if held, err := filelock.Held(path); held || err != nil {
		t.Fatalf("before: %v, %v", held, err)
	}
	if err := filelock.Try(first); err != nil {
		t.Fatal(err)
	}
	if err := filelock.Try(second); !errors.Is(err, filelock.ErrHeld) {
		t.Errorf("a second holder: %v", err)
	}
	if held, err := filelock.Held(path); !held || err != nil {
		t.Errorf("meanwhile: %v, %v", held, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	told := 0
	stop := errors.New("stop")
	err := filelock.Wait(ctx, second, func() { told++; cancel(stop) })
	if !errors.Is(err, stop) || told != 1 {
		t.Errorf("waiting ended with %v, told %d times", err, told)
	}
	time.AfterFunc(50*time.Millisecond, func() { first.Close() })
	told = 0
	if err := filelock.Wait(t.Context(), second, func() { told++ }); err != nil || told != 1 {
		t.Errorf("waiting for the end of the first: %v, told %d times", err, told)
	}
}

func TestAt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lock")
	file := open(t, path)
	if !filelock.At(file, path) {
		t.Error("it is not at its own path")
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if filelock.At(file, path) {
		t.Error("a renamed file is at its former path")
	}
	open(t, path)
	if filelock.At(file, path) {
		t.Error("another file is taken for it")
	}
	if _, err := filelock.Held(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}
