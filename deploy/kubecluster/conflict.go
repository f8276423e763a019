package kubecluster

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/objdiff"
)

// controller is the field manager of Argo's controller.
const controller = "workflow-controller"

// conflict is a field that an apply would take from its owner.
type conflict struct{ field, manager string }

func (c conflict) String() string { return c.field + " (" + c.manager + ")" }

var managerName = regexp.MustCompile(`conflict with "([^"]*)"`)

// conflictsOf are the fields that stopped an apply; none where it was something
// else that did.
func conflictsOf(err error) []conflict {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	var out []conflict
	for _, cause := range status.Status().Details.Causes {
		if cause.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		manager := cause.Message
		if match := managerName.FindStringSubmatch(cause.Message); match != nil {
			manager = match[1]
		}
		out = append(out, conflict{cause.Field, manager})
	}
	return out
}

// byHand are the conflicts that are somebody's edit, and not a trace of Argo's
// controller or of a suspension:
//
//   - the controller writes labels and annotations back from its memory, older
//     ones too, and then owns them;
//   - with an atomic spec whoever suspends owns all of it. It is no edit where
//     the spec, apart from the suspension, is what was applied or what is wanted.
func byHand(conflicts []conflict, w wanted, l live, entry Entry) ([]conflict, error) {
	spec, err := specHash(l.Object)
	if err != nil {
		return nil, err
	}
	var out []conflict
	for _, c := range conflicts {
		ofMetadata := strings.HasPrefix(c.field, ".metadata.labels.") || strings.HasPrefix(c.field, ".metadata.annotations.")
		switch {
		case ofMetadata && c.manager == controller:
		case c.field == ".spec" && (spec == entry.Spec || spec == w.spec):
		default:
			out = append(out, c)
		}
	}
	return out, nil
}

// refusal is one object that must not be written as it is.
type refusal struct{ reason, hint string }

// Error is the reason, and what to do.
func (r refusal) Error() string { return r.reason + "\n  " + r.hint }

// foreign refuses an object that is not the project's; nil for one that is.
func foreign(l live, project string, known bool, entry Entry) error {
	same := known && (entry.UID == "" || entry.UID == string(l.GetUID()))
	if same || l.project() == project {
		return nil
	}
	id := l.GetKind() + "/" + l.GetName()
	if other := l.project(); other != "" {
		return refusal{fmt.Sprintf("%s belongs to project %q", id, other),
			"two projects can't have one object: rename the project or the flow"}
	}
	return refusal{fmt.Sprintf("%s exists, and gantline did not make it", id),
		fmt.Sprintf("rename the flow; or delete the object; or let gantline take it over: kubectl label %s %s %s=%s",
			strings.ToLower(l.GetKind()), l.GetName(), labelProject, project)}
}

// edited refuses an object that was edited by hand.
func (t *Target) edited(w wanted, l live, adopted bool, hand []conflict) error {
	const most = 5
	var fields []string
	for _, c := range hand {
		fields = append(fields, c.String())
	}
	if more := len(fields) - most; more > 0 {
		fields = append(fields[:most], fmt.Sprintf("and %d more", more))
	}
	what := "was edited by hand"
	if adopted {
		what = "was not made from here, and others own"
	}
	reason := fmt.Sprintf("%s %s: %s", w.ID, what, strings.Join(fields, ", "))
	if hand[0].field == ".spec" {
		if paths := differing(w, l, most); paths != "" {
			reason += "; it differs from this commit at " + paths
		}
	}
	return refusal{reason, fmt.Sprintf("undo the edits; or overwrite them: gantline deploy --target %s --force-conflicts", t.Name)}
}

// differing names the first fields in which the live object is not the wanted.
func differing(w wanted, l live, most int) string {
	have, err := kube.New(l.Object, "", w.Source)
	if err != nil {
		return ""
	}
	var paths []string
	for _, change := range objdiff.Compare([]kube.Object{w.Object}, []kube.Object{have}).Changed {
		for _, field := range append(change.Fields, change.Images...) {
			path := field.Path.String()
			if strings.HasPrefix(path, "spec.") && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	if more := len(paths) - most; more > 0 {
		paths = append(paths[:most], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(paths, ", ")
}
