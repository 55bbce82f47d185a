package trust

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"jianzheng/shared/cwt"
)

// maxTime is the last second of the year 9999, beyond which times cannot be
// written as RFC 3339.
const maxTime = 253402300799

// Sign returns the list as a COSE_Sign1 signed by the anchor. Times are cut to
// whole seconds. The list is held to all that [Open] asks, with the same errors.
func Sign(l *List, anchor *cwt.PrivateKey) ([]byte, error) {
	payload, err := l.encode()
	if err != nil {
		return nil, err
	}
	if len(payload) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(payload))
	}
	// Read it back, so that nothing is published that no verifier would open.
	if _, err := decode(payload); err != nil {
		return nil, err
	}
	b, err := cwt.Sign(anchor, cwt.Header{Type: contentType}, nil, payload)
	if err != nil {
		return nil, fmt.Errorf("trust: sign: %w", err)
	}
	return b, nil
}

// Open reads a signed list and checks it with the anchor's key. It does not ask
// whether the list is stale or rolled back; see [List.Stale] and [List.Newer].
//
// The error wraps [ErrTooLarge] above [MaxBytes] or above the caps on rows,
// [cwt.ErrSignature] or [cwt.ErrAlgorithm] when the anchor did not sign it,
// [ErrDuplicate] for a key or an id listed twice, and [ErrMalformed] for
// everything else. The signature is checked before the payload is looked at.
func Open(b []byte, anchor *cwt.Key) (*List, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	}
	m, err := cwt.ParseMax(b, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := m.Verify(anchor); err != nil {
		return nil, fmt.Errorf("trust: anchor: %w", err)
	}
	// A catalogue or a status list by the same key is no trust list.
	if m.Header.Type != any(contentType) {
		return nil, fmt.Errorf("%w: typ %v", ErrMalformed, m.Header.Type)
	}
	return decode(m.Payload)
}

// decode reads a payload and refuses any that is not the encoding of what it
// read.
func decode(payload []byte) (*List, error) {
	var w listMap
	if err := cwt.DecodeList(payload, &w, MaxBytes); err != nil {
		if errors.Is(err, cwt.ErrTooLarge) {
			return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(w.Entries) > MaxEntries {
		return nil, fmt.Errorf("%w: %d entries", ErrTooLarge, len(w.Entries))
	}
	l := &List{Sequence: w.Sequence, Entries: make([]Entry, 0, len(w.Entries)), byKeyID: map[string]place{}}
	var err error
	if l.IssuedAt, err = seconds(w.IssuedAt); err != nil {
		return nil, fmt.Errorf("iat: %w", err)
	}
	if l.Expires, err = seconds(w.Expires); err != nil {
		return nil, fmt.Errorf("exp: %w", err)
	}
	if n := countKeys(w.Entries); n > MaxKeys {
		return nil, fmt.Errorf("%w: %d keys", ErrTooLarge, n)
	}
	for i, em := range w.Entries {
		e, err := em.entry()
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
		l.Entries = append(l.Entries, e)
	}
	if err := l.index(); err != nil {
		return nil, err
	}
	again, err := l.encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, payload) {
		return nil, fmt.Errorf("%w: payload is not the deterministic encoding of known fields", ErrMalformed)
	}
	return l, nil
}

// countKeys counts the keys of all entries.
func countKeys(entries []entryMap) int {
	n := 0
	for _, e := range entries {
		n += len(e.Keys)
	}
	return n
}

// entry turns one row of the wire into an Entry.
func (em entryMap) entry() (Entry, error) {
	e := Entry{ID: em.ID, Region: em.Region, NameZh: em.NameZh, NameEn: em.NameEn, Types: em.Types, StatusURIs: em.StatusURIs}
	var err error
	if e.Roles, err = unpackRoles(em.Roles); err != nil {
		return Entry{}, err
	}
	for i, km := range em.Keys {
		k, err := km.key()
		if err != nil {
			return Entry{}, fmt.Errorf("key %d: %w", i, err)
		}
		e.Keys = append(e.Keys, k)
	}
	return e, nil
}

// key turns one row of the wire into a Key.
func (km keyMap) key() (Key, error) {
	public, err := cwt.ParseKey(km.Key)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	k := Key{Key: public, Revoked: km.Revoked}
	if k.NotBefore, err = seconds(km.NotBefore); err != nil {
		return Key{}, fmt.Errorf("nbf: %w", err)
	}
	if k.NotAfter, err = seconds(km.NotAfter); err != nil {
		return Key{}, fmt.Errorf("exp: %w", err)
	}
	if k.Roles, err = unpackRoles(km.Roles); err != nil {
		return Key{}, err
	}
	return k, nil
}

// index fills byKeyID. It refuses two entries of one id, and two rows of one key
// id or one public key anywhere in the list, revoked and expired rows included.
func (l *List) index() error {
	entries := make(map[string]bool, len(l.Entries))
	prints := map[[32]byte]bool{}
	for i, e := range l.Entries {
		if entries[e.ID] {
			return fmt.Errorf("%w: entry %s", ErrDuplicate, e.ID)
		}
		entries[e.ID] = true
		for j, k := range e.Keys {
			if _, ok := l.byKeyID[string(k.Key.ID)]; ok {
				return fmt.Errorf("%w: kid %x", ErrDuplicate, k.Key.ID)
			}
			l.byKeyID[string(k.Key.ID)] = place{i, j}
			p, err := k.Key.Thumbprint()
			if err != nil {
				return fmt.Errorf("%w: kid %x: %w", ErrMalformed, k.Key.ID, err)
			}
			if prints[p] {
				return fmt.Errorf("%w: public key of kid %x", ErrDuplicate, k.Key.ID)
			}
			prints[p] = true
		}
	}
	return nil
}

// encode checks every row and returns the payload.
func (l *List) encode() ([]byte, error) {
	w := listMap{Sequence: l.Sequence, Entries: make([]entryMap, 0, len(l.Entries))}
	var err error
	switch {
	case l.Sequence == 0:
		return nil, fmt.Errorf("%w: no sequence", ErrMalformed)
	case !l.IssuedAt.Before(l.Expires):
		return nil, fmt.Errorf("%w: iat is not before exp", ErrMalformed)
	case len(l.Entries) == 0:
		return nil, fmt.Errorf("%w: no entries", ErrMalformed)
	case len(l.Entries) > MaxEntries:
		return nil, fmt.Errorf("%w: %d entries", ErrTooLarge, len(l.Entries))
	}
	if w.IssuedAt, err = unix(l.IssuedAt); err != nil {
		return nil, fmt.Errorf("iat: %w", err)
	}
	if w.Expires, err = unix(l.Expires); err != nil {
		return nil, fmt.Errorf("exp: %w", err)
	}
	for i, e := range l.Entries {
		em, err := e.row()
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i, err)
		}
		w.Entries = append(w.Entries, em)
	}
	b, err := cwt.Encode(w)
	if err != nil {
		return nil, fmt.Errorf("trust: encode: %w", err)
	}
	return b, nil
}

