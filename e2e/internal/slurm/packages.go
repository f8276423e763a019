package slurm

import (
	"fmt"
	"os"
	"strings"
)

// Package is a Debian package that the programs come from.
type Package struct {
	// Name is what apt-get calls it.
	Name string
	// File is one of its files, absolute, that shows that it is installed.
	File string
	// Why says what it is needed for.
	Why string
}

// Packages are the Debian packages that Slurm and its bastion need.
func Packages() []Package {
	return []Package{
		{"munge", "/usr/sbin/munged", "signs the messages between Slurm's daemons"},
		{"slurmctld", "/usr/sbin/slurmctld", "queues jobs and places them on nodes"},
		{"slurmd", "/usr/sbin/slurmd", "runs jobs, once for each Slurm node"},
		{"slurm-client", "/usr/bin/sbatch", "submits jobs and asks for their state"},
		{"openssh-server", "/usr/sbin/sshd", "is the bastion that jobs are submitted through"},
		{"openssh-client", "/usr/bin/ssh", "reaches the bastion"},
	}
}

// Missing are the packages that this machine lacks.
func Missing() []Package {
	var missing []Package
	for _, p := range Packages() {
		if _, err := os.Stat(p.File); err != nil {
			missing = append(missing, p)
		}
	}
	return missing
}

// CheckPackages is the error that says what this machine lacks, what for, and
// how to install it; nil where it lacks nothing.
func CheckPackages() error { return checkPackages(Missing()) }

func checkPackages(missing []Package) error {
	if len(missing) == 0 {
		return nil
	}
	var names, reasons []string
	for _, p := range missing {
		names = append(names, p.Name)
		reasons = append(reasons, fmt.Sprintf("%s (%s)", p.Name, p.Why))
	}
	return fmt.Errorf("setting up Slurm: this machine lacks %s: run apt-get install --no-install-recommends %s",
		strings.Join(reasons, ", "), strings.Join(names, " "))
}
