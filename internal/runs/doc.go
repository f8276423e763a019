// Package runs starts runs of flows on a cluster and looks at them: it submits
// Workflows, follows them, reads the logs of their steps and stops them. A run
// is a Workflow object of the project, whoever started it: gantline run, a
// schedule, a person in Argo's UI.
//
// A newcomer starts at Run, the value that everything here is about: Parse
// makes one from a Workflow's JSON, in which Argo's tree of nodes has become
// the flow's own steps (steps.go). Client speaks to one cluster: submit.go
// starts a run, follow.go watches one until it ends, logs.go reads its pods.
//
// # Rights
//
// In the namespace of its target, and nothing beyond it, the package needs
//
//	argoproj.io  workflows  create, get, list, watch, patch
//	             pods       list
//	             pods/log   get
//
// create is for run, patch for stop, list for runs and for the default of RUN.
// Without watch it asks every few seconds instead. The rights on pods are for
// logs alone.
package runs
