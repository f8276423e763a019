package slurm

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/crypto/ssh"
)

// Where the keys are below Options.Dir. The client folder is for people and
// tests outside; the node does not mount it.
const (
	mungeKey       = "etc/munge/munge.key"
	hostKey        = "etc/ssh/host_key"
	authorizedKeys = "etc/ssh/authorized_keys/" + User
	identity       = "client/identity"
	knownHosts     = "client/known_hosts"
)

// mungeKeyBytes is the length of a munge key: what Debian's package makes.
const mungeKeyBytes = 128

// writeKeys makes the keys that are not there yet, and writes who may log in with
// them. Which host to trust is written by Bastion, which knows its addresses.
func writeKeys(o Options) error {
	if err := keep(o.at(mungeKey), newMungeKey); err != nil {
		return err
	}
	for _, key := range []string{hostKey, identity} {
		if err := keep(o.at(key), newSSHKey); err != nil {
			return err
		}
	}
	user, err := publicKey(o.at(identity))
	if err != nil {
		return err
	}
	return writeFile(o.at(authorizedKeys), string(ssh.MarshalAuthorizedKey(user)), 0o644)
}

// keep makes the secret file at path, unless it is there: a second start with
// other keys would lock out who holds the first ones.
func keep(path string, newKey func() (string, error)) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := newKey()
	if err != nil {
		return fmt.Errorf("making the key %q: %w", path, err)
	}
	return writeFile(path, key, 0o600)
}

func newMungeKey() (string, error) {
	key := make([]byte, mungeKeyBytes)
	_, err := rand.Read(key)
	return string(key), err
}

func newSSHKey() (string, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	block, err := ssh.MarshalPrivateKey(private, "gantline test cluster")
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(block)), nil
}

// publicKey is the public half of the private key in a file.
func publicKey(path string) (ssh.PublicKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("reading the key %q: %w; remove the file, and a new one is made", path, err)
	}
	return signer.PublicKey(), nil
}
