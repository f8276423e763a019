// Command coredns is CoreDNS with the plugins that a cluster without a way
// out needs: services and pods by name, and nothing else.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
)

func main() {
	// A directive runs in the order it has here, not in the Corefile's.
	dnsserver.Directives = []string{"ready", "errors", "kubernetes"}
	coremain.Run()
}
