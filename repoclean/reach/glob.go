package reach

import "strings"

// fits says whether a pattern fits a path or its end after a slash. In the
// pattern * and ? stand for part of one name, ** and a hole for anything.
func fits(pattern, path string) bool {
	for {
		if glob(pattern, path) {
			return true
		}
		i := strings.IndexByte(path, '/')
		if i < 0 {
			return false
		}
		path = path[i+1:]
	}
}

// glob says whether a pattern fits all of a path. It goes back only to the last
// star that crosses slashes and the last that doesn't, so its time is bounded
// by the product of the lengths.
func glob(pattern, path string) bool {
	type mark struct{ pattern, path int }
	none := mark{-1, -1}
	star, deep := none, none
	p, i := 0, 0
	for i < len(path) || p < len(pattern) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == hole || strings.HasPrefix(pattern[p:], "**"):
				p = afterDeep(pattern, p)
				star, deep = none, mark{p, i}
				continue
			case c == '*':
				p++
				star = mark{p, i}
				continue
			case i < len(path) && (c == path[i] || c == '?' && path[i] != '/'):
				p++
				i++
				continue
			}
		}
		switch {
		case star.path >= 0 && star.path < len(path) && path[star.path] != '/':
			star.path++
			p, i = star.pattern, star.path
		case deep.path >= 0 && deep.path < len(path):
			deep.path++
			star = none
			p, i = deep.pattern, deep.path
		default:
			return false
		}
	}
	return true
}

// afterDeep is where a pattern goes on after the stars or the hole at p.
func afterDeep(pattern string, p int) int {
	p++
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	if strings.HasPrefix(pattern[p:], "/") && (pattern[p-1] == '*' || p == 1 || pattern[p-2] == '/') {
		p++ // **/ fits no directory, too, and $ROOT/ may be the root
	}
	return p
}
