package wheels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"

	"gantline.dev/gantline/internal/filelock"
)

// openPart opens the file that an archive grows in, beside its path, and waits
// for processes that have it.
func openPart(ctx context.Context, path string) (*os.File, error) {
	for {
		part, err := os.OpenFile(path+".part", os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if err := filelock.Wait(ctx, part, nil); err != nil {
			part.Close()
			return nil, err
		}
		// Who had it may have renamed it since: then it is the archive itself, and
		// nobody's part.
		if filelock.At(part, path+".part") {
			return part, nil
		}
		part.Close()
	}
}

// fetching is one archive on its way into its part file.
type fetching struct {
	web      web
	archive  Archive
	part     *os.File
	progress func(Archive, int64)
	sum      hash.Hash
	done     int64 // bytes in the part file, all of them in sum
}

// run fills the part file and checks it. Bytes that don't have the hash are not
// kept; where some are an earlier attempt's, all are fetched once more.
func (f *fetching) run(ctx context.Context) error {
	for {
		if err := f.resume(); err != nil {
			return err
		}
		continued := f.done > 0
		err := f.web.again(ctx, func() (bool, error) {
			before := f.done
			err := f.more(ctx)
			return f.done > before, err
		})
		if err != nil {
			return f.failed(err)
		}
		got := hex.EncodeToString(f.sum.Sum(nil))
		if got == f.archive.SHA256 {
			return f.part.Sync()
		}
		if err := f.part.Truncate(0); err != nil {
			return err
		}
		if !continued {
			return fmt.Errorf("what %s sent has the sha256 %s, but the lock names %s: the archive was replaced, or is not what was locked",
				shownURL(f.archive.URL), got, f.archive.SHA256)
		}
	}
}

// failed makes room where the disk is full, and says so.
func (f *fetching) failed(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		f.part.Truncate(0) //nolint:errcheck // what matters is said below
		return fmt.Errorf("the disk that holds %s is full: %w", f.part.Name(), err)
	}
	return err
}

// resume takes what the part file has.
func (f *fetching) resume() error {
	f.sum = sha256.New()
	if _, err := f.part.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var err error
	f.done, err = io.Copy(f.sum, f.part)
	return err
}

// restart forgets what the part file has.
func (f *fetching) restart() error {
	f.done, f.sum = 0, sha256.New()
	if err := f.part.Truncate(0); err != nil {
		return lasting{err}
	}
	_, err := f.part.Seek(0, io.SeekStart)
	return err
}

// more asks for what is missing and appends it.
func (f *fetching) more(ctx context.Context) error {
	if f.archive.Size > 0 && f.done == f.archive.Size {
		return nil
	}
	header := http.Header{"Accept-Encoding": {"identity"}} // the hash is of the bytes as they are
	if f.done > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", f.done))
	}
	resp, err := f.web.get(ctx, f.archive.URL, header)
	if isStatus(err, http.StatusRequestedRangeNotSatisfiable) && f.done > 0 {
		if err := f.restart(); err != nil {
			return err
		}
		return errors.New("the server has less than what was there")
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if f.done > 0 && !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", f.done)) {
		if err := f.restart(); err != nil { // it sends all of it
			return err
		}
	}
	return f.take(resp.Body)
}

// take appends a body.
func (f *fetching) take(body io.Reader) error {
	if f.archive.Size > 0 {
		body = io.LimitReader(body, f.archive.Size-f.done+1)
	}
	if _, err := io.Copy(f, body); err != nil {
		return fmt.Errorf("reading %s: %w", shownURL(f.archive.URL), err)
	}
	switch size := f.archive.Size; {
	case size > 0 && f.done < size:
		return fmt.Errorf("reading %s: %w", shownURL(f.archive.URL), io.ErrUnexpectedEOF)
	case f.done > size && size > 0:
		if err := f.restart(); err != nil {
			return err
		}
		return lasting{fmt.Errorf("%s sends more than the %d bytes that the lock or the index says", shownURL(f.archive.URL), size)}
	}
	return nil
}

// Write appends to the part file and the sum.
func (f *fetching) Write(p []byte) (int, error) {
	n, err := f.part.Write(p)
	f.sum.Write(p[:n])
	f.done += int64(n)
	if f.progress != nil {
		f.progress(f.archive, f.done)
	}
	if err != nil {
		return n, lasting{err}
	}
	return n, nil
}
