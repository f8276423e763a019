package lfs

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
)

// roleFetch makes the test binary a process that fetches: DIR REPOSITORY, and
// the objects as JSON on standard input.
const roleFetch = "test-fetch"

func TestMain(m *testing.M) {
	if len(os.Args) != 4 || os.Args[1] != roleFetch {
		os.Exit(m.Run())
	}
	if err := fetchAsProcess(os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func fetchAsProcess(dir, repository string) error {
	ctx := context.Background()
	repo, err := gitrepo.Open(ctx, repository)
	if err != nil {
		return err
	}
	var objects []Object
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		return err
	}
	return NewStore(dir, nil).Fetch(ctx, Source{Repo: repo, Tree: ""}, objects, nil)
}

// child starts a process that fetches.
func child(t *testing.T, dir string, repo *gitrepo.Repo, objects []Object) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], roleFetch, dir, repo.Root())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = json.NewEncoder(in).Encode(objects) // a child that is killed reads no more
	in.Close()
	return cmd
}

// onlyWhole fails unless each file that has its final name is whole.
func onlyWhole(t *testing.T, store *Store) (files int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(store.dir, "objects"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		if err := verify(t.Context(), path, entry.Name()); err != nil {
			t.Error(err)
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
	return files
}

// killUntilDone runs pairs of processes that fetch into one directory and kills
// them at random moments, until one of them is done. It returns how many were
// killed.
func killUntilDone(t *testing.T, store *Store, repo *gitrepo.Repo, objects []Object, longest time.Duration) int {
	t.Helper()
	var killed atomic.Int32
	for round := 1; ; round++ {
		var done atomic.Bool
		var both sync.WaitGroup
		for range 2 {
			cmd := child(t, store.dir, repo, objects)
			// Each round has more time, so that there is a first kill and a last one.
			after := time.Duration(rand.Int64N(int64(longest))) * time.Duration(round) / 5
			timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			both.Go(func() {
				err := cmd.Wait()
				timer.Stop()
				switch {
				case err == nil:
					done.Store(true)
				case cmd.ProcessState.ExitCode() >= 0:
					t.Errorf("a process that was not killed ends with %v", err)
				default:
					killed.Add(1)
				}
			})
		}
		both.Wait()
		onlyWhole(t, store)
		if done.Load() || t.Failed() {
			store.sweep() // one that was killed while it waited may have left an empty part
			return int(killed.Load())
		}
		if round == 100 {
			t.Fatal("not done after 100 rounds")
		}
	}
}

// Processes that are killed at any moment leave no file under its name that
// isn't whole, and the next ones go on.
func TestKilled(t *testing.T) {
	contents := append(some(30, 20_000), some(1, 4<<20)[0])
	s := newServer(t, contents...)
	s.get = func(w http.ResponseWriter, r *http.Request, oid string) bool {
		slow := &slowWriter{w}
		s.serveContent(slow, r, oid)
		return true
	}
	store := NewStore(t.TempDir(), nil)
	killed := killUntilDone(t, store, newRepo(t, "lfs.url", s.URL+"/lfs"), objectsOf(contents), 300*time.Millisecond)
	if killed == 0 {
		t.Error("no process was killed")
	}
	batches, gets := s.seen()
	t.Logf("%d processes killed, %d batch requests, %d downloads of %d objects", killed, len(batches), len(gets), len(contents))
	holdsExactly(t, store, contents...)
}

// slowWriter passes on about 10 MB a second.
type slowWriter struct{ http.ResponseWriter }

// Write implements io.Writer.
func (w *slowWriter) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(len(p)) * 100 * time.Nanosecond)
	return w.ResponseWriter.Write(p)
}
