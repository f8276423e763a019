package daemon

import (
	"context"
	"io"
	"net"
	"sync"
)

// Relay accepts connections and joins each to one that dial makes, holding the
// daemon in use while any is open: the way to know whether a supervised program
// is idle without asking it. It closes the listener, and every connection, when
// the context is done, and returns nil then.
func Relay(ctx context.Context, d *Daemon, listener net.Listener, dial func(context.Context) (net.Conn, error)) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		client, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		open.Go(func() {
			defer d.Hold()()
			defer client.Close()
			if server, err := dial(ctx); err == nil {
				join(ctx, client, server)
			}
		})
	}
}

// join copies both ways until both sides have ended or the context is done.
func join(ctx context.Context, a, b net.Conn) {
	stop := context.AfterFunc(ctx, func() { a.Close(); b.Close() })
	defer stop()
	defer b.Close()
	var both sync.WaitGroup
	both.Go(func() { pump(a, b) })
	both.Go(func() { pump(b, a) })
	both.Wait()
}

// pump copies one way and passes the end of the stream on, keeping the other
// way open where the connection can. A broken way ends both.
func pump(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok {
		to.Close()
		from.Close()
		return
	}
	_ = half.CloseWrite() // fails only where the connection is gone already
}
