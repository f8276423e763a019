package kubecluster

import (
	"fmt"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/objdiff"
)

// mostSaid is how many sentences a step of a plan has.
const mostSaid = 6

// describe says what changes between two states of an object, either of which
// may be none: in the words of Argo, or as a number of fields.
func describe(before, after live) []string {
	changes := objdiff.Compare(objects(before), objects(after))
	var says []string
	for _, change := range changes.All() {
		for _, statement := range change.Statements {
			says = append(says, statement.Text)
		}
		if len(says) == 0 && len(change.Fields) > 0 {
			says = append(says, fields(change.Fields))
		}
	}
	if more := len(says) - mostSaid; more > 0 {
		says = append(says[:mostSaid], fmt.Sprintf("and %d more", more))
	}
	return says
}

func fields(changed []objdiff.FieldChange) string {
	if len(changed) == 1 {
		return changed[0].Path.String() + " changes"
	}
	return fmt.Sprintf("%d fields change, %s first", len(changed), changed[0].Path)
}

func objects(l live) []kube.Object {
	if !l.exists() {
		return nil
	}
	object, err := kube.New(l.Object, "", diag.Position{})
	if err != nil {
		return nil
	}
	return []kube.Object{object}
}
