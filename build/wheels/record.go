package wheels

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// recordRow is a row of RECORD: a path, "sha256=…" and a size, both of which
// may be empty.
type recordRow struct{ path, hash, size string }

// readRecord reads the wheel's RECORD.
func (w *Wheel) readRecord() error {
	text, err := w.text(path.Join(w.distInfo, "RECORD"))
	if err != nil {
		return err
	}
	rows, err := parseRecord(text)
	if err != nil {
		return fmt.Errorf("reading its RECORD: %w", err)
	}
	w.rows = rows
	w.record = make(map[string]recordRow, len(rows))
	for _, row := range rows {
		w.record[row.path] = row
	}
	return nil
}

// parseRecord reads the text of a RECORD.
func parseRecord(text []byte) ([]recordRow, error) {
	lines := csv.NewReader(bytes.NewReader(text))
	lines.FieldsPerRecord, lines.ReuseRecord = -1, true
	var rows []recordRow
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := recordRow{path: fields[0]}
		if len(fields) > 1 {
			row.hash = fields[1]
		}
		if len(fields) > 2 {
			row.size = fields[2]
		}
		rows = append(rows, row)
	}
}

// sha256 is the row's hash in hex; empty where it names none or another kind.
func (r recordRow) sha256() string {
	encoded, ok := strings.CutPrefix(r.hash, "sha256=")
	sum, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if !ok || err != nil || len(sum) != sha256.Size {
		return ""
	}
	return hex.EncodeToString(sum)
}

// rowOf is the row of some content.
func rowOf(name string, content []byte) recordRow {
	sum := sha256.Sum256(content)
	return recordRow{name, "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), strconv.Itoa(len(content))}
}

// writeRecord is the text of a RECORD as pip writes it: rows by path.
func writeRecord(rows []recordRow) []byte {
	slices.SortFunc(rows, func(a, b recordRow) int {
		return strings.Compare(a.path+"\x00"+a.hash+"\x00"+a.size, b.path+"\x00"+b.hash+"\x00"+b.size)
	})
	var text bytes.Buffer
	for _, row := range rows {
		text.WriteString(quoted(row.path) + "," + quoted(row.hash) + "," + row.size + "\n")
	}
	return text.Bytes()
}

// quoted is a CSV field in quotes where it needs them.
func quoted(field string) string {
	if strings.ContainsAny(field, ",\"\n\r") {
		return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
	}
	return field
}

// checked is a member's content that must have a hash.
type checked struct {
	io.ReadCloser
	name, want string
	sum        hash.Hash
}

// Read passes on what is read; at the end the hash must be right.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.sum.Write(p[:n])
	if errors.Is(err, io.EOF) {
		if got := hex.EncodeToString(c.sum.Sum(nil)); got != c.want {
			return n, fmt.Errorf("%q is not what the wheel's RECORD says: its sha256 is %s, not %s", c.name, got, c.want)
		}
	}
	return n, err
}
