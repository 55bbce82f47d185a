package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"jianzheng/worker/edge/local"
	"jianzheng/worker/edge/workerd"
)

// server is one that is measured.
type server struct {
	url  string
	cmd  *exec.Cmd
	stop func() error
}

// start makes a server that keeps what was redeemed below a fresh folder.
type start func(ctx context.Context, p *place, folder string) (*server, error)

// loopback has the system choose a port.
const loopback = "127.0.0.1:0"

// startEdge starts our edge worker: the Go program on workerd.
func startEdge(ctx context.Context, p *place, folder string) (*server, error) {
	return onWorkerd(local.Start(ctx, local.Site{Root: ".", Data: p.data, Demo: true, Storage: folder, Listen: loopback, Log: os.Stderr}))
}

// startPeer starts the worker written by hand in JavaScript.
func startPeer(ctx context.Context, p *place, folder string) (*server, error) {
	return startPeerIn(ctx, ".", p, hashPlatform, folder)
}

// startOwnPeer starts it without the platform's hashes.
func startOwnPeer(ctx context.Context, p *place, folder string) (*server, error) {
	return startPeerIn(ctx, ".", p, hashOwn, folder)
}

func startPeerIn(ctx context.Context, root string, p *place, hash, folder string) (*server, error) {
	program, err := workerd.Find(root)
	if err != nil {
		return nil, err
	}
	env, err := p.peerEnvironment(hash)
	if err != nil {
		return nil, err
	}
	return onWorkerd(workerd.Start(ctx, workerd.Options{
		Program: program, Config: filepath.Join(root, "scripts", "benchedge", "peer", "workerd.capnp"), Listen: loopback,
		Disks: map[string]string{"storage": folder}, Env: env, Log: os.Stderr,
	}))
}

func onWorkerd(process *workerd.Process, err error) (*server, error) {
	if err != nil {
		return nil, err
	}
	return &server{process.URL, process.Cmd, process.Stop}, nil
}

// startSQLite starts the native server on a SQLite file.
func startSQLite(ctx context.Context, p *place, folder string) (*server, error) {
	return startNative(ctx, p, "sqlite:"+filepath.Join(folder, "redeemed.db"))
}

// startRedis starts the native server on a Redis of its own that forgets nothing.
func startRedis(ctx context.Context, p *place, folder string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	redis := exec.CommandContext(ctx, "redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always")
	if err := redis.Start(); err != nil {
		return nil, err
	}
	stop := func() error { return end(redis) }
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(err, stop())
		}
	}
	s, err := startNative(ctx, p, "redis://127.0.0.1:"+port)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	native := s.stop
	s.stop = func() error { return errors.Join(native(), stop()) }
	return s, nil
}

// patience is how long a server may take until it answers.
const patience = 20 * time.Second

// nativeProgram is what `make build` makes.
var nativeProgram = filepath.Join("dist", "server")

func startNative(ctx context.Context, p *place, store string) (*server, error) {
	cmd := exec.CommandContext(ctx, nativeProgram, "-demo", "-data", p.data, "-web", "", "-addr", loopback, "-log-level", "warn")
	cmd.Env = append(os.Environ(), "STORE="+store)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	at := strings.Index(line, "http://")
	if err != nil || at < 0 {
		return nil, errors.Join(fmt.Errorf("%s said %q", nativeProgram, line), err, end(cmd))
	}
	return &server{strings.TrimRight(line[at:], "/\n"), cmd, func() error { return end(cmd) }}, nil
}

// end kills a process. What it answered is on disk.
func end(cmd *exec.Cmd) error {
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", loopback)
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}
