package sandbox

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Network opens sockets in a node's network from outside. Make one with
// [Join]; it must be closed.
type Network struct{ calls chan func() }

// Join opens the network of the process.
//
// A socket belongs to the namespace of the thread that made it, for good. So
// one thread is moved there, which makes the sockets and does nothing else; its
// goroutine never lets go of it, and the thread ends with the goroutine.
func Join(pid int) (*Network, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return nil, fmt.Errorf("opening the node's network: %w", err)
	}
	n := &Network{calls: make(chan func())}
	joined := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
		file.Close()
		joined <- err
		if err != nil {
			return
		}
		for call := range n.calls {
			call()
		}
	}()
	if err := <-joined; err != nil {
		return nil, fmt.Errorf("entering the node's network: %w", err)
	}
	return n, nil
}

// Close ends the thread; sockets that were opened stay open.
func (n *Network) Close() { close(n.calls) }

// Listen listens on a TCP address, an IP and a port, inside.
func (n *Network) Listen(address string) (net.Listener, error) {
	var listener net.Listener
	var err error
	n.inside(func() { listener, err = net.Listen("tcp", address) })
	if err != nil {
		return nil, fmt.Errorf("listening in the node: %w", err)
	}
	return listener, nil
}

// Dial connects to a TCP address, an IP and a port, inside.
func (n *Network) Dial(address string) (net.Conn, error) {
	var conn net.Conn
	var err error
	n.inside(func() { conn, err = net.DialTimeout("tcp", address, 3*time.Second) })
	if err != nil {
		return nil, fmt.Errorf("connecting to the node: %w", err)
	}
	return conn, nil
}

func (n *Network) inside(f func()) {
	done := make(chan struct{})
	n.calls <- func() {
		defer close(done)
		f()
	}
	<-done
}
