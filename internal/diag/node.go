package diag

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Kind is the shape of a Node.
type Kind int

// The shapes that YAML has.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	List
	Map
)

// String names the kind as messages to users do.
func (k Kind) String() string {
	return [...]string{"nothing", "a boolean", "an integer", "a number", "a string", "a list", "a mapping"}[k]
}

// Node is one value of a YAML document.
type Node struct {
	Kind Kind
	Pos  Position
	// Text is a scalar's text, quotes and escapes resolved.
	Text string
	// Plain says that a scalar was written without quotes or block style.
	Plain bool
	Items []*Node
	Pairs []Pair

	style  yaml.Style
	source *source
}

// Pair is one entry of a mapping, in the order of the file.
type Pair struct {
	Key   Value[string]
	Value *Node
}

// Get is the value under a key of a mapping, nil where there is none.
func (n *Node) Get(key string) *Node {
	for _, pair := range n.Pairs {
		if pair.Key.V == key {
			return pair.Value
		}
	}
	return nil
}

// MaxFileBytes is the largest YAML file that Parse reads: a hand-written file
// is a thousand times smaller.
const MaxFileBytes = 4 << 20

// maxKeys is how many entries of one mapping are read: what is made of them is
// looked up by name again and again.
const maxKeys = 2000

const maxDepth = 100

// maxExact is the longest text, and the longest line, that At looks for a place
// in. Each look walks the line, and a text has as many of them as it has words.
const maxExact = 4 << 10

// source is the text of a file by lines, for positions inside scalars.
type source struct {
	file  string
	lines []string
}

// lineBreak matches what YAML counts as the end of a line.
var lineBreak = regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]")

// yaml11Boolean matches what YAML 1.1 readers (kubectl among them) take for a
// boolean and YAML 1.2 readers for a string.
var yaml11Boolean = regexp.MustCompile(`^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$`)

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlParserError matches the errors of yaml's parser: unlike those of its
// scanner, they count lines from zero.
var yamlParserError = regexp.MustCompile(`^did not find expected (?:<|node content|'-'|key|',')`)

// Parse reads the one YAML document of a file. Where the text is not YAML at
// all the node is nil and the problems say why. Anchors and aliases are
// resolved; merge keys, several documents, duplicate keys and keys that are
// not strings are problems.
func Parse(file string, src []byte) (*Node, []Problem) {
	whole := Position{File: file, Line: 1, Column: 1}
	if len(src) > MaxFileBytes {
		return nil, []Problem{Errorf(whole, "yaml", "file has %d bytes; at most %d are read", len(src), MaxFileBytes)}
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(src) {
		return nil, []Problem{Errorf(invalidUTF8(file, src), "yaml", "text is not UTF-8")}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, []Problem{Errorf(whole, "yaml", "file is empty")}
		}
		return nil, []Problem{syntaxProblem(file, err)}
	}
	reader := &nodeReader{source: &source{file: file, lines: lineBreak.Split(string(src), -1)}, budget: 200_000}
	var next yaml.Node
	if err := decoder.Decode(&next); err == nil {
		reader.problem(&next, "yaml", "a second document; one file holds one document")
	} else if !errors.Is(err, io.EOF) {
		return nil, []Problem{syntaxProblem(file, err)}
	}
	node := reader.read(doc.Content[0], 0)
	return node, reader.problems
}

func syntaxProblem(file string, err error) Problem {
	pos := Position{File: file, Line: 1, Column: 1}
	message := err.Error()
	if match := yamlErrorLine.FindStringSubmatch(message); match != nil {
		message = strings.TrimPrefix(message, match[0])
		if line, err := strconv.Atoi(match[1]); err == nil {
			pos.Line = line
			if yamlParserError.MatchString(message) {
				pos.Line++
			}
		}
	}
	return Errorf(pos, "yaml", "%s", message)
}

func invalidUTF8(file string, src []byte) Position {
	pos := Position{File: file, Line: 1, Column: 1}
	for len(src) > 0 {
		r, size := utf8.DecodeRune(src)
		if r == utf8.RuneError && size == 1 {
			break
		}
		pos.Column++
		if r == '\n' {
			pos.Line, pos.Column = pos.Line+1, 1
		}
		src = src[size:]
	}
	return pos
}

// nodeReader turns yaml's nodes into ours.
type nodeReader struct {
	source   *source
	problems []Problem
	// budget bounds the nodes read, so that aliases can't make a small file
	// into a large tree.
	budget int
	// widthIs is the width of the line widthOf.
	widthOf, widthIs int
}

