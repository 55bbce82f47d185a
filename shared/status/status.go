// Package status reads and writes status lists: one signed token that holds, in
// 1, 2, 4 or 8 bits a card, whether each card of an issuer is valid, revoked or
// suspended. It follows the Token Status List (draft-ietf-oauth-status-list-20)
// in its CWT form; the JSON form is not read.
//
// The signer is pinned by the caller. [Token.Verify] takes the key, and the
// caller has to take that key from the trust-list entry that the card's issuer
// stands in (trust.Entry.Key with trust.RoleStatus). A key named by the token
// itself proves nothing: anybody can sign a list in which every card is valid,
// and verifiers that believed such lists have been seen. So a token says
// nothing before Verify succeeded: [Token.Lookup] refuses.
//
// The list is inflated only after its signature, and under a cap, so a small
// token that unpacks to gigabytes costs no more than [MaxListBytes]. The package
// reads no clock; [Token.Old] takes the time.
package status

import (
	"errors"
	"fmt"
	"time"

	"jianzheng/shared/cwt"
)

// The errors of this package. A signature that does not match is
// [cwt.ErrSignature] or [cwt.ErrAlgorithm].
var (
	ErrMalformed  = errors.New("status: malformed")
	ErrTooLarge   = errors.New("status: list over its cap")
	ErrUnverified = errors.New("status: token not verified")
	ErrSubject    = errors.New("status: list of another address")
	ErrRange      = errors.New("status: index outside the list")
	ErrMechanism  = errors.New("status: no status mechanism known here")
)

// The statuses with a meaning of their own (draft §7.1). Others are left to
// whoever runs the list; a verifier takes every one but Valid as a refusal.
const (
	Valid     uint8 = 0
	Revoked   uint8 = 1 // for good; the draft says INVALID
	Suspended uint8 = 2 // for now, such as a phone reported lost
)

// Caps: a list of 2^20 cards at 8 bits is 1 MiB, and a token that carries it
// uncompressed is a little more.
const (
	MaxListBytes = 1 << 20              // inflated
	MaxBytes     = MaxListBytes + 1<<14 // signed token

	maxURIBytes = 1024
)

// Token is a Status List Token. It is not safe for use while Verify runs, and
// is read-only after.
type Token struct {
	Subject  string        // address of the list; a card's uri must equal it
	KeyID    []byte        // says which key to take from the issuer's entry; may be empty
	IssuedAt time.Time     // iat
	Expires  time.Time     // exp; zero when the token has none
	TTL      time.Duration // how long a copy may be kept before a fresh one should be fetched; zero for none
	Bits     uint8         // a card: 1, 2, 4 or 8

	message *cwt.Message
	packed  []byte // zlib (RFC 1950)
	entries []byte // inflated; nil until verified
}

// Parse reads the structure of a token. It proves nothing yet and inflates
// nothing; see [Token.Verify].
//
// The error wraps [ErrTooLarge] above [MaxBytes] and [ErrMalformed] otherwise:
// no COSE_Sign1, a typ other than application/statuslist+cwt, or sub, iat, exp,
// ttl or status_list missing or of the wrong type (draft §5.2).
func Parse(b []byte) (*Token, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("%w: token of %d bytes", ErrTooLarge, len(b))
	}
	m, err := cwt.ParseMax(b, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if m.Header.Type != any(contentType) {
		return nil, fmt.Errorf("%w: typ %v", ErrMalformed, m.Header.Type)
	}
	t, err := parsePayload(m.Payload)
	if err != nil {
		return nil, err
	}
	t.message = m
	t.KeyID, err = keyID(m)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Verify checks the token with a key the caller chose, and makes its list
// readable. The package comment says where that key has to come from.
//
// The error is [cwt.ErrSignature] or [cwt.ErrAlgorithm] when k did not sign it,
// wraps [ErrTooLarge] when the list inflates to more than [MaxListBytes], and
// [ErrMalformed] when it does not inflate.
func (t *Token) Verify(k *cwt.Key) error {
	t.entries = nil
	if err := t.message.Verify(k); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	entries, err := inflate(t.packed)
	if err != nil {
		return err
	}
	t.entries = entries
	return nil
}

// Lookup returns the status of card idx for a card that names the list at uri.
//
// The error wraps [ErrUnverified] before Verify, [ErrSubject] when this is the
// list of another address (draft §8.3: sub must equal uri), and [ErrRange] when
// the list has no such index: it then makes no statement, and the card is not
// valid by default.
func (t *Token) Lookup(uri string, idx uint64) (uint8, error) {
	if t.Subject != uri {
		return 0, fmt.Errorf("%w: %s", ErrSubject, t.Subject)
	}
	return t.At(idx)
}

// At returns the status of card idx without asking whose list this is; see
// [Token.Lookup]. The error wraps [ErrUnverified] or [ErrRange].
func (t *Token) At(idx uint64) (uint8, error) {
	if t.entries == nil {
		return 0, ErrUnverified
	}
	if idx >= t.Len() {
		return 0, fmt.Errorf("%w: %d of %d", ErrRange, idx, t.Len())
	}
	return entryAt(t.entries, t.Bits, idx), nil
}

// Len returns the number of entries, 0 before Verify. It counts the padding in
// the last byte, which cannot be told from entries.
func (t *Token) Len() uint64 { return uint64(len(t.entries)) * 8 / uint64(t.Bits) }

// OldFrom is the first moment at which the token no longer counts: exp or, where
// it has none, iat plus ttl. A token with neither is always old, since it could
// be kept back for ever.
func (t *Token) OldFrom() time.Time {
	if t.Expires.IsZero() {
		return t.IssuedAt.Add(t.TTL)
	}
	return t.Expires
}

// Old reports whether the token no longer counts at a moment; see [Token.OldFrom].
// Old is not fraud.
func (t *Token) Old(at time.Time) bool { return !at.Before(t.OldFrom()) }
