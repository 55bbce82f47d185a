package status

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"

	"jianzheng/shared/cwt"
	"jianzheng/shared/cwt/cwttest"
)

// zeros is a zlib stream of n zero bytes.
func zeros(t testing.TB, n int64) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := io.CopyN(z, zeroReader{}, n); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// seal signs any bytes as a status list token.
func seal(t testing.TB, payload []byte) []byte {
	t.Helper()
	return cwttest.Seal(t, cwttest.Key(t, "status"), contentType, payload)
}

// claimsOf is the payload of a good token of 16 entries, as the wire has it.
func claimsOf(t testing.TB) map[any]any {
	t.Helper()
	return map[any]any{
		cwt.Subject: listURI, cwt.IssuedAt: issued.Unix(), cwt.Expires: expires.Unix(), labelTTL: 43200,
		labelStatusList: map[any]any{"bits": 1, "lst": zeros(t, 2)},
	}
}

func listIn(m map[any]any) map[any]any { return m[labelStatusList].(map[any]any) }

// check parses, verifies and looks up, and returns the first error.
func check(t testing.TB, b []byte) error {
	t.Helper()
	token, err := Parse(b)
	if err != nil {
		return err
	}
	if err := token.Verify(cwttest.Key(t, "status").Public()); err != nil {
		return err
	}
	_, err = token.Lookup(listURI, 0)
	return err
}

