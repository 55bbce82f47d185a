package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The scripts that wrk runs.
//
//go:embed wrk/issue.lua
var issueScript []byte

//go:embed wrk/redeem.lua
var redeemScript []byte

const (
	wrkThreads = 2
	// maxRate is the most redemptions a second that nonces are made for.
	maxRate = 40_000
	// nonceLife is that of the nonces: shorter than the 60 s of those that are issued.
	nonceLife = 55 * time.Second
)

// load is how a server is asked.
type load struct {
	connections int
	warm, time  time.Duration
}

// result is one measurement.
type result struct {
	requests int
	took     time.Duration
	cpu      time.Duration // of the server's process, all threads
	p50, p99 time.Duration
	load     float64 // average of the machine over the minute before
}

func (r result) rate() float64 { return float64(r.requests) / r.took.Seconds() }

// cost is the processor time of a request.
func (r result) cost() time.Duration { return r.cpu / time.Duration(max(r.requests, 1)) }

// kind is what is asked for: challenges, or redemptions of nonces that are made
// with this randomness.
type kind struct {
	path   string
	script []byte
	random io.Reader // nil: no nonces
}

var (
	issuing      = kind{path: "/v1/challenges", script: issueScript}
	redeeming    = kind{"/v1/redeem", redeemScript, rand.Reader}
	redeemingOne = kind{"/v1/redeem", redeemScript, oneObject{}}
)

// body is one of a request.
func (k kind) body(p *place) (string, error) {
	if k.random == nil {
		return issueBody, nil
	}
	nonce, err := p.nonce(k.random, nonceLife)
	return redeemBody[0] + nonce + redeemBody[1], err
}

// args are those of the script for a run of this length.
func (k kind) args(p *place, folder string, time time.Duration) ([]string, error) {
	if k.random == nil {
		return []string{issueBody}, nil
	}
	each := int(maxRate*time.Seconds()) / wrkThreads
	path, err := k.writeNonces(p, folder, each*wrkThreads)
	return []string{path, strconv.Itoa(each), redeemBody[0], redeemBody[1]}, err
}

// writeNonces writes so many nonces to a file, one a line.
func (k kind) writeNonces(p *place, folder string, n int) (path string, err error) {
	file, err := os.CreateTemp(folder, "nonces-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriter(file)
	for range n {
		nonce, err := p.nonce(k.random, nonceLife)
		if err != nil {
			return "", err
		}
		w.WriteString(nonce + "\n")
	}
	return file.Name(), w.Flush()
}

// measure asks a server for a while, after it was warmed up.
func measure(ctx context.Context, k kind, l load, p *place, s *server, folder string) (r result, err error) {
	if _, err = k.run(ctx, l.connections, l.warm, p, s, folder); err != nil {
		return r, fmt.Errorf("warming up: %w", err)
	}
	return k.run(ctx, l.connections, l.time, p, s, folder)
}

func (k kind) run(ctx context.Context, connections int, time time.Duration, p *place, s *server, folder string) (r result, err error) {
	script := filepath.Join(folder, "script.lua")
	if err = os.WriteFile(script, k.script, 0o600); err != nil {
		return r, err
	}
	args, err := k.args(p, folder, time)
	if err != nil {
		return r, err
	}
	args = append([]string{"-t", strconv.Itoa(wrkThreads), "-c", strconv.Itoa(connections), "-d", fmt.Sprintf("%ds", int(time.Seconds())),
		"--latency", "-s", script, s.url + k.path, "--"}, args...)
	if r.load, err = loadAverage(); err != nil {
		return r, err
	}
	before, err := processorTime(s.cmd.Process.Pid)
	if err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, "wrk", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("wrk: %w", err)
	}
	after, err := processorTime(s.cmd.Process.Pid)
	if err != nil {
		return r, err
	}
	r.cpu = after - before
	return r, r.read(out)
}

// read takes the line that our scripts write. One answer that is none of success
// spoils the measurement.
func (r *result) read(out []byte) error {
	_, line, ok := bytes.Cut(out, []byte("RESULT "))
	if !ok {
		return fmt.Errorf("wrk said:\n%s", out)
	}
	var microseconds int64
	var p50, p99 float64
	var refused, broken int
	if _, err := fmt.Sscan(string(line), &r.requests, &microseconds, &p50, &p99, &refused, &broken); err != nil {
		return fmt.Errorf("wrk said %q: %w", strings.TrimSpace(string(line)), err)
	}
	r.took = time.Duration(microseconds) * time.Microsecond
	r.p50, r.p99 = time.Duration(p50*1000), time.Duration(p99*1000)
	if refused > 0 || broken > 0 {
		return fmt.Errorf("%d of %d requests were refused, %d connections broke", refused, r.requests, broken)
	}
	return nil
}
