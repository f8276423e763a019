package pysource

// argument is the tokens of one argument of a call.
type argument struct {
	from, to int
	keyword  int // the token of its name, -1 where it has none
}

// arguments are those of a call, as many as any importer has.
type arguments struct {
	list  [8]argument
	count int
	rest  bool // there are more, or some that only running tells: *args, **kw
}

// arguments reads the arguments of the parenthesis at open.
func (r *reader) arguments(open int) (a arguments) {
	end := int(r.tokens[open].link)
	for i := open + 1; i < end; i++ {
		from := i
		for i < end && r.op(i) != ',' {
			if link := int(r.tokens[i].link); link > i {
				i = link
			}
			i++
		}
		if from == i {
			continue
		}
		if r.op(from) == '*' || a.count == len(a.list) {
			a.rest = true
			continue
		}
		one := argument{from, i, -1}
		if r.isName(from) && r.op(from+1) == '=' {
			one = argument{from + 2, i, from}
		}
		a.list[a.count] = one
		a.count++
	}
	return a
}

// argument finds an argument by its place or by its name.
func (r *reader) argument(a arguments, place int, names ...string) (argument, bool) {
	for i, one := range a.list[:a.count] {
		if one.keyword < 0 && i == place && !a.rest {
			return one, true
		}
		for _, name := range names {
			if one.keyword >= 0 && r.is(one.keyword, name) {
				return one, true
			}
		}
	}
	return argument{}, false
}

// value is what can be told of an argument: "unknown" of one that isn't there.
func (r *reader) value(a arguments, place int, names ...string) value {
	if one, ok := r.argument(a, place, names...); ok {
		return r.evaluate(one.from, one.to)
	}
	return unknown
}
