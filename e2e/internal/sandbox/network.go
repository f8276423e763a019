package sandbox

import (
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Addresses are those of a node's network, which ends at the node: it has no
// way to the machine's network or beyond. Each node has a network of its own,
// so all may use the same addresses.
type Addresses struct {
	// Node is the node's address with its prefix length, as 10.88.0.1/24. Not
	// on the loopback: the kubelet does not take such an address for a node's.
	Node string
	// Local are more addresses, without a prefix length, that the node answers
	// at.
	Local []string
}

// up gives the node its network, in the namespace of the calling process.
func (a Addresses) up() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("finding the loopback: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("starting the loopback: %w", err)
	}
	for _, local := range a.Local {
		if err := addAddress(loopback, local+"/32"); err != nil {
			return err
		}
	}
	if err := addNodeLink(a.Node); err != nil {
		return err
	}
	// What leads nowhere fails at once instead of after a time.
	_, everywhere, _ := net.ParseCIDR("0.0.0.0/0")
	nowhere := &netlink.Route{Dst: everywhere, Type: unix.RTN_UNREACHABLE}
	if err := netlink.RouteAdd(nowhere); err != nil {
		return fmt.Errorf("closing the way out: %w", err)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return fmt.Errorf("letting pods reach the node's addresses: %w", err)
	}
	return nil
}

// addNodeLink makes the interface of the node's address: a pair whose other
// end goes nowhere, for kernels without a dummy interface.
func addNodeLink(address string) error {
	pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "node"}, PeerName: "node-peer"}
	if err := netlink.LinkAdd(pair); err != nil {
		return fmt.Errorf("making the node's interface: %w", err)
	}
	for _, name := range []string{"node", "node-peer"} {
		link, err := netlink.LinkByName(name)
		if err != nil {
			return fmt.Errorf("finding the node's interface: %w", err)
		}
		if name == "node" {
			if err := addAddress(link, address); err != nil {
				return err
			}
		}
		if err := netlink.LinkSetUp(link); err != nil {
			return fmt.Errorf("starting the node's interface: %w", err)
		}
	}
	return nil
}

func addAddress(link netlink.Link, address string) error {
	parsed, err := netlink.ParseAddr(address)
	if err != nil {
		return fmt.Errorf("reading the address %q: %w", address, err)
	}
	if err := netlink.AddrAdd(link, parsed); err != nil {
		return fmt.Errorf("adding the address %q: %w", address, err)
	}
	return nil
}
