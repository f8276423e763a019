package render_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/render"
)

// TestScriptsRun gives each script to a real bash, as the shim would: the
// values are data in it, never text of it.
func TestScriptsRun(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here to run scripts with")
	}
	for _, value := range nasty() {
		if strings.Contains(value, "${{") {
			continue // an expression of ours
		}
		flow := parse(t, "workflows/f.yaml", fmt.Sprintf(header+`
params: {p: {default: %[1]s}, items: {type: json, default: [%[1]s]}}
steps:
  one:
    foreach: ${{ params.items }}
    run: |
      show() { printf '%%s' "$#"; printf ':%%s' "$@"; }
      show ${{ params.p }} "<${{ params.p }}>" ${{ item }}
      cat <<END
      ${{ item }}
      END
      echo '$(not) {{ours}}' "$(echo sub)"
`, yamlText(value)))
		objects, problems := render.Argo(flow, pins(), options())
		if len(problems) > 0 {
			t.Fatalf("%q: %v", value, problems)
		}
		a := newArgo(t, objects, nil)
		a.outputs = func(string, int) map[string]string { return map[string]string{} }
		a.run()
		args, environ := a.pods[0].process(t)
		command := exec.Command(bash, args[1:]...)
		command.Env = environ
		command.Env = append(command.Env, "PATH=/usr/bin:/bin")
		out, err := command.Output()
		if err != nil {
			t.Errorf("%q: running the script: %v", value, err)
		}
		want := "3:" + value + ":<" + value + ">:" + value + value + "\n$(not) {{ours}} sub\n"
		if diff := cmp.Diff(want, string(out)); diff != "" {
			t.Errorf("%q: the script prints otherwise (-want +got):\n%s", value, diff)
		}
	}
}

// TestNamesThatCollide: references whose names make the same key or variable
// stay apart.
func TestNamesThatCollide(t *testing.T) {
	objects := rendered(t, header+`
params: {a-b: {default: dash}, a_b: {default: line}}
steps:
  a: {run: x, outputs: [b-result]}
  a-outputs-b: {run: x}
  one:
    after: [a, a-outputs-b]
    run: [x, "${{ steps.a.outputs.b-result }}", "${{ steps.a-outputs-b.result }}", "${{ params.a-b }}", "${{ params.a_b }}"]
  two:
    run: echo ${{ params.a-b }} ${{ params.a_b }} ${{ params.a-b }}
`)
	a := newArgo(t, objects, nil)
	a.outputs = func(string, int) map[string]string { return map[string]string{"b-result": `"output"`} }
	a.run()
	args, _ := a.pods[2].process(t)
	if diff := cmp.Diff([]string{"x", "output", "succeeded", "dash", "line"}, args); diff != "" {
		t.Errorf("other arguments (-want +got):\n%s", diff)
	}
	args, environ := a.pods[3].process(t)
	if diff := cmp.Diff([]string{"GANTLINE_PARAMS_A_B=dash", "GANTLINE_PARAMS_A_B_2=line"}, environ); diff != "" {
		t.Errorf("other environment (-want +got):\n%s", diff)
	}
	if want := `echo "${GANTLINE_PARAMS_A_B}" "${GANTLINE_PARAMS_A_B_2}" "${GANTLINE_PARAMS_A_B}"`; args[4] != want {
		t.Errorf("script is %s, expected %s", args[4], want)
	}
}
