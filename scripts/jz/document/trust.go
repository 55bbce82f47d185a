package document

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/trust"
)

// Trust is a trust list as it is edited. When it counts is said when it is
// signed.
type Trust struct {
	Sequence uint64  `json:"sequence"` // of the list signed last; 0 before the first
	Entries  []Entry `json:"entries"`
}

// Entry is one issuer, wallet, operator or owner of terminals; see trust.Entry.
type Entry struct {
	ID     string       `json:"id"`
	Region string       `json:"region,omitempty"`
	Zh     string       `json:"zh,omitempty"`
	En     string       `json:"en,omitempty"`
	Roles  []trust.Role `json:"roles"`
	Types  []string     `json:"types,omitempty"`
	Status []string     `json:"status,omitempty"` // addresses of its status lists
	Keys   []Key        `json:"keys,omitempty"`
}

// Key is one key of an [Entry]. The key id and algorithm stand in the COSE_Key
// too, and have to be the same there.
type Key struct {
	ID      string       `json:"kid"`
	Alg     string       `json:"alg"`
	Roles   []trust.Role `json:"roles,omitempty"`
	From    Time         `json:"from"`
	Until   Time         `json:"until"`
	Revoked bool         `json:"revoked,omitempty"`
	Cose    string       `json:"key"` // COSE_Key, base64url without padding
}

// NewKey is the row of a public key.
func NewKey(k *cwt.Key, roles []trust.Role, from, until time.Time) (Key, error) {
	b, err := k.MarshalCBOR()
	if err != nil {
		return Key{}, err
	}
	return Key{
		ID: KeyIDText(k.ID), Alg: AlgorithmName(k.Alg), Roles: roles, From: Time(from), Until: Time(until),
		Cose: base64.RawURLEncoding.EncodeToString(b),
	}, nil
}

// FromTrust is the document of a list.
func FromTrust(l *trust.List) (*Trust, error) {
	d := &Trust{Sequence: l.Sequence}
	for _, e := range l.Entries {
		row := Entry{ID: e.ID, Region: e.Region, Zh: e.NameZh, En: e.NameEn, Roles: e.Roles, Types: e.Types, Status: e.StatusURIs}
		for _, k := range e.Keys {
			key, err := NewKey(k.Key, k.Roles, k.NotBefore, k.NotAfter)
			if err != nil {
				return nil, err
			}
			key.Revoked = k.Revoked
			row.Keys = append(row.Keys, key)
		}
		d.Entries = append(d.Entries, row)
	}
	return d, nil
}

// List is the list to be signed. The error wraps [ErrMalformed] or that of the
// key.
func (d *Trust) List(sequence uint64, issued, expires time.Time) (*trust.List, error) {
	l := &trust.List{Sequence: sequence, IssuedAt: issued, Expires: expires}
	for _, e := range d.Entries {
		row := trust.Entry{ID: e.ID, Region: e.Region, NameZh: e.Zh, NameEn: e.En, Roles: e.Roles, Types: e.Types, StatusURIs: e.Status}
		for _, k := range e.Keys {
			key, err := k.public()
			if err != nil {
				return nil, fmt.Errorf("%s: key %s: %w", e.ID, k.ID, err)
			}
			row.Keys = append(row.Keys, trust.Key{Key: key, NotBefore: time.Time(k.From), NotAfter: time.Time(k.Until), Roles: k.Roles, Revoked: k.Revoked})
		}
		l.Entries = append(l.Entries, row)
	}
	return l, nil
}

func (k Key) public() (*cwt.Key, error) {
	b, err := base64.RawURLEncoding.DecodeString(k.Cose)
	if err != nil {
		return nil, fmt.Errorf("%w: key is not base64url", ErrMalformed)
	}
	key, err := cwt.ParseKey(b)
	switch {
	case err != nil:
		return nil, err
	case KeyIDText(key.ID) != k.ID || AlgorithmName(key.Alg) != k.Alg:
		return nil, fmt.Errorf("%w: the key itself says kid %s and %s", ErrMalformed, KeyIDText(key.ID), AlgorithmName(key.Alg))
	}
	return key, nil
}

// Check reports what would keep the document from being signed, other than
// having no entries yet.
func (d *Trust) Check(now time.Time) error {
	if len(d.Entries) == 0 {
		return nil
	}
	l, err := d.List(d.Sequence+1, now, now.Add(day))
	if err != nil {
		return err
	}
	// What shared/trust would sign is asked by having it sign, with a key that
	// nobody trusts.
	scratch, err := cwt.GenerateKey(cwt.Ed25519, []byte("scratch"), bytes.NewReader(make([]byte, 64)))
	if err != nil {
		return err
	}
	_, err = trust.Sign(l, scratch)
	return err
}

// Add adds an entry, or adds what e has more than the entry with its id: keys,
// roles, types and addresses. The error wraps [ErrTaken] where names or region
// of an entry would change, or a key is listed already.
func (d *Trust) Add(e Entry) error {
	i := slices.IndexFunc(d.Entries, func(o Entry) bool { return o.ID == e.ID })
	if i < 0 {
		d.Entries = append(d.Entries, e)
		return nil
	}
	old := &d.Entries[i]
	for _, text := range [][2]string{{e.Region, old.Region}, {e.Zh, old.Zh}, {e.En, old.En}} {
		if text[0] != "" && text[0] != text[1] {
			return fmt.Errorf("%w: %s with %q; change it in the document itself", ErrTaken, e.ID, text[1])
		}
	}
	for _, k := range e.Keys {
		if _, _, ok := d.find(k.ID); ok {
			return fmt.Errorf("%w: key %s", ErrTaken, k.ID)
		}
	}
	old.Roles = union(old.Roles, e.Roles)
	old.Types = union(old.Types, e.Types)
	old.Status = union(old.Status, e.Status)
	old.Keys = append(old.Keys, e.Keys...)
	return nil
}

// union is a followed by what b has besides.
func union[T comparable](a, b []T) []T {
	for _, v := range b {
		if !slices.Contains(a, v) {
			a = append(a, v)
		}
	}
	return a
}

// find is the place of a key by the text of its id.
func (d *Trust) find(kid string) (entry, key int, ok bool) {
	for i, e := range d.Entries {
		for j, k := range e.Keys {
			if k.ID == kid {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// Revoke marks a key as one that counts no more. It stays in the list, so that
// cards it signed are told from those of a stranger. The error wraps
// [ErrNotFound].
func (d *Trust) Revoke(kid string) error {
	i, j, ok := d.find(kid)
	if !ok {
		return fmt.Errorf("%w: key %s", ErrNotFound, kid)
	}
	d.Entries[i].Keys[j].Revoked = true
	return nil
}

// RemoveKey takes a key out. The error wraps [ErrNotFound].
func (d *Trust) RemoveKey(kid string) error {
	i, j, ok := d.find(kid)
	if !ok {
		return fmt.Errorf("%w: key %s", ErrNotFound, kid)
	}
	d.Entries[i].Keys = slices.Delete(d.Entries[i].Keys, j, j+1)
	return nil
}

// RemoveEntry takes an entry out with all its keys. The error wraps
// [ErrNotFound].
func (d *Trust) RemoveEntry(id string) error {
	n := len(d.Entries)
	d.Entries = slices.DeleteFunc(d.Entries, func(e Entry) bool { return e.ID == id })
	if len(d.Entries) == n {
		return fmt.Errorf("%w: entry %s", ErrNotFound, id)
	}
	return nil
}
