package lfs

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/gitrepo"
)

// pins are the packages of giftless, an LFS server: it declares none itself, and
// needs some that are old.
const pins = `giftless==0.6.2 flask<2.3 werkzeug<3 marshmallow<4 webargs<6 flask-classful flask-marshmallow
figcan pyyaml python-dotenv python-dateutil pyjwt cryptography typing_extensions`

// serveGiftless is the program that python runs: a server on a port that is
// free, which it prints.
const serveGiftless = `
from werkzeug.serving import make_server
from giftless.wsgi_entrypoint import app
server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.port, flush=True)
server.serve_forever()
`

const giftlessConfig = `
LEGACY_ENDPOINTS: false
AUTH_PROVIDERS: [{factory: "giftless.auth.jwt:factory", options: {algorithm: HS256, private_key: "KEY"}}]
TRANSFER_ADAPTERS: {basic: {options: {storage_options: {path: "STORAGE"}}}}
`

const giftlessKey = "a key of at least thirty-two bytes, for tests"

// giftlessPython is the interpreter of a virtual environment with giftless, made
// once for these pins.
func giftlessPython(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "gantline-test-giftless", objectOf([]byte(pins)).OID[:12])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	held, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.Flock(int(held.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	python, complete := filepath.Join(dir, "venv", "bin", "python"), filepath.Join(dir, "complete")
	if _, err := os.Stat(complete); err == nil {
		return python
	}
	run(t, "python3", "-m", "venv", "--clear", filepath.Join(dir, "venv"))
	run(t, python, append([]string{"-m", "pip", "install", "-q"}, strings.Fields(pins)...)...)
	write(t, complete, nil)
	return python
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// startGiftless starts the server and returns its URL.
func startGiftless(t *testing.T) string {
	t.Helper()
	python, dir := giftlessPython(t), t.TempDir()
	cmd := exec.Command(python, "-c", serveGiftless)
	cmd.Dir = dir
	config := strings.NewReplacer("KEY", giftlessKey, "STORAGE", filepath.Join(dir, "storage")).Replace(giftlessConfig)
	cmd.Env = append(cmd.Environ(), "GIFTLESS_CONFIG_STR="+config, "PYTHONWARNINGS=ignore")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		log.Close()
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("giftless says:\n%s", text[max(0, len(text)-4000):])
		}
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		t.Fatalf("starting giftless: %v\n%s", err, text)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

// token is a login for a repository of giftless.
func token() string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	claims := fmt.Sprintf(`{"sub":"ada","scopes":["obj:team/models/*"],"iat":%d,"exp":%d}`, time.Now().Unix(), time.Now().Add(time.Hour).Unix())
	text := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(giftlessKey))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// lab is a repository with 250 small objects and a large one, pushed to a bare
// repository and to giftless behind a proxy by the git-lfs client.
type lab struct {
	proxy   *faultproxy.Proxy
	bare    string
	objects []Object
	large   Object
}

const largeBytes = 48 << 20

func newLab(t *testing.T) *lab {
	t.Helper()
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("needs a package index, to install an LFS server, and GANTLINE_TEST=full")
	}
	if _, err := exec.LookPath("git-lfs"); err != nil {
		t.Fatal("git-lfs is not installed: ", err)
	}
	url := startGiftless(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	helper := filepath.Join(home, "helper")
	write(t, helper, []byte("#!/bin/sh\necho \"$1\" >>'"+home+"/calls'\n[ \"$1\" != get ] || printf 'username=_jwt\\npassword=%s\\n' '"+token()+"'\n"))
	if err := os.Chmod(helper, 0o755); err != nil {
		t.Fatal(err)
	}
	l := &lab{proxy: faultproxy.New(t, url), bare: filepath.Join(t.TempDir(), "models.git")}
	git(t, home, "config", "--global", "credential.helper", helper)
	git(t, home, "lfs", "install", "--skip-repo")
	git(t, home, "init", "-q", "--bare", "-b", "main", l.bare)
	l.push(t, url)
	return l
}

// push makes the repository. The client speaks to the server itself.
func (l *lab) push(t *testing.T, url string) {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	random := rand.NewChaCha8([32]byte{1})
	for i := range 251 {
		size := 1000 + 37*i
		if i == 250 {
			size = largeBytes
		}
		content := make([]byte, size)
		_, _ = random.Read(content)
		write(t, filepath.Join(dir, "data", fmt.Sprintf("%03d.bin", i)), content)
		l.objects = append(l.objects, objectOf(content))
	}
	l.large = l.objects[250]
	write(t, filepath.Join(dir, ".gitattributes"), []byte("*.bin filter=lfs diff=lfs merge=lfs -text\n"))
	write(t, filepath.Join(dir, ".lfsconfig"), []byte("[remote \"origin\"]\n\tlfsurl = "+l.proxy.URL+"/team/models.git/info/lfs\n"))
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "models")
	git(t, dir, "remote", "add", "origin", l.bare)
	git(t, dir, "config", "lfs.url", url+"/team/models.git/info/lfs")
	git(t, dir, "push", "-q", "origin", "main")
}

