package slurm

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
)

// User is the account on the bastion that submits jobs.
const User = "svc-gantline"

// Port is the TCP port of the bastion at Options.NodeAddress.
const Port = 2222

// Nodes is how many Slurm nodes there are, n1 to n4, and GPUs how many fake
// GPUs each of them has.
const (
	Nodes = 4
	GPUs  = 8
)

// Options say where a Slurm lives.
type Options struct {
	// Dir is the folder that holds everything, absolute. What is found there
	// from an earlier start is used again: keys, Slurm's queue, /shared.
	Dir string
	// Hostname is the name that the node has in its UTS namespace, without a
	// domain.
	Hostname string
	// NodeAddress is the IP address in the node's network namespace at which the
	// bastion listens.
	NodeAddress string
}

func (o Options) check() error {
	if !filepath.IsAbs(o.Dir) {
		return fmt.Errorf("setting up Slurm: folder %q is not an absolute path", o.Dir)
	}
	if o.Hostname == "" || strings.ContainsAny(o.Hostname, ". \t\n") {
		return fmt.Errorf("setting up Slurm: host name %q: want a name without a domain", o.Hostname)
	}
	if _, err := netip.ParseAddr(o.NodeAddress); err != nil {
		return fmt.Errorf("setting up Slurm: node address %q: %w", o.NodeAddress, err)
	}
	return nil
}

// at is the path of a file below the folder.
func (o Options) at(name string) string { return filepath.Join(o.Dir, name) }
