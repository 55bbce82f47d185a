//go:build !js

package main

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"jianzheng/worker/redistest"
)

// hostile is how many redemptions are tried at each server. `make hostile` sets
// a million.
var hostile = flag.Int("hostile", 2000, "redemptions tried at each of three servers")

// Each nonce is tried so often, at servers taken by lot.
const hostileTries = 20

func init() {
	// As many connections as there are clients, and each is used again.
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 64
}

// Three servers on one Redis, or on one SQLite file, never redeem a nonce twice.
func TestHostileThreeServers(t *testing.T) {
	for _, kind := range []string{"redis", "sqlite"} {
		t.Run(kind, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			storeFlag := "sqlite:" + filepath.Join(t.TempDir(), "shared.db")
			if kind == "redis" {
				storeFlag = redistest.Start(t, redistest.Durable...).URL
			}
			servers := make([]*process, 3)
			for i := range servers {
				servers[i] = start(t, "-demo", "-data", data, "-store", storeFlag)
			}
			attack(t, servers, 3**hostile/hostileTries)
		})
	}
}

func attack(t *testing.T, servers []*process, nonces int) {
	const clients = 32
	var twice, never, strange atomic.Int64
	work := make(chan int)
	began := time.Now()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range work {
				status, answer := servers[rand.IntN(len(servers))].post("/v1/challenges", `{"purpose":"internet-cafe"}`)
				if status != http.StatusCreated {
					strange.Add(1)
					continue
				}
				body := redemption(answer["nonce"].(string))
				var won atomic.Int64
				var race sync.WaitGroup
				for range hostileTries {
					race.Go(func() {
						switch status, _ := servers[rand.IntN(len(servers))].post("/v1/redeem", body); status {
						case http.StatusOK:
							won.Add(1)
						case http.StatusConflict:
						default:
							strange.Add(1)
						}
					})
				}
				race.Wait()
				switch won.Load() {
				case 0:
					never.Add(1)
				case 1:
				default:
					twice.Add(1)
				}
			}
		})
	}
	for n := range nonces {
		work <- n
	}
	close(work)
	wg.Wait()
	tried := nonces * hostileTries
	t.Logf("%d nonces, each tried %d times at %d servers: %.0f/s", nonces, hostileTries, len(servers), float64(tried)/time.Since(began).Seconds())
	if twice.Load()+never.Load()+strange.Load() > 0 {
		t.Errorf("of %d nonces %d were redeemed more than once and %d never; %d strange answers", nonces, twice.Load(), never.Load(), strange.Load())
	}
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
