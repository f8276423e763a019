package objdiff

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/wire"
)

func container(t *testing.T, args ...any) map[string]any {
	t.Helper()
	return map[string]any{"command": []any{wire.Shim}, "args": args}
}

func TestDecodeArguments(t *testing.T) {
	empty := `""`
	spec := wire.Spec{
		Flow: "f", Step: "s", Script: []string{"a {{b}}", "", "c"},
		Args: []wire.Text{{{Lit: "--lr="}, {In: "lr"}}, {{Lit: "plain $HOME"}}, {}},
		Env: []wire.Var{
			{Name: "A", Value: wire.Text{{In: "item", At: "index", Path: []string{"x", "y z"}}}},
			{Name: "B", Value: wire.Text{{In: "scores", Join: true}}},
			{Name: "C", Value: wire.Text{{Lit: "$"}, {In: "lr"}}},
			{Name: "D", Value: wire.Text{{Lit: "${{ lr }}"}}},
		},
		Outputs: []wire.Output{{Name: "o", Type: "string", Default: &empty}},
	}
	text, err := wire.Encode(spec)
	if err != nil {
		t.Fatal(err)
	}
	got := container(t, "exec", text)
	decodeArguments(got)
	want := map[string]any{
		"command": []any{wire.Shim},
		"exec": map[string]any{
			"flow": "f", "step": "s", "script": "a {{b}}\n\nc\n",
			"args": []any{"--lr=${{ lr }}", "plain $HOME", ""},
			"env": []any{
				map[string]any{"name": "A", "value": `${{ item[index].x."y z" }}`},
				map[string]any{"name": "B", "value": "${{ join(scores) }}"},
				map[string]any{"name": "C", "value": []any{map[string]any{"lit": "$"}, map[string]any{"in": "lr"}}},
				map[string]any{"name": "D", "value": []any{map[string]any{"lit": "${{ lr }}"}}},
			},
			"outputs": []any{map[string]any{"name": "o", "type": "string", "default": ""}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeArgumentsLeavesTheRest(t *testing.T) {
	for name, make := range map[string]func() map[string]any{
		"no JSON":        func() map[string]any { return container(t, "exec", "{") },
		"a list":         func() map[string]any { return container(t, "exec", "[1]") },
		"two values":     func() map[string]any { return container(t, "exec", "{} {}") },
		"three args":     func() map[string]any { return container(t, "exec", "{}", "x") },
		"a taken name":   func() map[string]any { return container(t, "command", "{}") },
		"another binary": func() map[string]any { return map[string]any{"command": []any{"sh"}, "args": []any{"exec", "{}"}} },
	} {
		t.Run(name, func(t *testing.T) {
			got := make()
			decodeArguments(got)
			if diff := cmp.Diff(make(), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestScriptsThatDiffer(t *testing.T) {
	scripts := [][]any{{}, {""}, {"a"}, {"a", ""}, {"a", "", ""}, {"a\n"}}
	seen := map[string]int{}
	for i, lines := range scripts {
		text := string(encode(readable(map[string]any{"script": lines})["script"]))
		if j, ok := seen[text]; ok && len(scripts[j])+len(lines) != 1 {
			t.Errorf("scripts %v and %v both read %s", scripts[j], lines, text)
		}
		seen[text] = i
	}
}
