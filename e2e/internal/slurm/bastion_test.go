package slurm

import (
	"fmt"
	"strings"
	"testing"
)

func testBastion(t *testing.T, n node) {
	if got := n.must(t, "printenv SLURM_CONF HOME && munge -n | unmunge | grep -c STATUS"); got != "/etc/slurm/slurm.conf\n"+home+"\n1" {
		t.Errorf("a session has %q", got)
	}
	inside := append([]string{"nsenter", "--net", "--target", fmt.Sprint(n.process.Process.Pid)},
		n.access.SSH(n.access.Endpoints[0], "id -un")...)
	if out, code := runCommand(t, "", inside...); out != User || code != 0 {
		t.Errorf("from the node's network: exit code %d: %s", code, out)
	}
	terminal := n.access.SSH(n.access.Endpoints[1], "-tt", "tty")
	if out, code := runCommand(t, "", terminal...); !strings.HasPrefix(out, "/dev/pts/") {
		t.Errorf("with a terminal: exit code %d: %s", code, out)
	}
	root := n.access
	root.User = "root"
	if out, code := runCommand(t, "", root.SSH(root.Endpoints[1], "true")...); code != 255 || !strings.Contains(out, "Permission denied (publickey)") {
		t.Errorf("root: exit code %d: %s", code, out)
	}
	stranger := n.access
	stranger.KnownHosts = "/dev/null"
	if out, code := runCommand(t, "", stranger.SSH(stranger.Endpoints[1], "true")...); code != 255 || !strings.Contains(out, "Host key verification failed") {
		t.Errorf("without the host key: exit code %d: %s", code, out)
	}
}
