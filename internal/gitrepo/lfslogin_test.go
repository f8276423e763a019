package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script writes a program.
func script(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// sshLab is a repository with a remote over ssh, and a program in ssh's place
// that notes its arguments, a line each, and does what the text says.
func sshLab(t *testing.T, remote, name, text string) (l lab, program, notes string) {
	t.Helper()
	l = newLab(t)
	l.git("config", "remote.origin.url", remote)
	notes = filepath.Join(t.TempDir(), "notes")
	program = script(t, name, `for word in "$@"; do printf '%s\n' "$word"; done >'`+notes+"'\n"+text)
	return l, program, notes
}

func (l lab) login(ctx context.Context) (LFSLogin, error) {
	l.Helper()
	r := l.open()
	e, err := r.LFSEndpoint(ctx, "")
	if err != nil {
		l.Fatal(err)
	}
	return r.LFSLogin(ctx, e)
}

// The command that ssh is given is the one that git-lfs gives, in batch mode
// where the program is known to have one.
func TestSSHArguments(t *testing.T) {
	const answer = `echo '{"href":"https://lfs.example.com/a","header":{"Authorization":"RemoteAuth secret"},"expires_in":60}'`
	for _, test := range []struct {
		name, remote, program string
		settings              []string
		want                  []string
	}{
		{name: "scp", remote: "git@example.com:team/a.git", program: "ssh", want: []string{"-o", "BatchMode=yes", "git@example.com", "git-lfs-authenticate team/a.git download"}},
		{name: "port", remote: "ssh://git@example.com:2222/team/a.git", program: "ssh", want: []string{"-o", "BatchMode=yes", "-p", "2222", "git@example.com", "git-lfs-authenticate /team/a.git download"}},
		{name: "a path for the shell", remote: "git@example.com:it's $(a).git", program: "ssh", want: []string{"-o", "BatchMode=yes", "git@example.com", `git-lfs-authenticate 'it'\''s $(a).git' download`}},
		{name: "another program", remote: "ssh://example.com:22/a", program: "wrapper", want: []string{"-p", "22", "example.com", "git-lfs-authenticate /a download"}},
		{name: "plink", remote: "ssh://example.com:22/a", program: "plink", want: []string{"-batch", "-P", "22", "example.com", "git-lfs-authenticate /a download"}},
		{name: "variant", remote: "ssh://example.com/a", program: "wrapper", settings: []string{"ssh.variant", "ssh"}, want: []string{"-o", "BatchMode=yes", "example.com", "git-lfs-authenticate /a download"}},
	} {
		for _, how := range []string{"GIT_SSH_COMMAND", "core.sshCommand", "GIT_SSH"} {
			t.Run(test.name+" by "+how, func(t *testing.T) {
				l, program, notes := sshLab(t, test.remote, test.program, answer)
				want := test.want
				for i := 0; i < len(test.settings); i += 2 {
					l.git("config", test.settings[i], test.settings[i+1])
				}
				switch how {
				case "GIT_SSH":
					t.Setenv("GIT_SSH_COMMAND", "")
					t.Setenv("GIT_SSH", program)
				case "GIT_SSH_COMMAND":
					t.Setenv("GIT_SSH_COMMAND", program+" -i 'a key'")
					l.git("config", "core.sshCommand", "false")
					want = append([]string{"-i", "a key"}, want...)
				default:
					t.Setenv("GIT_SSH_COMMAND", "")
					l.git("config", "core.sshCommand", program+" -i 'a key'")
					want = append([]string{"-i", "a key"}, want...)
				}
				login, err := l.login(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if login.URL != "https://lfs.example.com/a" || login.Header.Get("Authorization") != "RemoteAuth secret" || login.Source != "ssh" {
					t.Errorf("login %v, header %v", login, login.Header)
				}
				if left := time.Until(login.Expires); left < 50*time.Second || left > time.Minute {
					t.Errorf("expires in %v", left)
				}
				if text := fmt.Sprintf("%v %+v %#v %s", login, login, login, login); strings.Contains(text, "secret") {
					t.Errorf("the text of a login holds its secret: %s", text)
				}
				raw, err := os.ReadFile(notes)
				l.must(err)
				if diff := cmp.Diff(want, strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")); diff != "" {
					t.Errorf("arguments (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestSSHAnswers(t *testing.T) {
	for _, test := range []struct{ name, text, url, want string }{
		{name: "nothing but a header", text: `echo '{"header":{"Authorization":"x"}}'`, url: "https://example.com/a.git/info/lfs"},
		{name: "no such command", text: "echo 'bash: git-lfs-authenticate: command not found' >&2; exit 127", url: "https://example.com/a.git/info/lfs"},
		{name: "no ssh", text: "echo 'sh: 1: ssh: not found' >&2; exit 127", want: "sh: 1: ssh: not found"},
		{name: "refused", text: "echo 'git@example.com: Permission denied (publickey).' >&2; exit 255", want: "Permission denied (publickey). (exit status 255); try ssh git@example.com git-lfs-authenticate a.git download, or name another server with git config lfs.url URL"},
		{name: "no JSON", text: "echo Welcome, secret", want: "not the JSON that LFS wants"},
		{name: "another scheme", text: `echo '{"href":"file://u:secret@h/etc"}'`, want: "not a URL of an LFS server"},
		{name: "a broken header", text: `printf '%s' '{"header":{"A":"b\r\nsecret: c"}}'`, want: "a header that is not one"},
		{name: "endless", text: "cat /dev/zero", want: "asking \"git@example.com:a.git\" for access to LFS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, program, _ := sshLab(t, "git@example.com:a.git", "ssh", test.text)
			t.Setenv("GIT_SSH_COMMAND", program)
			login, err := l.login(t.Context())
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want == "" && login.URL != test.url:
				t.Errorf("URL %q, want %q", login.URL, test.url)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret")):
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// An ssh that hangs ends with the context, and its children with it; it has no
// terminal to ask on.
func TestSSHHangs(t *testing.T) {
	l, program, notes := sshLab(t, "git@example.com:a.git", "ssh", "(: </dev/tty) 2>/dev/null && echo tty; sleep 600; echo late")
	t.Setenv("GIT_SSH_COMMAND", program)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := l.login(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := os.Stat(notes); err != nil {
		t.Error("ssh was not run")
	}
}

func FuzzSSHAnswer(f *testing.F) {
	f.Add([]byte(`{"href":"https://h/a","header":{"A":"b"},"expires_at":"2026-01-02T03:04:05Z","expires_in":5}`))
	f.Add([]byte(`{"href":"http://[::1]:80/"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, out []byte) {
		login, err := parseSSHAnswer(out, "https://fallback/", time.Unix(1, 0))
		if err != nil {
			return
		}
		u, err := url.Parse(login.URL)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("URL %q: %v", login.URL, err)
		}
		for name, values := range login.Header {
			if strings.ContainsAny(name+values[0], "\r\n") {
				t.Errorf("header %q: %q", name, values)
			}
		}
	})
}

func TestChooseHeaders(t *testing.T) {
	for _, test := range []struct {
		name, url string
		entries   []string // what stands for <url>, and the value, in turn
		want      []string
	}{
		{"a host", "https://github.com/o/r.git/info/lfs", []string{"https://github.com/", "A: 1"}, []string{"1"}},
		{"another host", "https://gitlab.com/o/r", []string{"https://github.com/", "A: 1"}, nil},
		{"a host that ends alike", "https://evilgithub.com/o", []string{"https://github.com", "A: 1"}, nil},
		{"a host that begins alike", "https://github.com.evil.com/o", []string{"https://github.com", "A: 1"}, nil},
		{"another scheme", "http://github.com/o", []string{"https://github.com/", "A: 1"}, nil},
		{"the port that is meant", "https://h:443/o", []string{"https://h/", "A: 1"}, []string{"1"}},
		{"another port", "https://h:444/o", []string{"https://h/", "A: 1"}, nil},
		{"a path", "https://h/o/r", []string{"https://h/o", "A: 1"}, []string{"1"}},
		{"half a name", "https://h/other/r", []string{"https://h/o", "A: 1"}, nil},
		{"any", "https://h/o", []string{"", "A: 1"}, []string{"1"}},
		{"a star", "https://a.h.com/o", []string{"https://*.h.com", "A: 1"}, []string{"1"}},
		{"a star is one label", "https://a.b.h.com/o", []string{"https://*.h.com", "A: 1"}, nil},
		{"several", "https://h/o", []string{"https://h", "A: 1", "https://h", "A: 2"}, []string{"1", "2"}},
		{"a better one later", "https://h/o", []string{"", "A: 1", "https://h", "A: 2"}, []string{"1", "2"}},
		{"a worse one later", "https://h/o", []string{"https://h", "A: 2", "", "A: 1"}, []string{"2"}},
		{"forgotten", "https://h/o", []string{"", "A: 1", "https://h", "", "https://h", "A: 2"}, []string{"2"}},
		{"a user", "https://h/o", []string{"https://u@h/", "A: 1"}, nil},
		{"not a header", "https://h/o", []string{"", "nonsense", "", "A: b\nB: c"}, nil},
	} {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		var entries []configEntry
		for i := 0; i < len(test.entries); i += 2 {
			key := "http.extraheader"
			if test.entries[i] != "" {
				key = "http." + test.entries[i] + ".extraheader"
			}
			entries = append(entries, configEntry{key, test.entries[i+1]})
		}
		got := chooseHeaders(entries, u)
		want := http.Header{}
		if test.want != nil {
			want["A"] = test.want
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestCredential(t *testing.T) {
	l := newLab(t)
	notes := filepath.Join(t.TempDir(), "notes")
	asked := script(t, "askpass", "echo asked >>'"+notes+"'; echo secret")
	t.Setenv("GIT_ASKPASS", asked)
	t.Setenv("SSH_ASKPASS", asked)
	l.git("config", "core.askPass", asked)
	r := l.open()
	_, err := r.Credential(t.Context(), "https://u:secret@example.com/a")
	if !errors.Is(err, ErrNoCredential) || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(notes); err == nil {
		t.Error("somebody was asked for a password")
	}
	l.git("config", "credential.helper", "!f() { cat >>'"+notes+"'; echo username=ada; echo password=sec=ret; }; f")
	c, err := r.Credential(t.Context(), "https://example.com:8443/a/b.git")
	if err != nil {
		t.Fatal(err)
	}
	if c.Authorization() != "Basic YWRhOnNlYz1yZXQ=" {
		t.Errorf("authorization %q", c.Authorization())
	}
	if text := fmt.Sprintf("%v %+v %#v %s", c, c, c, &c); strings.Contains(text, "sec=ret") || !strings.Contains(text, "ada") {
		t.Errorf("the text of a credential: %s", text)
	}
	l.must(r.Approve(t.Context(), c))
	l.must(r.Reject(t.Context(), c))
	raw, err := os.ReadFile(notes)
	l.must(err)
	if n := strings.Count(string(raw), "host=example.com:8443\n"); n != 3 {
		t.Errorf("the helper is told %d times of the host:\n%s", n, raw)
	}
	if n := strings.Count(string(raw), "password=sec=ret\n"); n != 2 {
		t.Errorf("the helper is told %d times of the password:\n%s", n, raw)
	}
	for _, bad := range []string{"https://h/%0ahost=evil", "https://h%0a/", "no URL", "", "https:///a"} {
		if _, err := r.Credential(t.Context(), bad); err == nil || errors.Is(err, ErrNoCredential) {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

// FuzzDerive: whatever a setting holds, there is an endpoint that can be asked
// safely, or an error that holds no password.
func FuzzDerive(f *testing.F) {
	for _, test := range endpoints {
		for i := 1; i < len(test.git); i += 2 {
			f.Add(test.git[i], test.commit, true)
		}
	}
	f.Add("[::1]:a", "a\nb", false)
	f.Add("ssh://-o@h:0x/..", "", true)
	f.Fuzz(func(t *testing.T, raw, commit string, clone bool) {
		s := lfsSettings{root: "/root", git: []configEntry{{"remote.origin.url", "https://u:fuzzsecret@h/a"}}, commit: []configEntry{{"lfs.gitprotocol", commit}}}
		where, err := s.derive(raw, clone)
		if err != nil {
			return
		}
		if where.dir != "" {
			if !filepath.IsAbs(where.dir) || where.url != "" {
				t.Errorf("%q: directory %q, URL %q", raw, where.dir, where.url)
			}
			return
		}
		u, err := url.Parse(where.url)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q: URL %q: %v", raw, where.url, err)
		}
		if a := where.ssh; a != (sshAddress{}) && a.check() != nil || strings.HasPrefix(a.destination(), "-") {
			t.Errorf("%q: ssh to %q", raw, a)
		}
	})
}