// clone is a fresh clone without contents.
func (l *lab) clone(t *testing.T) *gitrepo.Repo {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	t.Setenv("GIT_LFS_SKIP_SMUDGE", "1")
	git(t, filepath.Dir(dir), "clone", "-q", l.bare, dir)
	return openRepo(t, dir)
}

// pointers are the objects that the commit's pointers name.
func pointers(t *testing.T, repo *gitrepo.Repo) []Object {
	t.Helper()
	files, err := repo.Tree(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	var objects []Object
	for _, file := range files {
		text, err := repo.ReadBlobs(t.Context(), []string{file.Hash})
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := gitrepo.ParsePointer(text[0]); ok {
			objects = append(objects, Object{p.OID, p.Size})
		}
	}
	return objects
}

func (l *lab) isPost(r *http.Request) bool { return r.Method == http.MethodPost }

func (l *lab) isLarge(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, l.large.OID) }

func (l *lab) isSmall(r *http.Request) bool { return r.Method == http.MethodGet && !l.isLarge(r) }

// TestGiftless fetches from a real server what the real client pushed there.
func TestGiftless(t *testing.T) {
	l := newLab(t)
	t.Run("pull", l.testPull)
	t.Run("faults", l.testFaults)
	t.Run("killed", l.testKilled)
}

// testPull: all comes, with the client's login, and is what git lfs pull brings.
func (l *lab) testPull(t *testing.T) {
	repo := l.clone(t)
	objects := pointers(t, repo)
	if !slices.Equal(objects, l.objects) {
		t.Fatalf("%d pointers, %d objects", len(objects), len(l.objects))
	}
	store := NewStore(t.TempDir(), nil)
	began := time.Now()
	if err := store.Fetch(t.Context(), Source{Repo: repo, Tree: "HEAD", Ref: "refs/heads/main"}, objects, nil); err != nil {
		t.Fatal(err)
	}
	ours := time.Since(began)
	counts := l.proxy.Counts()
	// The first batch request is asked for a login and sent again.
	if posts, gets := counts.Of("POST", "").Requests, counts.Of("GET", "").Requests; posts != 4 || gets != 251 {
		t.Errorf("%d batch requests and %d downloads", posts, gets)
	}
	l.proxy.Reset()
	other := l.clone(t)
	began = time.Now()
	git(t, other.Root(), "lfs", "fetch", "origin", "main")
	theirs := time.Since(began)
	t.Logf("ours: %v, %d requests; git lfs fetch: %v, %d requests; ratio of times %.2f",
		ours.Round(time.Millisecond), counts.Total().Requests, theirs.Round(time.Millisecond), l.proxy.Counts().Total().Requests, ours.Seconds()/theirs.Seconds())
	git(t, other.Root(), "lfs", "pull")
	for i, o := range objects {
		pulled, err := os.ReadFile(filepath.Join(other.Root(), "data", fmt.Sprintf("%03d.bin", i)))
		if err != nil || objectOf(pulled) != o {
			t.Fatalf("git lfs pull brings something else for %s: %v", short(o.OID), err)
		}
	}
	l.compare(t, store)
	calls, err := os.ReadFile(filepath.Join(os.Getenv("HOME"), "calls"))
	if err != nil || !strings.Contains(string(calls), "get\nstore\n") || strings.Contains(string(calls), "erase") {
		t.Errorf("the credential helper was called for %q, %v", calls, err)
	}
	l.proxy.Reset()
	local, err := other.LFSStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := NewStore(t.TempDir(), local).Fetch(t.Context(), Source{Repo: other, Tree: "HEAD"}, objects, nil); err != nil || l.proxy.Counts().Total().Requests != 0 {
		t.Errorf("with all in .git/lfs: %v, %d requests", err, l.proxy.Counts().Total().Requests)
	}
}

