package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jianzheng/shared/challenge"
)

var now = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// nonce is one that ends at exp; n keeps nonces of a test apart.
func nonce(exp time.Time, n int) []byte {
	b := make([]byte, challenge.NonceSize)
	binary.BigEndian.PutUint32(b, uint32(exp.Unix()))
	binary.BigEndian.PutUint32(b[4:], uint32(n))
	return b
}

func row(exp time.Time, n int) Redemption {
	return Redemption{Nonce: nonce(exp, n), Redeemed: now, Receipt: fmt.Appendf(nil, "receipt %d", n)}
}

// conformance is what every store has to pass.
func conformance(t *testing.T, open func(*testing.T) Store) {
	ctx := context.Background()
	tests := map[string]func(*testing.T, Store){
		"redeem once": func(t *testing.T, s Store) {
			r := row(now, 1)
			wantErr(t, s.Redeem(ctx, r), nil)
			wantErr(t, s.Redeem(ctx, r), ErrUsed)
			r.Receipt = []byte("another")
			wantErr(t, s.Redeem(ctx, r), ErrUsed)
			wantReceipt(t, s, r.Nonce, "receipt 1")
		},
		"nonces are apart": func(t *testing.T, s Store) {
			for n := range 10 {
				wantErr(t, s.Redeem(ctx, row(now, n)), nil)
			}
			wantReceipt(t, s, nonce(now, 7), "receipt 7")
			wantReceipt(t, s, nonce(now, 10), "")
		},
		"caller may reuse its bytes": func(t *testing.T, s Store) {
			r := row(now, 1)
			wantErr(t, s.Redeem(ctx, r), nil)
			clear(r.Receipt)
			r.Nonce[10]++
			wantErr(t, s.Redeem(ctx, row(now, 1)), ErrUsed)
			wantReceipt(t, s, nonce(now, 1), "receipt 1")
		},
		"wrong length": func(t *testing.T, s Store) {
			for _, size := range []int{0, challenge.NonceSize - 1, challenge.NonceSize + 1} {
				wantErr(t, s.Redeem(ctx, Redemption{Nonce: make([]byte, size), Redeemed: now}), challenge.ErrNonceUnknown)
			}
		},
		"sweep": func(t *testing.T, s Store) {
			for n := range 5 {
				wantErr(t, s.Redeem(ctx, row(now.Add(time.Duration(n)*time.Second), n)), nil)
			}
			got, err := s.Sweep(ctx, now.Add(3*time.Second))
			wantErr(t, err, nil)
			if want := 3; got != want {
				t.Fatalf("swept %d rows, want %d", got, want)
			}
			wantReceipt(t, s, nonce(now.Add(2*time.Second), 2), "")
			wantReceipt(t, s, nonce(now.Add(3*time.Second), 3), "receipt 3")
			wantErr(t, s.Redeem(ctx, row(now, 0)), ErrSwept)
			wantErr(t, s.Redeem(ctx, row(now.Add(2*time.Second), 99)), ErrSwept)
			wantErr(t, s.Redeem(ctx, row(now.Add(3*time.Second), 3)), ErrUsed)
			wantErr(t, s.Redeem(ctx, row(now.Add(3*time.Second), 99)), nil)
		},
		// A clock that ran ahead for a while must not stop the work after it
		// was put right: the mark follows the rows removed, not the clock.
		"sweep by a fast clock": func(t *testing.T, s Store) {
			wantErr(t, s.Redeem(ctx, row(now, 1)), nil)
			if _, err := s.Sweep(ctx, now.AddDate(30, 0, 0)); err != nil {
				t.Fatal(err)
			}
			wantErr(t, s.Redeem(ctx, row(now, 1)), ErrSwept)
			wantErr(t, s.Redeem(ctx, row(now.Add(time.Second), 1)), nil)
		},
		"sweep of nothing": func(t *testing.T, s Store) {
			for _, at := range []time.Time{{}, time.Unix(0, 0), now} {
				if got, err := s.Sweep(ctx, at); got != 0 || err != nil {
					t.Fatalf("swept %d, %v", got, err)
				}
			}
			wantErr(t, s.Redeem(ctx, row(now.Add(-time.Hour), 1)), nil)
		},
		"sweep of many": func(t *testing.T, s Store) {
			const many = 2500
			each(many, func(n int) error { return s.Redeem(ctx, row(now, n)) })
			if got, err := s.Sweep(ctx, now.Add(time.Second)); got != many || err != nil {
				t.Fatalf("swept %d, %v; want %d", got, err, many)
			}
		},
		"race for one nonce": func(t *testing.T, s Store) {
			const racers, rounds = 64, 20
			for round := range rounds {
				var won atomic.Int32
				errs := each(racers, func(n int) error {
					r := row(now, round)
					r.Receipt = fmt.Appendf(nil, "racer %d", n)
					err := s.Redeem(ctx, r)
					if err == nil {
						won.Add(1)
					}
					return err
				})
				if got := won.Load(); got != 1 {
					t.Fatalf("round %d: %d racers redeemed the nonce, want 1", round, got)
				}
				for n, err := range errs {
					if err == nil {
						wantReceipt(t, s, nonce(now, round), fmt.Sprintf("racer %d", n))
					} else if !errors.Is(err, ErrUsed) {
						t.Fatalf("racer %d: %v, want %v", n, err, ErrUsed)
					}
				}
			}
		},
		"race with sweeps": func(t *testing.T, s Store) {
			// Half of the nonces are swept again and again while all are
			// redeemed twice: never may both redemptions succeed.
			const nonces = 200
			var won [nonces]atomic.Int32
			each(2*nonces+20, func(n int) error {
				if n%21 == 20 {
					_, err := s.Sweep(ctx, now.Add(nonces/2*time.Second))
					return err
				}
				n %= nonces
				err := s.Redeem(ctx, row(now.Add(time.Duration(n)*time.Second), n))
				if err == nil {
					won[n].Add(1)
				}
				return err
			})
			for n := range won {
				if got := won[n].Load(); got > 1 {
					t.Fatalf("nonce %d was redeemed %d times", n, got)
				}
			}
		},
		"advance": func(t *testing.T, s Store) {
			wantErr(t, s.Advance(ctx, "a", 0), ErrBehind)
			wantErr(t, s.Advance(ctx, "a", 3), nil)
			for _, count := range []uint64{0, 1, 3} {
				wantErr(t, s.Advance(ctx, "a", count), ErrBehind)
			}
			wantErr(t, s.Advance(ctx, "a", 256), nil)
			wantErr(t, s.Advance(ctx, "a", 255), ErrBehind)
			wantErr(t, s.Advance(ctx, "b", 1), nil)
			wantErr(t, s.Advance(ctx, "a", math.MaxUint64), nil)
			wantErr(t, s.Advance(ctx, "a", math.MaxUint64), ErrBehind)
			wantErr(t, s.Advance(ctx, "a", math.MaxUint64-1), ErrBehind)
			if _, err := s.Sweep(ctx, now.AddDate(10, 0, 0)); err != nil {
				t.Fatal(err)
			}
			wantErr(t, s.Advance(ctx, "b", 1), ErrBehind)
		},
		"race for a count": func(t *testing.T, s Store) {
			var won atomic.Int32
			each(100, func(n int) error {
				err := s.Advance(ctx, "a", uint64(1+n%10))
				if err == nil {
					won.Add(1)
				}
				return err
			})
			if got := won.Load(); got < 1 || got > 10 {
				t.Fatalf("%d of ten counts were taken", got)
			}
			wantErr(t, s.Advance(ctx, "a", 10), ErrBehind)
			wantErr(t, s.Advance(ctx, "a", 11), nil)
		},
		"cancelled": func(t *testing.T, s Store) {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			wantErr(t, s.Redeem(ended, row(now, 1)), ErrUnavailable)
		},
		"closed": func(t *testing.T, s Store) {
			wantErr(t, s.Redeem(ctx, row(now, 1)), nil)
			wantErr(t, s.Ping(ctx), nil)
			wantErr(t, s.Close(), nil)
			wantErr(t, s.Close(), nil)
			wantErr(t, s.Redeem(ctx, row(now, 2)), ErrUnavailable)
			wantErr(t, s.Ping(ctx), ErrUnavailable)
			wantErr(t, s.Advance(ctx, "a", 1), ErrUnavailable)
			_, _, err := s.Receipt(ctx, nonce(now, 1))
			wantErr(t, err, ErrUnavailable)
			_, err = s.Sweep(ctx, now)
			wantErr(t, err, ErrUnavailable)
		},
		"closed while in use": func(t *testing.T, s Store) {
			errs := each(100, func(n int) error {
				if n == 50 {
					return s.Close()
				}
				return s.Redeem(ctx, row(now, n))
			})
			for n, err := range errs {
				if err != nil && !errors.Is(err, ErrUnavailable) {
					t.Errorf("%d: %v", n, err)
				}
			}
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { wantErr(t, s.Close(), nil) })
			test(t, s)
		})
	}
}

// each runs f(0) to f(n-1) at once and returns what they returned.
func each(n int, f func(int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error %v, want %v", got, want)
	}
}

// wantReceipt expects a receipt, or none when want is empty.
func wantReceipt(t *testing.T, s Store, nonce []byte, want string) {
	t.Helper()
	got, ok, err := s.Receipt(context.Background(), nonce)
	if err != nil {
		t.Fatal(err)
	}
	if ok != (want != "") || !bytes.Equal(got, []byte(want)) {
		t.Fatalf("receipt %q, %v; want %q", got, ok, want)
	}
}

func TestMemory(t *testing.T) {
	conformance(t, func(*testing.T) Store { return NewMemory() })
}

func BenchmarkMemory(b *testing.B) {
	redeemMany(b, NewMemory())
}

// redeemMany redeems fresh nonces from 64 goroutines for each processor.
func redeemMany(b *testing.B, s Store) {
	ctx := context.Background()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := Redemption{Nonce: nonce(now, 0), Redeemed: now, Receipt: make([]byte, 263)}
			rand.Read(r.Nonce[4:])
			if err := s.Redeem(ctx, r); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	if err := s.Close(); err != nil {
		b.Error(err)
	}
}
