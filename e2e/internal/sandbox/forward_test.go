package sandbox

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// TestForward: a request passes whole, and so does the answer to it, which the
// server begins when it has seen the end of the request.
func TestForward(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		conn, err := server.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		request, err := io.ReadAll(conn)
		if err == nil {
			_, _ = conn.Write(bytes.ToUpper(request))
		}
	}()

	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	go Forward(front, func() (net.Conn, error) { return net.Dial("tcp", server.Addr().String()) })

	conn, err := net.Dial("tcp", front.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request := bytes.Repeat([]byte("abc"), 1<<18)
	go func() {
		_, _ = conn.Write(request)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.Equal(answer, bytes.ToUpper(request)) {
		t.Errorf("got %d bytes (%v), want the %d of the request in capitals", len(answer), err, len(request))
	}
}

func TestForwardClosesWhatItCantJoin(t *testing.T) {
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	go Forward(front, func() (net.Conn, error) { return nil, io.ErrUnexpectedEOF })
	conn, err := net.Dial("tcp", front.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes from nobody", n)
	}
}
