package report

import (
	"cmp"
	"slices"
)

// layered is a graph cut into ranks: every edge leads from one rank to the
// next, long edges by way of places without a node. Positions are along and
// across the flow; the drawing turns them into x and y.
type layered struct {
	places []place
	ranks  [][]int // places by rank, in their order
	edges  []routed
}

// place is a node's place, or where a long edge passes (node -1).
type place struct {
	node       int
	rank       int
	size       float64 // across the flow
	at         float64 // centre, across the flow
	up, down   []int   // neighbouring places
	barycentre float64
}

// routed is an edge with the places it runs through. Reversed says that the
// edge closes a cycle and runs against the flow.
type routed struct {
	edge     Edge
	through  []int
	reversed bool
}

// sweeps is how often the order within ranks is improved, down and up.
const sweeps = 2

// layOut places the graph's nodes, whose sizes across the flow are given, with
// at least the gap between neighbours.
func layOut(g Graph, sizes []float64, gap float64) layered {
	l := layered{}
	index := map[string]int{}
	for i, node := range g.Nodes {
		index[node.ID] = i
		l.places = append(l.places, place{node: i, size: sizes[i]})
	}
	edges := forward(g, index)
	l.rank(edges, index)
	l.route(edges, index)
	for range sweeps {
		l.order(func(p place) []int { return p.up }, false)
		l.order(func(p place) []int { return p.down }, true)
	}
	l.spread(gap)
	return l
}

// forward is the edges between nodes, each once, those that close a cycle
// reversed.
func forward(g Graph, index map[string]int) []routed {
	after := map[int][]int{}
	for _, edge := range g.Edges {
		from, ok1 := index[edge.From]
		to, ok2 := index[edge.To]
		if ok1 && ok2 {
			after[from] = append(after[from], to)
		}
	}
	closing := cycleEdges(len(g.Nodes), after)
	seen := map[[2]int]bool{}
	var out []routed
	for _, edge := range g.Edges {
		from, ok1 := index[edge.From]
		to, ok2 := index[edge.To]
		key := [2]int{from, to}
		if !ok1 || !ok2 || from == to || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, routed{edge: edge, reversed: closing[key]})
	}
	return out
}

// cycleEdges is the edges that lead back to a node on the way to them.
func cycleEdges(n int, after map[int][]int) map[[2]int]bool {
	closing := map[[2]int]bool{}
	state := make([]int, n) // 0 new, 1 on the way, 2 done
	var visit func(node int)
	visit = func(node int) {
		state[node] = 1
		for _, next := range after[node] {
			switch state[next] {
			case 0:
				visit(next)
			case 1:
				closing[[2]int{node, next}] = true
			}
		}
		state[node] = 2
	}
	for node := range n {
		if state[node] == 0 {
			visit(node)
		}
	}
	return closing
}

// ends is the nodes of an edge in the direction of the flow.
func (r routed) ends(index map[string]int) (from, to int) {
	if r.reversed {
		return index[r.edge.To], index[r.edge.From]
	}
	return index[r.edge.From], index[r.edge.To]
}

// rank gives each node the length of the longest way to it.
func (l *layered) rank(edges []routed, index map[string]int) {
	for changed := true; changed; {
		changed = false
		for _, edge := range edges {
			from, to := edge.ends(index)
			if l.places[to].rank <= l.places[from].rank {
				l.places[to].rank, changed = l.places[from].rank+1, true
			}
		}
	}
	for i := range l.places {
		l.addToRank(i)
	}
}

func (l *layered) addToRank(i int) {
	rank := l.places[i].rank
	for len(l.ranks) <= rank {
		l.ranks = append(l.ranks, nil)
	}
	l.ranks[rank] = append(l.ranks[rank], i)
}

// route gives each edge the places it runs through.
func (l *layered) route(edges []routed, index map[string]int) {
	for _, edge := range edges {
		from, to := edge.ends(index)
		edge.through = []int{from}
		for rank := l.places[from].rank + 1; rank < l.places[to].rank; rank++ {
			l.places = append(l.places, place{node: -1, rank: rank})
			edge.through = append(edge.through, len(l.places)-1)
			l.addToRank(len(l.places) - 1)
		}
		edge.through = append(edge.through, to)
		for i, at := range edge.through[1:] {
			before := edge.through[i]
			l.places[before].down = append(l.places[before].down, at)
			l.places[at].up = append(l.places[at].up, before)
		}
		l.edges = append(l.edges, edge)
	}
}

// order sorts each rank by the mean place of the neighbours in the rank that
// was sorted before it.
func (l *layered) order(neighbours func(place) []int, backwards bool) {
	ranks := slices.Clone(l.ranks)
	if backwards {
		slices.Reverse(ranks)
	}
	positions := make([]float64, len(l.places))
	for _, rank := range ranks {
		for i, at := range rank {
			p := &l.places[at]
			p.barycentre = mean(neighbours(*p), func(other int) float64 { return positions[other] }, float64(i))
		}
		slices.SortStableFunc(rank, func(a, b int) int {
			return cmp.Compare(l.places[a].barycentre, l.places[b].barycentre)
		})
		for i, at := range rank {
			positions[at] = float64(i)
		}
	}
}

func mean(of []int, value func(int) float64, otherwise float64) float64 {
	if len(of) == 0 {
		return otherwise
	}
	sum := 0.0
	for _, i := range of {
		sum += value(i)
	}
	return sum / float64(len(of))
}
