package runs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/kube"
)

// letters are those of names' random ends: none that makes a word or is taken
// for another.
const letters = "bcdfghjkmnpqrstvwxz2456789"

// NewName is a name for a run: <project>-<flow>-<5 random characters>. It is
// chosen here and not by the API server, so that a submission whose answer was
// lost can be repeated and is one run still.
func NewName(project, flow string) string {
	return project + "-" + flow + "-" + randomText(5)
}

func randomText(length int) string {
	random := make([]byte, length)
	_, _ = rand.Read(random) // never fails
	for i, b := range random {
		random[i] = letters[int(b)%len(letters)]
	}
	return string(random)
}

// NewSubmission is a value for AnnotationSubmission.
func NewSubmission() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

// ErrNameTaken says that a run of that name exists and is another one.
var ErrNameTaken = errors.New("the name is taken")

// attempts is how often a submission is tried.
const attempts = 4

// Submit creates the Workflow. A request that got no answer is repeated: the
// name is there already then, and AnnotationSubmission tells that it is ours.
// Where the name is somebody else's, the error is ErrNameTaken. An interrupt
// waits for the answer to a request that was sent, so that nobody is left to
// guess; Unanswered tells errors after which one must.
func (c *Client) Submit(ctx context.Context, object kube.Object) (Run, error) {
	tree, err := plainTree(object)
	if err != nil {
		return Run{}, err
	}
	if err := ctx.Err(); err != nil {
		return Run{}, err
	}
	wait := c.pause.again
	for attempt := 1; ; attempt++ {
		created, err := c.create(context.WithoutCancel(ctx), tree, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			return c.ours(context.WithoutCancel(ctx), tree)
		}
		if err == nil {
			return fromObject(created)
		}
		err = c.cluster.Explain(fmt.Sprintf("submitting run %q to %s", object.Name, c), err)
		if attempt == attempts || !Unanswered(err) || !sleep(ctx, wait) {
			return Run{}, err
		}
		wait *= 2
	}
}

// Try asks the cluster whether it would take the Workflow; nothing is created.
func (c *Client) Try(ctx context.Context, object kube.Object) error {
	tree, err := plainTree(object)
	if err != nil {
		return err
	}
	_, err = c.create(ctx, tree, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return c.cluster.Explain(fmt.Sprintf("asking %s to take a run", c), err)
}

func (c *Client) create(ctx context.Context, tree *unstructured.Unstructured, options metav1.CreateOptions) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pause.request)
	defer cancel()
	options.FieldManager = "gantline-run"
	return c.workflows().Create(ctx, tree, options)
}

// ours is the run that is there, if it is the one that we submitted.
func (c *Client) ours(ctx context.Context, tree *unstructured.Unstructured) (Run, error) {
	found, err := c.get(ctx, tree.GetName())
	if err != nil {
		return Run{}, err
	}
	id := tree.GetAnnotations()[AnnotationSubmission]
	if id == "" || found.GetAnnotations()[AnnotationSubmission] != id {
		return Run{}, fmt.Errorf("submitting run %q to %s: %w", tree.GetName(), c, ErrNameTaken)
	}
	return fromObject(found)
}

func plainTree(object kube.Object) (*unstructured.Unstructured, error) {
	tree := &unstructured.Unstructured{}
	if err := tree.UnmarshalJSON(object.JSON()); err != nil {
		return nil, fmt.Errorf("encoding run %q: %w", object.Name, err)
	}
	return tree, nil
}

// Unanswered says that a cluster gave no answer, or none that says what it did:
// the next one may.
func Unanswered(err error) bool {
	return errors.Is(err, cluster.ErrUnreachable) || errors.Is(err, cluster.ErrUnavailable)
}

// sleep waits; it is false where the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
