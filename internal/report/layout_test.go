package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// randomGraph has edges from earlier nodes to later ones, and with cycles also
// back.
func randomGraph(random *rand.Rand, cycles bool) Graph {
	g := Graph{}
	n := 1 + random.IntN(14)
	for i := range n {
		g.Nodes = append(g.Nodes, Node{
			ID: fmt.Sprint(i), Label: strings.Repeat("x", 1+random.IntN(30)),
			Detail: strings.Repeat("detail · ", random.IntN(7)), Mark: []Mark{Unmarked, MarkAdded, MarkRemoved, MarkChanged}[random.IntN(4)],
		})
	}
	for range random.IntN(2 * n) {
		from, to := random.IntN(n), random.IntN(n)
		if from > to && !cycles {
			from, to = to, from
		}
		g.Edges = append(g.Edges, Edge{From: fmt.Sprint(from), To: fmt.Sprint(to)})
	}
	g.Edges = append(g.Edges, Edge{From: "0", To: "nowhere"})
	return g
}

func TestDrawProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 600 {
		g := randomGraph(random, i%3 == 0)
		for _, towards := range []direction{right, down} {
			d := draw("flow", g, towards)
			if diff := cmp.Diff(d, draw("flow", g, towards)); diff != "" {
				t.Fatalf("not the same twice: %s", diff)
			}
			checkBoxes(t, g, d)
		}
	}
}

func checkBoxes(t *testing.T, g Graph, d drawing) {
	t.Helper()
	if len(d.Boxes) != len(g.Nodes) {
		t.Fatalf("%d boxes for %d nodes", len(d.Boxes), len(g.Nodes))
	}
	for i, a := range d.Boxes {
		if a.X < 0 || a.Y < 0 || a.X+a.W > float64(d.Width) || a.Y+a.H > float64(d.Height) {
			t.Fatalf("box %d is outside of %d×%d: %+v", i, d.Width, d.Height, a)
		}
		for _, text := range append(a.Details, textLine{a.Label, a.LabelX, a.LabelY}) {
			if text.Y > a.Y+a.H || text.Y < a.Y {
				t.Fatalf("%q stands outside of its box: %+v", text.Text, a)
			}
		}
		for j, b := range d.Boxes[:i] {
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Fatalf("boxes %d and %d overlap: %+v %+v", i, j, a, b)
			}
		}
	}
}

func TestRanksFollowEdges(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		g := randomGraph(random, false)
		l := layOut(g, make([]float64, len(g.Nodes)), 10)
		seen := map[Edge]bool{}
		for _, edge := range l.edges {
			seen[edge.edge] = true
			if edge.reversed {
				t.Fatalf("an edge is reversed where there is no cycle: %v", edge.edge)
			}
			for k := range edge.through[1:] {
				from, to := l.places[edge.through[k]], l.places[edge.through[k+1]]
				if to.rank != from.rank+1 {
					t.Fatalf("edge %v leaps from rank %d to %d", edge.edge, from.rank, to.rank)
				}
			}
		}
		for _, edge := range g.Edges {
			if edge.To != "nowhere" && edge.From != edge.To && !seen[edge] {
				t.Fatalf("edge %v is not drawn", edge)
			}
		}
	}
}

func TestCycleIsDrawn(t *testing.T) {
	g := Graph{
		Nodes: []Node{{ID: "a", Label: "a"}, {ID: "b", Label: "b"}, {ID: "c", Label: "c"}},
		Edges: []Edge{{From: "a", To: "b"}, {From: "b", To: "c"}, {From: "c", To: "a"}, {From: "b", To: "b"}},
	}
	if d := draw("x", g, right); len(d.Lines) != 3 {
		t.Errorf("%d lines for three edges", len(d.Lines))
	}
}

// TestOrderHasNoNeedlessCrossing lays out two chains side by side whose nodes
// are given in an order that would cross them.
func TestOrderHasNoNeedlessCrossing(t *testing.T) {
	g := Graph{
		Nodes: []Node{{ID: "a"}, {ID: "b"}, {ID: "b2"}, {ID: "a2"}, {ID: "a3"}, {ID: "b3"}},
		Edges: []Edge{{From: "a", To: "a2"}, {From: "b", To: "b2"}, {From: "a2", To: "a3"}, {From: "b2", To: "b3"}},
	}
	l := layOut(g, []float64{10, 10, 10, 10, 10, 10}, 10)
	for _, pair := range [][2]int{{0, 3}, {3, 4}, {1, 2}, {2, 5}} {
		if from, to := l.places[pair[0]].at, l.places[pair[1]].at; math.Abs(from-to) > 0.01 {
			t.Errorf("edge %s → %s is not straight: %.1f, %.1f", g.Nodes[pair[0]].ID, g.Nodes[pair[1]].ID, from, to)
		}
	}
}

func TestSeparate(t *testing.T) {
	tests := []struct {
		name                       string
		wanted, weights, distances []float64
		want                       []float64
	}{
		{"far enough", []float64{0, 50}, []float64{1, 1}, []float64{0, 20}, []float64{0, 50}},
		{"too near", []float64{0, 10}, []float64{1, 1}, []float64{0, 20}, []float64{-5, 15}},
		{"wrong way round", []float64{30, 0}, []float64{1, 1}, []float64{0, 20}, []float64{5, 25}},
		{"heavy stays", []float64{0, 0}, []float64{1000, 1}, []float64{0, 20}, []float64{0, 20}},
		{"none", nil, nil, nil, []float64{}},
	}
	for _, test := range tests {
		got := separate(test.wanted, test.weights, test.distances)
		if len(got) != len(test.want) {
			t.Fatalf("%s: %v", test.name, got)
		}
		for i := range got {
			if math.Abs(got[i]-test.want[i]) > 0.1 {
				t.Errorf("%s: %v, want %v", test.name, got, test.want)
			}
		}
	}
}

func TestClip(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"short", 10, "short"}, {"exactly-10", 10, "exactly-10"}, {"much-too-long", 8, "much-to…"},
		{"モデル訓練", 6, "モデ…"}, {"", 3, ""},
	} {
		if got := clip(test.text, test.most); got != test.want {
			t.Errorf("clip(%q, %d) = %q, want %q", test.text, test.most, got, test.want)
		}
	}
}

func TestDetailLines(t *testing.T) {
	got := detailLines("aaa · bbb · ccc\nd\n\ne\nf", 10)
	if diff := cmp.Diff([]string{"aaa · bbb", "ccc", "d"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDescribe(t *testing.T) {
	want := "setup; tokenize-corpus after setup; train (changed) after setup, tokenize"
	if got := sampleGraph().Describe(); !strings.HasPrefix(got, want) {
		t.Errorf("describes %q", got)
	}
	if got := (Graph{}).Describe(); got != "no steps" {
		t.Errorf("describes nothing as %q", got)
	}
}
