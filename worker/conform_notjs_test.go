//go:build !js

package main

import (
	"flag"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"jianzheng/worker/conform"
	"jianzheng/worker/redistest"
)

// races is how many nonces are raced for at each target. `make races` sets a
// thousand.
var races = flag.Int("races", 25, "nonces that a hundred requests race for, at each target")

// targets are the ways to run the endpoint. All have to pass the same tests; what
// one truly cannot do stands beside it, with the reason.
var targets = []struct {
	name   string
	start  func(*testing.T, *conform.Site) conform.Target // nil for the site: a demonstration
	except map[string]string
	noDemo string // why it has no demonstration; empty where it has one
}{
	{"sqlite", startSQLite, nil, ""},
	{"redis", startRedis, nil, ""},
	{"edge", startEdge, nil, ""},
}

// TestConformance runs worker/conform against each target.
func TestConformance(t *testing.T) {
	for _, target := range targets {
		t.Run(target.name, func(t *testing.T) {
			site := conform.NewSite(t, time.Now())
			conform.Suite{
				Target: target.start(t, site), Site: site, API: "openapi.json", Races: *races, Except: target.except,
			}.Run(t)
		})
		t.Run(target.name+" demo", func(t *testing.T) {
			if target.noDemo != "" {
				t.Skip("not on this target: " + target.noDemo)
			}
			conform.Suite{Target: target.start(t, nil), API: "openapi.json", Races: 1}.Run(t)
		})
	}
}

// native is the server as it is shipped.
type native struct {
	*process
	args  []string
	redis *redistest.Server // nil with SQLite
}

func (n *native) URL() string { return n.url }

// Kill implements [conform.Target]. Redis is killed first, in the middle of what
// the server asks of it.
func (n *native) Kill(t testing.TB) {
	t.Helper()
	if n.redis != nil {
		n.redis.Kill()
	}
	if err := n.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	n.cmd.Wait()
}

// Restart implements [conform.Target].
func (n *native) Restart(t testing.TB) {
	t.Helper()
	if n.redis != nil {
		n.redis.Restart(t)
	}
	n.process = start(t, n.args...)
}

// nativeArgs writes what the server is started with.
func nativeArgs(t *testing.T, site *conform.Site) []string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	if site == nil {
		return []string{"-demo", "-data", data}
	}
	site.WriteData(t, data)
	web := t.TempDir()
	conform.WritePages(t, web)
	return []string{"-data", data, "-url", conform.Phones, "-web", web}
}

func startSQLite(t *testing.T, site *conform.Site) conform.Target {
	t.Helper()
	args := nativeArgs(t, site)
	return &native{process: start(t, args...), args: args}
}

func startRedis(t *testing.T, site *conform.Site) conform.Target {
	t.Helper()
	redis := redistest.Start(t, redistest.Durable...)
	args := append(nativeArgs(t, site), "-store", redis.URL)
	return &native{process: start(t, args...), args: args, redis: redis}
}
