package gitrepo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"strings"
	"syscall"
	"time"
)

// sshPatience is how long ssh may take for a login; sshAnswerBytes is what is
// read of its answer.
const (
	sshPatience    = time.Minute
	sshAnswerBytes = 1 << 20
)

// lacksCommand says whether it was the shell on the other side that did not
// find the command.
func lacksCommand(err error) bool {
	const notFound = 127
	exit := new(exec.ExitError)
	return errors.As(err, &exit) && exit.ExitCode() == notFound && strings.Contains(err.Error(), "git-lfs-authenticate")
}

// askOverSSH runs git-lfs-authenticate on the other side. It is not ok where
// that host has no such command: its server is spoken to without it.
func (r *Repo) askOverSSH(ctx context.Context, e LFSEndpoint) (login LFSLogin, ok bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, sshPatience, fmt.Errorf("no answer for %v", sshPatience))
	defer cancel()
	asked := time.Now()
	out, err := r.ssh(ctx, e.ssh, "git-lfs-authenticate "+shellQuoted(e.ssh.path)+" download")
	if lacksCommand(err) {
		return LFSLogin{}, false, nil
	}
	if err != nil {
		return LFSLogin{}, false, fmt.Errorf("asking %q for access to LFS: %w; try ssh %s git-lfs-authenticate %s download, or name another server with git config lfs.url URL",
			e.ssh.String(), err, e.ssh.destination(), shellQuoted(e.ssh.path))
	}
	login, err = parseSSHAnswer(out, e.URL, asked)
	if err != nil {
		return LFSLogin{}, false, fmt.Errorf("reading the answer of git-lfs-authenticate on %q: %w", e.ssh.destination(), err)
	}
	return login, true, nil
}

// parseSSHAnswer reads what git-lfs-authenticate printed. Its text may hold
// secrets: no error repeats it.
func parseSSHAnswer(out []byte, fallback string, asked time.Time) (LFSLogin, error) {
	var answer struct {
		Href      string            `json:"href"`
		Header    map[string]string `json:"header"`
		ExpiresAt time.Time         `json:"expires_at"`
		ExpiresIn int64             `json:"expires_in"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return LFSLogin{}, errors.New("it is not the JSON that LFS wants; does the login on that host print something?")
	}
	login := LFSLogin{URL: fallback, Header: http.Header{}, Expires: answer.ExpiresAt, Source: "ssh"}
	if answer.Href != "" {
		u, err := url.Parse(answer.Href)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" {
			return LFSLogin{}, fmt.Errorf("it leads to %q, which is not a URL of an LFS server", Redact(answer.Href))
		}
		u.User = nil
		login.URL = strings.TrimSuffix(u.String(), "/")
	}
	if answer.ExpiresIn > 0 {
		login.Expires = asked.Add(time.Duration(min(answer.ExpiresIn, 1<<31)) * time.Second)
	}
	for name, value := range answer.Header {
		if name == "" || strings.ContainsAny(name+value, "\r\n\x00") {
			return LFSLogin{}, errors.New("it has a header that is not one")
		}
		login.Header.Set(name, value)
	}
	return login, nil
}

// ssh runs a command on another host with the program that git would use, never
// asking anybody anything, and returns what it printed.
func (r *Repo) ssh(ctx context.Context, to sshAddress, command string) ([]byte, error) {
	program, variant, err := r.sshProgram(ctx)
	if err != nil {
		return nil, err
	}
	args := append(sshOptions(program, variant, to.port), to.destination(), command)
	// git has a shell read the program's name and what follows it.
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", program + ` "$@"`, program}, args...)...)
	cmd.Dir = r.invocation("").dir
	cmd.Env = append(cmd.Environ(), "LC_ALL=C", "SSH_ASKPASS=", "SSH_ASKPASS_REQUIRE=never")
	// A session of its own has no terminal that a password could be asked on.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killDelay
	var stdout bytes.Buffer
	var stderr tail
	cmd.Stdout, cmd.Stderr = &limited{buf: &stdout, left: sshAnswerBytes}, &stderr
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("running ssh: %w", context.Cause(ctx))
	case err != nil && stderr.String() != "":
		return nil, fmt.Errorf("running ssh: %s (%w)", Redact(stderr.String()), err)
	case err != nil:
		return nil, fmt.Errorf("running ssh: %w", err)
	}
	return stdout.Bytes(), nil
}

// sshProgram is the command line that git runs for ssh, and the kind of
// program that a setting says it is.
func (r *Repo) sshProgram(ctx context.Context) (program, variant string, err error) {
	out, err := r.git(ctx, "config", "-z", "--get-regexp", `^(core\.sshcommand|ssh\.variant)$`)
	if err != nil && exitCode(err) != 1 {
		return "", "", fmt.Errorf("reading core.sshCommand: %w", err)
	}
	settings := parseConfig(out)
	variant, _ = last(settings, "ssh.variant")
	if set, ok := os.LookupEnv("GIT_SSH_VARIANT"); ok {
		variant = set
	}
	// These are git's own variables, in its order.
	if program = os.Getenv("GIT_SSH_COMMAND"); program != "" {
		return program, variant, nil
	}
	if program, _ = last(settings, "core.sshcommand"); program != "" {
		return program, variant, nil
	}
	if program = os.Getenv("GIT_SSH"); program != "" {
		return shellQuoted(program), variant, nil
	}
	return "ssh", variant, nil
}

// sshOptions are those that the kind of program understands.
func sshOptions(program, variant, port string) []string {
	name, _, _ := strings.Cut(strings.TrimSpace(program), " ")
	name = strings.ToLower(path.Base(strings.Trim(strings.ReplaceAll(name, `\`, "/"), `'"`)))
	if variant == "" || variant == "auto" {
		variant = strings.TrimSuffix(name, ".exe")
	}
	var options []string
	portFlag := "-p"
	switch variant {
	case "ssh":
		options = append(options, "-o", "BatchMode=yes")
	case "plink", "putty":
		options, portFlag = append(options, "-batch"), "-P"
	case "tortoiseplink":
		options, portFlag = append(options, "-batch"), "-P"
	}
	if port != "" {
		options = append(options, portFlag, port)
	}
	return options
}

// shellQuoted is a word for a shell: most paths are one as they are.
func shellQuoted(word string) string {
	special := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("/._-~+@", r)
	}
	if word != "" && !strings.ContainsFunc(word, special) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// limited keeps so many bytes of what is written and refuses more.
type limited struct {
	buf  *bytes.Buffer
	left int
}

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, errors.New("the answer is too long")
	}
	l.left -= len(p)
	return l.buf.Write(p)
}
