package trust

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/cwt/cwttest"
)

// seal signs any bytes as a trust list.
func seal(t testing.TB, payload []byte) []byte {
	t.Helper()
	return cwttest.Seal(t, cwttest.Key(t, "anchor"), contentType, payload)
}

// smallest is a list with one entry and one key, as the wire has it.
func smallest(t testing.TB) map[any]any {
	t.Helper()
	return map[any]any{
		int64(4): expires.Unix(), int64(6): issued.Unix(), int64(-70020): 1,
		int64(-70021): []any{map[any]any{
			int64(0): "https://id.example", int64(3): "DEMO", int64(4): 5, int64(6): []any{keyRow(t, "a")},
		}},
	}
}

func keyRow(t testing.TB, seed string) map[any]any {
	t.Helper()
	k, err := cwttest.Key(t, seed).Public().MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	return map[any]any{int64(0): cwt.RawMessage(k), int64(1): issued.Unix(), int64(2): expires.Unix()}
}

func entryOf(m map[any]any) map[any]any { return m[int64(-70021)].([]any)[0].(map[any]any) }
func keyOf(m map[any]any) map[any]any   { return entryOf(m)[int64(6)].([]any)[0].(map[any]any) }

// coseKey writes the sample key's COSE_Key with some labels changed; a nil value
// takes one out.
func coseKey(t testing.TB, seed string, changes map[int64]any) cwt.RawMessage {
	t.Helper()
	raw, err := cwttest.Key(t, seed).Public().MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	c, err := cwt.ParseClaims(raw)
	if err != nil {
		t.Fatal(err)
	}
	m := map[any]any{}
	for label, v := range c {
		m[label] = v
	}
	for label, v := range changes {
		if m[label] = v; v == nil {
			delete(m, label)
		}
	}
	b := cwttest.Encode(t, m)
	return b
}

func TestSmallestOpens(t *testing.T) {
	payload := cwttest.Encode(t, smallest(t))
	if _, err := Open(seal(t, payload), cwttest.Key(t, "anchor").Public()); err != nil {
		t.Fatal(err)
	}
}