// row checks an Entry and turns it into a row of the wire.
func (e Entry) row() (entryMap, error) {
	em := entryMap{ID: e.ID, Region: e.Region, NameZh: e.NameZh, NameEn: e.NameEn, Types: e.Types, StatusURIs: e.StatusURIs}
	if err := e.check(); err != nil {
		return entryMap{}, err
	}
	var err error
	if em.Roles, err = packRoles(e.Roles); err != nil {
		return entryMap{}, err
	}
	for i, k := range e.Keys {
		km, err := k.row()
		if err != nil {
			return entryMap{}, fmt.Errorf("key %d: %w", i, err)
		}
		if km.Roles&^em.Roles != 0 {
			return entryMap{}, fmt.Errorf("%w: key %d has a role its entry has not", ErrMalformed, i)
		}
		em.Keys = append(em.Keys, km)
	}
	return em, nil
}

// check holds the texts of an Entry to their caps.
func (e Entry) check() error {
	switch {
	case e.ID == "" || len(e.ID) > maxURIBytes:
		return fmt.Errorf("%w: id of %d bytes", ErrMalformed, len(e.ID))
	case e.NameZh == "" && e.NameEn == "":
		return fmt.Errorf("%w: no name", ErrMalformed)
	case len(e.Region) > maxRegion || len(e.NameZh) > maxNameBytes || len(e.NameEn) > maxNameBytes:
		return fmt.Errorf("%w: region or name", ErrTooLarge)
	case len(e.Roles) == 0:
		return fmt.Errorf("%w: no roles", ErrMalformed)
	case len(e.Types) > maxTypes || len(e.StatusURIs) > maxStatusURIs:
		return fmt.Errorf("%w: types or status addresses", ErrTooLarge)
	}
	for _, list := range [][]string{e.Types, e.StatusURIs} {
		for _, s := range list {
			if s == "" || len(s) > maxURIBytes {
				return fmt.Errorf("%w: type or status address of %d bytes", ErrMalformed, len(s))
			}
		}
	}
	return nil
}

// row checks a Key and turns it into a row of the wire.
func (k Key) row() (keyMap, error) {
	if k.Key == nil || len(k.Key.ID) == 0 || len(k.Key.ID) > maxKeyIDBytes {
		return keyMap{}, fmt.Errorf("%w: key without an id of 1 to %d bytes", ErrMalformed, maxKeyIDBytes)
	}
	if !k.NotBefore.Before(k.NotAfter) {
		return keyMap{}, fmt.Errorf("%w: window ends before it begins", ErrMalformed)
	}
	km := keyMap{Revoked: k.Revoked}
	var err error
	if km.Key, err = k.Key.MarshalCBOR(); err != nil {
		return keyMap{}, fmt.Errorf("trust: encode key: %w", err)
	}
	if km.NotBefore, err = unix(k.NotBefore); err != nil {
		return keyMap{}, fmt.Errorf("nbf: %w", err)
	}
	if km.NotAfter, err = unix(k.NotAfter); err != nil {
		return keyMap{}, fmt.Errorf("exp: %w", err)
	}
	if km.Roles, err = packRoles(k.Roles); err != nil {
		return keyMap{}, err
	}
	return km, nil
}

// unix turns a time into seconds since 1970, within the years that can be
// written.
func unix(t time.Time) (uint64, error) {
	s := t.Unix()
	if s <= 0 || s > maxTime {
		return 0, fmt.Errorf("%w: time out of range", ErrMalformed)
	}
	return uint64(s), nil
}

// seconds is the reverse of unix.
func seconds(s uint64) (time.Time, error) {
	if s == 0 || s > maxTime {
		return time.Time{}, fmt.Errorf("%w: time out of range", ErrMalformed)
	}
	return time.Unix(int64(s), 0).UTC(), nil
}
