package agent

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tokenizerPath is the file of the repository that points to the tokenizer.
const tokenizerPath = "assets/tokenizer.model"

// keepTokenizer puts the tokenizer where Git LFS keeps it in a repository, so
// that nothing needs to be fetched.
func keepTokenizer(dir string) error {
	content, err := tokenizer()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(content))
	oid := hex.EncodeToString(sum[:])
	file := filepath.Join(dir, ".git", "lfs", "objects", oid[:2], oid[2:4], oid)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o644)
}

// tokenizer is the content of assets/tokenizer.model: every token of the
// recorded episodes with how often it occurs, and words of pages that nobody
// recorded.
func tokenizer() (string, error) {
	counts, err := tokenCounts()
	if err != nil {
		return "", err
	}
	source := rand.New(rand.NewChaCha8([32]byte{'t', 'o', 'k', 'e', 'n'}))
	syllables := strings.Fields("an ba ce do el fi go ha in ju ka lo me no or pa re si ta un ve wi")
	for range 1500 {
		word := "text:"
		for range 2 + source.IntN(3) {
			word += syllables[source.IntN(len(syllables))]
		}
		counts[word]++
	}
	tokens := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var out strings.Builder
	for _, token := range tokens {
		fmt.Fprintf(&out, "%s\t%d\n", token, counts[token])
	}
	return out.String(), nil
}

// tokenCounts is how often each token occurs in the recorded episodes.
func tokenCounts() (map[string]int, error) {
	const episodes = "files/data/episodes.jsonl"
	file, err := embedded.Open(episodes)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	counts := map[string]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var episode struct{ Tokens []string }
		if err := json.Unmarshal(lines.Bytes(), &episode); err != nil {
			return nil, fmt.Errorf("reading %q: %w", episodes, err)
		}
		for _, token := range episode.Tokens {
			counts[token]++
		}
	}
	return counts, lines.Err()
}