// compare reads everything from the store.
func (l *lab) compare(t *testing.T, store *Store) {
	t.Helper()
	for _, o := range l.objects {
		rc, size, err := store.Open(o.OID)
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.New()
		n, err := io.Copy(digest, rc)
		rc.Close()
		if err != nil || n != size || n != o.Size || hex.EncodeToString(digest.Sum(nil)) != o.OID {
			t.Errorf("object %s: %d bytes of %d, %v", short(o.OID), n, o.Size, err)
		}
	}
}

// testFaults: cut and refused requests are made again.
func (l *lab) testFaults(t *testing.T) {
	l.proxy.Reset()
	repo := l.clone(t)
	later := http.Header{"Retry-After": {"1"}}
	for _, fault := range []faultproxy.Fault{
		{Match: l.isPost, Nth: 2, Action: faultproxy.CutResponse(0)},
		{Match: l.isPost, Nth: 4, Action: faultproxy.CutResponse(500)},
		{Match: l.isPost, Nth: 6, Action: faultproxy.Answer(http.StatusServiceUnavailable, later, "")},
		{Match: l.isSmall, Nth: 5, Times: 10, Action: faultproxy.CutResponse(700)},
		{Match: l.isSmall, Nth: 60, Times: 3, Action: faultproxy.CutResponse(0)},
		{Match: l.isSmall, Nth: 90, Times: 3, Action: faultproxy.Answer(http.StatusServiceUnavailable, later, "")},
		{Match: l.isSmall, Nth: 120, Times: 3, Action: faultproxy.Answer(http.StatusTooManyRequests, later, "")},
		{Match: l.isLarge, Nth: 1, Action: faultproxy.CutResponse(10 << 20)},
		{Match: l.isLarge, Nth: 2, Action: faultproxy.CutResponse(20 << 20)},
		{Match: l.isLarge, Nth: 3, Action: faultproxy.Answer(http.StatusBadGateway, nil, "")},
	} {
		l.proxy.Add(fault)
	}
	store := NewStore(t.TempDir(), nil)
	var last Progress
	err := store.Fetch(t.Context(), Source{Repo: repo, Tree: "HEAD"}, l.objects, func(p Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	if fired := l.proxy.Fired(); fired != 25 {
		t.Errorf("%d faults struck", fired)
	}
	if last.Objects != 251 || last.Bytes != last.OfBytes {
		t.Errorf("progress ends with %+v", last)
	}
	t.Logf("\n%v", l.proxy.Counts())
	l.compare(t, store)
}

// testKilled: after a Fetch that was ended, and processes that were killed, in
// the middle, the next go on.
func (l *lab) testKilled(t *testing.T) {
	l.proxy.Reset()
	repo := l.clone(t)
	store := NewStore(t.TempDir(), nil)
	ended := 0
	for range 5 {
		ctx := soon(t, time.Duration(50+rand.IntN(150))*time.Millisecond)
		if err := store.Fetch(ctx, Source{Repo: repo, Tree: "HEAD"}, l.objects, nil); err != nil {
			if ctx.Err() == nil {
				t.Fatal(err)
			}
			ended++
		}
	}
	here := onlyWhole(t, store)
	git(t, repo.Root(), "config", "remote.origin.lfsurl", l.proxy.URL+"/team/models.git/info/lfs") // the child reads no commit
	killed := killUntilDone(t, store, repo, l.objects, 3*time.Second)
	if ended == 0 || killed == 0 {
		t.Errorf("%d ended, %d killed", ended, killed)
	}
	t.Logf("%d ended with %d objects here; %d killed; in all\n%v", ended, here, killed, l.proxy.Counts())
	l.compare(t, store)
}
