package node

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"gantline.dev/gantline/e2e/internal/program"
)

func testSpec(t *testing.T) Spec {
	t.Helper()
	return Spec{
		Name: "n1", Folder: t.TempDir(), Registry: "127.0.0.1:5000", PauseImage: "127.0.0.1:5000/pause:1",
		Programs: map[string]string{}, Argo: "/argo", CRDs: "full",
	}
}

func TestWriteConfig(t *testing.T) {
	s := testSpec(t)
	admin, err := WriteConfig(s)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := loadAdmin(s)
	if err != nil || string(loaded.User.Cert) != string(admin.User.Cert) || string(loaded.CA) != string(admin.CA) {
		t.Errorf("the administrator is read back as another (%v)", err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(s.etc(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for name, want := range map[string][]string{
		"containerd.toml":                      {`sandbox_image = "127.0.0.1:5000/pause:1"`, filepath.Join(s.Folder, "containerd")},
		"registries/127.0.0.1:5000/hosts.toml": {`[host."http://127.0.0.1:5000"]`},
		"Corefile":                             {`"` + s.etc("coredns.kubeconfig") + `"`, DNSAddress},
	} {
		for _, w := range want {
			if text := read(name); !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", name, w, text)
			}
		}
	}
	if !json.Valid([]byte(read("cni/pods.conflist"))) {
		t.Errorf("the pods' network is not JSON:\n%s", read("cni/pods.conflist"))
	}
	for _, name := range []string{"kubelet.yaml", "audit.yaml", "kubelet.kubeconfig", "scheduler.kubeconfig"} {
		var parsed map[string]any
		if err := yaml.Unmarshal([]byte(read(name)), &parsed); err != nil || parsed["kind"] == nil {
			t.Errorf("%s is no object: %v", name, err)
		}
	}
	private, err := os.Stat(s.etc("admin.key"))
	if err != nil || private.Mode().Perm() != 0o600 {
		t.Errorf("the administrator's key is not private: %v (%v)", private.Mode(), err)
	}
}

// TestPrograms: every file that a program is given exists once the
// configuration is written, but for those of the service accounts.
func TestPrograms(t *testing.T) {
	s := testSpec(t)
	if _, err := WriteConfig(s); err != nil {
		t.Fatal(err)
	}
	late := []string{"coredns.kubeconfig", "workflow-controller.kubeconfig"}
	names := map[string]bool{}
	programs := []program.Program{
		s.etcd(), s.apiServer(), s.containerd(), s.kubelet(), s.controllerManager(), s.scheduler(),
		s.coreDNS(), s.workflowController(),
	}
	for _, p := range programs {
		if names[p.Name] {
			t.Errorf("two programs are called %q", p.Name)
		}
		names[p.Name] = true
		for _, arg := range p.Args {
			_, path, found := strings.Cut(arg, "=")
			if !found {
				path = arg
			}
			if !strings.HasPrefix(path, s.etc("")+"/") || slices.Contains(late, filepath.Base(path)) {
				continue
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s is given a file that nobody wrote: %v", p.Name, err)
			}
		}
	}
}

func TestSpecIsReadBack(t *testing.T) {
	s := testSpec(t)
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	got, err := Load(s.File())
	if err != nil || got.Registry != s.Registry || got.Folder != s.Folder {
		t.Errorf("%+v is read back as %+v (%v)", s, got, err)
	}
}

// TestSeedName: clusters that could not use each other's data have seeds of
// other names.
func TestSeedName(t *testing.T) {
	s := testSpec(t)
	first, err := s.SeedName()
	if err != nil {
		t.Fatal(err)
	}
	same := s
	same.Name, same.Registry = "n2", "127.0.0.1:1"
	minimal, newer := s, s
	minimal.CRDs = "minimal"
	newer.Argo = "/argo2"
	for _, c := range []struct {
		spec Spec
		same bool
	}{{same, true}, {minimal, false}, {newer, false}} {
		if got, err := c.spec.SeedName(); err != nil || (got == first) != c.same {
			t.Errorf("the seed of %+v is %q (%v), and that of %+v %q", c.spec, got, err, s, first)
		}
	}
}
