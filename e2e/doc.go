// Package e2e tells Gantline's story on a real cluster: each file of cases is
// one case, a testscript, run with the gantline of bin/ against clusters of
// devcluster that the tests start and take down.
//
//	cases/*.txtar          on a cluster with Argo's full CRDs, and with Slurm
//	cases/both/*.txtar     there, and on one with Argo's minimal CRDs
//	cases/no-argo/*.txtar  on that one last, with the CRDs taken away
//
// `make e2e` runs them; GANTLINE_TEST=e2e switches them on, and they need root.
// When a case fails, the logs of every component are kept, and their folder is
// named.
//
// # What a case has
//
// A namespace of its own, $NS, in which an administrator applied what `gantline
// render --bootstrap` printed. $KUBECONFIG has the contexts `deploy` and `run`
// with tokens of the accounts gantline-deploy and gantline-run, and no other
// right. $ADMIN is the administrator's kubeconfig, and `kubectl` uses it, in
// $NS. $REGISTRY is the registry that the cluster pulls from, $SOURCE this
// checkout; `$SSH COMMAND…` runs a command on Slurm's bastion, which pods reach
// at $BASTION. Beside testscript's own there are these commands:
//
//	project DIR            makes the example repository, with a target `prod` to
//	                       deploy to and a target `dev` to run on, both $NS, and
//	                       goes there
//	commit MESSAGE         commits everything in the work tree
//	exitcode N COMMAND…    wants that exit code
//	started VAR SELECTOR   waits until a Workflow has these labels; $VAR is the
//	                       newest one's name
//	finished NAME PHASE    waits until the Workflow has ended so
//	audit mark             from here on
//	audit writes           prints what gantline wrote in $NS since, a line each:
//	                       VERB RESOURCE NAME; dry runs are no writes
//	credentials KIND       gives the contexts other tokens: garbage, expired, or
//	                       executor, who may do next to nothing
//	cut N                  from here on the API server is gone after gantline's
//	                       Nth write of an Argo object; `cut heal` brings it back
package e2e
