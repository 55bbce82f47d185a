package gate

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"jianzheng/worker/core"
)

// maxBuckets bounds the memory of a [Buckets]: some 5 MB. Over it a bucket that
// happens to be met is forgotten, which lets its owner through once more.
const maxBuckets = 1 << 16

// Owner is whose bucket it is: of a terminal, of an address, or of an address
// at an open relying party.
type Owner struct {
	Name    string
	Address netip.Prefix
}

// Limiter keeps who has sent how much.
type Limiter interface {
	// Take takes one request of the owner's rate at now and returns how long the
	// owner has to wait instead, or 0.
	Take(o Owner, rate core.Rate, now time.Time) time.Duration
}

// Buckets is a [Limiter] in memory. It holds no address: only a hash of one,
// under a key that no one knows and that ends with the process.
type Buckets struct {
	seed maphash.Seed

	mu      sync.Mutex
	buckets map[uint64]limited
}

type limited struct {
	bucket core.Bucket
	rate   core.Rate
}

// NewBuckets returns a limiter in which nobody has spent anything.
func NewBuckets() *Buckets {
	return &Buckets{seed: maphash.MakeSeed(), buckets: map[uint64]limited{}}
}

// Take implements [Limiter].
func (l *Buckets) Take(o Owner, rate core.Rate, now time.Time) time.Duration {
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
func (l *Buckets) makeRoom(now time.Time) {
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
