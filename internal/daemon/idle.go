package daemon

import (
	"sync"
	"time"
)

// idleTimer calls a function once nobody has held it for a while.
type idleTimer struct {
	after time.Duration
	timer *time.Timer

	mu      sync.Mutex
	holders int
	since   time.Time // of the last release
}

func newIdleTimer(after time.Duration, expired func()) *idleTimer {
	t := &idleTimer{after: after, since: time.Now()}
	t.timer = time.AfterFunc(after, func() {
		if t.idle() { // else it fired while somebody was coming
			expired()
		}
	})
	return t
}

// idle says whether the time is up.
func (t *idleTimer) idle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.holders == 0 && time.Since(t.since) >= t.after
}

// hold stops the clock until as many release calls have come.
func (t *idleTimer) hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holders++
	t.timer.Stop()
}

// release gives one hold back; the last one starts the clock anew.
func (t *idleTimer) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holders--
	if t.holders == 0 {
		t.since = time.Now()
		t.timer.Reset(t.after)
	}
}
