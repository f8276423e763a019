package wheels

import (
	"errors"
	"slices"
	"strings"
)

// reqParser goes over a requirement's text once.
type reqParser struct {
	text string
	at   int
}

func (p *reqParser) errorf(message string) error { return &markerError{p.at, message} }

func (p *reqParser) space() {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], " \t"))
}

// take passes over a text if it comes next.
func (p *reqParser) take(text string) bool {
	ok := strings.HasPrefix(p.text[p.at:], text)
	if ok {
		p.at += len(text)
	}
	return ok
}

// until is the text up to the first of some characters, or to the end.
func (p *reqParser) until(characters string) string {
	start := p.at
	if length := strings.IndexAny(p.text[p.at:], characters); length >= 0 {
		p.at += length
	} else {
		p.at = len(p.text)
	}
	return p.text[start:p.at]
}

func (p *reqParser) upToSpace() string { return p.until(" \t") }

// name is a package's or an extra's name, or "".
func (p *reqParser) name() string {
	start := p.at
	for p.at < len(p.text) && (isWord(p.text[p.at]) || p.text[p.at] == '-') {
		p.at++
	}
	name := p.text[start:p.at]
	if strings.Trim(name, "-_.") != name {
		p.at = start
		return ""
	}
	return name
}

// extras are the names in brackets.
func (p *reqParser) extras() ([]string, error) {
	if p.space(); !p.take("[") {
		return nil, nil
	}
	var all []string
	for {
		p.space()
		if p.take("]") {
			break
		}
		name := p.name()
		if name == "" {
			return nil, p.errorf("expected the name of an extra")
		}
		all = append(all, Normalize(name))
		p.space()
		if !p.take(",") && !strings.HasPrefix(p.text[p.at:], "]") {
			return nil, p.errorf(`expected "," or "]" after an extra`)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// specifiers are the conditions on the version, as they stand there.
func (p *reqParser) specifiers() (string, error) {
	start := p.at
	text := strings.TrimSpace(p.until(";"))
	if inner, ok := strings.CutPrefix(text, "("); ok {
		text = strings.TrimSuffix(inner, ")")
	}
	if _, err := parseSpecifiers(text); err != nil {
		return "", &markerError{start, err.Error()}
	}
	return strings.TrimSpace(text), nil
}

// marker is what follows the semicolon, as it stands there.
func (p *reqParser) marker() (string, error) {
	p.space()
	if p.at == len(p.text) {
		return "", nil
	}
	if !p.take(";") {
		return "", p.errorf(`expected ";" or the end of the line`)
	}
	p.space()
	text := p.text[p.at:]
	_, err := parseMarker(text)
	var bad *markerError
	if errors.As(err, &bad) {
		return "", &markerError{p.at + bad.offset, bad.message}
	}
	return strings.TrimSpace(text), nil
}