// Every row is a signed list with one thing wrong.
func TestOpenRefusesFields(t *testing.T) {
	null := cwt.RawMessage{0xf6}
	secret, err := cwttest.Key(t, "a").MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(m map[any]any)
		want   error
	}{
		{"no sequence", func(m map[any]any) { delete(m, int64(-70020)) }, ErrMalformed},
		{"sequence 0", func(m map[any]any) { m[int64(-70020)] = 0 }, ErrMalformed},
		{"sequence null", func(m map[any]any) { m[int64(-70020)] = null }, ErrMalformed},
		{"sequence negative", func(m map[any]any) { m[int64(-70020)] = -1 }, ErrMalformed},
		{"no iat", func(m map[any]any) { delete(m, int64(6)) }, ErrMalformed},
		{"iat a float", func(m map[any]any) { m[int64(6)] = 1.5 }, ErrMalformed},
		{"iat text", func(m map[any]any) { m[int64(6)] = "2026-11-01" }, ErrMalformed},
		{"exp at iat", func(m map[any]any) { m[int64(4)] = issued.Unix() }, ErrMalformed},
		{"exp beyond 9999", func(m map[any]any) { m[int64(4)] = uint64(1) << 63 }, ErrMalformed},
		{"no entries", func(m map[any]any) { m[int64(-70021)] = []any{} }, ErrMalformed},
		{"entries a map", func(m map[any]any) { m[int64(-70021)] = map[any]any{} }, ErrMalformed},
		{"entry null", func(m map[any]any) { m[int64(-70021)] = []any{null} }, ErrMalformed},
		{"entry twice", func(m map[any]any) {
			again := map[any]any{int64(0): "https://id.example", int64(3): "DEMO", int64(4): 1}
			m[int64(-70021)] = []any{entryOf(m), again}
		}, ErrDuplicate},
		{"unknown claim", func(m map[any]any) { m[int64(5)] = issued.Unix() }, ErrMalformed},
		{"unknown text claim", func(m map[any]any) { m["x"] = 1 }, ErrMalformed},
		{"unknown field of an entry", func(m map[any]any) { entryOf(m)[int64(8)] = 1 }, ErrMalformed},
		{"no id", func(m map[any]any) { delete(entryOf(m), int64(0)) }, ErrMalformed},
		{"id of bytes", func(m map[any]any) { entryOf(m)[int64(0)] = []byte("x") }, ErrMalformed},
		{"long id", func(m map[any]any) { entryOf(m)[int64(0)] = strings.Repeat("x", maxURIBytes+1) }, ErrMalformed},
		{"no name", func(m map[any]any) { delete(entryOf(m), int64(3)) }, ErrMalformed},
		{"long name", func(m map[any]any) { entryOf(m)[int64(3)] = strings.Repeat("x", maxNameBytes+1) }, ErrTooLarge},
		{"region empty, written out", func(m map[any]any) { entryOf(m)[int64(1)] = "" }, ErrMalformed},
		{"long region", func(m map[any]any) { entryOf(m)[int64(1)] = strings.Repeat("x", maxRegion+1) }, ErrTooLarge},
		{"name not UTF-8", func(m map[any]any) { entryOf(m)[int64(3)] = cwt.RawMessage{0x61, 0xff} }, ErrMalformed},
		{"no roles", func(m map[any]any) { delete(entryOf(m), int64(4)) }, ErrMalformed},
		{"seventh role", func(m map[any]any) { entryOf(m)[int64(4)] = 64 }, ErrMalformed},
		{"roles by name", func(m map[any]any) { entryOf(m)[int64(4)] = []any{"status"} }, ErrMalformed},
		{"type empty", func(m map[any]any) { entryOf(m)[int64(5)] = []any{""} }, ErrMalformed},
		{"type a number", func(m map[any]any) { entryOf(m)[int64(5)] = []any{1} }, ErrMalformed},
		{"too many types", func(m map[any]any) { entryOf(m)[int64(5)] = slices.Repeat([]any{"x"}, maxTypes+1) }, ErrTooLarge},
		{"too many status addresses", func(m map[any]any) { entryOf(m)[int64(7)] = slices.Repeat([]any{"x"}, maxStatusURIs+1) }, ErrTooLarge},
		{"keys a map", func(m map[any]any) { entryOf(m)[int64(6)] = map[any]any{} }, ErrMalformed},
		{"key null", func(m map[any]any) { entryOf(m)[int64(6)] = []any{null} }, ErrMalformed},
		{"no COSE_Key", func(m map[any]any) { delete(keyOf(m), int64(0)) }, ErrMalformed},
		{"COSE_Key in bytes", func(m map[any]any) { keyOf(m)[int64(0)] = []byte(coseKey(t, "a", nil)) }, ErrMalformed},
		{"private key", func(m map[any]any) { keyOf(m)[int64(0)] = cwt.RawMessage(secret) }, ErrMalformed},
		{"key without id", func(m map[any]any) { keyOf(m)[int64(0)] = coseKey(t, "a", map[int64]any{2: nil}) }, ErrMalformed},
		{"key with an empty id", func(m map[any]any) { keyOf(m)[int64(0)] = coseKey(t, "a", map[int64]any{2: []byte{}}) }, ErrMalformed},
		{"key without algorithm", func(m map[any]any) { keyOf(m)[int64(0)] = coseKey(t, "a", map[int64]any{3: nil}) }, ErrMalformed},
		{"key off the curve", func(m map[any]any) { keyOf(m)[int64(0)] = coseKey(t, "a", map[int64]any{-2: make([]byte, 32)}) }, ErrMalformed},
		{"key with key_ops", func(m map[any]any) { keyOf(m)[int64(0)] = coseKey(t, "a", map[int64]any{4: []any{2}}) }, ErrMalformed},
		{"no nbf", func(m map[any]any) { delete(keyOf(m), int64(1)) }, ErrMalformed},
		{"nbf negative", func(m map[any]any) { keyOf(m)[int64(1)] = -1 }, ErrMalformed},
		{"window of no length", func(m map[any]any) { keyOf(m)[int64(2)] = issued.Unix() }, ErrMalformed},
		{"role its entry has not", func(m map[any]any) { keyOf(m)[int64(3)] = 2 }, ErrMalformed},
		{"roles 0 written out", func(m map[any]any) { keyOf(m)[int64(3)] = 0 }, ErrMalformed},
		{"revoked false written out", func(m map[any]any) { keyOf(m)[int64(4)] = false }, ErrMalformed},
		{"revoked null", func(m map[any]any) { keyOf(m)[int64(4)] = null }, ErrMalformed},
		{"revoked 1", func(m map[any]any) { keyOf(m)[int64(4)] = 1 }, ErrMalformed},
		{"unknown field of a key", func(m map[any]any) { keyOf(m)[int64(5)] = 1 }, ErrMalformed},
		{"key id twice", func(m map[any]any) {
			other := keyRow(t, "b")
			other[int64(0)] = coseKey(t, "b", map[int64]any{2: []byte("a")})
			entryOf(m)[int64(6)] = []any{keyOf(m), other}
		}, ErrDuplicate},
		{"key id twice, the first revoked", func(m map[any]any) {
			other := keyRow(t, "b")
			other[int64(0)] = coseKey(t, "b", map[int64]any{2: []byte("a")})
			entryOf(m)[int64(6)] = []any{keyOf(m), other}
			keyOf(m)[int64(4)] = true
		}, ErrDuplicate},
		{"key id in two entries", func(m map[any]any) {
			other := map[any]any{int64(0): "https://b.example", int64(3): "DEMO", int64(4): 1, int64(6): []any{keyRow(t, "a")}}
			m[int64(-70021)] = []any{entryOf(m), other}
		}, ErrDuplicate},
		{"one public key under two ids", func(m map[any]any) {
			other := keyRow(t, "a")
			other[int64(0)] = coseKey(t, "a", map[int64]any{2: []byte("alias")})
			entryOf(m)[int64(6)] = []any{keyOf(m), other}
		}, ErrDuplicate},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := smallest(t)
			c.change(m)
			payload := cwttest.Encode(t, m)
			if _, err := Open(seal(t, payload), cwttest.Key(t, "anchor").Public()); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// Every row is a payload that is no list, or one written in another way.
func TestOpenRefusesBytes(t *testing.T) {
	for name, payload := range cwttest.Payloads(t, -70021, nil) {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(seal(t, payload), cwttest.Key(t, "anchor").Public()); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v, want %v", err, ErrMalformed)
			}
		})
	}
}

