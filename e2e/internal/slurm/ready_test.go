package slurm

import (
	"context"
	"net"
	"testing"
	"time"
)

func TestBastionReady(t *testing.T) {
	cases := map[string]struct{ greeting, want string }{
		"ssh":     {"SSH-2.0-OpenSSH\r\n", ""},
		"other":   {"HTTP/1.1 400\r\n", "not as an SSH server"},
		"silent":  {"", "reading the greeting"},
		"half":    {"SSH-2.0-Op", "reading the greeting"},
		"version": {"SSH-1.5-old\n", "not as an SSH server"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go greet(listener, c.greeting)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			wantError(t, bastionReady(listener.Addr().String())(ctx), c.want)
		})
	}
}

// greet sends the greeting to who connects, and says no more.
func greet(listener net.Listener, greeting string) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte(greeting)) // an asker that is gone is no failure
	time.Sleep(time.Second)
	conn.Close()
}

func TestBastionReadyRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	wantError(t, bastionReady(listener.Addr().String())(t.Context()), "connection refused")
}
