package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/dynamic"

	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/diag"
)

// Client looks at the runs of one project in one namespace of a cluster.
type Client struct {
	cluster *cluster.Cluster
	project string
	pause   pauses
}

// pauses are how long the client waits, and for how long it tries.
type pauses struct {
	// poll is between two looks where watching is not allowed.
	poll time.Duration
	// again is the first wait after a failed request; it doubles up to most.
	again, most time.Duration
	// enough is for how long a cluster that gives no answer is asked.
	enough time.Duration
	// request is how long one request may take.
	request time.Duration
}

// New is a client for the project's runs.
func New(c *cluster.Cluster, project string) *Client {
	return &Client{cluster: c, project: project, pause: pauses{
		poll: 2 * time.Second, again: time.Second, most: 15 * time.Second,
		enough: 10 * time.Minute, request: 30 * time.Second,
	}}
}

// String names the cluster and the namespace, for messages.
func (c *Client) String() string { return c.cluster.String() }

func (c *Client) workflows() dynamic.ResourceInterface { return c.cluster.In(cluster.Workflows) }

// UnknownRunError says that there is no run of that name.
type UnknownRunError struct {
	Name string
	// Where names the namespace and the cluster.
	Where string
	// Known are the names of the latest runs.
	Known []string
}

// Error suggests the nearest.
func (e *UnknownRunError) Error() string {
	text := fmt.Sprintf("there is no run %q in %s", e.Name, e.Where)
	if len(validation.IsDNS1123Subdomain(e.Name)) > 0 {
		return text + "; no name of a run looks like that"
	}
	text += "; it may be deleted by now"
	if near, ok := diag.Nearest(e.Name, e.Known); ok {
		return text + fmt.Sprintf(", or did you mean %q?", near)
	}
	if len(e.Known) == 0 {
		return text
	}
	return text + "; the latest are " + strings.Join(e.Known[:min(len(e.Known), 3)], ", ")
}

// Get is the run of that name, or an *UnknownRunError.
func (c *Client) Get(ctx context.Context, name string) (Run, error) {
	if len(validation.IsDNS1123Subdomain(name)) > 0 {
		return Run{}, &UnknownRunError{Name: name, Where: c.String()}
	}
	object, err := c.get(ctx, name)
	if errors.Is(err, cluster.ErrNotFound) {
		unknown := &UnknownRunError{Name: name, Where: c.String()}
		if latest, listErr := c.List(ctx, ""); listErr == nil {
			for _, run := range latest {
				unknown.Known = append(unknown.Known, run.Name)
			}
		}
		return Run{}, unknown
	}
	if err != nil {
		return Run{}, err
	}
	return fromObject(object)
}

func (c *Client) get(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pause.request)
	defer cancel()
	object, err := c.workflows().Get(ctx, name, metav1.GetOptions{})
	return object, c.cluster.Explain(fmt.Sprintf("reading run %q", name), err)
}

func fromObject(object *unstructured.Unstructured) (Run, error) {
	raw, err := object.MarshalJSON()
	if err != nil {
		return Run{}, fmt.Errorf("reading run %q: %w", object.GetName(), err)
	}
	return Parse(raw)
}

// page is how many Workflows are read at a time: each can have a megabyte.
const page = 100

// List is the project's runs, or those of one flow, newest first, whoever
// started them.
func (c *Client) List(ctx context.Context, flow string) ([]Run, error) {
	selector := LabelProject + "=" + c.project
	if flow != "" {
		selector += "," + LabelFlow + "=" + flow
	}
	var list []Run
	options := metav1.ListOptions{LabelSelector: selector, Limit: page}
	for {
		found, err := c.workflows().List(ctx, options)
		if err != nil {
			return nil, c.cluster.Explain("listing runs in "+c.String(), err)
		}
		for i := range found.Items {
			run, err := fromObject(&found.Items[i])
			if err != nil {
				return nil, err
			}
			list = append(list, run)
		}
		if options.Continue = found.GetContinue(); options.Continue == "" {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b Run) int { return b.Created.Compare(a.Created) })
	return list, nil
}

// Latest is the newest run of the user's; where there is none, the newest of
// all. ok is false where there are no runs.
func Latest(list []Run, user string) (latest Run, ok bool) {
	if at := slices.IndexFunc(list, func(r Run) bool { return r.User == user }); at >= 0 && user != "" {
		return list[at], true
	}
	if len(list) == 0 {
		return Run{}, false
	}
	return list[0], true
}
