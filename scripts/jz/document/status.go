package document

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"math/bits"

	"jianzheng/shared/status"
)

// Status is a status list as an issuer keeps it: which places are given to
// cards, and which of those cards are not valid.
type Status struct {
	URI       string           `json:"uri"` // where the signed list lies; stands in every card
	Bits      uint8            `json:"bits"`
	Size      uint64           `json:"size"`
	Entries   map[uint64]State `json:"entries"`   // by index; valid ones are left out
	Allocated []byte           `json:"allocated"` // bit i%8 of byte i/8 is set when a card has place i
}

// State is the status of a card.
type State string

// The states a card can be set to.
const (
	Valid     State = "valid"
	Revoked   State = "revoked"
	Suspended State = "suspended"
)

// States are the states by their value in a list.
var States = map[State]uint8{Valid: status.Valid, Revoked: status.Revoked, Suspended: status.Suspended}

// NewStatus is a list of size places, none of which is given away. The error
// wraps [ErrMalformed].
func NewStatus(uri string, bits uint8, size uint64) (*Status, error) {
	s := &Status{URI: uri, Bits: bits, Size: size, Entries: map[uint64]State{}, Allocated: make([]byte, (min(size, maxSize)+7)/8)}
	return s, s.Check()
}

const maxSize = status.MaxListBytes * 8

// Check reports what is wrong with the document. The error wraps [ErrMalformed].
func (s *Status) Check() error {
	switch {
	case s.URI == "":
		return fmt.Errorf("%w: no uri", ErrMalformed)
	case s.Bits != 1 && s.Bits != 2 && s.Bits != 4 && s.Bits != 8:
		return fmt.Errorf("%w: %d bits an entry; 1, 2, 4 and 8 are possible", ErrMalformed, s.Bits)
	case s.Size == 0 || s.Size > maxSize/uint64(s.Bits):
		return fmt.Errorf("%w: size %d; 1 to %d are possible with %d bits", ErrMalformed, s.Size, maxSize/uint64(s.Bits), s.Bits)
	case uint64(len(s.Allocated)) != (s.Size+7)/8:
		return fmt.Errorf("%w: allocated does not fit size", ErrMalformed)
	case s.Size%8 != 0 && s.Allocated[len(s.Allocated)-1]>>(s.Size%8) != 0:
		return fmt.Errorf("%w: allocated goes beyond size", ErrMalformed)
	}
	for i, state := range s.Entries {
		value, ok := States[state]
		switch {
		case !ok:
			return fmt.Errorf("%w: entry %d is %q", ErrMalformed, i, state)
		case i >= s.Size:
			return fmt.Errorf("%w: entry %d of %d", ErrMalformed, i, s.Size)
		case value>>s.Bits != 0:
			return fmt.Errorf("%w: %s does not fit into %d bit", ErrMalformed, state, s.Bits)
		}
	}
	return nil
}

// Given reports whether a card has place i.
func (s *Status) Given(i uint64) bool { return i < s.Size && s.Allocated[i/8]>>(i%8)&1 == 1 }

// Free is the number of places no card has.
func (s *Status) Free() uint64 {
	free := s.Size
	for _, b := range s.Allocated {
		free -= uint64(bits.OnesCount8(b))
	}
	return free
}

// Allocate gives away n places, each drawn evenly from those that are free, so
// that neither the number of cards nor their order shows in a card, and the
// cards of one batch cannot be told by their places (draft-ietf-oauth-status-list,
// "Unlinkability"). The error wraps [ErrFull] when fewer are free.
func (s *Status) Allocate(n int, random io.Reader) ([]uint64, error) {
	free := s.Free()
	if uint64(n) > free {
		return nil, fmt.Errorf("%w: %d asked for, %d are left of %d; make another list", ErrFull, n, free, s.Size)
	}
	var places []uint64
	for ; n > 0; n-- {
		r, err := rand.Int(random, new(big.Int).SetUint64(free))
		if err != nil {
			return nil, err
		}
		i := s.nthFree(r.Uint64())
		s.Allocated[i/8] |= 1 << (i % 8)
		free--
		places = append(places, i)
	}
	return places, nil
}

// nthFree is the place that n free ones stand before. There is one.
func (s *Status) nthFree(n uint64) uint64 {
	for at, b := range s.Allocated {
		free := uint64(8 - bits.OnesCount8(b))
		if n >= free {
			n -= free
			continue
		}
		for i := range uint64(8) {
			if b>>i&1 == 1 {
				continue
			}
			if n == 0 {
				return uint64(at)*8 + i
			}
			n--
		}
	}
	panic("document: fewer free places than counted")
}

// Set changes the status of card i. Force is needed for a place no card has and
// to take back a revocation, which is meant for good. The error wraps
// [ErrMalformed], [ErrNotFound] or [ErrTaken].
func (s *Status) Set(i uint64, state State, force bool) error {
	value, ok := States[state]
	switch {
	case !ok:
		return fmt.Errorf("%w: status %q is none of valid, revoked, suspended", ErrMalformed, state)
	case value>>s.Bits != 0:
		return fmt.Errorf("%w: %s does not fit into %d bit", ErrMalformed, state, s.Bits)
	case i >= s.Size:
		return fmt.Errorf("%w: index %d, the list has %d", ErrNotFound, i, s.Size)
	case !s.Given(i) && !force:
		return fmt.Errorf("%w: a card with index %d (--force sets it all the same)", ErrNotFound, i)
	case s.Entries[i] == Revoked && state != Revoked && !force:
		return fmt.Errorf("%w: index %d is revoked, which is for good (--force takes it back)", ErrTaken, i)
	}
	if s.Entries == nil {
		s.Entries = map[uint64]State{}
	}
	s.Entries[i] = state
	if state == Valid {
		delete(s.Entries, i)
	}
	return nil
}

// Values is the status of each place, as status.Build takes it.
func (s *Status) Values() []uint8 {
	values := make([]uint8, s.Size)
	for i, state := range s.Entries {
		values[i] = States[state]
	}
	return values
}
