package render_test

import (
	"fmt"
	"strings"
	"testing"

	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

// chainOf is a flow of so many steps, each after the one before.
func chainOf(steps int) string {
	var out strings.Builder
	out.WriteString("apiVersion: gantline.dev/v1\nkind: Flow\nname: chain\nparams: {model: {default: base}}\nsteps:\n")
	for i := range steps {
		fmt.Fprintf(&out, "  s%d:\n    run: python -m agent.step --model ${{ params.model }}", i)
		if i > 0 {
			fmt.Fprintf(&out, " --config ${{ steps.s%d.outputs.config }}\n    after: s%d", i-1, i-1)
		}
		out.WriteString("\n    outputs: [config]\n    resources: {cpus: 4, memory: 8Gi}\n    retry: {limit: 2, for: infra, backoff: 1m..10m}\n")
	}
	return out.String()
}

// BenchmarkArgo renders 500 flows of nine steps in one iteration: what a large
// repository has. It must stay below a second.
func BenchmarkArgo(b *testing.B) {
	flows := make([]*workflows.Flow, 500)
	for i := range flows {
		flows[i] = parse(b, fmt.Sprintf("workflows/f%d.yaml", i), chainOf(9))
	}
	for b.Loop() {
		for _, flow := range flows {
			if _, problems := render.Argo(flow, pins(), options()); len(problems) > 0 {
				b.Fatal(problems)
			}
		}
	}
}

// BenchmarkSteps shows how the time grows with the steps of one flow.
func BenchmarkSteps(b *testing.B) {
	for _, steps := range []int{10, 50, 190} {
		flow := parse(b, "workflows/f.yaml", chainOf(steps))
		b.Run(fmt.Sprint(steps), func(b *testing.B) {
			for b.Loop() {
				render.Argo(flow, pins(), options())
			}
		})
	}
}
