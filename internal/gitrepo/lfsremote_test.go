package gitrepo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// endpoints are configurations, and the endpoint of each. Those that git-lfs
// can be asked about are compared with it too.
var endpoints = []struct {
	name   string
	git    []string // settings of the repository, as arguments of git config
	commit string   // .lfsconfig
	detach bool
	want   string // URL and, for ssh, what is asked
	differ string // why git-lfs answers something else
}{
	{name: "https", git: []string{"remote.origin.url", "https://example.com/a/b.git"}, want: "https://example.com/a/b.git/info/lfs"},
	{name: "https without .git", git: []string{"remote.origin.url", "https://example.com/a/b"}, want: "https://example.com/a/b.git/info/lfs"},
	{name: "https and a slash", git: []string{"remote.origin.url", "https://example.com/a/b/"}, want: "https://example.com/a/b.git/info/lfs"},
	{name: "http and a port", git: []string{"remote.origin.url", "http://example.com:8080/a.git"}, want: "http://example.com:8080/a.git/info/lfs"},
	{name: "escaped path", git: []string{"remote.origin.url", "https://example.com/a%20b.git"}, want: "https://example.com/a%20b.git/info/lfs"},
	{name: "git", git: []string{"remote.origin.url", "git://example.com/a/b.git"}, want: "https://example.com/a/b.git/info/lfs"},
	{name: "git and a protocol", git: []string{"remote.origin.url", "git://example.com/a.git", "lfs.gitprotocol", "http"}, want: "http://example.com/a.git/info/lfs"},
	{name: "ssh", git: []string{"remote.origin.url", "ssh://git@example.com/a/b.git"}, want: "https://example.com/a/b.git/info/lfs git@example.com:/a/b.git"},
	{name: "ssh and a port", git: []string{"remote.origin.url", "ssh://git@example.com:2222/a.git"}, want: "https://example.com/a.git/info/lfs git@example.com:/a.git"},
	{name: "git+ssh", git: []string{"remote.origin.url", "git+ssh://example.com/a.git"}, want: "https://example.com/a.git/info/lfs example.com:/a.git"},
	{name: "scp", git: []string{"remote.origin.url", "git@example.com:a/b.git"}, want: "https://example.com/a/b.git/info/lfs git@example.com:a/b.git"},
	{name: "scp and an alias of ssh", git: []string{"remote.origin.url", "work:a/b"}, want: "https://work/a/b.git/info/lfs work:a/b"},
	{name: "scp and a port", git: []string{"remote.origin.url", "[git@example.com:2222]:a/b.git"}, want: "https://example.com/a/b.git/info/lfs git@example.com:a/b.git"},
	{name: "scp and an absolute path", git: []string{"remote.origin.url", "git@example.com:/a/b.git"}, want: "https://example.com/a/b.git/info/lfs git@example.com:/a/b.git",
		differ: "its URL has two slashes"},
	{name: "lfs.url", git: []string{"remote.origin.url", "https://example.com/a.git", "lfs.url", "https://lfs.example.com/x"}, want: "https://lfs.example.com/x"},
	{name: "lfs.url over ssh", git: []string{"lfs.url", "ssh://git@lfs.example.com/x"}, want: "https://lfs.example.com/x git@lfs.example.com:/x"},
	{name: "lfs.url of the commit", commit: "[lfs]\n\turl = https://lfs.example.com/c\n", git: []string{"remote.origin.url", "https://example.com/a.git"}, want: "https://lfs.example.com/c"},
	{name: "git's before the commit's", commit: "[lfs]\n\turl = https://lfs.example.com/c\n", git: []string{"lfs.url", "https://lfs.example.com/g"}, want: "https://lfs.example.com/g"},
	{name: "the commit's lfs.url before git's lfsurl", commit: "[lfs]\n\turl = https://lfs.example.com/c\n",
		git: []string{"remote.origin.url", "https://example.com/a.git", "remote.origin.lfsurl", "https://lfs.example.com/r"}, want: "https://lfs.example.com/c"},
	{name: "lfsurl", git: []string{"remote.origin.url", "https://example.com/a.git", "remote.origin.lfsurl", "https://lfs.example.com/r"}, want: "https://lfs.example.com/r"},
	{name: "lfsurl of the commit", commit: "[remote \"origin\"]\n\tlfsurl = https://lfs.example.com/r\n", git: []string{"remote.origin.url", "https://example.com/a.git"}, want: "https://lfs.example.com/r"},
	{name: "unsafe in a commit", commit: "[remote \"origin\"]\n\turl = https://evil.example.com/a\n[url \"https://evil.example.com/\"]\n\tinsteadOf = https://example.com/\n[core]\n\tsshCommand = evil\n",
		git: []string{"remote.origin.url", "https://example.com/a.git"}, want: "https://example.com/a.git/info/lfs"},
	{name: "the branch's remote", git: []string{"remote.origin.url", "https://example.com/a.git", "remote.up.url", "https://example.com/u.git", "branch.main.remote", "up"}, want: "https://example.com/u.git/info/lfs"},
	{name: "detached", detach: true, git: []string{"remote.origin.url", "https://example.com/a.git", "remote.up.url", "https://example.com/u.git", "branch.main.remote", "up"}, want: "https://example.com/a.git/info/lfs"},
	{name: "lfsdefault", git: []string{"remote.origin.url", "https://example.com/a.git", "remote.up.url", "https://example.com/u.git", "remote.lfsdefault", "up"}, want: "https://example.com/u.git/info/lfs"},
	{name: "lfsdefault of the commit", commit: "[remote]\n\tlfsdefault = up\n", git: []string{"remote.origin.url", "https://example.com/a.git", "remote.up.url", "https://example.com/u.git"}, want: "https://example.com/u.git/info/lfs"},
	{name: "the only one", git: []string{"remote.up.url", "https://example.com/u.git"}, want: "https://example.com/u.git/info/lfs"},
	{name: "origin of two", git: []string{"remote.up.url", "https://example.com/u.git", "remote.origin.url", "https://example.com/a.git"}, want: "https://example.com/a.git/info/lfs"},
	{name: "a remote without URL", git: []string{"branch.main.remote", "gone", "remote.origin.url", "https://example.com/a.git"}, want: "https://example.com/a.git/info/lfs"},
	{name: "a name with dots", git: []string{"remote.a.b.url", "https://example.com/a.git"}, want: "https://example.com/a.git/info/lfs"},
	{name: "insteadOf", git: []string{"remote.origin.url", "gh:a/b", "url.https://example.com/.insteadof", "gh:"}, want: "https://example.com/a/b.git/info/lfs"},
	{name: "insteadOf, the longest", git: []string{"remote.origin.url", "gh:a/b", "url.https://short.example.com/.insteadof", "gh:", "url.https://long.example.com/.insteadof", "gh:a/"}, want: "https://long.example.com/b.git/info/lfs"},
	{name: "insteadOf for lfs.url", git: []string{"lfs.url", "gh:a/b", "url.https://example.com/.insteadof", "gh:"}, want: "https://example.com/a/b"},
	{name: "user in the URL", git: []string{"remote.origin.url", "https://user@example.com/a.git"}, want: "https://example.com/a.git/info/lfs", differ: "it leaves the user in the URL"},
	{name: "password in the URL", git: []string{"remote.origin.url", "https://user:se%40cret@example.com/a.git"}, want: "https://example.com/a.git/info/lfs", differ: "it leaves the password in the URL"},
}