func (r *nodeReader) pos(n *yaml.Node) Position {
	column := n.Column
	// yaml counts bytes in some scanners' paths; ours are runes.
	if n.Line-1 < len(r.source.lines) && n.Line > 0 {
		column = min(column, r.width(n.Line)+1)
	}
	return Position{File: r.source.file, Line: n.Line, Column: column}
}

// width is how many characters a line has, counted once for the nodes that
// follow each other on it.
func (r *nodeReader) width(line int) int {
	if r.widthOf != line {
		r.widthOf, r.widthIs = line, utf8.RuneCountInString(r.source.lines[line-1])
	}
	return r.widthIs
}

func (r *nodeReader) problem(n *yaml.Node, rule, format string, args ...any) {
	r.problems = append(r.problems, Errorf(r.pos(n), rule, format, args...))
}

func (r *nodeReader) read(n *yaml.Node, depth int) *Node {
	node := &Node{Pos: r.pos(n), style: n.Style, source: r.source}
	if r.budget--; r.budget == 0 || depth == maxDepth {
		r.problem(n, "yaml", "too deep or too many values")
	}
	if r.budget <= 0 || depth >= maxDepth {
		return node
	}
	switch n.Kind {
	case yaml.AliasNode:
		target := r.read(n.Alias, depth+1)
		target.Pos = node.Pos
		return target
	case yaml.SequenceNode:
		node.Kind = List
		for _, item := range n.Content {
			node.Items = append(node.Items, r.read(item, depth+1))
		}
	case yaml.MappingNode:
		node.Kind = Map
		r.readPairs(n, node, depth)
	default:
		r.readScalar(n, node)
	}
	return node
}

func (r *nodeReader) readPairs(n *yaml.Node, node *Node, depth int) {
	seen := map[string]Position{}
	content := n.Content
	if count := len(content) / 2; count > maxKeys {
		r.problem(n, "yaml", "mapping has %d keys; at most %d are read", count, maxKeys)
		content = content[:2*maxKeys]
	}
	for i := 0; i+1 < len(content); i += 2 {
		key, value := content[i], content[i+1]
		pos := r.pos(key)
		switch {
		case key.Tag == "!!merge":
			r.problem(key, "yaml", "merge key %q is not supported; write the keys out", key.Value)
			continue
		case key.Kind != yaml.ScalarNode || (key.Tag != "!!str" && key.Style == 0):
			r.problems = append(r.problems, Errorf(pos, "yaml", "key %q is not a string", key.Value).
				WithHint("put it in quotes"))
			continue
		case key.Style == 0 && yaml11Boolean.MatchString(key.Value):
			r.problems = append(r.problems, Errorf(pos, "yaml-boolean", "key %s is a boolean to YAML 1.1 readers", key.Value).
				WithHint("put it in quotes, or choose another name"))
		}
		if first, again := seen[key.Value]; again {
			r.problem(key, "duplicate-key", "key %q is given twice; first at line %d", key.Value, first.Line)
			continue
		}
		seen[key.Value] = pos
		keyNode := &Node{Kind: String, Pos: pos, Text: key.Value, style: key.Style, source: r.source}
		node.Pairs = append(node.Pairs, Pair{
			Key:   Value[string]{V: key.Value, Pos: pos, Node: keyNode},
			Value: r.read(value, depth+1),
		})
	}
}

func (r *nodeReader) readScalar(n *yaml.Node, node *Node) {
	node.Text = n.Value
	node.Plain = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch n.ShortTag() {
	case "!!null":
		node.Kind = Null
	case "!!bool":
		node.Kind = Bool
	case "!!int":
		node.Kind = Int
	case "!!float":
		node.Kind = Float
	case "!!str", "!!timestamp":
		node.Kind = String
	default:
		node.Kind = String
		r.problem(n, "yaml", "tag %q is not supported", n.Tag)
	}
}

