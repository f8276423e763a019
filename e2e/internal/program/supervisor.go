package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// pollEvery is the pause between two questions whether a program is ready.
const pollEvery = 50 * time.Millisecond

// Supervisor starts programs and notices when one of them ends. Make one with
// [NewSupervisor].
type Supervisor struct {
	logs  string
	ended chan error // holds the first end; later ones are of no interest

	mu      sync.Mutex
	running map[string]*running
}

// running is a started program that should run on.
type running struct {
	process *os.Process
	gone    chan struct{} // closed when it has ended
	killed  bool          // by Kill
}

// NewSupervisor is a supervisor whose programs log to LOGS/NAME.log, one file
// each, begun anew at each start. The folder must exist.
func NewSupervisor(logs string) *Supervisor {
	return &Supervisor{logs: logs, ended: make(chan error, 1), running: map[string]*running{}}
}

// LogPath is the file that the program called name logs to.
func (s *Supervisor) LogPath(name string) string {
	return filepath.Join(s.logs, name+".log")
}

// Ended gives the error of the first program that ended though it should run
// on: its name, how it ended, and the last lines of its log.
func (s *Supervisor) Ended() <-chan error { return s.ended }

// Start starts the programs in order, each when the one before is ready. It
// returns when all are, or with the error of the first that is not: that names
// the program and quotes the end of its log. The programs run on when ctx is
// cancelled; they end with the node.
func (s *Supervisor) Start(ctx context.Context, programs ...Program) error {
	for _, p := range programs {
		if err := s.start(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Supervisor) start(ctx context.Context, p Program) error {
	cmd, err := s.launch(p)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, p.timeout())
	defer cancel()
	if p.Once {
		select {
		case err := <-done:
			if err != nil {
				return s.failure(p, "failed", err)
			}
			return nil
		case <-ctx.Done():
			return s.failure(p, "has not ended in time", ctx.Err())
		}
	}

	r := &running{process: cmd.Process, gone: make(chan struct{})}
	s.mu.Lock()
	s.running[p.Name] = r
	s.mu.Unlock()
	go s.watch(p, r, done)
	return s.awaitReady(ctx, p, r.gone)
}

// watch waits for the end of a program, and tells it if nobody asked for it.
func (s *Supervisor) watch(p Program, r *running, done <-chan error) {
	err := <-done
	defer close(r.gone)
	s.mu.Lock()
	killed := r.killed
	s.mu.Unlock()
	if killed {
		return
	}
	if err == nil {
		err = errors.New("exit status 0")
	}
	select {
	case s.ended <- s.failure(p, "ended", err):
	default:
	}
}

// Kill ends the program called name, which may then be started again, and
// returns when it is gone.
func (s *Supervisor) Kill(name string) error {
	s.mu.Lock()
	r := s.running[name]
	if r != nil {
		r.killed = true
		delete(s.running, name)
	}
	s.mu.Unlock()
	if r == nil {
		return fmt.Errorf("ending %q: it is not running", name)
	}
	if err := r.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending %q: %w", name, err)
	}
	<-r.gone
	return nil
}

// launch starts p's process.
func (s *Supervisor) launch(p Program) (*exec.Cmd, error) {
	log, err := os.Create(s.LogPath(p.Name))
	if err != nil {
		return nil, fmt.Errorf("starting %q: %w", p.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = append(environment(), p.Env...)
	cmd.Dir = p.Dir
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	cmd.Stdout, cmd.Stderr = log, log
	// A session of its own: no terminal, and no signal meant for another.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %q: %w", p.Name, err)
	}
	return cmd, nil
}

// awaitReady asks p until it is ready, has ended, or its time is up.
func (s *Supervisor) awaitReady(ctx context.Context, p Program, failed <-chan struct{}) error {
	if p.Ready == nil {
		return nil
	}
	for {
		ask, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := p.Ready(ask)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-failed:
			select {
			case ended := <-s.ended:
				return ended
			default: // another program ended before this one
				return s.failure(p, "ended", err)
			}
		case <-ctx.Done():
			return s.failure(p, "is not ready in time", err)
		case <-time.After(pollEvery):
		}
	}
}

func (s *Supervisor) failure(p Program, what string, cause error) error {
	path := s.LogPath(p.Name)
	tail := Tail(path, 10)
	if tail == "" {
		return fmt.Errorf("%q %s: %w; its log %s is empty", p.Name, what, cause, path)
	}
	return fmt.Errorf("%q %s: %w; the end of its log %s:\n%s", p.Name, what, cause, path, tail)
}
