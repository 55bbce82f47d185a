//go:build !js

package conform

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Of an attack: clients that work at once, and how often each nonce is tried.
const (
	hostileClients = 32
	HostileTries   = 20
)

// Hostile tries to redeem each of so many nonces [HostileTries] times at once, at
// targets taken by lot that share one store. The figure in the log is for reading
// and decides nothing.
func Hostile(t *testing.T, targets []Target, nonces int) {
	client := newClient()
	t.Cleanup(client.CloseIdleConnections)
	some := func() *under {
		return &under{Suite: Suite{Target: targets[rand.IntN(len(targets))]}, client: client, loose: true}
	}
	var twice, never, strange atomic.Int64
	work := make(chan struct{})
	began := time.Now()
	var wg sync.WaitGroup
	for range hostileClients {
		wg.Go(func() {
			for range work {
				issued := some().post(t, "/v1/challenges", issueBody)
				if issued.status != http.StatusCreated {
					strange.Add(1)
					continue
				}
				body := redemption(issued.member("nonce"))
				var won atomic.Int64
				var race sync.WaitGroup
				for range HostileTries {
					race.Go(func() {
						switch some().post(t, "/v1/redeem", body).status {
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
	for range nonces {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	tried := nonces * HostileTries
	t.Logf("%d nonces, each tried %d times at %d targets: %.0f/s", nonces, HostileTries, len(targets), float64(tried)/time.Since(began).Seconds())
	if twice.Load()+never.Load()+strange.Load() > 0 {
		t.Errorf("of %d nonces %d were redeemed more than once and %d never; %d strange answers", nonces, twice.Load(), never.Load(), strange.Load())
	}
}
