package runs

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// workflow is the part of Argo's Workflow that is read here. It is decoded
// leniently: a newer Argo's further fields don't matter.
type workflow struct {
	Metadata struct {
		Name              string            `json:"name"`
		UID               string            `json:"uid"`
		Labels            map[string]string `json:"labels"`
		Annotations       map[string]string `json:"annotations"`
		CreationTimestamp time.Time         `json:"creationTimestamp"`
	} `json:"metadata"`
	Spec   spec   `json:"spec"`
	Status status `json:"status"`
}

// spec is that of a Workflow or of the template that it refers to.
type spec struct {
	Entrypoint string     `json:"entrypoint"`
	OnExit     string     `json:"onExit"`
	Shutdown   string     `json:"shutdown"`
	Templates  []template `json:"templates"`
	Arguments  struct {
		Parameters []parameter `json:"parameters"`
	} `json:"arguments"`
	PodGC *struct {
		Strategy string `json:"strategy"`
	} `json:"podGC"`
}

type template struct {
	Name string `json:"name"`
	DAG  *struct {
		Tasks []struct {
			Name string `json:"name"`
		} `json:"tasks"`
	} `json:"dag"`
}

type parameter struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

type status struct {
	Phase           string          `json:"phase"`
	Message         string          `json:"message"`
	StartedAt       *time.Time      `json:"startedAt"`
	FinishedAt      *time.Time      `json:"finishedAt"`
	Nodes           map[string]node `json:"nodes"`
	CompressedNodes string          `json:"compressedNodes"`
	Offloaded       string          `json:"offloadNodeStatusVersion"`
	Stored          *spec           `json:"storedWorkflowTemplateSpec"`
}

// node is one node of Argo's tree: a pod, or what holds others together.
type node struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Phase      string     `json:"phase"`
	Message    string     `json:"message"`
	StartedAt  *time.Time `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt"`
	Children   []string   `json:"children"`
	Outputs    *struct {
		ExitCode *string `json:"exitCode"`
	} `json:"outputs"`
}

// decode reads a Workflow. The nodes of a large one are compressed.
func decode(raw []byte) (*workflow, error) {
	var wf workflow
	if err := json.Unmarshal(raw, &wf); err != nil {
		return nil, fmt.Errorf("reading a Workflow: %w", err)
	}
	if wf.Status.CompressedNodes == "" || len(wf.Status.Nodes) > 0 {
		return &wf, nil
	}
	packed, err := base64.StdEncoding.DecodeString(wf.Status.CompressedNodes)
	if err != nil {
		return nil, fmt.Errorf("reading the nodes of Workflow %q: %w", wf.Metadata.Name, err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(unpacked, maxNodes)).Decode(&wf.Status.Nodes)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the nodes of Workflow %q: %w", wf.Metadata.Name, err)
	}
	return &wf, nil
}

// maxNodes is the most bytes of nodes that are unpacked: a hundred times what
// a Workflow can hold.
const maxNodes = 100 << 20

// effective is the spec that Argo runs: the stored one of the template where
// the Workflow refers to one.
func (wf *workflow) effective() spec {
	if wf.Status.Stored != nil {
		return *wf.Status.Stored
	}
	return wf.Spec
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
