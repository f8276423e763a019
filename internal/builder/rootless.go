package builder

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// asRoot is the program that makes a user root in a user namespace of their
// own, with the identities that /etc/subuid and /etc/subgid lend them, and with
// mounts of its own. It becomes the command: the process stays the same, so
// that signals reach the command.
var asRoot = []string{"unshare", "--user", "--map-root-user", "--map-auto", "--mount", "--"}

// inOwnNamespace is the command, for a user who isn't root.
func inOwnNamespace(command []string) []string {
	return append(append([]string{}, asRoot...), command...)
}

// checkRootless tries whether this user can be root in a namespace.
func checkRootless() error {
	for _, program := range []string{"unshare", "newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("it needs root, or for another user %s: install it with `apt-get install uidmap`", program)
		}
	}
	command := inOwnNamespace([]string{"true"})
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err == nil {
		return nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	return fmt.Errorf("it needs root, or for another user a user namespace, which this machine refuses (%s): "+
		"give the user ranges in /etc/subuid and /etc/subgid, and see that unprivileged user namespaces are allowed",
		strings.Join(strings.Fields(string(out)), " "))
}

// wholeMap is the map of a process that is in no user namespace but the first.
const wholeMap = "0 0 4294967295"

// isRootless says whether this process is in a user namespace: root there, and
// another user outside.
func isRootless() bool {
	content, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(content)), " ") != wholeMap
}

// rootlessEnv has runc keep its state in the directory, for /run belongs to
// another user than the namespace's root.
func rootlessEnv(environ []string, dir string) []string {
	var env []string
	for _, entry := range environ {
		if name, _, _ := strings.Cut(entry, "="); name != "USER" && name != "XDG_RUNTIME_DIR" {
			env = append(env, entry)
		}
	}
	return append(env, "XDG_RUNTIME_DIR="+dir)
}
