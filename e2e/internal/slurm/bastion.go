package slurm

import (
	"net"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Access is what ssh needs to come in from outside the node.
type Access struct {
	// User is the account.
	User string
	// Identity is the file with the account's private key, readable by its owner
	// alone.
	Identity string
	// KnownHosts is the file with the bastion's host key, for each endpoint.
	KnownHosts string
	// Endpoints are where the bastion answers, HOST:PORT: in the node's network,
	// which pods share, and then on the machine, one for each forwarder.
	Endpoints []string
}

// Bastion is how to reach the bastion of o after Programs, and through a
// forwarder that listens at each of these ports of 127.0.0.1 on the machine:
// the host key is written down under those addresses too.
func Bastion(o Options, ports ...int) (Access, error) {
	if err := o.check(); err != nil {
		return Access{}, err
	}
	endpoints := []string{nodeEndpoint(o)}
	for _, port := range ports {
		endpoints = append(endpoints, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	if err := writeKnownHosts(o, endpoints...); err != nil {
		return Access{}, err
	}
	return Access{User, o.at(identity), o.at(knownHosts), endpoints}, nil
}

// SSH is the command that runs a command line on the bastion through one of the
// endpoints, without asking anything: the host must be the one that is known.
func (a Access) SSH(endpoint string, command ...string) []string {
	host, port, _ := net.SplitHostPort(endpoint)
	args := []string{
		"ssh", "-F", "none", "-i", a.Identity, "-p", port,
		"-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=yes",
		"-o", `UserKnownHostsFile="` + a.KnownHosts + `"`, "-o", "GlobalKnownHostsFile=/dev/null",
		"-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3",
		a.User + "@" + host,
	}
	return append(args, command...)
}

func nodeEndpoint(o Options) string {
	return net.JoinHostPort(o.NodeAddress, strconv.Itoa(Port))
}

// writeKnownHosts writes the host key down under each of these addresses.
func writeKnownHosts(o Options, endpoints ...string) error {
	key, err := publicKey(o.at(hostKey))
	if err != nil {
		return err
	}
	return writeFile(o.at(knownHosts), knownHostsLines(key, endpoints), 0o644)
}

func knownHostsLines(key ssh.PublicKey, endpoints []string) string {
	var text strings.Builder
	for _, endpoint := range endpoints {
		text.WriteString(knownhosts.Line([]string{endpoint}, key) + "\n")
	}
	return text.String()
}
