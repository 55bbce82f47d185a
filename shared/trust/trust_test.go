package trust

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/cwt/cwttest"
)

const day = 24 * time.Hour

var (
	issued  = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	expires = issued.Add(7 * day)
	noon    = issued.Add(12 * time.Hour)
)

// year is a row for the key of seed that counts for a year from issued.
func year(t testing.TB, seed string, roles ...Role) Key {
	t.Helper()
	return Key{Key: cwttest.Key(t, seed).Public(), NotBefore: issued, NotAfter: issued.Add(365 * day), Roles: roles}
}

// sample is a list with an issuer of two tiers, an operator and its terminals.
func sample(t testing.TB) *List {
	t.Helper()
	return &List{Sequence: 41, IssuedAt: issued, Expires: expires, Entries: []Entry{
		{
			ID: "https://id.example/gz", Region: "CN-GZ", NameZh: "演示发证机关", NameEn: "DEMO issuer",
			Roles:      []Role{RoleCardLight, RoleCardFull, RoleStatus},
			Types:      []string{"https://id.example/light", "https://id.example/full"},
			StatusURIs: []string{"https://id.example/status/1"},
			Keys: []Key{
				year(t, "gz-cards", RoleCardLight, RoleCardFull),
				year(t, "gz-status", RoleStatus),
			},
		},
		{
			ID: "https://operator.example", NameZh: "演示运营方", NameEn: "DEMO operator",
			Roles: []Role{RoleChallenge, RoleTerminal, RoleRegister},
			Keys: []Key{
				year(t, "op-1", RoleChallenge, RoleRegister),
				year(t, "till-1", RoleTerminal),
				year(t, "till-2", RoleTerminal),
			},
		},
	}}
}

// publish signs a list and opens it, as a verifier gets it.
func publish(t testing.TB, l *List) *List {
	t.Helper()
	anchor := cwttest.Key(t, "anchor")
	b, err := Sign(l, anchor)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(b, anchor.Public())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRoundTrip(t *testing.T) {
	want := sample(t)
	got := publish(t, want)
	got.byKeyID = nil // made by Open
	if !reflect.DeepEqual(got, want) {
		t.Errorf("came back different:\n got %+v\nwant %+v", got, want)
	}
	anchor := cwttest.Key(t, "anchor")
	a, err := Sign(want, anchor)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Sign(got, anchor)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("signed again: %d and %d bytes, %v", len(a), len(b), err)
	}
	t.Logf("2 entries, 5 keys, signed: %d bytes", len(a))
}

