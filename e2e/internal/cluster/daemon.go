package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"gantline.dev/gantline/e2e/internal/node"
	"gantline.dev/gantline/e2e/internal/pki"
	"gantline.dev/gantline/e2e/internal/sandbox"
)

// The descriptors that a daemon gets: a socket to the process that started it,
// and the cluster's lock.
const (
	socketFD = 3
	lockFD   = 4
)

// daemon is a cluster's daemon at work.
type daemon struct {
	plan
	registry *registry
	api      net.Listener
	ssh      net.Listener // nil without Slurm
	cgroups  sandbox.Cgroups
	parent   *os.File
	// held is the end of a pipe that closes when this process ends, and not
	// before: the node ends with it.
	held *os.File
}

// Run is the daemon of a cluster: it holds the registry, the forwarders and the
// node, until it is told to end or a program of the node has ended. The node's
// first and second process are this same program with these arguments, before
// the file with the node's spec.
//
// However it ends, the node ends with it: on SIGKILL the kernel sees to that.
func Run(planFile string, initArgs, superviseArgs []string) error {
	runtime.LockOSThread() // see sandbox.Start
	syscall.CloseOnExec(socketFD)
	syscall.CloseOnExec(lockFD)
	d := &daemon{parent: os.NewFile(socketFD, "parent")}
	err := d.run(planFile, initArgs, superviseArgs)
	if err != nil {
		d.State.Error = err.Error()
		node.Report{Error: err.Error()}.Say(d.parent)
	}
	d.State.Ready = false
	err = errors.Join(err, d.cgroups.Remove())
	if d.Folder != "" {
		err = errors.Join(err, d.Folder.save(d.State))
	}
	return err
}

func (d *daemon) run(planFile string, initArgs, superviseArgs []string) error {
	data, err := os.ReadFile(planFile)
	if err == nil {
		err = json.Unmarshal(data, &d.plan)
	}
	if err != nil {
		return fmt.Errorf("reading the daemon's plan: %w", err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	d.State.PID, d.State.Since = os.Getpid(), time.Now().UTC().Truncate(time.Second)

	if err := d.open(ctx); err != nil {
		return err
	}
	reports, cmd, err := d.startNode(initArgs, append(superviseArgs, d.Spec.File()))
	if err != nil {
		return err
	}
	ended, done := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		ended <- d.follow(reports, cmd.Process.Pid)
	}()
	gone := make(chan struct{})
	go d.watchParent(gone)

	select {
	case err = <-ended:
	case <-ctx.Done():
	case <-gone:
		err = errors.New("whoever started the cluster went away before it was ready")
	}
	_ = cmd.Process.Kill() // the kernel kills all others in the node first
	_ = cmd.Wait()
	<-done             // the reports end with the node; nobody else changes the state from here on
	_ = d.held.Close() // and so it was not collected before
	return err
}

// open opens every port and writes every file that the node needs.
func (d *daemon) open(ctx context.Context) error {
	var err error
	if d.registry, err = startRegistry(ctx, d.Shared); err != nil {
		return err
	}
	if d.api, err = loopback("the API server"); err != nil {
		return err
	}
	d.State.APIServer = "https://" + d.api.Addr().String()
	d.State.Registry, d.Spec.Registry = d.registry.address, d.registry.address
	if err := d.saveImages(ctx); err != nil {
		return err
	}
	if err := d.openSlurm(); err != nil {
		return err
	}
	if err := d.findSeed(); err != nil {
		return err
	}
	if d.Spec.Snapshotter, err = node.SnapshotterFor(string(d.Folder)); err != nil {
		return err
	}
	admin, err := node.WriteConfig(d.Spec)
	if err != nil {
		return err
	}
	if err := d.Spec.Save(); err != nil {
		return err
	}
	kubeconfig := pki.Kubeconfig{Name: "devcluster-" + d.Spec.Name, Server: d.State.APIServer, CA: admin.CA, User: admin.User}
	if err := os.WriteFile(d.Folder.Kubeconfig(), kubeconfig.Text(), 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return nil
}

func (d *daemon) saveImages(ctx context.Context) error {
	pause := image{program: d.Pause, name: "pause"}
	executor := image{program: d.Argoexec, name: "argoexec"}
	for _, i := range []*image{&pause, &executor} {
		// The folder of the program in the cache has its version in its name.
		i.reference = d.registry.address + "/" + i.name + ":" + filepath.Base(filepath.Dir(i.program))
		if err := i.push(ctx); err != nil {
			return err
		}
	}
	d.Spec.PauseImage, d.Spec.ExecutorImage = pause.reference, executor.reference
	return nil
}

// findSeed names the seed, and makes the folder for it.
func (d *daemon) findSeed() error {
	name, err := d.Spec.SeedName()
	if err != nil {
		return err
	}
	d.Spec.Seed = filepath.Join(d.Shared, seedsName, name)
	if err := os.MkdirAll(filepath.Dir(d.Spec.Seed), 0o700); err != nil {
		return fmt.Errorf("making the folder for seeds: %w", err)
	}
	return nil
}

// startNode makes the node's cgroups and first process. What a crash would
// leave is in the state file before it is there.
func (d *daemon) startNode(initArgs, superviseArgs []string) (io.Reader, *exec.Cmd, error) {
	var err error
	if d.cgroups, err = sandbox.NewCgroups("gantline-" + d.Spec.Name + "-" + strconv.Itoa(os.Getpid())); err != nil {
		return nil, nil, err
	}
	d.State.Cgroups = d.cgroups
	if err := d.Folder.save(d.State); err != nil {
		return nil, nil, err
	}
	log, err := os.Create(filepath.Join(d.Folder.Logs(), "node.log"))
	if err != nil {
		return nil, nil, fmt.Errorf("making the node's log: %w", err)
	}
	defer log.Close()
	reports, write, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("making the node's pipe: %w", err)
	}
	defer write.Close()
	alive, held, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("making the node's pipe: %w", err)
	}
	defer alive.Close()
	d.held = held
	args := append(append(initArgs, d.Spec.File()), superviseArgs...)
	cmd, err := sandbox.Start(d.cgroups, log, []*os.File{write, alive}, args...)
	return reports, cmd, err
}

