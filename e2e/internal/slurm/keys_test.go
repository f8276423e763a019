package slurm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// keyFolders makes the folders that writeKeys writes to, without root.
func keyFolders(t *testing.T) Options {
	t.Helper()
	o := testOptions(t.TempDir())
	for _, path := range []string{mungeKey, authorizedKeys, identity} {
		if err := os.MkdirAll(filepath.Dir(o.at(path)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func TestKeysAreMadeOnce(t *testing.T) {
	o := keyFolders(t)
	if err := writeKeys(o); err != nil {
		t.Fatal(err)
	}
	first := map[string]string{}
	for _, path := range []string{mungeKey, hostKey, identity, authorizedKeys} {
		first[path] = read(t, o.at(path))
	}
	for _, path := range []string{mungeKey, hostKey, identity} {
		info, err := os.Stat(o.at(path))
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, error %v", path, info.Mode(), err)
		}
	}
	user, err := ssh.ParsePrivateKey([]byte(first[identity]))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(ssh.MarshalAuthorizedKey(user.PublicKey())); got != first[authorizedKeys] {
		t.Errorf("the identity is %sand %smay log in", got, first[authorizedKeys])
	}
	if len(first[mungeKey]) != mungeKeyBytes {
		t.Errorf("the munge key has %d bytes", len(first[mungeKey]))
	}

	if err := writeKeys(o); err != nil {
		t.Fatal(err)
	}
	for path, content := range first {
		if read(t, o.at(path)) != content {
			t.Errorf("a second start wrote another %s", path)
		}
	}
	other := keyFolders(t)
	if err := writeKeys(other); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{mungeKey, hostKey, identity} {
		if read(t, other.at(path)) == first[path] {
			t.Errorf("two clusters share %s", path)
		}
	}
}

func TestDamagedKeyIsNamed(t *testing.T) {
	o := keyFolders(t)
	if err := os.WriteFile(o.at(identity), []byte("half a k"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := writeKeys(o)
	wantError(t, err, o.at(identity))
	wantError(t, err, "remove the file")
	if strings.Contains(err.Error(), "half a k") {
		t.Errorf("the error tells the key: %v", err)
	}
}

func TestBastionWritesHostsDown(t *testing.T) {
	o := keyFolders(t)
	if err := writeKeys(o); err != nil {
		t.Fatal(err)
	}
	access, err := Bastion(o, 40022, 22)
	if err != nil {
		t.Fatal(err)
	}
	key, err := publicKey(o.at(hostKey))
	if err != nil {
		t.Fatal(err)
	}
	suffix := " " + string(ssh.MarshalAuthorizedKey(key))
	want := "[10.88.0.1]:2222" + suffix + "[127.0.0.1]:40022" + suffix + "127.0.0.1" + suffix
	if got := read(t, access.KnownHosts); got != want {
		t.Errorf("known hosts are\n%s\nwant\n%s", got, want)
	}
	got := strings.Join(access.SSH(access.Endpoints[1], "squeue", "--me"), " ")
	for _, want := range []string{"-i " + o.at(identity), "-p 40022", User + "@127.0.0.1 squeue --me", "StrictHostKeyChecking=yes"} {
		if !strings.Contains(got, want) {
			t.Errorf("the command %q lacks %q", got, want)
		}
	}
}

func TestBastionBeforePrograms(t *testing.T) {
	_, err := Bastion(testOptions(t.TempDir()))
	wantError(t, err, "reading a key")
}
