package audit

import (
	"fmt"
	"sync"
)

// maxDamages is how many damages a report tells one by one.
const maxDamages = 50

// damages collects what could not be read. Several goroutines may add to it.
type damages struct {
	mu   sync.Mutex
	list []string
	more int
}

func (d *damages) add(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.list) >= maxDamages {
		d.more++
		return
	}
	d.list = append(d.list, fmt.Sprintf(format, args...))
}

// count is how many there are.
func (d *damages) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.list) + d.more
}

// texts is what the report says.
func (d *damages) texts() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	texts := append([]string{}, d.list...)
	if d.more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more; git fsck names all of them", d.more))
	}
	return texts
}
