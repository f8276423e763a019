// Package render turns flows into Argo Workflows objects.
//
// A newcomer starts at Argo: it makes of one checked flow, the images that its
// steps run in and a few options one WorkflowTemplate and, for a schedule, one
// CronWorkflow that refers to it. It is pure: the same input gives the same
// bytes, whatever the time, the commit or the cluster.
//
// The rooms of the package, in the order in which a flow passes them:
//
//	notyet.go     what is recognised, but not rendered yet
//	dag.go        steps become DAG tasks; depends.go writes their conditions
//	foreach.go    a step with items becomes a wrapper DAG for each item
//	inputs.go     how each value that a step reads reaches its container;
//	              reference.go writes what a reference denotes
//	expr.go       Argo expressions; condition.go writes an `if` as one
//	pod.go        the container template and, beside it, its resources,
//	              volumes, security context and retries
//	workflow.go   the WorkflowTemplate around them; cron.go the CronWorkflow
//	limits.go     what a cluster would refuse or strand
//
// Validate runs Argo's own offline validation over rendered objects; it is no
// part of Argo's path. GraphOf is a flow's graph for a drawing.
//
// # Values
//
// No text of a user stands raw in a string that Argo or Kubernetes interprets.
// Scripts, arguments and environment travel in the one argument of the shim
// (wire.Spec); parameters, outputs and items are encoded by package wire, and
// Argo's expressions decode them with fromJSON. Who starts a run past gantline
// gives encoded parameters too: JSON, a string in its quotes. The little that
// must stand as it is (paths, names of secrets, labels) is refused where it
// holds what would be interpreted. The property test in values_test.go holds
// the package to this.
//
// # Names of templates
//
// Argo's pods carry their template's name, so a step's container template has
// the step's name. Templates without a pod of their own are named with a
// capital letter (Flow, OnExit, Verdict, eval-Item), which no step's name has,
// so nothing that a user chooses can clash with them.
package render
