package builder

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/moby/buildkit/client"
)

// fromDocker is the BuildKit inside a Docker engine, or why it does not serve;
// both are empty where there is no engine. Only one with containerd's image
// store pushes what it builds: the older store builds into the engine alone.
func fromDocker(ctx context.Context, socket, registry string) (found *Builder, why string) {
	if _, err := os.Stat(socket); err != nil {
		return nil, ""
	}
	info, err := askDocker(ctx, socket)
	if err != nil {
		return nil, fmt.Sprintf("the Docker engine at %s does not answer: %v", socket, err)
	}
	if why = info.unfit(registry); why != "" {
		return nil, why
	}
	b, err := open(ctx, "",
		client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return upgrade(ctx, socket, "/grpc", "h2c", nil)
		}),
		client.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return upgrade(ctx, socket, "/session", proto, meta)
		}))
	if err != nil {
		return nil, fmt.Sprintf("the Docker engine's BuildKit does not answer: %v", err)
	}
	b.what = fmt.Sprintf("of the Docker engine %s at %s", info.ServerVersion, socket)
	return b, ""
}

// dockerInfo is what matters of a Docker engine's description of itself.
type dockerInfo struct {
	ServerVersion   string
	OperatingSystem string
	DriverStatus    [][2]string
}

// unfit is why the engine cannot push to the registry, or "".
func (i dockerInfo) unfit(registry string) string {
	containerd := false
	for _, entry := range i.DriverStatus {
		containerd = containerd || entry[0] == "driver-type" && strings.HasPrefix(entry[1], "io.containerd.snapshotter")
	}
	if !containerd {
		return fmt.Sprintf("Docker engine %s was passed over: it does not keep images in containerd, so its builder cannot push", i.ServerVersion)
	}
	if strings.Contains(i.OperatingSystem, "Docker Desktop") && isLoopback(registry) {
		return fmt.Sprintf("Docker Desktop was passed over: its machine cannot reach the registry at %s", registry)
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
func askDocker(ctx context.Context, socket string) (dockerInfo, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTime, fmt.Errorf("no answer within %v", answerTime))
	defer cancel()
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialUnix(ctx, socket)
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
func upgrade(ctx context.Context, socket, path, protocol string, header map[string][]string) (net.Conn, error) {
	conn, err := dialUnix(ctx, socket)
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

func dialUnix(ctx context.Context, socket string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "unix", socket)
}
