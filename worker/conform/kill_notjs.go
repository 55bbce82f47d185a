//go:build !js

package conform

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// Of a round that ends with a kill.
const (
	killRounds  = 3
	killNonces  = 200
	killClients = 8
)

// spent is a nonce with what came of it.
type spent struct {
	nonce    string
	redeemed atomic.Int64           // answers 200
	receipt  atomic.Pointer[string] // that of the last of them
}

// take counts an answer to a redemption.
func (n *spent) take(r reply) {
	receipt := r.member("receipt")
	n.receipt.Store(&receipt)
	n.redeemed.Add(1)
}

// kill: the target is killed while redemptions are under way and started again,
// several times. Whatever was answered with a receipt is refused from then on,
// and nothing is redeemed twice, whether its first answer got through or not.
func (u *under) kill(t *testing.T) {
	u = u.counting()
	var all []*spent
	for round := range killRounds {
		nonces := make([]*spent, killNonces)
		for i := range nonces {
			nonces[i] = &spent{nonce: u.issue(t).Nonce}
		}
		all = append(all, nonces...)
		lost := u.underFire(t, nonces)
		u.client.CloseIdleConnections()
		u.Target.Restart(t)
		answered := redeemed(nonces)
		// All of before, twice: the second time everything is used.
		for again := range 2 {
			for _, n := range all {
				u.again(t, n, again > 0)
			}
		}
		t.Logf("round %d: of %d redemptions %d were answered before the kill; of %d without an answer %d had been redeemed",
			round+1, killNonces, answered, lost, killNonces-redeemed(nonces))
		for _, n := range nonces {
			u.kept(t, n)
		}
	}
	twice := 0
	for _, n := range all {
		if n.redeemed.Load() > 1 {
			twice++
		}
	}
	if twice > 0 {
		t.Errorf("%d of %d nonces were redeemed twice", twice, len(all))
	}
	u.post(t, "/v1/redeem", redemption(u.issue(t).Nonce)).want(t, "after the last restart", http.StatusOK, "")
}

// redeemed counts the nonces that gave a receipt.
func redeemed(nonces []*spent) (count int) {
	for _, n := range nonces {
		if n.redeemed.Load() > 0 {
			count++
		}
	}
	return count
}

// underFire redeems the nonces, kills the target in the middle, and returns how
// many requests were not answered.
func (u *under) underFire(t *testing.T, nonces []*spent) int64 {
	var lost atomic.Int64
	queue := make(chan *spent)
	var wg sync.WaitGroup
	for range killClients {
		wg.Go(func() {
			for n := range queue {
				switch r := u.post(t, "/v1/redeem", redemption(n.nonce)); r.status {
				case http.StatusOK:
					n.take(r)
				case 0:
					lost.Add(1)
				case http.StatusServiceUnavailable:
					// The store was gone before the endpoint was; the nonce may be used.
					lost.Add(1)
				default:
					t.Errorf("under fire: %v", r)
				}
			}
		})
	}
	for i, n := range nonces {
		if i == len(nonces)/2 {
			// Requests go on meanwhile.
			wg.Go(func() { u.Target.Kill(t) })
		}
		queue <- n
	}
	close(queue)
	wg.Wait()
	return lost.Load()
}

// kept fetches the receipt of a nonce that was redeemed, which was stored together
// with it: also where nobody was told.
func (u *under) kept(t *testing.T, n *spent) {
	r := u.get(t, "/v1/receipts/"+n.nonce)
	if told := n.receipt.Load(); r.status != http.StatusOK || told != nil && r.member("receipt") != *told {
		t.Errorf("receipt of a nonce that had been redeemed %d times: %v", n.redeemed.Load(), r)
	}
}

// again redeems a nonce once more. On a slow computer it may have ended.
func (u *under) again(t *testing.T, n *spent, used bool) {
	r := u.post(t, "/v1/redeem", redemption(n.nonce))
	switch {
	case r.status == http.StatusConflict, r.status == http.StatusGone:
	case r.status == http.StatusOK && !used && n.redeemed.Load() == 0:
		n.take(r)
	default:
		t.Errorf("after a restart a nonce that had been redeemed %d times: %v", n.redeemed.Load(), r)
	}
}
