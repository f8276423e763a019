package envimage

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/moby/buildkit/session/secrets/secretsprovider"
)

// The shell reads back what Env holds, whatever it holds.
func TestEnvFileIsShell(t *testing.T) {
	value := "it's $HOME `id` \\ \"x\"\nsecond line"
	host := Host{Env: map[string]string{"A_VALUE": value, "not a name; exit 3": "x"}}
	cmd := exec.Command("/bin/sh", "-euc", ". /dev/stdin; printf %s \"$A_VALUE\"")
	cmd.Stdin = bytes.NewReader(host.envFile())
	out, err := cmd.Output()
	if err != nil || string(out) != value {
		t.Errorf("the shell read %q (%v), want %q", out, err, value)
	}
}

func TestFilesLeavesOutWhatIsNotGiven(t *testing.T) {
	files, err := Host{CABundle: []byte("x")}.files()
	if err != nil || len(files) != 1 || string(files[secretCA]) != "x" {
		t.Errorf("files are %v (%v), want the authorities alone", files, err)
	}
}

func TestFilesRefusesWhatTheBuilderWould(t *testing.T) {
	_, err := Host{CABundle: make([]byte, secretsprovider.MaxSecretSize+1)}.files()
	if err == nil || !strings.Contains(err.Error(), "gantline-ca") {
		t.Errorf("got %v, want an error that names what is too long", err)
	}
}
