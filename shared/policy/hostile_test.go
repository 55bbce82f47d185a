package policy

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/cwt/cwttest"
)

// seal signs any bytes as a catalogue.
func seal(t testing.TB, payload []byte) []byte {
	t.Helper()
	return cwttest.Seal(t, cwttest.Key(t, "anchor"), contentType, payload)
}

// smallest is a catalogue with one row, as the wire has it.
func smallest() map[any]any {
	return map[any]any{
		int64(4): issued.Add(day).Unix(), int64(6): issued.Unix(), int64(-70030): 1,
		int64(-70031): []any{map[any]any{int64(0): "x", int64(1): "甲", int64(2): "X", int64(4): 1, int64(7): 1}},
	}
}

func row(m map[any]any) map[any]any { return m[int64(-70031)].([]any)[0].(map[any]any) }

func TestSmallestOpens(t *testing.T) {
	payload := cwttest.Encode(t, smallest())
	if _, err := Open(seal(t, payload), cwttest.Key(t, "anchor").Public()); err != nil {
		t.Fatal(err)
	}
}

// Every row is a signed catalogue with one thing wrong.
func TestOpenRefusesFields(t *testing.T) {
	null := cwt.RawMessage{0xf6}
	for _, c := range []struct {
		name   string
		change func(m map[any]any)
	}{
		{"no sequence", func(m map[any]any) { delete(m, int64(-70030)) }},
		{"sequence 0", func(m map[any]any) { m[int64(-70030)] = 0 }},
		{"sequence null", func(m map[any]any) { m[int64(-70030)] = null }},
		{"sequence text", func(m map[any]any) { m[int64(-70030)] = "1" }},
		{"no iat", func(m map[any]any) { delete(m, int64(6)) }},
		{"iat a float", func(m map[any]any) { m[int64(6)] = 1.5 }},
		{"iat negative", func(m map[any]any) { m[int64(6)] = -1 }},
		{"exp before iat", func(m map[any]any) { m[int64(4)] = issued.Unix() }},
		{"exp beyond 9999", func(m map[any]any) { m[int64(4)] = uint64(1) << 63 }},
		{"no purposes", func(m map[any]any) { m[int64(-70031)] = []any{} }},
		{"purposes a map", func(m map[any]any) { m[int64(-70031)] = map[any]any{} }},
		{"purpose null", func(m map[any]any) { m[int64(-70031)] = []any{null} }},
		{"purpose listed twice", func(m map[any]any) { m[int64(-70031)] = []any{row(m), row(m)} }},
		{"unknown claim", func(m map[any]any) { m[int64(3)] = "x" }},
		{"unknown text claim", func(m map[any]any) { m["x"] = 1 }},
		{"unknown field", func(m map[any]any) { row(m)[int64(17)] = 1 }},
		{"no code", func(m map[any]any) { delete(row(m), int64(0)) }},
		{"code in capitals", func(m map[any]any) { row(m)[int64(0)] = "Hotel" }},
		{"long code", func(m map[any]any) { row(m)[int64(0)] = strings.Repeat("x", maxCodeBytes+1) }},
		{"name of bytes", func(m map[any]any) { row(m)[int64(1)] = []byte("x") }},
		{"no English name", func(m map[any]any) { delete(row(m), int64(2)) }},
		{"users empty", func(m map[any]any) { row(m)[int64(3)] = []any{} }},
		{"user a number", func(m map[any]any) { row(m)[int64(3)] = []any{1} }},
		{"tier 0", func(m map[any]any) { row(m)[int64(4)] = 0 }},
		{"tier 3", func(m map[any]any) { row(m)[int64(4)] = 3 }},
		{"sixth factor", func(m map[any]any) { row(m)[int64(5)] = 32 }},
		{"factors 0 written out", func(m map[any]any) { row(m)[int64(5)] = 0 }},
		{"greatest age without factors", func(m map[any]any) { row(m)[int64(6)] = 1 }},
		{"greatest age overflows", func(m map[any]any) { row(m)[int64(5)] = 1; row(m)[int64(6)] = uint64(1) << 62 }},
		{"no class", func(m map[any]any) { row(m)[int64(7)] = 0 }},
		{"fifth class", func(m map[any]any) { row(m)[int64(7)] = 16 }},
		{"least age without claim", func(m map[any]any) { row(m)[int64(8)] = 18 }},
		{"least age 21 by over18", func(m map[any]any) { row(m)[int64(8)] = 21; row(m)[int64(10)] = 64 }},
		{"least age 151", func(m map[any]any) { row(m)[int64(8)] = 151; row(m)[int64(10)] = 4 }},
		{"compare without portrait", func(m map[any]any) { row(m)[int64(9)] = true }},
		{"compare false written out", func(m map[any]any) { row(m)[int64(9)] = false }},
		{"compare 1", func(m map[any]any) { row(m)[int64(9)] = 1; row(m)[int64(11)] = 32 }},
		{"eighth claim", func(m map[any]any) { row(m)[int64(10)] = 128 }},
		{"asked for and optional", func(m map[any]any) { row(m)[int64(10)] = 1; row(m)[int64(11)] = 1 }},
		{"shown, not asked for", func(m map[any]any) { row(m)[int64(12)] = 1 }},
		{"sealed, not asked for", func(m map[any]any) { row(m)[int64(13)] = 1; row(m)[int64(15)] = 60 }},
		{"portrait sealed", func(m map[any]any) { row(m)[int64(10)] = 32; row(m)[int64(13)] = 32; row(m)[int64(15)] = 60 }},
		{"sealed without retention", func(m map[any]any) { row(m)[int64(10)] = 1; row(m)[int64(13)] = 1 }},
		{"retention of nothing", func(m map[any]any) { row(m)[int64(15)] = 60 }},
		{"rule null", func(m map[any]any) { row(m)[int64(16)] = null }},
		{"long rule", func(m map[any]any) { row(m)[int64(16)] = strings.Repeat("x", maxRuleBytes+1) }},
		{"text not UTF-8", func(m map[any]any) { row(m)[int64(16)] = cwt.RawMessage{0x61, 0xff} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := smallest()
			c.change(m)
			payload := cwttest.Encode(t, m)
			if _, err := Open(seal(t, payload), cwttest.Key(t, "anchor").Public()); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v, want %v", err, ErrMalformed)
			}
		})
	}
}

