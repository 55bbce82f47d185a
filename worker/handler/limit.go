package handler

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

// maxBuckets bounds the memory of a [Limiter]: some 5 MB. Over it a bucket that
// happens to be met is forgotten, which lets its owner through once more.
const maxBuckets = 1 << 16

// Limiter keeps the buckets of terminals and addresses in memory. It holds no
// address: only a hash of one, under a key that no one knows and that ends with
// the process.
type Limiter struct {
	seed maphash.Seed

	mu      sync.Mutex
	buckets map[uint64]limited
}

type limited struct {
	bucket core.Bucket
	rate   core.Rate
}

// NewLimiter returns a limiter in which nobody has spent anything.
func NewLimiter() *Limiter {
	return &Limiter{seed: maphash.MakeSeed(), buckets: map[uint64]limited{}}
}

// owner is whose bucket it is: of a terminal, of an address, or of an address
// at an open relying party.
type owner struct {
	name    string
	address netip.Prefix
}

// take takes one request of the owner's rate at now and returns how long the
// owner has to wait instead, or 0.
func (l *Limiter) take(o owner, rate core.Rate, now time.Time) time.Duration {
	if rate.Unlimited() {
		return 0
	}
	key := maphash.Comparable(l.seed, o)
	l.mu.Lock()
	defer l.mu.Unlock()
	after, wait := rate.Take(l.buckets[key].bucket, now)
	if _, kept := l.buckets[key]; !kept && len(l.buckets) >= maxBuckets {
		l.makeRoom(now)
	}
	l.buckets[key] = limited{after, rate}
	return wait
}

// makeRoom drops buckets that are full again, among some that the map happens
// to give, or else the last of those.
func (l *Limiter) makeRoom(now time.Time) {
	const looked = 64
	n, last := 0, uint64(0)
	for key, b := range l.buckets {
		if b.rate.Full(b.bucket, now) {
			delete(l.buckets, key)
		}
		if n, last = n+1, key; n == looked {
			break
		}
	}
	if len(l.buckets) >= maxBuckets {
		delete(l.buckets, last)
	}
}

// prefix is the part of an address that one subscriber has: all of IPv4, the
// first half of IPv6.
func prefix(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil { // the zero address, of a request without one
		return netip.Prefix{}
	}
	return p
}

// limitAddress refuses requests of an address that sends too many. This
// computer itself is not limited: a limit there would be one for everybody
// behind a proxy that nobody declared as trusted.
func (h *server) limitAddress(r *http.Request, now time.Time) error {
	if h.Limiter == nil || h.Address == nil {
		return nil
	}
	address := h.Address(r)
	if address.IsLoopback() {
		return nil
	}
	return limitError(h.Limiter.take(owner{address: prefix(address)}, h.AddressRate, now))
}

// limitCaller refuses requests of a terminal over its party's rate. Nobody in
// particular is told apart by address.
func (h *server) limitCaller(r *http.Request, c core.Caller, now time.Time) error {
	party, ok := h.Endpoint.Party(c.Party)
	if h.Limiter == nil || !ok {
		return nil
	}
	o := owner{name: c.String()}
	if c.Terminal == "" && h.Address != nil {
		o.address = prefix(h.Address(r))
	}
	return limitError(h.Limiter.take(o, party.Rate, now))
}

func limitError(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	refusal := core.Refuse(reason.RateLimited, "too many requests")
	refusal.Wait = wait
	return refusal
}
