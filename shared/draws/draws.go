// Package draws is randomness that comes out the same each time, for tests and
// for the vectors of testdata. Whoever knows the seed knows the keys made from
// it, so no program draws from here; a test in scripts/lint sees to that.
package draws

import (
	"crypto/sha256"
	"encoding/binary"
)

// Reader is an endless source: SHA-256 over a seed and a counter of 4 bytes,
// most significant first. It is not safe for several goroutines.
type Reader struct {
	seed string
	n    uint32
	rest []byte
}

// New begins the source of a seed; two of one seed give the same bytes, however
// they are cut into reads.
func New(seed string) *Reader { return &Reader{seed: seed} }

// Read fills p; it never fails.
func (r *Reader) Read(p []byte) (int, error) {
	for i := range p {
		if len(r.rest) == 0 {
			h := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(r.seed), r.n))
			r.n, r.rest = r.n+1, h[:]
		}
		p[i], r.rest = r.rest[0], r.rest[1:]
	}
	return len(p), nil
}
