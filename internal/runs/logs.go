package runs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gantline.dev/gantline/internal/cluster"
)

// ErrNoPod says that a pod is gone, and its log with it.
var ErrNoPod = errors.New("the pod is gone, and its log with it")

const (
	labelWorkflow  = "workflows.argoproj.io/workflow"
	annotationNode = "workflows.argoproj.io/node-id"
	mainContainer  = "main"
)

// maxLine is where a line of a log is cut: a progress bar can be one line of
// megabytes.
const maxLine = 64 << 10

// LogOptions say what of a log is read.
type LogOptions struct {
	// Follow keeps reading until the pod ended, and waits for one that has not
	// started.
	Follow bool
	// Tail is the last lines to begin with; negative for all.
	Tail int
}

// Pods are the names of a run's pods by the nodes that they belong to.
func (c *Client) Pods(ctx context.Context, run string) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pause.request)
	defer cancel()
	list, err := c.cluster.In(cluster.Pods).List(ctx, metav1.ListOptions{LabelSelector: labelWorkflow + "=" + run})
	if err != nil {
		return nil, c.cluster.Explain(fmt.Sprintf("listing the pods of run %q", run), err)
	}
	names := map[string]string{}
	for _, pod := range list.Items {
		names[pod.GetAnnotations()[annotationNode]] = pod.GetName()
	}
	return names, nil
}

// Log calls line with each line that the pod's step wrote. The error is
// ErrNoPod where there is no pod any more.
func (c *Client) Log(ctx context.Context, pod string, o LogOptions, line func(string)) error {
	if pod == "" {
		return ErrNoPod
	}
	wait := c.pause.again / 4
	for {
		stream, err := c.cluster.PodLog(ctx, pod, cluster.LogOptions{Container: mainContainer, Follow: o.Follow, Tail: o.Tail})
		switch {
		case err == nil:
			err = eachLine(stream, line)
			return errors.Join(err, stream.Close())
		case apierrors.IsNotFound(err):
			return ErrNoPod
		case !notStarted(err):
			return c.cluster.Explain(fmt.Sprintf("reading the log of pod %q", pod), err)
		case !o.Follow:
			return nil
		}
		if !sleep(ctx, wait) {
			return ctx.Err()
		}
		wait = min(2*wait, 2*time.Second)
	}
}

// notStarted says whether a log does not exist yet: its container waits.
func notStarted(err error) bool {
	return apierrors.IsBadRequest(err) &&
		(strings.Contains(err.Error(), "waiting to start") || strings.Contains(err.Error(), "is not available") || strings.Contains(err.Error(), "ContainerCreating"))
}

// eachLine reads lines, a long one in pieces.
func eachLine(r io.Reader, line func(string)) error {
	reader := bufio.NewReaderSize(r, maxLine)
	for {
		text, _, err := reader.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a log: %w", err)
		}
		line(string(text))
	}
}