func TestOpenRefusesSignatures(t *testing.T) {
	anchor := cwttest.Key(t, "anchor")
	payload := cwttest.Encode(t, smallest(t))
	good := seal(t, payload)
	if _, err := Open(good, cwttest.Key(t, "stranger").Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	// A key that the list itself names does not make it trusted.
	own, err := cwt.Sign(cwttest.Key(t, "a"), cwt.Header{Type: contentType}, nil, payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(own, anchor.Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("signed by its own key: %v", err)
	}
	if _, err := Open(good, cwttest.KeyOf(t, cwt.EdDSA, "anchor").Public()); !errors.Is(err, cwt.ErrAlgorithm) {
		t.Errorf("anchor of another algorithm: %v", err)
	}
	other, err := cwt.Sign(anchor, cwt.Header{Type: "application/cwt"}, nil, payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(other, anchor.Public()); !errors.Is(err, ErrMalformed) {
		t.Errorf("another typ: %v", err)
	}
	if _, err := Open(make([]byte, MaxBytes+1), anchor.Public()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the cap: %v", err)
	}
	cwttest.Altered(t, good, func(b []byte) error {
		_, err := Open(b, anchor.Public())
		return err
	})
}

// Sign refuses what Open would refuse, and what cannot be written.
func TestSignRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(l *List)
		want   error
	}{
		{"no sequence", func(l *List) { l.Sequence = 0 }, ErrMalformed},
		{"no entries", func(l *List) { l.Entries = nil }, ErrMalformed},
		{"zero times", func(l *List) { l.IssuedAt = time.Time{} }, ErrMalformed},
		{"exp before iat", func(l *List) { l.Expires = l.IssuedAt }, ErrMalformed},
		{"exp in the same second", func(l *List) { l.Expires = l.IssuedAt.Add(time.Second / 2) }, ErrMalformed},
		{"unknown role", func(l *List) { l.Entries[0].Roles = []Role{"emperor"} }, ErrMalformed},
		{"no key", func(l *List) { l.Entries[0].Keys[0].Key = nil }, ErrMalformed},
		{"window of less than a second", func(l *List) {
			k := &l.Entries[0].Keys[0]
			k.NotAfter = k.NotBefore.Add(time.Second / 2)
		}, ErrMalformed},
		{"name not UTF-8", func(l *List) { l.Entries[0].NameZh = "\xff" }, ErrMalformed},
		{"key id twice", func(l *List) { l.Entries[1].Keys[2] = l.Entries[1].Keys[1] }, ErrDuplicate},
		{"too many entries", func(l *List) { l.Entries = slices.Repeat(l.Entries[:1], MaxEntries+1) }, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := sample(t)
			c.change(l)
			if _, err := Sign(l, cwttest.Key(t, "anchor")); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// A list of a country: thousands of terminals fit, more than MaxKeys do not.
func TestManyKeys(t *testing.T) {
	row := func(i int) Key {
		k := cwttest.KeyOf(t, cwt.EdDSA, fmt.Sprintf("till%04d", i))
		return Key{Key: k.Public(), NotBefore: issued, NotAfter: expires}
	}
	l := &List{Sequence: 1, IssuedAt: issued, Expires: expires, Entries: []Entry{{ID: "x", NameEn: "DEMO", Roles: []Role{RoleTerminal}}}}
	for i := range 2000 {
		l.Entries[0].Keys = append(l.Entries[0].Keys, row(i))
	}
	b, err := Sign(l, cwttest.Key(t, "anchor"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(b, cwttest.Key(t, "anchor").Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := got.Find([]byte("till1999"), RoleTerminal, noon); err != nil {
		t.Error(err)
	}
	t.Logf("2,000 Ed25519 keys: %d bytes", len(b))

	m := smallest(t)
	entryOf(m)[int64(6)] = slices.Repeat([]any{map[any]any{int64(0): 0, int64(1): 1, int64(2): 2}}, MaxKeys+1)
	payload := cwttest.Encode(t, m)
	if _, err := Open(seal(t, payload), cwttest.Key(t, "anchor").Public()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d keys: %v", MaxKeys+1, err)
	}
}

// What decodes is encoded again to the same bytes, and nothing panics.
func FuzzDecode(f *testing.F) {
	full, err := sample(f).encode()
	if err != nil {
		f.Fatal(err)
	}
	small := cwttest.Encode(f, smallest(f))
	f.Add(full)
	f.Add(small)
	f.Add([]byte{0xbf, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := decode(b)
		if err != nil {
			return
		}
		again, err := l.encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("came back different: %v", err)
		}
	})
}

// No bytes open without the anchor's signature.
func FuzzOpen(f *testing.F) {
	payload := cwttest.Encode(f, smallest(f))
	anchor := cwttest.Key(f, "anchor").Public()
	f.Add(seal(f, payload))
	f.Add(seal(f, []byte{0xa0}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := Open(b, anchor); err == nil && (l.Sequence != 1 || len(l.Entries) != 1) {
			t.Fatal("opened a list that was never signed")
		}
	})
}
