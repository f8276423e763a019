package slurm

import (
	"gantline.dev/gantline/e2e/internal/program"
)

// Programs writes Slurm's files below o.Dir, and gives what to start in the
// node, in this order, once [Mount] has put them in place: munged, slurmctld,
// one slurmd for each of the nodes, sshd. All stay in the foreground, and log
// to their standard error.
//
// It needs root, and fails where a package is missing, naming it. Called again
// with the same folder it writes the same files anew, and keeps keys, Slurm's
// queue and what is in /shared.
func Programs(o Options) ([]program.Program, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := CheckPackages(); err != nil {
		return nil, err
	}
	a, err := readAccounts()
	if err != nil {
		return nil, err
	}
	files, err := configuration(o, a)
	if err != nil {
		return nil, err
	}
	if err := write(o, a, files); err != nil {
		return nil, err
	}
	return programs(o), nil
}

func programs(o Options) []program.Program {
	list := []program.Program{
		{Name: "munged", Path: "/usr/sbin/munged", Args: []string{"--foreground", "--num-threads=2"}, Ready: mungeReady},
		// -i: a state file that a crash left incomplete is no reason to stay down.
		{Name: "slurmctld", Path: "/usr/sbin/slurmctld", Args: []string{"-D", "-i"}, Ready: controllerReady},
	}
	for _, node := range nodeNames() {
		list = append(list, program.Program{
			Name: "slurmd-" + node, Path: "/usr/sbin/slurmd", Args: []string{"-D", "-N", node}, Ready: nodeReady(node),
		})
	}
	return append(list, program.Program{
		Name: "sshd", Path: "/usr/sbin/sshd", Args: []string{"-D", "-e"}, Ready: bastionReady(nodeEndpoint(o)),
	})
}
