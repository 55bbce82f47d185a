package status

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/cwt/cwttest"
)

const (
	day     = 24 * time.Hour
	listURI = "https://id.example/status/1"
)

var (
	issued  = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	expires = issued.Add(7 * day)
)

// build makes a token of the usual dates.
func build(t testing.TB, bits uint8, entries []uint8) []byte {
	t.Helper()
	b, err := Build(cwttest.Key(t, "status"), listURI, bits, entries, issued, expires, 12*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// verified parses and verifies a token.
func verified(t testing.TB, b []byte) *Token {
	t.Helper()
	token, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(cwttest.Key(t, "status").Public()); err != nil {
		t.Fatal(err)
	}
	return token
}

func TestRoundTrip(t *testing.T) {
	for _, bits := range []uint8{1, 2, 4, 8} {
		// A length that leaves part of the last byte over.
		entries := make([]uint8, 1001)
		random := rand.New(rand.NewPCG(1, uint64(bits)))
		for i := range entries {
			entries[i] = uint8(random.Uint32()) & (1<<bits - 1)
		}
		b := build(t, bits, entries)
		if again := build(t, bits, entries); !bytes.Equal(b, again) {
			t.Errorf("%d bits: built twice, two tokens", bits)
		}
		token := verified(t, b)
		for i, want := range entries {
			if got, err := token.Lookup(listURI, uint64(i)); err != nil || got != want {
				t.Fatalf("%d bits, entry %d: got %d, %v, want %d", bits, i, got, err, want)
			}
		}
		perByte := 8 / uint64(bits)
		if want := (uint64(len(entries)) + perByte - 1) / perByte * perByte; token.Len() != want {
			t.Errorf("%d bits: %d entries, want %d", bits, token.Len(), want)
		}
		if token.Subject != listURI || string(token.KeyID) != "status" || !token.IssuedAt.Equal(issued) ||
			!token.Expires.Equal(expires) || token.TTL != 12*time.Hour || token.Bits != bits {
			t.Errorf("got %+v", token)
		}
	}
}

func TestLookupRefuses(t *testing.T) {
	b := build(t, 2, []uint8{0, 1, 2, 3})
	token, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Lookup(listURI, 0); !errors.Is(err, ErrUnverified) {
		t.Errorf("before Verify: %v", err)
	}
	if err := token.Verify(cwttest.Key(t, "stranger").Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	if _, err := token.At(0); !errors.Is(err, ErrUnverified) {
		t.Errorf("after Verify failed: %v", err)
	}
	if err := token.Verify(cwttest.Key(t, "status").Public()); err != nil {
		t.Fatal(err)
	}
	if got, err := token.Lookup(listURI, 2); err != nil || got != Suspended {
		t.Errorf("got %d, %v", got, err)
	}
	for _, uri := range []string{"", listURI + "/", strings.ToUpper(listURI)} {
		if _, err := token.Lookup(uri, 0); !errors.Is(err, ErrSubject) {
			t.Errorf("uri %q: %v", uri, err)
		}
	}
	for _, idx := range []uint64{4, 1 << 20, 1 << 63, 1<<64 - 1} {
		if _, err := token.Lookup(listURI, idx); !errors.Is(err, ErrRange) {
			t.Errorf("index %d: %v", idx, err)
		}
	}
	// A key that no longer fits takes the list away again.
	if err := token.Verify(cwttest.Key(t, "stranger").Public()); err == nil {
		t.Fatal("verified with another key")
	}
	if _, err := token.At(0); !errors.Is(err, ErrUnverified) {
		t.Errorf("after a second Verify failed: %v", err)
	}
}

// A list signed by a stranger's key is refused with the issuer's, also when it
// names the issuer's key id.
func TestSignerIsPinned(t *testing.T) {
	stranger := cwttest.Key(t, "stranger")
	stranger.ID = []byte("status")
	b, err := Build(stranger, listURI, 2, []uint8{0, 0, 0, 0}, issued, expires, 0)
	if err != nil {
		t.Fatal(err)
	}
	token, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(cwttest.Key(t, "status").Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("got %v, want %v", err, cwt.ErrSignature)
	}
}

func TestOld(t *testing.T) {
	noExp, neither := Token{IssuedAt: issued, TTL: day}, Token{IssuedAt: issued}
	both := Token{IssuedAt: issued, Expires: expires, TTL: day}
	for _, c := range []struct {
		name  string
		token Token
		at    time.Time
		old   bool
	}{
		{"just issued", both, issued, false},
		{"ttl over", both, issued.Add(day), false},
		{"last second", both, expires.Add(-time.Second), false},
		{"past exp", both, expires, true},
		{"no exp, within ttl", noExp, issued.Add(day - time.Second), false},
		{"no exp, ttl over", noExp, issued.Add(day), true},
		{"neither", neither, issued, true},
	} {
		if got := c.token.Old(c.at); got != c.old {
			t.Errorf("%s: old %v", c.name, got)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	for _, c := range []struct {
		name     string
		uri      string
		bits     uint8
		entries  []uint8
		iat, exp time.Time
		ttl      time.Duration
		want     error
	}{
		{"3 bits", listURI, 3, nil, issued, expires, 0, ErrMalformed},
		{"0 bits", listURI, 0, nil, issued, expires, 0, ErrMalformed},
		{"16 bits", listURI, 16, nil, issued, expires, 0, ErrMalformed},
		{"status over its bits", listURI, 2, []uint8{4}, issued, expires, 0, ErrRange},
		{"no uri", "", 2, nil, issued, expires, 0, ErrMalformed},
		{"long uri", strings.Repeat("x", maxURIBytes+1), 2, nil, issued, expires, 0, ErrMalformed},
		{"exp at iat", listURI, 2, nil, issued, issued, 0, ErrMalformed},
		{"no iat", listURI, 2, nil, time.Time{}, expires, 0, ErrMalformed},
		{"negative ttl", listURI, 2, nil, issued, expires, -1, ErrMalformed},
		{"too many entries", listURI, 8, make([]uint8, MaxListBytes+1), issued, expires, 0, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Build(cwttest.Key(t, "status"), c.uri, c.bits, c.entries, c.iat, c.exp, c.ttl); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// The size of a list of 2^20 cards with one in a hundred set.
func TestSize(t *testing.T) {
	for _, c := range []struct {
		name     string
		bits     uint8
		statuses []uint8 // drawn from evenly
		most     int     // bytes
	}{
		{"1 bit, revoked", 1, []uint8{Revoked}, 15_000},
		{"2 bits, revoked", 2, []uint8{Revoked}, 15_500},
		{"2 bits, one in ten of them suspended", 2, []uint8{1, 1, 1, 1, 1, 1, 1, 1, 1, Suspended}, 17_000},
	} {
		entries := make([]uint8, 1<<20)
		random := rand.New(rand.NewPCG(1, 2))
		for n := 0; n < len(entries)/100; {
			if i := random.IntN(len(entries)); entries[i] == Valid {
				entries[i] = c.statuses[random.IntN(len(c.statuses))]
				n++
			}
		}
		b := build(t, c.bits, entries)
		t.Logf("2^20 entries, 1 %% set, %s: %d bytes", c.name, len(b))
		if len(b) > c.most {
			t.Errorf("%s: %d bytes, at most %d", c.name, len(b), c.most)
		}
		token := verified(t, b)
		for i, want := range entries {
			if got, _ := token.At(uint64(i)); got != want {
				t.Fatalf("%s, entry %d: got %d, want %d", c.name, i, got, want)
			}
		}
	}
}

// The longest list that is read: 2^20 entries of 8 bits, which do not shrink.
func TestLongest(t *testing.T) {
	entries := make([]uint8, 1<<20)
	random := rand.NewChaCha8([32]byte{1})
	if _, err := random.Read(entries); err != nil {
		t.Fatal(err)
	}
	b := build(t, 8, entries)
	token := verified(t, b)
	for _, i := range []uint64{0, 1, 1 << 19, 1<<20 - 1} {
		if got, err := token.At(i); err != nil || got != entries[i] {
			t.Errorf("entry %d: got %d, %v, want %d", i, got, err, entries[i])
		}
	}
	if _, err := token.At(1 << 20); !errors.Is(err, ErrRange) {
		t.Errorf("one past the end: %v", err)
	}
	if got := allocated(func() { verified(t, b) }); got > 9<<20 {
		t.Errorf("%d bytes allocated", got)
	} else {
		t.Logf("2^20 entries, 8 bits, random: %d bytes, %d allocated to read it", len(b), got)
	}
}

// allocated returns how many bytes f allocates in all, freed ones included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// reference is the claims of a card that stands at idx of the list.
func reference(t testing.TB, idx uint64) []byte {
	t.Helper()
	return cwttest.Encode(t, map[any]any{cwt.StatusClaim: map[string]any{"status_list": map[string]any{"idx": idx, "uri": listURI}}})
}

func TestReferenceFrom(t *testing.T) {
	b := reference(t, 42)
	claims, err := cwt.ParseClaims(b)
	if err != nil {
		t.Fatal(err)
	}
	idx, uri, ok, err := ReferenceFrom(claims)
	if idx != 42 || uri != listURI || !ok || err != nil {
		t.Errorf("got %d %q %v %v", idx, uri, ok, err)
	}
	if _, _, ok, err := ReferenceFrom(cwt.Claims{}); ok || err != nil {
		t.Errorf("no claim: %v %v", ok, err)
	}
}

func TestReferenceRefused(t *testing.T) {
	list := func(v any) any { return map[string]any{"status_list": v} }
	for _, c := range []struct {
		name  string
		claim any
		want  error
	}{
		{"null", nil, ErrMalformed},
		{"text", "x", ErrMalformed},
		{"no mechanism", map[string]any{}, ErrMechanism},
		{"another mechanism", map[string]any{"identifier_list": map[string]any{}}, ErrMechanism},
		{"list null", list(nil), ErrMalformed},
		{"list an array", list([]any{42, listURI}), ErrMalformed},
		{"no idx", list(map[string]any{"uri": listURI}), ErrMalformed},
		{"idx null", list(map[string]any{"idx": nil, "uri": listURI}), ErrMalformed},
		{"idx negative", list(map[string]any{"idx": -1, "uri": listURI}), ErrMalformed},
		{"idx text", list(map[string]any{"idx": "42", "uri": listURI}), ErrMalformed},
		{"idx a float", list(map[string]any{"idx": 42.5, "uri": listURI}), ErrMalformed},
		{"idx beyond int64", list(map[string]any{"idx": uint64(1) << 63, "uri": listURI}), ErrMalformed},
		{"no uri", list(map[string]any{"idx": 42}), ErrMalformed},
		{"uri null", list(map[string]any{"idx": 42, "uri": nil}), ErrMalformed},
		{"uri empty", list(map[string]any{"idx": 42, "uri": ""}), ErrMalformed},
		{"uri in bytes", list(map[string]any{"idx": 42, "uri": []byte(listURI)}), ErrMalformed},
		{"uri too long", list(map[string]any{"idx": 42, "uri": strings.Repeat("x", maxURIBytes+1)}), ErrMalformed},
		{"names in capitals", list(map[string]any{"IDX": 42, "URI": listURI}), ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := cwttest.Encode(t, map[any]any{cwt.StatusClaim: c.claim})
			claims, err := cwt.ParseClaims(b)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, ok, err := ReferenceFrom(claims); ok || !errors.Is(err, c.want) {
				t.Errorf("got %v, %v, want %v", ok, err, c.want)
			}
		})
	}
}
