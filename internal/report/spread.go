package report

// spreadRounds is how often places are drawn towards their neighbours.
const spreadRounds = 8

// spread gives each place its position across the flow: as near to its
// neighbours as order and gap allow.
func (l *layered) spread(gap float64) {
	for _, rank := range l.ranks {
		at := 0.0
		for _, i := range rank {
			l.places[i].at = at + l.places[i].size/2
			at += l.places[i].size + gap
		}
	}
	for round := range spreadRounds {
		for k := range l.ranks {
			rank := l.ranks[k]
			if round%2 == 1 {
				rank = l.ranks[len(l.ranks)-1-k]
			}
			l.settle(rank, gap, round%2 == 1)
		}
	}
	l.moveToOrigin()
}

// settle moves the places of a rank towards the mean of their neighbours: of
// those already settled in this round, and in the last rounds of all.
func (l *layered) settle(rank []int, gap float64, backwards bool) {
	at := func(i int) float64 { return l.places[i].at }
	wanted := make([]float64, len(rank))
	weights := make([]float64, len(rank))
	for k, i := range rank {
		p := l.places[i]
		before, after := p.up, p.down
		if backwards {
			before, after = after, before
		}
		wanted[k] = mean(before, at, mean(after, at, p.at))
		if len(before) > 0 && len(after) > 0 {
			wanted[k] = (2*wanted[k] + mean(after, at, p.at)) / 3
		}
		weights[k] = 1
		if p.node < 0 {
			weights[k] = 2 // long edges stay straight
		}
	}
	for k, position := range separate(wanted, weights, l.distances(rank, gap)) {
		l.places[rank[k]].at = position
	}
}

// distances is the least distance of each place of a rank from the one before.
// Edges need less room than boxes.
func (l *layered) distances(rank []int, gap float64) []float64 {
	out := make([]float64, len(rank))
	for k := 1; k < len(rank); k++ {
		before, p := l.places[rank[k-1]], l.places[rank[k]]
		out[k] = (before.size+p.size)/2 + gap
		if before.node < 0 || p.node < 0 {
			out[k] -= gap / 3
		}
	}
	return out
}

// separate is the positions nearest to the wanted ones, by weighted squares,
// that keep the distances: an isotonic regression by pooling neighbours.
func separate(wanted, weights, distances []float64) []float64 {
	type block struct {
		sum, weight float64
		count       int
	}
	var blocks []block
	offset := 0.0
	for i := range wanted {
		offset += distances[i]
		blocks = append(blocks, block{(wanted[i] - offset) * weights[i], weights[i], 1})
		for n := len(blocks); n > 1 && blocks[n-2].sum/blocks[n-2].weight > blocks[n-1].sum/blocks[n-1].weight; n-- {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].weight += blocks[n-1].weight
			blocks[n-2].count += blocks[n-1].count
			blocks = blocks[:n-1]
		}
	}
	out := make([]float64, 0, len(wanted))
	offset = 0
	for _, b := range blocks {
		for range b.count {
			offset += distances[len(out)]
			out = append(out, b.sum/b.weight+offset)
		}
	}
	return out
}

// moveToOrigin makes the smallest position of an edge of a box 0.
func (l *layered) moveToOrigin() {
	if len(l.places) == 0 {
		return
	}
	least := l.places[0].at - l.places[0].size/2
	for _, p := range l.places {
		least = min(least, p.at-p.size/2)
	}
	for i := range l.places {
		l.places[i].at -= least
	}
}

// breadth is the size of the whole drawing across the flow.
func (l *layered) breadth() float64 {
	most := 0.0
	for _, p := range l.places {
		most = max(most, p.at+p.size/2)
	}
	return most
}
