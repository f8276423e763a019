package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"gantline.dev/gantline/e2e/internal/kubeapi"
	"gantline.dev/gantline/e2e/internal/pki"
	"gantline.dev/gantline/e2e/internal/program"
)

// bringUp is the order in which a cluster comes up.
type bringUp struct {
	spec     Spec
	admin    Admin
	client   *kubeapi.Client
	programs *program.Supervisor
	say      func(string)
}

// all starts everything and returns when the cluster is ready.
func (b bringUp) all(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()

	if err := b.plant(ctx); err != nil {
		return err
	}
	if err := b.startAPI(ctx); err != nil {
		return err
	}
	b.say("starting the controllers, containerd and the kubelet")
	node := []program.Program{b.spec.containerd(), b.spec.kubelet(), b.spec.controllerManager(), b.spec.scheduler()}
	if err := b.programs.Start(ctx, node...); err != nil {
		return err
	}
	if err := b.startServices(ctx); err != nil {
		return err
	}
	if err := b.startSlurm(ctx); err != nil {
		return err
	}
	b.say("waiting for the node")
	if err := until(ctx, "waiting for the node to be ready", b.nodeReady); err != nil {
		return err
	}
	// In the background: a pod that comes first pulls the image itself, and so
	// does one where this failed.
	go func() { _ = b.programs.Start(context.WithoutCancel(ctx), b.spec.pull()) }()
	return nil
}

func (b bringUp) startAPI(ctx context.Context) error {
	b.say("starting etcd and the API server")
	api := b.spec.apiServer()
	api.Ready = func(ctx context.Context) error { return b.client.Get(ctx, "/readyz", nil) }
	return b.programs.Start(ctx, b.spec.etcd(), api)
}

// startServices starts the programs that a cluster has as pods, each with the
// rights of a service account of its own.
func (b bringUp) startServices(ctx context.Context) error {
	for _, account := range []struct{ namespace, name, file string }{
		{"kube-system", "coredns", "coredns.kubeconfig"},
		{"argo", "argo", "workflow-controller.kubeconfig"},
	} {
		if err := b.writeAccount(ctx, account.namespace, account.name, account.file); err != nil {
			return err
		}
	}
	b.say("starting CoreDNS and the workflow-controller")
	return b.programs.Start(ctx, b.spec.coreDNS(), b.spec.workflowController())
}

// writeAccount writes a kubeconfig with a service account's token.
func (b bringUp) writeAccount(ctx context.Context, namespace, name, file string) error {
	const year = 365 * 24 * 3600
	body := fmt.Appendf(nil, `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":%d}}`, year)
	var answer struct{ Status struct{ Token string } }
	path := "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + name + "/token"
	if err := b.client.Post(ctx, path, body, &answer); err != nil {
		return fmt.Errorf("asking for a token of %s/%s: %w", namespace, name, err)
	}
	text := pki.Kubeconfig{
		Name: b.spec.Name, Server: serverInside(), CA: b.admin.CA,
		Namespace: namespace, Token: answer.Status.Token,
	}.Text()
	if err := os.WriteFile(b.spec.etc(file), text, 0o600); err != nil {
		return fmt.Errorf("writing the token of %s/%s: %w", namespace, name, err)
	}
	return nil
}

// object is what is read of an object that should become ready.
type object struct {
	Status struct {
		Conditions []struct{ Type, Status string }
	}
}

func (o object) is(condition string) error {
	for _, c := range o.Status.Conditions {
		if c.Type == condition && c.Status == "True" {
			return nil
		}
	}
	return errors.New("it is not " + condition + " yet")
}

func (b bringUp) nodeReady(ctx context.Context) error {
	var node object
	if err := b.client.Get(ctx, "/api/v1/nodes/"+b.spec.Name, &node); err != nil {
		return err
	}
	return node.is("Ready")
}

// until asks again and again until the answer is nil.
func until(ctx context.Context, doing string, ask func(context.Context) error) error {
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", doing, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