// Every row is a signed token with one thing changed.
func TestTokenFields(t *testing.T) {
	null := cwt.RawMessage{0xf6}
	for _, c := range []struct {
		name   string
		change func(m map[any]any)
		want   error
	}{
		{"as it is", func(map[any]any) {}, nil},
		{"without exp and ttl", func(m map[any]any) { delete(m, cwt.Expires); delete(m, labelTTL) }, nil},
		{"with aggregation_uri", func(m map[any]any) { listIn(m)["aggregation_uri"] = "https://id.example/status" }, nil},
		{"with an unknown claim", func(m map[any]any) { m["x"] = null }, nil},

		{"no sub", func(m map[any]any) { delete(m, cwt.Subject) }, ErrMalformed},
		{"sub null", func(m map[any]any) { m[cwt.Subject] = null }, ErrMalformed},
		{"sub empty", func(m map[any]any) { m[cwt.Subject] = "" }, ErrMalformed},
		{"sub in bytes", func(m map[any]any) { m[cwt.Subject] = []byte(listURI) }, ErrMalformed},
		{"sub too long", func(m map[any]any) { m[cwt.Subject] = strings.Repeat("x", maxURIBytes+1) }, ErrMalformed},
		{"sub of another list", func(m map[any]any) { m[cwt.Subject] = listURI + "0" }, ErrSubject},
		{"no iat", func(m map[any]any) { delete(m, cwt.IssuedAt) }, ErrMalformed},
		{"iat null", func(m map[any]any) { m[cwt.IssuedAt] = null }, ErrMalformed},
		{"iat a float", func(m map[any]any) { m[cwt.IssuedAt] = 1.5 }, ErrMalformed},
		{"exp null", func(m map[any]any) { m[cwt.Expires] = null }, ErrMalformed},
		{"exp text", func(m map[any]any) { m[cwt.Expires] = "never" }, ErrMalformed},
		{"exp at iat", func(m map[any]any) { m[cwt.Expires] = issued.Unix() }, ErrMalformed},
		{"exp beyond 9999", func(m map[any]any) { m[cwt.Expires] = uint64(1) << 62 }, ErrMalformed},
		{"ttl 0", func(m map[any]any) { m[labelTTL] = 0 }, ErrMalformed},
		{"ttl negative", func(m map[any]any) { m[labelTTL] = -1 }, ErrMalformed},
		{"ttl null", func(m map[any]any) { m[labelTTL] = null }, ErrMalformed},
		{"ttl overflows", func(m map[any]any) { m[labelTTL] = uint64(1) << 62 }, ErrMalformed},
		{"no list", func(m map[any]any) { delete(m, labelStatusList) }, ErrMalformed},
		{"list null", func(m map[any]any) { m[labelStatusList] = null }, ErrMalformed},
		{"list an array", func(m map[any]any) { m[labelStatusList] = []any{1, zeros(t, 2)} }, ErrMalformed},
		{"no bits", func(m map[any]any) { delete(listIn(m), "bits") }, ErrMalformed},
		{"bits null", func(m map[any]any) { listIn(m)["bits"] = null }, ErrMalformed},
		{"bits 0", func(m map[any]any) { listIn(m)["bits"] = 0 }, ErrMalformed},
		{"bits 3", func(m map[any]any) { listIn(m)["bits"] = 3 }, ErrMalformed},
		{"bits 16", func(m map[any]any) { listIn(m)["bits"] = 16 }, ErrMalformed},
		{"bits 257", func(m map[any]any) { listIn(m)["bits"] = 257 }, ErrMalformed},
		{"bits −1", func(m map[any]any) { listIn(m)["bits"] = -1 }, ErrMalformed},
		{"bits in capitals", func(m map[any]any) { listIn(m)["BITS"] = 1; delete(listIn(m), "bits") }, ErrMalformed},
		{"no lst", func(m map[any]any) { delete(listIn(m), "lst") }, ErrMalformed},
		{"lst null", func(m map[any]any) { listIn(m)["lst"] = null }, ErrMalformed},
		{"lst text", func(m map[any]any) { listIn(m)["lst"] = "eNrbuRgAAhcBXQ" }, ErrMalformed},
		{"lst numbers", func(m map[any]any) { listIn(m)["lst"] = []any{120, 218} }, ErrMalformed},
		{"lst empty", func(m map[any]any) { listIn(m)["lst"] = []byte{} }, ErrMalformed},
		{"lst not compressed", func(m map[any]any) { listIn(m)["lst"] = []byte{0, 0} }, ErrMalformed},
		{"lst cut", func(m map[any]any) { z := zeros(t, 2); listIn(m)["lst"] = z[:len(z)-1] }, ErrMalformed},
		{"lst with a wrong checksum", func(m map[any]any) { z := zeros(t, 2); z[len(z)-1] ^= 1; listIn(m)["lst"] = z }, ErrMalformed},
		{"lst with bytes behind", func(m map[any]any) { listIn(m)["lst"] = append(zeros(t, 2), 0) }, ErrMalformed},
		{"lst two streams", func(m map[any]any) { listIn(m)["lst"] = append(zeros(t, 2), zeros(t, 2)...) }, ErrMalformed},
		{"lst with a dictionary", func(m map[any]any) { listIn(m)["lst"] = []byte{0x78, 0x20, 0, 0, 0, 1} }, ErrMalformed},
		{"lst of no entries", func(m map[any]any) { listIn(m)["lst"] = zeros(t, 0) }, ErrRange},
		{"lst at the cap", func(m map[any]any) { listIn(m)["lst"] = zeros(t, MaxListBytes) }, nil},
		{"lst one byte over the cap", func(m map[any]any) { listIn(m)["lst"] = zeros(t, MaxListBytes+1) }, ErrTooLarge},
		{"lst a bomb of 1 GiB", func(m map[any]any) { listIn(m)["lst"] = bomb(t) }, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := claimsOf(t)
			c.change(m)
			payload := cwttest.Encode(t, m)
			if err := check(t, seal(t, payload)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// bomb is about 1 MiB that would inflate to about 1 GiB: one block of zeros,
// repeated without being made anew. The stream has no end; it must not be reached.
func bomb(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	flushed := func(n int64) []byte {
		before := out.Len()
		if _, err := io.CopyN(z, zeroReader{}, n); err != nil {
			t.Fatal(err)
		}
		if err := z.Flush(); err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(out.Bytes()[before:])
	}
	head, block := flushed(1<<20), flushed(1<<20)
	return append(head, bytes.Repeat(block, (1<<20-len(head))/len(block))...)
}

// However much a token would inflate to, memory stays bounded.
func TestBombMemory(t *testing.T) {
	m := claimsOf(t)
	listIn(m)["lst"] = bomb(t)
	payload := cwttest.Encode(t, m)
	token, err := Parse(seal(t, payload))
	if err != nil {
		t.Fatal(err)
	}
	k := cwttest.Key(t, "status").Public()
	got := allocated(func() { err = token.Verify(k) })
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want %v", err, ErrTooLarge)
	}
	if got > 8<<20 {
		t.Errorf("%d bytes allocated", got)
	}
	t.Logf("%d bytes of zlib refused with %d bytes allocated", len(token.packed), got)
}

func TestTokenBytes(t *testing.T) {
	for name, payload := range cwttest.Payloads(t, labelStatusList, map[string]string{
		"empty map":         "a0",
		"duplicate sub":     "a2 02 61 61 02 61 61",
		"indefinite sub":    "a1 02 7f 61 61 ff",
		"huge sub":          "a1 02 7b 7fffffffffffffff",
		"list as a map":     "a1 %L bf ff",
		"huge lst":          "a1 %L a1 63 6c7374 5b 7fffffffffffffff",
		"duplicate in list": "a1 %L a2 64 62697473 01 64 62697473 01",
	}) {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(seal(t, payload)); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v, want %v", err, ErrMalformed)
			}
		})
	}
	if _, err := Parse(make([]byte, MaxBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the cap: %v", err)
	}
}

func TestTokenHeader(t *testing.T) {
	payload := cwttest.Encode(t, claimsOf(t))
	k := cwttest.Key(t, "status")
	for name, c := range map[string]struct {
		header      cwt.Header
		unprotected map[any]any
		want        error
	}{
		"no typ":                  {cwt.Header{}, nil, ErrMalformed},
		"another typ":             {cwt.Header{Type: "application/cwt"}, nil, ErrMalformed},
		"JWT typ":                 {cwt.Header{Type: "statuslist+jwt"}, nil, ErrMalformed},
		"typ a number":            {cwt.Header{Type: int64(16)}, nil, ErrMalformed},
		"typ unprotected":         {cwt.Header{}, map[any]any{int64(16): contentType}, ErrMalformed},
		"kid unprotected, a text": {cwt.Header{Type: contentType}, map[any]any{labelKeyID: "status"}, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			signer := *k
			if c.unprotected[labelKeyID] != nil {
				signer.ID = nil
			}
			b, err := cwt.Sign(&signer, c.header, c.unprotected, payload)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Parse(b); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestTokenAltered(t *testing.T) {
	payload := cwttest.Encode(t, claimsOf(t))
	cwttest.Altered(t, seal(t, payload), func(b []byte) error { return check(t, b) })
}

// No panic, and no statement without a signature.
func FuzzParse(f *testing.F) {
	k := cwttest.Key(f, "status").Public()
	f.Add(build(f, 1, []uint8{1, 0, 1}))
	f.Add(build(f, 8, []uint8{255, 0}))
	for _, seed := range publishedTokens(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		token, err := Parse(b)
		if err != nil {
			return
		}
		if err := token.Verify(k); err == nil && token.Subject != listURI {
			t.Fatal("a forged list verified")
		}
		_, _ = token.At(0)
	})
}

// The map of a list, its inflation, and what is read from it when unsigned.
func FuzzParseList(f *testing.F) {
	for _, seed := range publishedLists(f) {
		f.Add(seed, uint64(1993))
	}
	f.Add([]byte{0xbf, 0xff}, uint64(0))
	f.Fuzz(func(t *testing.T, raw []byte, idx uint64) {
		bits, packed, err := parseList(raw)
		if err != nil {
			return
		}
		entries, err := inflate(packed)
		if err != nil {
			return
		}
		if len(entries) > MaxListBytes {
			t.Fatalf("inflated to %d bytes", len(entries))
		}
		token := &Token{Bits: bits, entries: entries}
		got, err := token.At(idx)
		if (err == nil) != (idx < token.Len()) || bits < 8 && got>>bits != 0 {
			t.Fatalf("entry %d of %d: %d, %v", idx, token.Len(), got, err)
		}
	})
}

// The claim of a card.
func FuzzReferenceFrom(f *testing.F) {
	f.Add(reference(f, 42))
	f.Fuzz(func(t *testing.T, b []byte) {
		claims, err := cwt.ParseClaims(b)
		if err != nil {
			return
		}
		if _, uri, ok, err := ReferenceFrom(claims); ok != (uri != "") || ok && err != nil {
			t.Fatalf("%q, %v, %v", uri, ok, err)
		}
	})
}
