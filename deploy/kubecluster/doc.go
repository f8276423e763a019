// Package kubecluster deploys to a namespace of a Kubernetes cluster that runs
// Argo Workflows.
//
// A newcomer starts at Target, which is a deploy.Target, and reads plan.go and
// apply.go from the top. Three things in the namespace belong to a project:
//
//   - its objects, WorkflowTemplates and CronWorkflows, written by server-side
//     apply as the field manager "gantline" and labelled gantline.dev/project;
//   - the inventory, a ConfigMap gantline-<project>, which says what was applied
//     (inventory.go). Labels alone don't: Argo's controller writes metadata back
//     from its memory;
//   - the lock, a Lease gantline-<project>: one deploy at a time (lock.go).
//
// # What is written when
//
// A plan reads the inventory and lists both kinds; an object that is as it was
// applied needs no request, the others a dry run. Apply takes the lock, looks
// that the inventory is the plan's, writes an inventory that claims both what
// was and what will be, applies templates before the schedules that start them,
// removes schedules before their templates, and narrows the inventory to what
// there is. Killed at any point in between it leaves an inventory that says so,
// and the next deploy goes on.
//
// # What people do by hand
//
// A schedule that was suspended by hand stays suspended. Other edits of what a
// deploy wrote stop the next one, which names them. Server-side apply tells
// both from the owners of fields, but only where the CRDs describe Argo's
// fields. With the minimal CRDs of Argo 3 installations the whole spec is one
// field, any write to it takes all of it over, and forcing a deploy would drop
// the suspension: there the spec that was applied is known by its hash in the
// inventory, and a suspension is copied into what is applied (decide.go).
package kubecluster
