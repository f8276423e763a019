package cli

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/config"
)

// cluster opens the cluster of a target with the user's kubeconfig. It sends
// no request.
func (a *app) cluster(target config.Target) (*cluster.Cluster, error) {
	// client-go logs to standard error what it returns as an error too.
	klog.SetLogger(logr.Discard())
	opened, err := cluster.Open(cluster.Options{
		Kubeconfig: a.Getenv("KUBECONFIG"),
		Context:    target.Context,
		Namespace:  target.Namespace,
		UserAgent:  a.userAgent(),
	})
	var unclear *cluster.ContextError
	if errors.As(err, &unclear) {
		return nil, usageError{err}
	}
	return opened, err
}

// userAgent names this program in the logs of servers, and the CI job that it
// runs in, so that who asks "who was that" finds it.
func (a *app) userAgent() string {
	agent := "gantline/" + a.Version
	if job := a.Getenv("CIRCLE_BUILD_URL"); job != "" && !strings.ContainsFunc(job, notPrinted) {
		agent += " (" + job + ")"
	}
	return agent
}

// deployer is who deploys, as others are told who wait for it or ask later: a
// CI job, or a user, a host and a process.
func (a *app) deployer() string {
	if job := a.Getenv("CIRCLE_BUILD_URL"); job != "" {
		return job
	}
	name := fmt.Sprintf("uid-%d", os.Getuid())
	if known, err := user.Current(); err == nil {
		name = known.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s@%s (%d)", name, host, os.Getpid())
}

// notPrinted says whether a character cannot stand in an HTTP header.
func notPrinted(r rune) bool { return r <= ' ' || r > '~' }
