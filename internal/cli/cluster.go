package cli

import (
	"errors"
	"strings"

	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/config"
)

// cluster opens the cluster of a target with the user's kubeconfig. It sends
// no request.
func (a *app) cluster(target config.Target) (*cluster.Cluster, error) {
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

// notPrinted says whether a character cannot stand in an HTTP header.
func notPrinted(r rune) bool { return r <= ' ' || r > '~' }
