package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
)

// TestTokenizer holds the pointer in the tree to the content that Make puts
// beside it.
func TestTokenizer(t *testing.T) {
	content, err := tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(content))
	want := gitrepo.Pointer{OID: hex.EncodeToString(sum[:]), Size: int64(len(content))}
	got, err := embedded.ReadFile("files/" + tokenizerPath)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Fatalf("%s is another pointer than that of the content:\n%s", tokenizerPath, want)
	}
	dir := filepath.Join(t.TempDir(), "agent")
	if _, err := Make(t.Context(), dir, Options{}); err != nil {
		t.Fatal(err)
	}
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	local, err := repo.LFSStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(local(want.OID)); err != nil || string(kept) != content {
		t.Errorf("the content is not where Git LFS keeps it: %v", err)
	}
}
