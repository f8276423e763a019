package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gantline.dev/gantline/e2e/internal/node"
)

// Options say what cluster to bring up.
type Options struct {
	// Folder is the cluster's.
	Folder Folder
	// Shared is where what clusters share is: the registry's images.
	Shared string
	// CRDs is the form of Argo's definitions, "full" or "minimal".
	CRDs string
	// Slurm says whether to run Slurm in the node.
	Slurm bool
	// Checkout is the folder of Gantline's source.
	Checkout string
	// Daemon are the arguments with which this program is [Run], before the
	// file with its plan.
	Daemon []string
}

// plan is what the daemon is told, in a file.
type plan struct {
	Folder Folder
	Shared string
	Spec   node.Spec
	State  State
	// Pause and Argoexec are the programs that images are made of.
	Pause, Argoexec string
}

// Up brings a cluster up and returns when it is ready. One that is already
// running as the options say is waited for and left as it is. Lines of progress
// go to the writer.
func Up(ctx context.Context, o Options, progress io.Writer) (State, error) {
	if o.CRDs != "full" && o.CRDs != "minimal" {
		return State{}, usage("--crds %s: want full or minimal", o.CRDs)
	}
	if err := CheckRoot(); err != nil {
		return State{}, err
	}
	if err := checkFolder(o.Folder); err != nil {
		return State{}, err
	}
	lock, err := o.Folder.lock()
	for errors.Is(err, errLocked) {
		state, otherErr := awaitOther(ctx, o, progress)
		if !errors.Is(otherErr, errOtherEnded) {
			return state, otherErr
		}
		lock, err = o.Folder.lock()
	}
	if err != nil {
		return State{}, err
	}
	defer lock.Close()
	if err := check(o.Folder, o.Slurm); err != nil {
		return State{}, err
	}
	if err := sweep(o.Folder); err != nil {
		return State{}, err
	}
	p, err := prepare(ctx, o, progress)
	if err != nil {
		return State{}, err
	}
	if err := launch(ctx, o, p, lock, progress); err != nil {
		return State{}, err
	}
	return Read(o.Folder)
}

// errOtherEnded means that the cluster that another process started ended
// before it was ready: that process was killed, or its start failed.
var errOtherEnded = errors.New("another start of the cluster ended")

// awaitOther waits until a cluster that another process started is ready.
func awaitOther(ctx context.Context, o Options, progress io.Writer) (State, error) {
	for {
		state, err := Read(o.Folder)
		switch {
		case err != nil:
			return State{}, err
		case !state.Running:
			return State{}, errOtherEnded
		case state.Ready && (state.CRDs != o.CRDs || (state.SSH != nil) != o.Slurm):
			return State{}, usage("cluster %q is running with --crds %s%s: devcluster down --name %s first, or use another --name",
				state.Name, state.CRDs, map[bool]string{true: " --slurm", false: " and without --slurm"}[state.SSH != nil], state.Name)
		case state.Ready:
			fmt.Fprintf(progress, "cluster %q is already running\n", state.Name)
			return state, nil
		}
		select {
		case <-ctx.Done():
			return State{}, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// sweep removes what is left of an earlier run, its logs too.
func sweep(f Folder) error {
	old, err := f.load()
	if err != nil {
		old = State{} // half a file: the cgroups in it are empty and stay
	}
	if err := old.Cgroups.Remove(); err != nil {
		return err
	}
	return f.clear(false)
}

func prepare(ctx context.Context, o Options, progress io.Writer) (plan, error) {
	found, err := findTools(ctx, o.Checkout, progress)
	if err != nil {
		return plan{}, err
	}
	if err := os.MkdirAll(o.Folder.Logs(), 0o755); err != nil {
		return plan{}, fmt.Errorf("making the folder for logs: %w", err)
	}
	name := o.Folder.Name()
	p := plan{
		Folder: o.Folder, Shared: o.Shared, Pause: found.pause, Argoexec: found.argoexec,
		Spec: node.Spec{
			Name: name, Folder: string(o.Folder), Programs: found.programs,
			Argo: found.manifests, CRDs: o.CRDs, Slurm: o.Slurm,
		},
	}
	p.State = State{
		Name: name, Kubeconfig: o.Folder.Kubeconfig(), Kubectl: found.kubectl, CRDs: o.CRDs,
		TokenKey: p.Spec.TokenKey(), Argo: found.argo, Kubernetes: found.kubernetes,
		Logs: o.Folder.Logs(), AuditLog: p.Spec.AuditLog(),
	}
	data, err := json.Marshal(p)
	if err == nil {
		err = os.WriteFile(p.file(), data, 0o600)
	}
	if err != nil {
		return plan{}, fmt.Errorf("writing the daemon's plan: %w", err)
	}
	return p, nil
}

func (p plan) file() string { return filepath.Join(string(p.Folder), "plan.json") }

// launch starts the daemon, in a session of its own, and follows it until the
// cluster is ready. If this process ends before that, so does the daemon.
func launch(ctx context.Context, o Options, p plan, lock *os.File, progress io.Writer) error {
	ours, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer ours.Close()
	log, err := os.Create(filepath.Join(o.Folder.Logs(), "devcluster.log"))
	if err != nil {
		return fmt.Errorf("making the daemon's log: %w", err)
	}
	defer log.Close()
	cmd := exec.Command("/proc/self/exe", append(o.Daemon, p.file())...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{theirs, lock} // socketFD, lockFD
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return fmt.Errorf("starting the cluster's daemon: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { ours.Close() })
	defer stop()
	if err := follow(ours, progress); err != nil {
		ours.Close()
		_ = cmd.Wait() // it takes everything down
		if ctx.Err() != nil {
			return errors.New("stopped before the cluster was ready: what had been started of it was ended again")
		}
		return err
	}
	return nil
}

// follow passes the daemon's reports on until the cluster is ready.
func follow(reports io.Reader, progress io.Writer) error {
	lines := bufio.NewScanner(reports)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r node.Report
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("reading the daemon's report: %w", err)
		}
		switch {
		case r.Ready:
			return nil
		case r.Error != "":
			return errors.New(r.Error)
		case r.Progress != "":
			fmt.Fprintln(progress, r.Progress)
		}
	}
	return errors.New("the cluster's daemon ended without a word; its log is devcluster.log among the cluster's logs")
}

func socketPair() (ours, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a socket for the daemon: %w", err)
	}
	return os.NewFile(uintptr(pair[0]), "daemon"), os.NewFile(uintptr(pair[1]), "parent"), nil
}
