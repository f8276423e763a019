package builder

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/moby/buildkit/client"
)

// fromDocker is the BuildKit inside a Docker engine, or why it does not serve;
// both are empty where there is no engine. Only one with containerd's image
// store pushes what it builds: the older store builds into the engine alone.
func fromDocker(ctx context.Context, docker Docker, registry string) (found *Builder, why string) {
	e, err := docker.engine()
	if err != nil {
		return nil, fmt.Sprintf("the Docker engine at %s was passed over: %v", docker.Host, err)
	}
	if e.isAbsent() {
		return nil, ""
	}
	info, err := askDocker(ctx, e)
	if err != nil {
		return nil, fmt.Sprintf("the Docker engine at %s does not answer: %v", e.name, err)
	}
	if why = info.unfit(e, registry); why != "" {
		return nil, why
	}
	b, err := open(ctx, "", e.options()...)
	if err != nil {
		return nil, fmt.Sprintf("the BuildKit of Docker engine %s was passed over: %v", info.ServerVersion, err)
	}
	b.what = fmt.Sprintf("of the Docker engine %s at %s", info.ServerVersion, e.name)
	b.mend = "See whether the engine runs, and run the command again"
	return b, ""
}

// options reach the BuildKit of the engine, as Docker's own client does.
func (e engine) options() []client.ClientOpt {
	return []client.ClientOpt{
		client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return upgrade(ctx, e, "/grpc", "h2c", nil)
		}),
		client.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return upgrade(ctx, e, "/session", proto, meta)
		}),
	}
}

// dockerInfo is what matters of a Docker engine's description of itself.
type dockerInfo struct {
	ServerVersion   string
	OperatingSystem string
	DriverStatus    [][2]string
}

// unfit is why the engine cannot push to the registry, or "".
func (i dockerInfo) unfit(e engine, registry string) string {
	containerd := false
	for _, entry := range i.DriverStatus {
		containerd = containerd || entry[0] == "driver-type" && strings.HasPrefix(entry[1], "io.containerd.snapshotter")
	}
	if !containerd {
		return fmt.Sprintf("Docker engine %s was passed over: it does not keep images in containerd, so its builder cannot push; "+
			"it can run one that does, in a container that --builder docker-container://NAME names", i.ServerVersion)
	}
	elsewhere := e.remote || strings.Contains(i.OperatingSystem, "Docker Desktop")
	if elsewhere && isLoopback(registry) {
		return fmt.Sprintf("Docker engine %s was passed over: it runs on another machine, which cannot reach the registry at %s", i.ServerVersion, registry)
	}
	return ""
}

// isLoopback says whether host:port is on this machine.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// askDocker reads the engine's description.
func askDocker(ctx context.Context, e engine) (dockerInfo, error) {
	ctx, cancel := within(ctx, answerTime)
	defer cancel()
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return e.dial(ctx)
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/info", nil)
	if err != nil {
		return dockerInfo{}, err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return dockerInfo{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return dockerInfo{}, fmt.Errorf("it answered %s", response.Status)
	}
	var info dockerInfo
	err = json.NewDecoder(response.Body).Decode(&info)
	return info, err
}

// upgrade turns a request to the engine into a connection that speaks another
// protocol, as Docker's own client does for builds.
func upgrade(ctx context.Context, e engine, path, protocol string, header map[string][]string) (net.Conn, error) {
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	upgraded, err := switchProtocol(conn, path, protocol, header)
	if err != nil {
		_ = conn.Close() // it is of no use, whatever this says
		return nil, fmt.Errorf("asking the Docker engine for %s: %w", path, err)
	}
	return upgraded, nil
}

func switchProtocol(conn net.Conn, path, protocol string, header map[string][]string) (net.Conn, error) {
	request, err := http.NewRequest(http.MethodPost, "http://docker"+path, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", protocol)
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		response.Body.Close()
		return nil, fmt.Errorf("it answered %s", response.Status)
	}
	return &bufferedConn{Conn: conn, reader: reader}, nil
}

// bufferedConn is a connection whose first bytes were read ahead.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c *bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }
