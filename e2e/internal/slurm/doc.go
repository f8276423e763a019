// Package slurm gives a test cluster's node a real Slurm: munge, a controller,
// four node daemons with eight fake GPUs each, and an sshd as the bastion that
// people and pods submit through. Jobs really are queued, placed, started,
// cancelled and requeued; only the GPUs are empty device files.
//
// Everything is Debian's, unpatched: [Packages] names the packages, [Missing]
// those that the machine lacks. Three calls make it run:
//
//   - [Programs] writes keys and configuration below Options.Dir and describes
//     what to start, in order;
//   - [Mount], called by the node's first process, lays those files over /etc,
//     /run and /var/lib, so that every program finds what it needs where Debian
//     looks for it, in the node and nowhere else;
//   - [Bastion] tells how to come in from outside.
//
// The programs must run as root in PID, mount, network, UTS and IPC namespaces
// of their own, and end with the PID namespace: a slurmd that is asked to end
// waits for its jobs. Both the loopback interface and one with another address
// must be up, or slurmctld ends with "Name or service not known": it looks its
// own address up, and the resolver leaves loopback's out.
//
// # In the node
//
//	/etc/slurm         slurm.conf, gres.conf
//	/etc/ssh           sshd_config, host key, the keys that may log in
//	/etc/munge         the key that Slurm's messages are signed with
//	/etc/passwd, …     the machine's accounts and svc-gantline
//	/var/lib/slurm     the controller's state, spool folders, GPU device files
//	/shared            the shared file system, open to everyone: home folders in
//	                   /shared/home, /shared/gantline for work
//
// Jobs run as [User], whose name is a site's, not root's: rights, homes and
// cancelling behave as they do there. There is no slurmdbd, so no sacct with
// exit codes; finished jobs stay known to scontrol for an hour.
package slurm