// Every row is a payload that is no catalogue, or one written in another way.
func TestOpenRefusesBytes(t *testing.T) {
	for name, payload := range cwttest.Payloads(t, -70031, nil) {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(seal(t, payload), cwttest.Key(t, "anchor").Public()); !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v, want %v", err, ErrMalformed)
			}
		})
	}
}

func TestOpenRefusesSignatures(t *testing.T) {
	anchor := cwttest.Key(t, "anchor")
	payload := cwttest.Encode(t, smallest())
	good := seal(t, payload)
	if _, err := Open(good, cwttest.Key(t, "stranger").Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("another key: %v", err)
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
		change func(c *Catalogue)
		want   error
	}{
		{"no sequence", func(c *Catalogue) { c.Sequence = 0 }, ErrMalformed},
		{"no purposes", func(c *Catalogue) { c.Purposes = nil }, ErrMalformed},
		{"zero times", func(c *Catalogue) { c.IssuedAt, c.Expires = time.Time{}, time.Time{} }, ErrMalformed},
		{"unknown tier", func(c *Catalogue) { c.Purposes[0].Tier = "gold" }, ErrMalformed},
		{"unknown class", func(c *Catalogue) { c.Purposes[0].Classes = []string{"E"} }, ErrMalformed},
		{"unknown claim", func(c *Catalogue) { c.Purposes[0].Request = []string{"shoe size", ClaimOver18} }, ErrMalformed},
		{"unknown factor", func(c *Catalogue) { c.Purposes[0].Factors = 128 }, ErrMalformed},
		{"half a second of retention", func(c *Catalogue) { c.Purposes[0].Retention += time.Second / 2 }, ErrMalformed},
		{"negative age", func(c *Catalogue) { c.Purposes[0].MinAge = -1 }, ErrMalformed},
		{"user in capitals", func(c *Catalogue) { c.Purposes[0].Users = []string{"Hotel"} }, ErrMalformed},
		{"name not UTF-8", func(c *Catalogue) { c.Purposes[0].NameZh = "\xff" }, ErrMalformed},
		{"too many purposes", func(c *Catalogue) { c.Purposes = slices.Repeat(c.Purposes, 26) }, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := shipped()
			c.change(list)
			if _, err := Sign(list, cwttest.Key(t, "anchor")); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// What decodes is encoded again to the same bytes, and nothing panics.
func FuzzDecode(f *testing.F) {
	full, err := shipped().encode()
	if err != nil {
		f.Fatal(err)
	}
	small := cwttest.Encode(f, smallest())
	f.Add(full)
	f.Add(small)
	f.Add([]byte{0xbf, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decode(b)
		if err != nil {
			return
		}
		again, err := c.encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("came back different: %v", err)
		}
	})
}

// No bytes open without the anchor's signature.
func FuzzOpen(f *testing.F) {
	payload := cwttest.Encode(f, smallest())
	anchor, good := cwttest.Key(f, "anchor").Public(), seal(f, payload)
	f.Add(good)
	f.Add(seal(f, []byte{0xa0}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := Open(b, anchor); err == nil && (c.Sequence != 1 || len(c.Purposes) != 1) {
			t.Fatal("opened a catalogue that was never signed")
		}
	})
}
