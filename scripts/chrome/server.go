package chrome

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is the project's native server in demo mode, on a free port and with
// a data folder of its own.
type Server struct {
	URL  string // as http://localhost:40123/
	Data string // where it keeps what survives a restart

	t       testing.TB
	port    string
	program string // with its flags before those of a start
	quiet   quiet

	mu     sync.Mutex
	cmd    *exec.Cmd
	ended  chan struct{}
	output strings.Builder
}

// StartServer builds engine and server, once for all tests of a run, starts
// the server with flags besides -demo and -data, and waits until it answers.
// It ends with the test.
func StartServer(t testing.TB, flags ...string) *Server {
	t.Helper()
	Build(t)
	return startProgram(t, filepath.Join("dist", "server"), flags...)
}

// StartBuilt is StartServer with what make build has left in dist/.
func StartBuilt(t testing.TB, flags ...string) *Server {
	t.Helper()
	return startProgram(t, filepath.Join("dist", "server"), flags...)
}

// StartEdge is StartServer for the edge worker on workerd. Only [Server.Stop] ends
// it: killed, it would leave workerd behind.
func StartEdge(t testing.TB, flags ...string) *Server {
	t.Helper()
	Build(t)
	if err := builtEdge(); err != nil {
		t.Fatal(err)
	}
	return startProgram(t, filepath.Join("dist", "run-edge"), flags...)
}

func startProgram(t testing.TB, program string, flags ...string) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	s := &Server{URL: "http://localhost:" + port + "/", Data: t.TempDir(), t: t, port: port, program: program}
	s.Start(flags...)
	t.Cleanup(func() {
		s.quiet.hush()
		s.Stop()
	})
	return s
}

// Build builds engine and server into dist/, once for all tests of a run.
func Build(t testing.TB) {
	t.Helper()
	if err := built(); err != nil {
		t.Fatal(err)
	}
}

// Root returns the root folder of the repository.
func Root() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("chrome: go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// BuildPages makes the pages of a release in dist/, once for all tests of a run;
// they name the engine, which is built before.
func BuildPages(t testing.TB) {
	t.Helper()
	Build(t)
	if err := builtPages(); err != nil {
		t.Fatal(err)
	}
}

var (
	built     = once(func() error { return goRun("./scripts/build", "-fast") })
	builtEdge = once(func() error {
		return errors.Join(goRun("./scripts/build", "-edge"), goDo("build", "-o", filepath.Join("dist", "run-edge"), "./scripts/edge"))
	})
	builtPages = once(func() error { return goRun("./scripts/pages") })
)

// Built, set to 1 in the environment, says that dist/ is as [BuildAll] leaves it, so that
// several runs at once do not build it under each other's feet.
const Built = "BUILT"

// BuildAll builds into dist/ all that tests use: engine, server, pages and the edge.
func BuildAll() error { return errors.Join(built(), builtEdge(), builtPages()) }

// once builds something at the first call, unless it is built already.
func once(build func() error) func() error {
	return sync.OnceValue(func() error {
		if os.Getenv(Built) == "1" {
			return nil
		}
		return build()
	})
}

// goRun runs a program of the repository from its root.
func goRun(args ...string) error { return goDo(append([]string{"run"}, args...)...) }

// goDo has the go command do something there.
func goDo(args ...string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("chrome: %s: %w\n%s", cmd, err, out)
	}
	return nil
}

// Start starts the server, again with the same port and data after [Server.Stop]
// or [Server.Kill].
func (s *Server) Start(flags ...string) {
	s.t.Helper()
	root, err := Root()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(root, s.program), append([]string{"-demo", "-data", s.Data}, flags...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "PORT="+s.port)
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	s.mu.Lock()
	s.cmd, s.ended = cmd, ended
	s.mu.Unlock()
	go func() {
		defer close(ended)
		s.read(out)
		cmd.Wait()
	}()
	s.await(ended)
}

// read keeps what the server writes and passes it on to the test log.
func (s *Server) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		s.mu.Lock()
		s.output.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
		s.quiet.logf(s.t)("server: %s", lines.Text())
	}
}

// await returns when the server answers its health check.
func (s *Server) await(ended <-chan struct{}) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"v1/healthz", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ended:
			s.t.Fatalf("the server ended by itself:\n%s", s.Output())
		case <-ctx.Done():
			s.t.Fatalf("the server did not answer in %v:\n%s", patience, s.Output())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Output returns all that the server has written so far.
func (s *Server) Output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// Stop asks the server to end and waits for it.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the server as kill -9 or a power cut does.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(signal syscall.Signal) {
	s.mu.Lock()
	cmd, ended := s.cmd, s.ended
	s.mu.Unlock()
	_ = cmd.Process.Signal(signal) // it may have ended before
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		s.t.Errorf("the server did not end within 10 s of %v", signal)
		_ = cmd.Process.Kill()
		<-ended
	}
}
