package lfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// errSilent is a server that sends nothing.
var errSilent = errors.New("the server has gone silent")

// watch ends a request whose server is silent for too long.
type watch struct {
	parent  context.Context // the request's own may end by the watch
	timer   *time.Timer
	silence time.Duration
	cancel  context.CancelCauseFunc
}

// watched is a context that ends when nothing is heard for so long.
func watched(parent context.Context, silence time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &watch{parent: parent, silence: silence, cancel: cancel}
	w.timer = time.AfterFunc(silence, func() { cancel(fmt.Errorf("%w for %v", errSilent, silence)) })
	return ctx, w
}

func (w *watch) heard() { w.timer.Reset(w.silence) }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// watchedBody is the body of an answer. Reading it fails when the server is
// silent, and closing it ends the request.
type watchedBody struct {
	io.ReadCloser
	ctx   context.Context
	watch *watch
}

// Read implements io.Reader.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watch.heard()
	}
	if cause := context.Cause(b.ctx); err != nil && errors.Is(cause, errSilent) {
		err = cause
	}
	return n, err
}

// Close implements io.Closer.
func (b *watchedBody) Close() error {
	err := b.ReadCloser.Close()
	b.watch.stop()
	return err
}
