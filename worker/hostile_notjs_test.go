//go:build !js

package main

import (
	"flag"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"jianzheng/worker/conform"
	"jianzheng/worker/redistest"
)

// hostile is how many redemptions are tried at each target. `make hostile` sets a
// million.
var hostile = flag.Int("hostile", 2000, "redemptions tried at each of the targets that share a store")

func init() {
	// As many connections as there are clients, and each is used again.
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 64
}

// crowds are ways to run several targets, or the parts of one, on one store. All
// are attacked alike.
var crowds = []struct {
	name  string
	start func(*testing.T, *conform.Site) []conform.Target
}{
	{"redis", func(t *testing.T, site *conform.Site) []conform.Target {
		return threeServers(t, site, redistest.Start(t, redistest.Durable...).URL)
	}},
	{"sqlite", func(t *testing.T, site *conform.Site) []conform.Target {
		return threeServers(t, site, "sqlite:"+filepath.Join(t.TempDir(), "shared.db"))
	}},
	{"edge", func(t *testing.T, site *conform.Site) []conform.Target {
		return []conform.Target{startEdge(t, site)}
	}},
}

// Three servers on one Redis, or on one SQLite file, and the edge worker with its
// Durable Objects over 16 shards, never redeem a nonce twice.
func TestHostile(t *testing.T) {
	for _, crowd := range crowds {
		t.Run(crowd.name, func(t *testing.T) {
			targets := crowd.start(t, conform.NewSite(t, time.Now()))
			conform.Hostile(t, targets, len(targets)**hostile/conform.HostileTries)
		})
	}
}

func threeServers(t *testing.T, site *conform.Site, store string) []conform.Target {
	t.Helper()
	targets := make([]conform.Target, 3)
	for i := range targets {
		args := append(nativeArgs(t, site), "-store", store)
		targets[i] = &native{process: start(t, args...), args: args}
	}
	return targets
}

// Redis is killed and comes back while the server works: meanwhile requests are
// refused as such, afterwards nothing was forgotten.
func TestRedisRestartedUnderAServer(t *testing.T) {
	redis := redistest.Start(t, redistest.Durable...)
	p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"), "-store", redis.URL)
	used, unused := p.issue(t).Nonce, p.issue(t).Nonce
	wantPost(t, p, "/v1/redeem", redemption(used), http.StatusOK, "")
	redis.Kill()
	wantPost(t, p, "/v1/redeem", redemption(unused), http.StatusServiceUnavailable, "store-unavailable")
	p.issue(t) // needs no store
	redis.Restart(t)
	const patience = 20 * time.Second
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if status, _ := p.post("/v1/redeem", redemption(used)); status == http.StatusConflict {
			break
		} else if status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			t.Fatalf("status %d after Redis came back", status)
		}
	}
	wantPost(t, p, "/v1/redeem", redemption(unused), http.StatusOK, "")
}

// The line about a forgetful Redis stands in the log, once, and holds no
// password.
func TestForgetfulRedisIsTold(t *testing.T) {
	redis := redistest.Start(t)
	p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"), "-store", redis.URL)
	p.issue(t)
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if log := p.err.String(); strings.Count(log, "appendonly no instead of yes") != 1 {
		t.Errorf("log:\n%s", log)
	}
}
