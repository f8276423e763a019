package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is what the API server's audit log says of one request.
type event struct {
	Stage      string `json:"stage"`
	Verb       string `json:"verb"`
	UserAgent  string `json:"userAgent"`
	RequestURI string `json:"requestURI"`
	User       struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	Status struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}

// resource is what rights name: pods, or pods/log.
func (e event) resource() string {
	if e.ObjectRef.Subresource != "" {
		return e.ObjectRef.Resource + "/" + e.ObjectRef.Subresource
	}
	return e.ObjectRef.Resource
}

// isWrite says whether the request was one that changes something, and came
// from gantline.
func (e event) isWrite() bool {
	return e.Stage == "ResponseComplete" && strings.HasPrefix(e.UserAgent, "gantline") &&
		slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, e.Verb) &&
		!strings.Contains(e.RequestURI, "dryRun=")
}

// auditSize is where the audit log ends now.
func (c *cluster) auditSize() (int64, error) {
	info, err := os.Stat(c.audit)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// auditWrites are gantline's writes in a namespace that the audit log tells
// from an offset on: VERB RESOURCE NAME.
func (c *cluster) auditWrites(namespace string, offset int64) ([]string, error) {
	var writes []string
	err := c.eachEvent(offset, func(e event) {
		if e.isWrite() && e.ObjectRef.Namespace == namespace {
			writes = append(writes, e.Verb+" "+e.ObjectRef.Resource+" "+e.ObjectRef.Name)
		}
	})
	return writes, err
}

// eachEvent reads the audit log from an offset on.
func (c *cluster) eachEvent(offset int64, do func(event)) error {
	file, err := os.Open(c.audit)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil // what follows the last line's end is being written
		}
		if err != nil {
			return err
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("reading the audit log %q: %w", c.audit, err)
		}
		do(e)
	}
}
