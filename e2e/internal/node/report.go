package node

import (
	"encoding/json"
	"io"
)

// Report is one line that the node says to its parent. One field is set.
type Report struct {
	// Progress tells people what is being done.
	Progress string `json:"progress,omitempty"`
	// Network says that the node's network is there.
	Network bool `json:"network,omitempty"`
	// Ready says that all of the cluster is.
	Ready bool `json:"ready,omitempty"`
	// Error is why the node ends.
	Error string `json:"error,omitempty"`
}

// Say writes the report as a line. A reader that is gone is no error: what ends
// the node then is that its parent is gone.
func (r Report) Say(to io.Writer) {
	line, err := json.Marshal(r)
	if err != nil {
		return // strings and booleans
	}
	_, _ = to.Write(append(line, '\n'))
}