// follow does what the node's reports ask for, until it says why it ends.
func (d *daemon) follow(reports io.Reader, pid int) error {
	lines := bufio.NewScanner(reports)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r node.Report
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("reading the node's report: %w", err)
		}
		switch {
		case r.Error != "":
			return errors.New(r.Error)
		case r.Network:
			if err := d.connect(pid); err != nil {
				return err
			}
		case r.Ready:
			d.State.Ready = true
			if err := d.Folder.save(d.State); err != nil {
				return err
			}
			r.Say(d.parent)
		default:
			r.Say(d.parent)
		}
	}
	return fmt.Errorf("the node ended without a word; its log is %s", filepath.Join(d.Folder.Logs(), "node.log"))
}

// connect joins the machine's loopback and the node's network.
func (d *daemon) connect(pid int) error {
	network, err := sandbox.Join(pid)
	if err != nil {
		return err
	}
	inside, err := network.Listen(d.registry.address)
	if err != nil {
		return err
	}
	d.registry.serve(inside)
	api := net.JoinHostPort(node.Address, strconv.Itoa(node.APIPort))
	go sandbox.Forward(d.api, func() (net.Conn, error) { return network.Dial(api) })
	if d.ssh != nil {
		bastion := net.JoinHostPort(node.Address, strconv.Itoa(node.SSHPort))
		go sandbox.Forward(d.ssh, func() (net.Conn, error) { return network.Dial(bastion) })
	}
	return nil
}

// watchParent tells when the process that started this one is gone before the
// cluster is ready. After that it may go.
func (d *daemon) watchParent(gone chan<- struct{}) {
	_, _ = io.Copy(io.Discard, d.parent)
	if state, err := d.Folder.load(); err != nil || !state.Ready {
		close(gone)
	}
}

func loopback(forWhat string) (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a port for %s: %w", forWhat, err)
	}
	return listener, nil
}
