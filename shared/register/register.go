// Package register keeps the log of checks that a relying party must keep and
// must not be able to read or to change unseen.
//
// Each check is a line. Its readable part says when, where, with which outcome
// and why; its sealed part holds name and number, encrypted to an inspector's
// public key with HPKE (RFC 9180): ML-KEM-768 with X25519 (X-Wing), HKDF-SHA-256,
// AES-256-GCM. Lines are deterministic CBOR (RFC 8949, section 4.2.1) chained by
// SHA-256. The first line says whose register it is and for how long.
//
// [Log] appends, [Checker] names every line that was altered, removed, moved or
// cut off, [Log.Open] reads one sealed part and makes that reading a line
// itself, [Log.Destroy] and [Strip] end what retention ends. Whoever holds the
// whole register could write it anew from the start, so an operator signs a
// [Checkpoint] now and then, which holds a count and a hash and nothing else.
// What was written after the last checkpoint can be cut off unseen.
//
// # Destroying
//
// The chain runs over the hash of each sealed part, not over the part. After
// retention the part is removed and its hash stays, so every line still
// verifies, and a line of its own says up to when parts were removed; a part
// missing without one is a fault, as is one that should be gone. Keys for a day
// or period, wrapped for the inspector and thrown away later, were considered:
// they would have to lie open at the counter for as long as they serve, and
// copies of wrapped key and ciphertext would stay readable to the inspector just
// the same. With HPKE a line, the counter cannot read even the line it has just
// written. The hash that stays gives nothing away: it covers an encapsulation
// of fresh randomness, so names cannot be tried against it. Copies made before
// lie outside what a file format can reach.
//
// # What it refuses
//
// Readable text that looks like an identity number, or that holds what is being
// sealed; any encoding other than the one it writes; items over their caps.
//
// Randomness: keys are made from an io.Reader, but crypto/hpke draws the
// randomness of each encapsulation itself and takes none, so two appends of the
// same check differ. Tests decrypt instead of comparing ciphertext.
package register

import (
	"crypto/sha256"
	"errors"
	"time"
)

// The errors that the functions of this package wrap.
var (
	ErrMalformed  = errors.New("register: malformed")
	ErrTooLarge   = errors.New("register: too large")
	ErrPersonal   = errors.New("register: personal data in a readable part")
	ErrPeriod     = errors.New("register: outside the period of this register")
	ErrKey        = errors.New("register: not the key")
	ErrSealed     = errors.New("register: sealed part does not open")
	ErrDestroyed  = errors.New("register: sealed part was destroyed")
	ErrNotSealed  = errors.New("register: nothing is sealed in this line")
	ErrCheckpoint = errors.New("register: not a checkpoint")
)

// Caps on what is read and written.
const (
	MaxLines       = 1 << 19 // over 8,000 checks a day for 60 days
	MaxCheckpoints = 128     // in one file
	MaxLineBytes   = 8 << 10 // of a line with its frame

	maxCoreBytes       = 4 << 10 // the first line holds a key of 1,216 bytes
	maxSealedBytes     = 3 << 10
	maxCheckpointBytes = 1 << 10
	maxPlainBytes      = 1 << 10
	maxShortBytes      = 64 // seat, staff, codes
	maxTextBytes       = 256
)

// Hash is a SHA-256 hash of a line's core.
type Hash = [sha256.Size]byte

// First is what the first line says.
type First struct {
	PartyID   string
	PartyName string
	Inspector []byte        // public key, see [PrivateKey.Public]
	From, To  time.Time     // checks lie in [From, To); whole seconds
	Retention time.Duration // whole seconds
}

// Check is the readable part of a line about one check. Empty members are left
// out; none holds personal data.
type Check struct {
	Seat     string `json:"seat,omitempty"`     // of the counter, for example "3"
	Staff    string `json:"staff,omitempty"`    // a code, not a name
	Outcome  string `json:"outcome"`            // accepted, conditional, rejected, undetermined or unreadable
	Reason   string `json:"reason"`             // a reason code
	Class    string `json:"class,omitempty"`    // A to D
	Purpose  string `json:"purpose,omitempty"`  // a code
	Rule     string `json:"rule,omitempty"`     // that the purpose rests on
	Handle   string `json:"handle,omitempty"`   // the person's, at this venue in this period
	Hash     Hex    `json:"hash,omitempty"`     // salted, of the presentation; 32 bytes
	Portrait string `json:"portrait,omitempty"` // same, unsure or different: what staff saw
}

// Person is what is sealed: the claims that a purpose names for it.
type Person struct {
	Name    string `cbor:"0,keyasint,omitempty" json:"name,omitempty"`
	ID      string `cbor:"1,keyasint,omitempty" json:"id,omitempty"`
	Birth   string `cbor:"2,keyasint,omitempty" json:"birth,omitempty"`
	Sex     string `cbor:"3,keyasint,omitempty" json:"sex,omitempty"`
	Address string `cbor:"4,keyasint,omitempty" json:"address,omitempty"`
}

// Opening says that somebody read a sealed part.
type Opening struct {
	Line   uint64 // whose sealed part was read
	Reader string // the inspector's code
	Ground string // a case number or the like
}

// Line is the readable part of any line. Exactly one of First, Check, Opening
// and Before is set.
type Line struct {
	Number uint64
	Prev   Hash // of the line before; zero in the first
	Time   time.Time

	First   *First
	Check   *Check
	Opening *Opening
	Before  time.Time // sealed parts of lines older than this were removed

	SealedHash []byte // SHA-256 of the sealed part; nil where nothing was sealed
}
