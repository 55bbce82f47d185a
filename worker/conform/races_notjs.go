//go:build !js

package conform

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"jianzheng/shared/register"
	"jianzheng/worker/core"
)

// racers try at once for one nonce.
const racers = 100

// race posts one body as often as there are racers, all at once, and counts the
// answers by status.
func (u *under) race(t *testing.T, path, body string) map[int]int {
	t.Helper()
	u = u.counting()
	var mu sync.Mutex
	got := map[int]int{}
	ready := make(chan struct{})
	var wg sync.WaitGroup
	for range racers {
		wg.Go(func() {
			<-ready
			status := u.post(t, path, body).status
			mu.Lock()
			defer mu.Unlock()
			got[status]++
		})
	}
	close(ready)
	wg.Wait()
	return got
}

// races: of many redemptions of one nonce exactly one succeeds, time after time.
func (u *under) races(t *testing.T) {
	wrong := 0
	for range u.Races {
		got := u.race(t, "/v1/redeem", redemption(u.issue(t).Nonce))
		if got[http.StatusOK] != 1 || got[http.StatusConflict] != racers-1 {
			wrong++
			t.Errorf("answers by status: %v, want one 200 and %d times 409", got, racers-1)
		}
	}
	t.Logf("%d nonces, %d requests for each: %d were not redeemed exactly once", u.Races, racers, wrong)
}

// tickets: one ticket enrols one terminal.
func (u *under) tickets(t *testing.T) {
	ticket := u.Site.Ticket(t, core.Caller{Party: Bank, Terminal: "desk-2"}, time.Now(), rand.Reader)
	got := u.race(t, "/v1/terminals", fmt.Sprintf(`{"ticket":%q}`, ticket))
	if got[http.StatusCreated] != 1 || got[http.StatusForbidden] != racers-1 {
		t.Errorf("answers by status: %v, want one 201 and %d times 403", got, racers-1)
	}
}

// counts: a register is signed for once at each length, and never for less.
func (u *under) counts(t *testing.T) {
	c := register.Checkpoint{Count: 1}
	copy(c.Register[:], read(t, rand.Reader, sha256.Size))
	for ; c.Count < 4; c.Count++ {
		got := u.race(t, "/v1/checkpoints", checkpointBody(c))
		if got[http.StatusCreated] != 1 || got[http.StatusConflict] != racers-1 {
			t.Errorf("count %d: answers by status: %v, want one 201 and %d times 409", c.Count, got, racers-1)
		}
	}
	c.Count = 2
	u.post(t, "/v1/checkpoints", checkpointBody(c)).want(t, "less than before", 409, "checkpoint-old")
}