func TestLFSEndpoint(t *testing.T) {
	for _, test := range endpoints {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			for i := 0; i < len(test.git); i += 2 {
				l.git("config", test.git[i], test.git[i+1])
			}
			files := []string{"a", pointerText, ".gitattributes", "a filter=lfs -text\n"}
			if test.commit != "" {
				files = append(files, ".lfsconfig", test.commit)
			}
			head := l.commitRaw(files...)
			if test.detach {
				l.git("checkout", "-q", "--detach")
			}
			e, err := l.open().LFSEndpoint(t.Context(), head)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, shown(e)); diff != "" {
				t.Errorf("endpoint (-want +got):\n%s", diff)
			}
			for _, text := range []string{fmt.Sprint(e), fmt.Sprintf("%+v %#v", e, e)} {
				if strings.Contains(text, "cret") {
					t.Errorf("the text of the endpoint holds the password: %s", text)
				}
			}
			if test.differ == "" {
				compareWithGitLFS(t, l, test.want)
			}
		})
	}
}

// A commit's .lfsconfig must not make anybody read files of their machine.
func TestLFSConfigIncludesNothing(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"settings", "[lfs]\n\turl = https://included.example.com\n"},
		{"no settings", "root:x:0:0\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			l.git("config", "remote.origin.url", "https://example.com/a.git")
			outside := filepath.Join(t.TempDir(), "outside")
			if err := os.WriteFile(outside, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			head := l.commitRaw(".lfsconfig", "[include]\n\tpath = "+outside+"\n")
			e, err := l.open().LFSEndpoint(t.Context(), head)
			if err != nil || shown(e) != "https://example.com/a.git/info/lfs" {
				t.Errorf("the endpoint is %s, %v", shown(e), err)
			}
		})
	}
}

// commitRaw commits files as they are, no filter of LFS among them.
func (l lab) commitRaw(pathsAndTexts ...string) string {
	l.Helper()
	for _, name := range []string{"clean", "smudge", "process"} {
		l.git("config", "filter.lfs."+name, "")
	}
	return l.commit("c", pathsAndTexts...)
}

