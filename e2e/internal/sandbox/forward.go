package sandbox

import (
	"io"
	"net"
)

// Forward takes connections from the listener until it is closed, and joins
// each to one that dial makes. A connection that can't be joined is closed.
func Forward(listener net.Listener, dial func() (net.Conn, error)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			other, err := dial()
			if err != nil {
				return
			}
			defer other.Close()
			splice(conn, other)
		}()
	}
}

// splice copies both ways until both directions have ended. The end of one is
// passed on alone: a client may close its side and still read.
func splice(a, b net.Conn) {
	done := make(chan struct{}, 2)
	copyTo := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // its error is an end as well
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
		done <- struct{}{}
	}
	go copyTo(a, b)
	go copyTo(b, a)
	<-done
	<-done
}
