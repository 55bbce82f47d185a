// Package trust reads and writes the trust list: the one signed document that
// says which keys count, for what, where and when. Issuers and operators write
// it with jz trust; every verifier opens it before it looks at a card.
//
// A list is a CWT (RFC 8392) in a COSE_Sign1 (RFC 9052 §4.2), signed by the
// anchor: the one key a verifier carries with it. Its payload is deterministic
// CBOR (RFC 8949 §4.2.1), drawn in labels.go. Provinces, wallets, operators and
// terminals are rows in it, so adding or revoking one is a new list and never
// new code.
//
// Open refuses every list that is not byte for byte the encoding of what was
// read from it. So a field this version does not know is refused, since it may
// have been a restriction; and so are null, floats, unsorted or repeated keys.
// It refuses two rows with one key id or one public key, because a revoked key
// could live on in the second row. The package reads no clock: whether a list is
// stale or older than one seen before is asked with [List.Stale] and
// [List.Newer], which tell those two apart from a forgery.
package trust

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"jianzheng/shared/cwt"
)

// The errors of this package. A signature that does not match is
// [cwt.ErrSignature] or [cwt.ErrAlgorithm].
var (
	ErrMalformed  = errors.New("trust: malformed list")
	ErrTooLarge   = errors.New("trust: list over its caps")
	ErrDuplicate  = errors.New("trust: key listed twice")
	ErrUnknownKey = errors.New("trust: unknown key")
	ErrRole       = errors.New("trust: key not listed for this role")
	ErrWindow     = errors.New("trust: outside the key's window")
	ErrRevoked    = errors.New("trust: key revoked")
	ErrRollback   = errors.New("trust: list older than one already seen")
)

// Caps on a list.
const (
	MaxBytes   = 1 << 20 // signed; about 10,000 P-256 keys with key ids of 8 bytes
	MaxEntries = 4096
	MaxKeys    = 16384 // of all entries

	maxTypes      = 32
	maxStatusURIs = 64
	maxURIBytes   = 512
	maxNameBytes  = 200
	maxRegion     = 16
	maxKeyIDBytes = 64
)

// List is one trust list. One that came from [Open] is not changed afterwards:
// its keys are found through an index made then. To publish a change, build or
// copy a List, alter it, raise Sequence and [Sign] it.
type List struct {
	Sequence uint64    // 1 or more; grows by each list published
	IssuedAt time.Time // whole seconds, like every time here
	Expires  time.Time // from then on the list is stale
	Entries  []Entry

	byKeyID map[string]place // nil in a list that was not opened
}

// place says where a key stands in a List.
type place struct{ entry, key int }

// Entry is one issuer, wallet, operator or owner of terminals.
type Entry struct {
	ID         string   // the iss of what it signs, a URL; unique in the list
	Region     string   // code of the region, such as CN-44; empty for none
	NameZh     string   // registered name
	NameEn     string   // the same in English
	Roles      []Role   // what its keys may be used for
	Types      []string // vct values accepted from it; empty for all
	Keys       []Key
	StatusURIs []string // where its status lists lie; empty when cards say so
}

// Key is one public key of an [Entry].
type Key struct {
	Key       *cwt.Key  // with its id and the one algorithm it may be used with
	NotBefore time.Time // first second it counts
	NotAfter  time.Time // first second it counts no more
	Roles     []Role    // a subset of the entry's; empty for all of them
	Revoked   bool      // counts no more, whatever the window says
}

// Find returns the key with this id and the entry it stands in, if the key may
// be used for role at that time.
//
// The error wraps one of [ErrUnknownKey], [ErrRevoked], [ErrRole] and
// [ErrWindow], in that order when several apply. Where it is not ErrUnknownKey,
// Entry is filled all the same, so that a refusal can name whose key it was.
func (l *List) Find(kid []byte, role Role, at time.Time) (Entry, *cwt.Key, error) {
	p, ok := l.lookup(kid)
	if !ok {
		return Entry{}, nil, fmt.Errorf("%w: kid %x", ErrUnknownKey, kid)
	}
	e := l.Entries[p.entry]
	k, err := e.use(e.Keys[p.key], role, at)
	return e, k, err
}

// lookup finds the place of a key id: by the index in an opened list, and row
// by row in one still being put together.
func (l *List) lookup(kid []byte) (place, bool) {
	if l.byKeyID != nil {
		p, ok := l.byKeyID[string(kid)]
		return p, ok
	}
	for i, e := range l.Entries {
		for j, k := range e.Keys {
			if k.Key != nil && bytes.Equal(k.Key.ID, kid) {
				return place{i, j}, true
			}
		}
	}
	return place{}, false
}

// Key returns the key with this id if it belongs to this very entry and may be
// used for role at that time, with the errors of [List.Find]. It is how the
// signer of a status list is pinned to the issuer of the card: a key of another
// entry is unknown here, whatever its role there.
func (e Entry) Key(kid []byte, role Role, at time.Time) (*cwt.Key, error) {
	for _, k := range e.Keys {
		if k.Key != nil && bytes.Equal(k.Key.ID, kid) {
			return e.use(k, role, at)
		}
	}
	return nil, fmt.Errorf("%w: kid %x in entry %s", ErrUnknownKey, kid, e.ID)
}

// Accepts reports whether cards of this type (vct) count when this entry signed
// them.
func (e Entry) Accepts(vct string) bool {
	return len(e.Types) == 0 || slices.Contains(e.Types, vct)
}

// use applies the conditions of one key row.
func (e Entry) use(k Key, role Role, at time.Time) (*cwt.Key, error) {
	switch {
	case k.Revoked:
		return nil, fmt.Errorf("%w: kid %x", ErrRevoked, k.Key.ID)
	case !slices.Contains(e.Roles, role), len(k.Roles) > 0 && !slices.Contains(k.Roles, role):
		return nil, fmt.Errorf("%w: kid %x for %s", ErrRole, k.Key.ID, role)
	case at.Before(k.NotBefore), !at.Before(k.NotAfter):
		return nil, fmt.Errorf("%w: kid %x", ErrWindow, k.Key.ID)
	}
	return k.Key, nil
}

// Stale reports whether the list is past its exp. A stale list is neither
// success nor fraud: what it says may have changed since.
func (l *List) Stale(at time.Time) bool { return !at.Before(l.Expires) }

// Newer returns an error that wraps [ErrRollback] when the list's sequence is
// below the highest one this verifier has seen. The same sequence passes: it is
// the list fetched once more.
func (l *List) Newer(highest uint64) error {
	if l.Sequence < highest {
		return fmt.Errorf("%w: sequence %d after %d", ErrRollback, l.Sequence, highest)
	}
	return nil
}