func TestEveryAlgorithm(t *testing.T) {
	for _, alg := range []cwt.Algorithm{cwt.ES256, cwt.ESP256, cwt.ES384, cwt.EdDSA, cwt.Ed25519, cwt.SM2SM3} {
		t.Run(alg.String(), func(t *testing.T) {
			k := cwttest.KeyOf(t, alg, "k").Public()
			l := &List{Sequence: 1, IssuedAt: issued, Expires: expires, Entries: []Entry{{
				ID: "https://id.example", NameEn: "DEMO", Roles: []Role{RoleCardLight},
				Keys: []Key{{Key: k, NotBefore: issued, NotAfter: expires}},
			}}}
			_, got, err := publish(t, l).Find([]byte("k"), RoleCardLight, noon)
			if err != nil || got.Alg != alg || !got.Equal(k) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestFind(t *testing.T) {
	revoked, older := sample(t), sample(t)
	revoked.Entries[1].Keys[1].Revoked = true
	older.Entries[0].Keys = append(older.Entries[0].Keys, Key{
		Key: cwttest.Key(t, "gz-2025").Public(), NotBefore: issued.Add(-365 * day), NotAfter: noon,
	})
	for _, c := range []struct {
		name string
		list *List
		kid  string
		role Role
		at   time.Time
		want error
	}{
		{"card light", sample(t), "gz-cards", RoleCardLight, noon, nil},
		{"card full", sample(t), "gz-cards", RoleCardFull, noon, nil},
		{"first second", sample(t), "gz-cards", RoleCardLight, issued, nil},
		{"before the window", sample(t), "gz-cards", RoleCardLight, issued.Add(-time.Second), ErrWindow},
		{"last second", older, "gz-2025", RoleCardLight, noon.Add(-time.Second), nil},
		{"after the window", older, "gz-2025", RoleCardLight, noon, ErrWindow},
		{"roles of the entry", older, "gz-2025", RoleStatus, issued, nil},
		{"unknown", sample(t), "gz", RoleCardLight, noon, ErrUnknownKey},
		{"empty id", sample(t), "", RoleCardLight, noon, ErrUnknownKey},
		{"role of another key", sample(t), "gz-status", RoleCardLight, noon, ErrRole},
		{"role of another entry", sample(t), "gz-cards", RoleChallenge, noon, ErrRole},
		{"no such role", sample(t), "gz-cards", "emperor", noon, ErrRole},
		{"revoked", revoked, "till-1", RoleTerminal, noon, ErrRevoked},
		{"revoked before anything else", revoked, "till-1", RoleCardFull, issued.Add(-day), ErrRevoked},
		{"its neighbour is not", revoked, "till-2", RoleTerminal, noon, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, l := range map[string]*List{"opened": publish(t, c.list), "put together": c.list} {
				e, k, err := l.Find([]byte(c.kid), c.role, c.at)
				if !errors.Is(err, c.want) {
					t.Fatalf("%s: got %v, want %v", how, err, c.want)
				}
				if err == nil && (!k.Equal(cwttest.Key(t, c.kid).Public()) || e.ID == "") {
					t.Errorf("%s: got key %x of entry %q", how, k.ID, e.ID)
				}
				if err != nil && k != nil {
					t.Errorf("%s: a key comes with the error", how)
				}
				if named := e.ID != ""; named == errors.Is(err, ErrUnknownKey) {
					t.Errorf("%s: entry %q with %v", how, e.ID, err)
				}
			}
		})
	}
}

// The signer of a status list counts only in the entry of the card's issuer.
func TestKeyOfOneEntry(t *testing.T) {
	l := sample(t)
	l.Entries = append(l.Entries, Entry{
		ID: "https://id.example/yn", NameEn: "DEMO other issuer", Roles: []Role{RoleStatus}, Keys: []Key{year(t, "yn-status")},
	})
	l = publish(t, l)
	issuer, _, err := l.Find([]byte("gz-cards"), RoleCardLight, noon)
	if err != nil {
		t.Fatal(err)
	}
	for kid, want := range map[string]error{"gz-status": nil, "yn-status": ErrUnknownKey, "gz-cards": ErrRole} {
		if _, err := issuer.Key([]byte(kid), RoleStatus, noon); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", kid, err, want)
		}
	}
}

func TestAccepts(t *testing.T) {
	e := sample(t).Entries[0]
	if !e.Accepts("https://id.example/full") || e.Accepts("https://id.example/other") || e.Accepts("") {
		t.Error("types of the entry are not kept to")
	}
	if e.Types = nil; !e.Accepts("anything") {
		t.Error("an entry without types refuses one")
	}
}

func TestStaleAndRollback(t *testing.T) {
	l := publish(t, sample(t))
	if l.Stale(expires.Add(-time.Second)) || !l.Stale(expires) {
		t.Error("stale at the wrong second")
	}
	for highest, want := range map[uint64]error{0: nil, 40: nil, 41: nil, 42: ErrRollback, 1 << 63: ErrRollback} {
		if err := l.Newer(highest); !errors.Is(err, want) {
			t.Errorf("after %d: got %v, want %v", highest, err, want)
		}
	}
}

// A province, a wallet and a terminal come and go by data alone: the same
// verifier code opens the old and the new list.
func TestChangeByData(t *testing.T) {
	steps := []struct {
		name   string
		change func(l *List)
		kid    string
		role   Role
		before error
		after  error
	}{
		{"province added", func(l *List) {
			l.Entries = append(l.Entries, Entry{ID: "https://id.example/yn", Region: "CN-YN", NameZh: "演示云南", NameEn: "DEMO Yunnan",
				Roles: []Role{RoleCardLight, RoleCardFull, RoleStatus}, Keys: []Key{year(t, "yn-1")}})
		}, "yn-1", RoleCardFull, ErrUnknownKey, nil},
		{"wallet added", func(l *List) {
			l.Entries = append(l.Entries, Entry{ID: "https://wallet.example", NameZh: "演示钱包", NameEn: "DEMO wallet",
				Roles: []Role{RoleCardLight}, Types: []string{"https://id.example/light"}, Keys: []Key{year(t, "wallet-1")}})
		}, "wallet-1", RoleCardLight, ErrUnknownKey, nil},
		{"terminal added", func(l *List) {
			l.Entries[1].Keys = append(l.Entries[1].Keys, year(t, "till-3", RoleTerminal))
		}, "till-3", RoleTerminal, ErrUnknownKey, nil},
		{"terminal revoked", func(l *List) { l.Entries[1].Keys[1].Revoked = true }, "till-1", RoleTerminal, nil, ErrRevoked},
		{"wallet key revoked", func(l *List) { l.Entries[3].Keys[0].Revoked = true }, "wallet-1", RoleCardLight, nil, ErrRevoked},
		{"province taken out", func(l *List) { l.Entries = append(l.Entries[:2], l.Entries[3:]...) }, "yn-1", RoleCardLight, nil, ErrUnknownKey},
	}
	l := sample(t)
	seen := publish(t, l)
	for _, s := range steps {
		if _, _, err := seen.Find([]byte(s.kid), s.role, noon); !errors.Is(err, s.before) {
			t.Errorf("%s: before: got %v, want %v", s.name, err, s.before)
		}
		s.change(l)
		l.Sequence++
		next := publish(t, l)
		if err := next.Newer(seen.Sequence); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		if err := seen.Newer(next.Sequence); !errors.Is(err, ErrRollback) {
			t.Errorf("%s: the old list comes back: %v", s.name, err)
		}
		if _, _, err := next.Find([]byte(s.kid), s.role, noon); !errors.Is(err, s.after) {
			t.Errorf("%s: after: got %v, want %v", s.name, err, s.after)
		}
		seen = next
	}
	// What no step touched counts as before.
	if _, _, err := seen.Find([]byte("gz-cards"), RoleCardFull, noon); err != nil {
		t.Error(err)
	}
}

func TestRoles(t *testing.T) {
	for i, r := range roleBits {
		bits, err := packRoles([]Role{r, r})
		if err != nil || bits != 1<<i {
			t.Errorf("%s: bits %b, %v", r, bits, err)
		}
	}
	if got, err := unpackRoles(1<<len(roleBits) - 1); err != nil || !reflect.DeepEqual(got, roleBits) {
		t.Errorf("got %v, %v", got, err)
	}
}
