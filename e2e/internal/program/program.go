// Package program starts the programs of a test cluster's node and watches
// over them: a [Program] is described as a value, and a [Supervisor] starts
// programs one after another, each with a log file of its own, and tells when
// one of them ends, which none of them should before the node does.
package program

import (
	"context"
	"time"
)

// Program is a program to run inside the node. It runs as root, in the node's
// namespaces, until the node is killed: it must stay in the foreground (no
// daemon of itself), and nothing that it leaves behind outlives the node
// except files.
type Program struct {
	// Name is unique in the node: it names the log file, and the program in
	// messages.
	Name string
	// Path is the program's file, absolute.
	Path string
	// Args are its arguments, the program's own name not among them.
	Args []string
	// Env is added to a PATH and a HOME, which is all that a program gets.
	Env []string
	// Dir is the working directory; "" is the root.
	Dir string
	// Once is true for a command that sets something up: the next program
	// starts when it has ended, and it is an error if it fails. Ready is not
	// asked.
	Once bool
	// Ready is asked again and again until it returns nil; the next program
	// starts then. Its error says what the program can't do yet. It runs in the
	// node's namespaces, and must heed ctx, which lasts for one question. Nil
	// means that the next program need not wait.
	Ready func(ctx context.Context) error
	// Timeout is how long Ready may take in all, and a Once command too; 0 is
	// a minute.
	Timeout time.Duration
}

// environment is what every program of a node gets, and Env adds to.
func environment() []string {
	return []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
	}
}

func (p Program) timeout() time.Duration {
	if p.Timeout == 0 {
		return time.Minute
	}
	return p.Timeout
}
