//go:build !js

// Package redistest starts a Redis server of its own for a test, and can kill
// and restart it. Nothing of it remains after the test.
package redistest

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"
)

// Durable are the settings under which Redis forgets nothing.
var Durable = []string{"--appendonly", "yes", "--appendfsync", "always"}

// Server is a Redis server on a free port of this computer.
type Server struct {
	URL string

	folder   string
	port     string
	settings []string
	cmd      *exec.Cmd
	said     bytes.Buffer
}

// Start starts redis-server with the settings in a temporary folder. Where it is
// not installed the test is skipped, in one visible line.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed: nothing was tested with Redis")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	s := &Server{URL: "redis://127.0.0.1:" + port, folder: t.TempDir(), port: port, settings: settings}
	s.Restart(t)
	t.Cleanup(func() { s.Kill() })
	return s
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

// Restart starts the server again, on the same port and files.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	args := append([]string{"--port", s.port, "--bind", "127.0.0.1", "--dir", s.folder, "--save", "", "--daemonize", "no"}, s.settings...)
	s.cmd = exec.Command("redis-server", args...)
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const patience = 20 * time.Second
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if s.answers() {
			return
		}
	}
	s.Kill()
	t.Fatalf("redis-server does not answer:\n%s", s.said.String())
}

// answers tells whether the server has loaded its files.
func (s *Server) answers() bool {
	connection, err := net.DialTimeout("tcp", "127.0.0.1:"+s.port, time.Second)
	if err != nil {
		return false
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(connection, "PING\r\n")
	answer := make([]byte, 7)
	n, err := connection.Read(answer)
	return err == nil && string(answer[:n]) == "+PONG\r\n"
}
