package cluster

import (
	"net"

	"gantline.dev/gantline/e2e/internal/slurm"
)

// openSlurm writes Slurm's files and opens the bastion's port, where the
// cluster has Slurm.
func (d *daemon) openSlurm() error {
	if !d.Spec.Slurm {
		return nil
	}
	options := d.Spec.SlurmOptions()
	if _, err := slurm.Programs(options); err != nil { // writes the files
		return err
	}
	var err error
	if d.ssh, err = loopback("Slurm's bastion"); err != nil {
		return err
	}
	address := d.ssh.Addr().(*net.TCPAddr)
	access, err := slurm.Bastion(options, address.Port)
	if err != nil {
		return err
	}
	d.State.SSH = &SSH{
		Host: address.IP.String(), Port: address.Port, Inside: access.Endpoints[0],
		User: access.User, Identity: access.Identity, KnownHosts: access.KnownHosts,
	}
	return nil
}
