package handler

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/store"
)

// stuck is a store whose disk does not come back in time.
type stuck struct{ store.Store }

func (stuck) Redeem(ctx context.Context, _ store.Redemption) error {
	<-ctx.Done()
	return fmt.Errorf("%w: %w", store.ErrUnavailable, ctx.Err())
}

func (stuck) Advance(ctx context.Context, _ string, _ uint64) error {
	<-ctx.Done()
	return fmt.Errorf("%w: %w", store.ErrUnavailable, ctx.Err())
}

// A store that takes too long is told as such; challenges need none.
func TestSlowStore(t *testing.T) {
	f := newFixture(t)
	f.remake(t, func(c *Config) { c.Store, c.StoreTimeout = stuck{f.store}, time.Millisecond })
	for path, body := range map[string]string{
		"/v1/redeem":    redemption(f.issue(t)),
		"/v1/terminals": `{"ticket":"` + f.ticket(t, "bank", "desk-1") + `"}`,
		"/v1/checkpoints": `{"party":"demo-cafe","register":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","count":3,
			"head":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
	} {
		w := f.do("POST", path, body)
		wantProblem(t, w, http.StatusServiceUnavailable, reason.StoreUnavailable)
		if w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
}

// The server's clock jumps by an hour, forth and back: what was used stays used,
// what was issued under the wrong time ends by that time, and work goes on.
func TestClockStepped(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			f := newFixture(t)
			used, open := f.issue(t), f.issue(t)
			if w := f.do("POST", "/v1/redeem", redemption(used)); w.Code != http.StatusOK {
				t.Fatal(w.Body)
			}
			sweep := func() {
				t.Helper()
				if _, err := f.store.Sweep(t.Context(), f.now.Add(-store.Grace)); err != nil {
					t.Fatal(err)
				}
			}
			never := func(nonce, when string) {
				t.Helper()
				if w := f.do("POST", "/v1/redeem", redemption(nonce)); w.Code != http.StatusConflict && w.Code != http.StatusGone {
					t.Errorf("%s: redeemed once more: %d %s", when, w.Code, w.Body)
				}
			}
			f.now = f.now.Add(step)
			sweep()
			never(used, "after the step")
			wrong := f.issue(t)
			if w := f.do("POST", "/v1/redeem", redemption(wrong)); w.Code != http.StatusOK {
				t.Errorf("issued after the step: %d %s", w.Code, w.Body)
			}
			if step > 0 {
				// Whoever was scanning meanwhile scans again.
				wantProblem(t, f.do("POST", "/v1/redeem", redemption(open)), http.StatusGone, reason.NonceExpired)
			} else if w := f.do("POST", "/v1/redeem", redemption(open)); w.Code != http.StatusOK {
				t.Errorf("issued before the step: %d %s", w.Code, w.Body)
			}
			f.now = f.now.Add(-step)
			sweep()
			never(used, "after the clock was put right")
			never(wrong, "after the clock was put right")
			if w := f.do("POST", "/v1/redeem", redemption(f.issue(t))); w.Code != http.StatusOK {
				t.Errorf("after the clock was put right: %d %s", w.Code, w.Body)
			}
		})
	}
}
