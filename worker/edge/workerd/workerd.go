// Package workerd finds and runs workerd, the engine of Cloudflare Workers, on
// this computer: for development, tests and benchmarks. npm brings the program
// (`npm ci`); nothing here is part of what is deployed.
package workerd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// ErrMissing says that the program is not there; its text says how to get it.
var ErrMissing = errors.New("workerd is missing: run npm ci in the repository, or name the program in WORKERD")

// platforms are the names that npm has for what workerd is built for.
var platforms = map[string]string{
	"linux/amd64": "linux-64", "linux/arm64": "linux-arm64",
	"darwin/amd64": "darwin-64", "darwin/arm64": "darwin-arm64",
	"windows/amd64": "windows-64",
}

// Find is the path of the program: what WORKERD in the environment names, or what
// npm put below root.
func Find(root string) (string, error) {
	if path := os.Getenv("WORKERD"); path != "" {
		return path, nil
	}
	name := "workerd"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(root, "node_modules", "@cloudflare", "workerd-"+platforms[runtime.GOOS+"/"+runtime.GOARCH], "bin", name)
	if _, err := os.Stat(path); err != nil {
		return "", ErrMissing
	}
	return filepath.Abs(path)
}

// Options say what is run.
type Options struct {
	Program string            // see [Find]
	Config  string            // file, Cap'n Proto as text; its socket must be named http
	Listen  string            // host:port; port 0 for a free one
	Disks   map[string]string // folders, by the name of their service in the configuration
	Env     []string          // NAME=value, beside the environment of this process
	Args    []string          // further flags
	Log     io.Writer         // what the program says; nil for nowhere
}

// Process is a running workerd.
type Process struct {
	Cmd *exec.Cmd
	URL string // without a slash at the end
}

// startTimeout is how long the program may take until it listens.
const startTimeout = 30 * time.Second

// Start runs the program until it listens. It is killed when ctx ends.
func Start(ctx context.Context, o Options) (*Process, error) {
	args := []string{"serve", o.Config, "--socket-addr=http=" + o.Listen, "--control-fd=3"}
	for name, path := range o.Disks {
		path, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		args = append(args, "--directory-path="+name+"="+path)
	}
	slices.Sort(args[4:])
	cmd := exec.CommandContext(ctx, o.Program, append(args, o.Args...)...)
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Stdout, cmd.Stderr = o.Log, o.Log
	told, tells, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer told.Close()
	cmd.ExtraFiles = []*os.File{tells}
	err = cmd.Start()
	tells.Close()
	if err != nil {
		return nil, fmt.Errorf("workerd: %w", err)
	}
	if err := told.SetReadDeadline(time.Now().Add(startTimeout)); err != nil {
		return nil, errors.Join(err, cmd.Process.Kill())
	}
	port, err := listens(told)
	if err != nil {
		return nil, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	host := o.Listen[:strings.LastIndex(o.Listen, ":")]
	return &Process{Cmd: cmd, URL: fmt.Sprintf("http://%s:%d", host, port)}, nil
}

// listens reads what the program tells until it listens, and returns the port.
func listens(told io.Reader) (int, error) {
	lines := bufio.NewScanner(told)
	for lines.Scan() {
		var event struct {
			Event, Socket string
			Port          int
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err == nil && event.Event == "listen" && event.Socket == "http" {
			return event.Port, nil
		}
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("workerd: does not listen: %w", err)
	}
	return 0, errors.New("workerd: ended before it listened")
}

// Stop ends the program at once: asked politely it would wait for open sockets.
// What it answered is on disk.
func (p *Process) Stop() error {
	if err := p.Cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	var exit *exec.ExitError
	if err := p.Cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}
