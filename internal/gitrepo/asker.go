package gitrepo

import (
	"context"
	"fmt"
	"io"
)

// Asker looks objects up one after the other, where it isn't known beforehand
// which will be asked for. It serves one goroutine.
type Asker struct {
	repo *Repo
	from *BlobReader
}

// Asker starts a process that answers. Close ends it.
func (r *Repo) Asker(ctx context.Context) (*Asker, error) {
	b, err := r.catFile(ctx, sizeFormat)
	if err != nil {
		return nil, err
	}
	return &Asker{r, b}, nil
}

// Ask looks one object up; one that isn't in the store has no Type. In a
// partial clone it must be here.
func (a *Asker) Ask(id ObjectID) (Stored, error) {
	hash := a.repo.Hex(id)
	if _, err := io.WriteString(a.from.in, hash+"\n"); err != nil {
		return Stored{}, fmt.Errorf("looking up object %s: %w", hash, a.from.fail(err))
	}
	line, err := a.from.out.ReadSlice('\n')
	if err != nil {
		return Stored{}, fmt.Errorf("looking up object %s: %w", hash, a.from.fail(err))
	}
	var o Stored
	return o, parseSizes(line[:len(line)-1], &o)
}

// Close ends the process.
func (a *Asker) Close() { a.from.Close() }
