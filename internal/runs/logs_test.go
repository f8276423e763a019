package runs

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/cluster"
)

const podsPath = "/api/v1/namespaces/ml/pods"

// TestLog reads the log of a pod whose container starts late, one whose lines
// are long, and of one that is gone.
func TestLog(t *testing.T) {
	t.Parallel()
	a, client := newAPI(t)
	long := strings.Repeat("x", maxLine+10)
	waiting := 2
	a.setFault(func(w http.ResponseWriter, r *http.Request) bool {
		query := r.URL.Query()
		switch {
		case r.URL.Path == podsPath:
			if got := query.Get("labelSelector"); got != labelWorkflow+"=agent-x" {
				t.Errorf("pods are listed by %q", got)
			}
			answer(w, 200, map[string]any{"apiVersion": "v1", "kind": "PodList", "metadata": map[string]any{}, "items": []any{
				map[string]any{"metadata": map[string]any{"name": "agent-x-fit-1", "annotations": map[string]any{annotationNode: "agent-x-1"}}},
			}})
		case r.URL.Path == podsPath+"/gone/log":
			refuse(w, 404, "NotFound")
		case r.URL.Path == podsPath+"/forbidden/log":
			refuse(w, 403, "Forbidden")
		case query.Get("container") != "main":
			t.Errorf("container %q", query.Get("container"))
		case r.URL.Path == podsPath+"/late/log" && waiting > 0:
			waiting--
			answer(w, 400, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "BadRequest", "code": 400,
				"message": `container "main" in pod "late" is waiting to start: PodInitializing`})
		default:
			_, _ = fmt.Fprintf(w, "one\n%s\r\n%s follow=%s tail=%s", long, r.URL.Path, query.Get("follow"), query.Get("tailLines"))
		}
		return true
	})
	names, err := client.Pods(t.Context(), "agent-x")
	if diff := cmp.Diff(map[string]string{"agent-x-1": "agent-x-fit-1"}, names); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	read := func(pod string, o LogOptions) (lines []string, err error) {
		err = client.Log(t.Context(), pod, o, func(line string) { lines = append(lines, line) })
		return lines, err
	}
	if lines, err := read("late", LogOptions{Tail: 5}); err != nil || lines != nil {
		t.Errorf("a container that has not started: %q, %v", lines, err)
	}
	lines, err := read("late", LogOptions{Follow: true, Tail: -1})
	want := []string{"one", long[:maxLine], long[maxLine:], podsPath + "/late/log follow=true tail="}
	if diff := cmp.Diff(want, lines); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if lines, err := read("late", LogOptions{Tail: 5}); err != nil || lines[len(lines)-1] != podsPath+"/late/log follow=false tail=5" {
		t.Errorf("%q, %v", lines, err)
	}
	for _, pod := range []string{"", "gone"} {
		if _, err := read(pod, LogOptions{}); !errors.Is(err, ErrNoPod) {
			t.Errorf("pod %q: %v", pod, err)
		}
	}
	if _, err := read("forbidden", LogOptions{}); !errors.Is(err, cluster.ErrForbidden) {
		t.Errorf("error is %v", err)
	}
}

func TestEachLineKeepsEmptyLines(t *testing.T) {
	var got []string
	if err := eachLine(strings.NewReader("\na\n\n"), func(line string) { got = append(got, line) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "a", ""}, got); diff != "" {
		t.Error(diff)
	}
	if err := eachLine(io.MultiReader(strings.NewReader("a\n"), broken{}), func(string) {}); err == nil {
		t.Error("a log that breaks off is no error")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("cut") }
