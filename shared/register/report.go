package register

import (
	"cmp"
	"encoding/hex"
	"slices"
	"time"
)

// Kind says what is wrong with a line.
type Kind string

// The kinds of fault.
const (
	// Altered: the line is not what it was when the next one was written.
	Altered Kind = "altered"
	// Missing: the line is not there, though a later one is.
	Missing Kind = "missing"
	// Reordered: the line stands behind a later one.
	Reordered Kind = "reordered"
	// Duplicate: the number was there before.
	Duplicate Kind = "duplicate"
	// Unreadable: bytes stand there that are no line.
	Unreadable Kind = "unreadable"
	// Inserted: bytes that are no line stand before this line.
	Inserted Kind = "inserted"
	// Truncated: the end is cut off, in the middle of a line or before the end
	// of a checkpoint.
	Truncated Kind = "truncated"
	// Rewritten: one of the lines is not the one that a checkpoint covers.
	Rewritten Kind = "rewritten"
	// OutsidePeriod: a check outside the period of the register.
	OutsidePeriod Kind = "outside-period"
	// SealedAltered: the sealed part is not the one of the line.
	SealedAltered Kind = "sealed-altered"
	// SealedMissing: the sealed part was removed before its time.
	SealedMissing Kind = "sealed-missing"
	// SealedKept: the sealed part is there after its destruction was noted.
	SealedKept Kind = "sealed-kept"
	// DestroyedEarly: the line notes a destruction before retention was over.
	DestroyedEarly Kind = "destroyed-early"
	// CheckpointForged: a checkpoint with another signature or none; the lines
	// are those it would cover.
	CheckpointForged Kind = "checkpoint-forged"
	// CheckpointForeign: a checkpoint of another register.
	CheckpointForeign Kind = "checkpoint-foreign"
)

// Fault is what is wrong with the lines from From to To.
type Fault struct {
	Kind Kind   `json:"kind"`
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// maxFaults bounds a report; neighbours with the same fault are one.
const maxFaults = 1 << 15

// Hex is bytes as hexadecimal text.
type Hex []byte

// MarshalText implements [encoding.TextMarshaler].
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// Report is what a check of a register found.
type Report struct {
	PartyID   string     `json:"party,omitempty"`
	PartyName string     `json:"name,omitempty"`
	From      *time.Time `json:"from,omitempty"`
	To        *time.Time `json:"to,omitempty"`
	Days      float64    `json:"retentionDays,omitempty"`

	Lines     uint64 `json:"lines"`     // the highest number and one
	Sealed    int    `json:"sealed"`    // sealed parts that are there
	Destroyed int    `json:"destroyed"` // and that were removed
	Openings  int    `json:"openings"`
	Head      Hex    `json:"head"` // hash of the last line

	// Covered is how many lines from the start an operator signed for: those of
	// them that no fault names are as they were then. It is 0 without a key.
	Covered uint64 `json:"covered"`
	// Unsigned counts checkpoints that were compared with the lines, but whose
	// signature nobody checked for want of an operator's key.
	Unsigned int `json:"unsigned"`

	Intact bool    `json:"intact"` // there is no fault
	Faults []Fault `json:"faults"` // by line
	More   int     `json:"more"`   // faults beyond the number that a report holds
}

// add names a fault. It joins neighbours of one kind.
func (r *Report) add(kind Kind, from, to uint64) {
	for i := len(r.Faults) - 1; i >= max(0, len(r.Faults)-2); i-- {
		if f := &r.Faults[i]; f.Kind == kind && f.From <= from && from <= f.To+1 {
			f.To = max(f.To, to)
			return
		}
	}
	if len(r.Faults) >= maxFaults {
		r.More++
		return
	}
	r.Faults = append(r.Faults, Fault{kind, from, to})
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
	})
}

// numbers is a set of line numbers.
type numbers [MaxLines / 64]uint64

func (s *numbers) add(n uint64)      { s[n/64] |= 1 << (n % 64) }
func (s *numbers) has(n uint64) bool { return s[n/64]>>(n%64)&1 == 1 }
