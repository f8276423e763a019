package node

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"gantline.dev/gantline/e2e/internal/program"
)

const etcdURL = "http://127.0.0.1:2379"

func (s Spec) etcd() program.Program {
	return program.Program{
		Name: "etcd", Path: s.Programs["etcd"],
		Args: []string{
			"--data-dir=" + s.etcdData(),
			"--listen-client-urls=" + etcdURL, "--advertise-client-urls=" + etcdURL,
			"--listen-peer-urls=http://127.0.0.1:2380",
			"--unsafe-no-fsync", // a cluster that crashed is thrown away
			"--log-level=warn",
		},
		Ready: answers(etcdURL + "/health"),
	}
}

func (s Spec) apiServer() program.Program {
	return program.Program{
		Name: "kube-apiserver", Path: s.Programs["kube-apiserver"],
		Args: []string{
			"--etcd-servers=" + etcdURL,
			"--bind-address=0.0.0.0", fmt.Sprintf("--secure-port=%d", APIPort),
			"--advertise-address=" + Address,
			"--service-cluster-ip-range=" + serviceNetwork,
			"--tls-cert-file=" + s.etc("apiserver.crt"), "--tls-private-key-file=" + s.etc("apiserver.key"),
			"--client-ca-file=" + s.etc("ca.crt"),
			"--kubelet-certificate-authority=" + s.etc("ca.crt"),
			"--kubelet-client-certificate=" + s.etc("apiserver-kubelet-client.crt"),
			"--kubelet-client-key=" + s.etc("apiserver-kubelet-client.key"),
			"--kubelet-preferred-address-types=InternalIP",
			"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
			"--service-account-issuer=https://kubernetes.default.svc." + domain,
			"--service-account-key-file=" + s.etc("tokens.key"),
			"--service-account-signing-key-file=" + s.etc("tokens.key"),
			"--audit-policy-file=" + s.etc("audit.yaml"), "--audit-log-path=" + s.AuditLog(),
			"--audit-log-maxsize=2000", // megabytes: one file, for tests to read
			"--profiling=false",
		},
	}
}

func (s Spec) controllerManager() program.Program {
	return program.Program{
		Name: "kube-controller-manager", Path: s.Programs["kube-controller-manager"],
		Args: []string{
			"--kubeconfig=" + s.etc("controller-manager.kubeconfig"),
			"--bind-address=127.0.0.1", "--leader-elect=false",
			"--service-account-private-key-file=" + s.etc("tokens.key"),
			"--root-ca-file=" + s.etc("ca.crt"),
			"--use-service-account-credentials=true",
			"--profiling=false",
		},
	}
}

func (s Spec) scheduler() program.Program {
	return program.Program{
		Name: "kube-scheduler", Path: s.Programs["kube-scheduler"],
		Args: []string{
			"--kubeconfig=" + s.etc("scheduler.kubeconfig"),
			"--bind-address=127.0.0.1", "--leader-elect=false", "--profiling=false",
		},
	}
}

func (s Spec) containerd() program.Program {
	return program.Program{
		Name: "containerd", Path: s.Programs["containerd"],
		Args: []string{"--config=" + s.etc("containerd.toml")},
		Ready: func(ctx context.Context) error {
			conn, err := (&net.Dialer{}).DialContext(ctx, "unix", "/run/containerd/containerd.sock")
			if err != nil {
				return err
			}
			return conn.Close()
		},
	}
}

func (s Spec) kubelet() program.Program {
	return program.Program{
		Name: "kubelet", Path: s.Programs["kubelet"],
		Args: []string{
			"--config=" + s.etc("kubelet.yaml"), "--kubeconfig=" + s.etc("kubelet.kubeconfig"),
			"--hostname-override=" + s.Name, "--node-ip=" + Address,
		},
	}
}

func (s Spec) coreDNS() program.Program {
	return program.Program{
		Name: "coredns", Path: s.Programs["coredns"],
		Args:  []string{"-conf", s.etc("Corefile")},
		Ready: resolves("kubernetes.default.svc."+domain, APIAddress),
	}
}

func (s Spec) workflowController() program.Program {
	return program.Program{
		Name: "workflow-controller", Path: s.Programs["workflow-controller"],
		Args: []string{
			"--kubeconfig", s.etc("workflow-controller.kubeconfig"),
			"--executor-image", s.ExecutorImage,
			"--qps", "200", "--burst", "400",
		},
		Env: []string{
			"LEADER_ELECTION_DISABLE=true",
			// How long it may wait until it looks at a workflow again.
			"DEFAULT_REQUEUE_TIME=500ms",
			"CRON_SYNC_PERIOD=1s",
		},
		Ready: answers("http://127.0.0.1:6060/healthz"),
	}
}

// pull fetches what every step's pod needs, before there is one.
func (s Spec) pull() program.Program {
	return program.Program{
		Name: "pull", Path: "/usr/bin/ctr", Once: true,
		Args: []string{
			"--namespace", "k8s.io", "images", "pull", "--snapshotter", s.Snapshotter,
			"--hosts-dir", s.etc("registries"), s.ExecutorImage,
		},
	}
}

// answers asks a URL for an answer 200.
func answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}

// resolves asks the cluster's name server for the address of a name.
func resolves(name, address string) func(context.Context) error {
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, DNSAddress+":53")
	}}
	return func(ctx context.Context) error {
		got, err := resolver.LookupHost(ctx, name+".")
		if err != nil {
			return err
		}
		if len(got) != 1 || got[0] != address {
			return fmt.Errorf("the address of %s is %s, not %s", name, strings.Join(got, ", "), address)
		}
		return nil
	}
}
