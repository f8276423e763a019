package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/workflows"
)

// defaultRetries is the limit of a retry that names none.
const defaultRetries = 2

// retryStrategy says which ends of an attempt are tried again. What the shim
// saw is in the message of the node, as "gantline cause=…"; a pod that died
// without it is known by Argo's and the kubelet's own words.
func (s *step) retryStrategy() *wfv1.RetryStrategy {
	retry := s.def.Retry
	if retry == nil {
		return nil
	}
	limit := defaultRetries
	if retry.Limit != nil {
		limit = retry.Limit.V
	}
	return &wfv1.RetryStrategy{
		Limit:       ptr(intstr.FromString(strconv.Itoa(limit))),
		RetryPolicy: wfv1.RetryPolicyAlways,
		Expression:  retryExpression(retry.For),
		Backoff:     s.backoff(retry.Backoff, limit),
	}
}

// retryExpression holds for an attempt that is to be tried again. It always
// says something: without an expression Argo would decide by its policy alone.
func retryExpression(causes workflows.RetryFor) string {
	var terms []string
	for _, cause := range causes.Causes {
		for _, term := range causeTerms(cause.V) {
			if !slices.Contains(terms, term) {
				terms = append(terms, term)
			}
		}
	}
	if len(causes.Exit) > 0 {
		codes := make([]string, 0, len(causes.Exit))
		for _, code := range causes.Exit {
			codes = append(codes, quote(strconv.Itoa(code.V)))
		}
		terms = append(terms, fmt.Sprintf("(lastRetry.exitCode in [%s] && %s)", strings.Join(codes, ", "), saw(wire.CauseError)))
	}
	if len(terms) == 0 {
		return "true"
	}
	return strings.Join(terms, " || ")
}

// causeTerms is what holds, one or another, for an attempt that ended by the
// cause. On Kubernetes infra and preempted look alike: whether a node was
// drained or a pod had to make room, what Argo sees is a pod that was deleted.
func causeTerms(cause string) []string {
	switch cause {
	case "infra":
		return []string{lost(), "(" + saw(wire.CauseSignal) + " && !(" + says("OOMKilled") + "))"}
	case "preempted":
		return []string{lost()}
	case "oom":
		return []string{says("OOMKilled")}
	case "timeout":
		return []string{saw(wire.CauseTimeout), says("active on the node longer")}
	case "error":
		return []string{saw(wire.CauseError), saw(wire.CauseOutput)}
	}
	return []string{"true"}
}

// lost holds for a pod that ended without its shim having a say, and not for
// its own fault (memory, disk, time).
func lost() string {
	words := []string{
		"pod deleted",         // eviction, drain, preemption, a deleted node
		"low on resource",     // the kubelet made room on its node
		"Evicted",             // the same, by another's words
		"Preempt",             // a critical pod came to the node
		"node shutdown",       // the node went down in order
		"Pod was rejected",    // the node took the pod and then could not
		"find failed message", // the pod ended without any status
		"^pod failed: ",       // its containers ended without one
	}
	return fmt.Sprintf("(!(%s) && (lastRetry.status == 'Error' || lastRetry.message matches %s))",
		says("gantline cause="), quote(strings.Join(words, "|")))
}

func saw(cause string) string { return says("gantline cause=" + cause) }

func says(text string) string { return "lastRetry.message contains " + quote(text) }

// backoff is the wait before attempts. Argo knows a cap since 3.7. Before
// that, the waits double without one, which is said where it makes a
// difference; maxDuration is no substitute, for it ends the attempts.
func (s *step) backoff(want *workflows.Backoff, limit int) *wfv1.Backoff {
	if want == nil || want.From <= 0 {
		return nil
	}
	out := &wfv1.Backoff{Duration: strconv.Itoa(int(wholeSeconds32(want.From)))}
	if want.To <= want.From {
		return out
	}
	out.Factor = ptr(intstr.FromString("2"))
	switch {
	case s.argoAtLeast(3, 7):
		out.Cap = strconv.Itoa(int(wholeSeconds32(want.To)))
	case doubled(want.From, limit-1) > want.To:
		s.add(diag.Warnf(want.Pos, "argo-version", "Argo %s can't cap waits: they double past %s", s.opts.ArgoVersion, want.To))
	}
	return out
}

// doubled is the duration after so many doublings, or very long.
func doubled(d time.Duration, times int) time.Duration {
	for range times {
		if d > 1000*time.Hour {
			return d
		}
		d *= 2
	}
	return d
}
