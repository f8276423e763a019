package step

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"gantline.dev/gantline/internal/wire"
)

// encodeOutput reads a file's content as a value of the type and encodes it.
// Errors never hold the content: it may be a secret that went the wrong way.
func encodeOutput(typ, content string) (string, error) {
	if !utf8.ValidString(content) {
		return "", errors.New("it is not UTF-8 text")
	}
	value, err := parseOutput(typ, content)
	if err != nil {
		return "", fmt.Errorf("it is no %s: %w", typ, err)
	}
	return wire.Encode(value)
}

// parseOutput is the value to encode. White space around numbers, booleans
// and JSON doesn't count; a string loses one line end, as echo adds it.
func parseOutput(typ, content string) (any, error) {
	word := strings.TrimSpace(content)
	if word == "" && typ != "string" {
		return nil, errors.New("the file is empty")
	}
	switch typ {
	case "string":
		return strings.TrimSuffix(content, "\n"), nil
	case "int":
		number, err := strconv.ParseInt(word, 10, 64)
		return number, numberError(err)
	case "float":
		return parseFloat(word)
	case "bool":
		switch strings.ToLower(word) { // Python prints True and False
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("neither true nor false")
	case "json":
		return parseJSON(content)
	}
	return nil, errors.New("no such type")
}

// parseFloat keeps the digits that the program wrote where JSON has the same
// notation.
func parseFloat(word string) (any, error) {
	number, err := strconv.ParseFloat(word, 64)
	switch {
	case math.IsNaN(number) || err == nil && math.IsInf(number, 0):
		return nil, errors.New("not-a-number and infinity have no JSON; write null to an output of type json")
	case err != nil:
		return nil, numberError(err)
	case json.Valid([]byte(word)):
		return json.RawMessage(word), nil
	}
	return number, nil
}

// numberError drops the text that strconv repeats.
func numberError(err error) error {
	var number *strconv.NumError
	if errors.As(err, &number) {
		return number.Err
	}
	return err
}

func parseJSON(content string) (any, error) {
	var value json.RawMessage
	err := json.Unmarshal([]byte(content), &value)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("a syntax error at byte %d", syntax.Offset)
	}
	return value, err
}