func shown(e LFSEndpoint) string {
	if e.ssh == (sshAddress{}) {
		return e.URL
	}
	return e.URL + " " + e.ssh.String()
}

// pointerText is a pointer whose content is nowhere.
const pointerText = "version https://git-lfs.github.com/spec/v1\noid sha256:00000000000000000000000000000000000000000000000000000000000000ab\nsize 5\n"

// compareWithGitLFS asks the real client, where there is one: what it says, and
// what it asks a proxy for that refuses every connection.
func compareWithGitLFS(t *testing.T, l lab, want string) {
	t.Helper()
	if _, err := exec.LookPath("git-lfs"); err != nil {
		t.Log("not compared with git-lfs: there is none on PATH")
		return
	}
	if url, ssh, ok := strings.Cut(want, " "); ok {
		said := l.git("lfs", "env")
		if !strings.Contains(said, "Endpoint="+url+" (") || !strings.Contains(said, "SSH="+ssh+"\n") {
			t.Errorf("git-lfs has another endpoint than %s:\n%s", want, said)
		}
		return
	}
	cmd := exec.Command("git", "lfs", "fetch")
	cmd.Dir = l.dir
	cmd.Env = append(cmd.Environ(), "HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1", "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), `Post "`+want+`/objects/batch"`) {
		t.Errorf("git-lfs has another endpoint than %s: %v\n%s", want, err, out)
	}
}

func TestLFSEndpointOnThisMachine(t *testing.T) {
	server := newLab(t, "--bare")
	oid := strings.Repeat("ab", 32)
	want := filepath.Join(server.dir, "lfs", "objects", "ab", "ab", oid)
	for name, url := range map[string]string{
		"path": server.dir, "file": "file://" + server.dir, "relative": "../work", "no colon": "./../work",
		"without .git": strings.TrimSuffix(server.dir, ".git"),
	} {
		t.Run(name, func(t *testing.T) {
			l := server.elsewhere(filepath.Join(filepath.Dir(server.dir), "clone-"+strings.ReplaceAll(name, " ", "-")))
			server.git("init", "-q", l.dir)
			l.git("config", "remote.origin.url", url)
			e, err := l.open().LFSEndpoint(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			if e.URL != "" || e.Store == nil || e.Store(oid) != want {
				t.Errorf("endpoint %v, want the store with %s", e, want)
			}
		})
	}
}

func TestLFSEndpointErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		git    []string
		commit string
		want   string
	}{
		{name: "no remote", want: `finding the LFS server: remote "origin" has no URL; add it with git remote add origin URL, or name the server with git config lfs.url URL`},
		{name: "helper", git: []string{"remote.origin.url", "ext::sh -c evil"}, want: "git-remote-ext"},
		{name: "scheme", git: []string{"lfs.url", "ftp://example.com/a"}, want: `lfs.url: "ftp://example.com/a" has a scheme that LFS has no server for`},
		{name: "option as host", git: []string{"remote.origin.url", "ssh://-oProxyCommand=evil/a"}, want: "would be taken for an option"},
		{name: "option as user", git: []string{"remote.origin.url", "-oProxyCommand=evil@host:a"}, want: "would be taken for an option"},
		{name: "option as path", git: []string{"remote.origin.url", "host:-u"}, want: "would be taken for an option"},
		{name: "query", git: []string{"lfs.url", "https://example.com/a?token=secret"}, want: `"https://example.com/a?***" has a query`},
		{name: "no host", git: []string{"lfs.url", "https:///a"}, want: "is not a URL of http"},
		{name: "bad escape", git: []string{"lfs.url", "https://u:secret@example.com/%zz"}, want: `"https://***@example.com/%zz" is not a URL`},
		{name: "line break", git: []string{"lfs.url", "https://example.com/a\nhost=evil"}, want: "is not a URL"},
		{name: "empty", git: []string{"lfs.url", ""}, want: "is not a URL"},
		{name: "file elsewhere", git: []string{"lfs.url", "file://host/a"}, want: "names no directory"},
		{name: "no such directory", git: []string{"remote.origin.url", "/no/such/dir"}, want: `finding the LFS contents of "/no/such/dir" (from the URL of remote "origin")`},
		{name: "broken .lfsconfig", commit: "[lfs\nurl", want: "reading .lfsconfig of "},
		{name: "long .lfsconfig", commit: strings.Repeat("# more\n", 1<<18), want: "a file of settings has a few hundred"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			for i := 0; i < len(test.git); i += 2 {
				l.git("config", test.git[i], test.git[i+1])
			}
			l.write("a", "b")
			if test.commit != "" {
				l.write(".lfsconfig", test.commit)
			}
			_, err := l.open().LFSEndpoint(t.Context(), l.commit("c"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}
