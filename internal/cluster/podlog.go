package cluster

import (
	"context"
	"io"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// LogOptions say which part of a container's log is read.
type LogOptions struct {
	Container string
	// Follow keeps reading until the container ended.
	Follow bool
	// Tail is the last lines to begin with; negative for all.
	Tail int
}

// PodLog reads the log of a pod in the cluster's namespace. A container that
// has not started is a bad request.
func (c *Cluster) PodLog(ctx context.Context, pod string, o LogOptions) (io.ReadCloser, error) {
	version := schema.GroupVersion{Version: "v1"}
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, version)
	config := rest.CopyConfig(c.config)
	config.APIPath, config.GroupVersion = "/api", &version
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	request := client.Get().Namespace(c.Namespace).Resource(Pods.Resource).Name(pod).SubResource("log").
		Param("container", o.Container).Param("follow", strconv.FormatBool(o.Follow))
	if o.Tail >= 0 {
		request = request.Param("tailLines", strconv.Itoa(o.Tail))
	}
	return request.Stream(ctx)
}