// At is the position of the byte offset within the scalar's text, as near as
// the way it is written tells: exact for plain and quoted scalars of one line
// without escapes and for literal blocks, the line's start elsewhere, and the
// scalar's start where it is very long.
func (n *Node) At(offset int) Position {
	pos := n.Pos
	offset = max(0, min(offset, len(n.Text)))
	before := n.Text[:offset]
	switch {
	case n.style&yaml.LiteralStyle != 0:
		return n.inLiteral(before)
	case len(n.Text) > maxExact || len(n.line()) > maxExact:
		return pos
	case n.style&yaml.FoldedStyle != 0:
		return n.search(offset)
	case n.style&yaml.DoubleQuotedStyle != 0:
		return n.inDoubleQuotes(before)
	case n.style&yaml.SingleQuotedStyle != 0 && n.onOneLine():
		pos.Column += 1 + utf8.RuneCountInString(before) + strings.Count(before, "'")
		return pos
	case n.onOneLine():
		pos.Column += utf8.RuneCountInString(before)
		return pos
	}
	return n.search(offset)
}

// onOneLine says whether a flow scalar stands whole on its first line.
func (n *Node) onOneLine() bool {
	rest := n.rest()
	text := n.Text
	if n.style&yaml.SingleQuotedStyle != 0 {
		text = strings.ReplaceAll(text, "'", "''")
	}
	return strings.Contains(rest, text)
}

// line is the source line that the node starts on.
func (n *Node) line() string {
	if n.source == nil || n.Pos.Line < 1 || n.Pos.Line > len(n.source.lines) {
		return ""
	}
	return n.source.lines[n.Pos.Line-1]
}

// rest is the source line from the node's position on.
func (n *Node) rest() string {
	runes := []rune(n.line())
	return string(runes[min(n.Pos.Column-1, len(runes)):])
}

func (n *Node) inLiteral(before string) Position {
	line := strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	at := n.Pos.Line + line // zero-based index of the content line
	indent := 0
	first := n.firstContentLine()
	if first < len(n.source.lines) {
		text := n.source.lines[first]
		indent = len(text) - len(strings.TrimLeft(text, " ")) - leadingSpaces(n.Text)
	}
	return Position{File: n.Pos.File, Line: at + 1, Column: indent + column + 1}
}

// firstContentLine is the zero-based index of the block's first line that is
// not blank.
func (n *Node) firstContentLine() int {
	at := n.Pos.Line
	for at < len(n.source.lines) && strings.TrimSpace(n.source.lines[at]) == "" {
		at++
	}
	return at
}

// leadingSpaces is how far the first line of a text that is not blank is
// indented within the text itself.
func leadingSpaces(text string) int {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) != "" {
			return len(line) - len(strings.TrimLeft(line, " "))
		}
	}
	return 0
}

// inDoubleQuotes walks the source and the text together, over escapes.
func (n *Node) inDoubleQuotes(before string) Position {
	pos := n.Pos
	rest := []rune(n.rest())
	i := 1
	for range []rune(before) {
		if i >= len(rest) {
			return n.search(len(before))
		}
		i += escapeLength(rest[i:])
	}
	pos.Column += i
	return pos
}

// escapeLength is how many characters of source make one character of text.
func escapeLength(rest []rune) int {
	if rest[0] != '\\' || len(rest) < 2 {
		return 1
	}
	switch rest[1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}

// search finds the word at the offset in the source below the node: for
// scalars folded over lines, where no count is exact.
func (n *Node) search(offset int) Position {
	word := n.Text[offset:]
	if end := strings.IndexAny(word, " \n"); end >= 0 && !strings.HasPrefix(word, "${{") {
		word = word[:end]
	} else if end := strings.IndexByte(word, '\n'); end >= 0 {
		word = word[:end]
	}
	if end := strings.Index(word, "}}"); end >= 0 {
		word = word[:end+2]
	}
	skip := strings.Count(n.Text[:offset], word)
	for at := max(n.Pos.Line-1, 0); word != "" && n.source != nil && at < len(n.source.lines); at++ {
		line := n.source.lines[at]
		for from := 0; ; {
			found := strings.Index(line[from:], word)
			if found < 0 {
				break
			}
			if skip == 0 {
				return Position{File: n.Pos.File, Line: at + 1, Column: utf8.RuneCountInString(line[:from+found]) + 1}
			}
			skip--
			from += found + len(word)
		}
	}
	return n.Pos
}

// Describe is the node as a message shows it: its kind, and a scalar's text.
func (n *Node) Describe() string {
	switch n.Kind {
	case Bool, Int, Float, String:
		text := n.Text
		if runes := []rune(text[:min(len(text), 400)]); len(runes) > 40 {
			text = string(runes[:40]) + "…"
		}
		return fmt.Sprintf("%s (%s)", n.Kind, strconv.Quote(text))
	}
	return n.Kind.String()
}
