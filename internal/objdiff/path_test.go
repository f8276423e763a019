package objdiff

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPathText(t *testing.T) {
	key := func(name string) Segment { return Segment{By: byKey, Name: name} }
	name := func(name string) Segment { return Segment{By: "name", Name: name} }
	tests := []struct {
		path Path
		want string
	}{
		{Path{}, ""},
		{Path{key("spec"), key("templates"), name("train"), key("depends")}, "spec.templates[train].depends"},
		{Path{key("metadata"), key("labels"), key("a.dev/b")}, `metadata.labels["a.dev/b"]`},
		{Path{key("a.b")}, `["a.b"]`},
		{Path{key("args"), {By: byIndex, Index: 2}}, "args[2]"},
		{Path{key("tasks"), name("2")}, `tasks[name="2"]`},
		{Path{key("tasks"), name("a]\n\"")}, `tasks[name="a]\n\""]`},
		{Path{key("volumeMounts"), {By: "mountPath", Name: "/data"}}, `volumeMounts[mountPath="/data"]`},
		{Path{key("schedules"), {By: byMember}}, "schedules[]"},
		{Path{key("")}, `[""]`},
	}
	for _, test := range tests {
		if got := test.path.String(); got != test.want {
			t.Errorf("text is %s, want %s", got, test.want)
		}
		back, err := ParsePath(test.want)
		if err != nil {
			t.Errorf("%s: %v", test.want, err)
		}
		if diff := cmp.Diff(test.path, back); diff != "" {
			t.Errorf("%s: %s", test.want, diff)
		}
	}
}

func TestParsePathErrors(t *testing.T) {
	for _, text := range []string{".a", "a..b", "a[", "a]", "ab c", "a[1]b", `a["x]`, "a[99999999999999999999]", `a[x"y"]`} {
		if path, err := ParsePath(text); err == nil {
			t.Errorf("%q is read as %v", text, path)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("spec.templates[train].env[0]")
	f.Add(`a["b.c"][name="d"][]`)
	f.Fuzz(func(t *testing.T, text string) {
		path, err := ParsePath(text)
		if err != nil {
			return
		}
		again, err := ParsePath(path.String())
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, path, err)
		}
		if again.String() != path.String() {
			t.Errorf("%q, %q, %q", text, path, again)
		}
	})
}

func TestPathChildDoesNotShare(t *testing.T) {
	parent := append(make(Path, 0, 8), Segment{By: byKey, Name: "a"})
	first := parent.child(Segment{By: byKey, Name: "b"})
	second := parent.child(Segment{By: byKey, Name: "c"})
	if first.String() != "a.b" || second.String() != "a.c" {
		t.Errorf("children are %s and %s", first, second)
	}
}
