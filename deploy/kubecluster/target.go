package kubecluster

import (
	"time"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/cluster"
)

// Manager is the field manager of everything that is applied: one name for
// all versions, jobs and people, so that each deploy owns what the last did.
const Manager = "gantline"

// concurrent is how many requests are under way at once.
const concurrent = 16

// requestTime is how long one request may take.
const requestTime = 30 * time.Second

// Target is a namespace of a cluster.
type Target struct {
	Cluster *cluster.Cluster
	// Name is the target's name in gantline.yaml.
	Name string
	// Force overwrites what was edited by hand.
	Force bool
	// Tool is the version of gantline, By is who deploys: both are told by the
	// inventory and the lock.
	Tool, By string
	Now      func() time.Time
	// Waiting is called where another deploy holds the lock, with its By.
	Waiting func(holder string)
	// Progress is called as objects are planned and written.
	Progress func(done, total int, what string)
}

var _ deploy.Target = (*Target)(nil)

func (t *Target) destination() deploy.Destination {
	name := t.Cluster.Context
	if name == "" {
		name = t.Cluster.Server
	}
	return deploy.Destination{Target: t.Name, Cluster: name, Namespace: t.Cluster.Namespace}
}
