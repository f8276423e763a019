package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Past logLimit bytes a log is put aside (one generation) at the next start.
// An error carries the last tailLines lines of what this start wrote.
const (
	logLimit  = 4 << 20
	tailLines = 20
	tailBytes = 8 << 10
)

// child is a daemon that this process started.
type child struct {
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read after done
	from int64         // where its part of the log begins
}

// launch starts the daemon detached: a session of its own, so that no terminal
// signal reaches it, its output in the log, and none of our open files.
func launch(spec Spec) (*child, error) {
	if len(spec.Command) == 0 {
		return nil, errors.New("no command is given")
	}
	program, err := exec.LookPath(spec.Command[0])
	if err != nil {
		return nil, err
	}
	if program, err = filepath.Abs(program); err != nil {
		return nil, err
	}
	log, from, err := openLog(spec.Dir)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	closeInheritedOnExec()
	cmd := &exec.Cmd{
		Path: program, Args: spec.Command, Env: spec.Env, Dir: "/",
		Stdout: log, Stderr: log,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{done: make(chan struct{}), from: from}
	go func() {
		c.err = cmd.Wait()
		close(c.done)
	}()
	return c, nil
}

// failure is the error of a daemon that ended before it answered.
func (c *child) failure(spec Spec) error {
	how := "it ended at once"
	if c.err != nil {
		how = c.err.Error()
	}
	said := logTail(LogPath(spec.Dir), c.from)
	if said == "" {
		return fmt.Errorf("starting the %s: %s without a word; its log is %q", spec.Name, how, LogPath(spec.Dir))
	}
	return fmt.Errorf("starting the %s: %s; its log %q ends:\n%s", spec.Name, how, LogPath(spec.Dir), said)
}

// openLog opens the log for appending and says how long it is.
func openLog(dir string) (*os.File, int64, error) {
	path := LogPath(dir)
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, 0, err
		}
	}
	log, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, err
	}
	end, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		log.Close()
		return nil, 0, err
	}
	return log, end, nil
}

// logTail is the last lines of the log from the offset on, "" where there are
// none. It is best effort: it only decorates an error.
func logTail(path string, from int64) string {
	log, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer log.Close()
	if info, err := log.Stat(); err == nil {
		from = max(from, info.Size()-tailBytes)
	}
	data, err := io.ReadAll(io.NewSectionReader(log, from, tailBytes))
	if err != nil {
		return ""
	}
	lines := strings.Split(string(bytes.TrimSpace(data)), "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return strings.Join(lines, "\n")
}
