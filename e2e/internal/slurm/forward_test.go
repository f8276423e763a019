package slurm

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// forward listens on the machine's loopback, and hands each connection on to an
// address in the network of process pid. It gives the port.
func forward(t *testing.T, pid int, address string) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			outside, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer outside.Close()
				inside, err := dialIn(pid, address)
				if err != nil {
					return // ssh tells that nobody answers
				}
				defer inside.Close()
				go func() {
					_, _ = io.Copy(inside, outside)
					_ = inside.(*net.TCPConn).CloseWrite()
				}()
				_, _ = io.Copy(outside, inside)
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// dialIn dials from within the network of a process. A socket stays in the
// network that it was made in, so only the making needs a thread that is there;
// the thread is never given back.
func dialIn(pid int, address string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		network, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err != nil {
			done <- result{nil, err}
			return
		}
		defer network.Close()
		if err := unix.Setns(int(network.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, err}
			return
		}
		conn, err := net.Dial("tcp", address)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}
