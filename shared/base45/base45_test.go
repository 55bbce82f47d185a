package base45

import (
	"bytes"
	"errors"
	"testing"
)

// The worked examples of RFC 9285, sections 4.3 and 4.4.
func TestExamples(t *testing.T) {
	for _, c := range []struct{ plain, text string }{
		{"", ""}, {"AB", "BB8"}, {"Hello!!", "%69 VD92EX0"}, {"base-45", "UJCLQE7W581"}, {"ietf!", "QED8WEX0"},
	} {
		if got := Encode([]byte(c.plain)); got != c.text {
			t.Errorf("Encode(%q) = %q, want %q", c.plain, got, c.text)
		}
		got, err := Decode(c.text)
		if err != nil || string(got) != c.plain {
			t.Errorf("Decode(%q) = %q, %v, want %q", c.text, got, err, c.plain)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		text string
		want error
	}{
		{"GGW", ErrLength}, {":::", ErrLength}, {"A", ErrLength}, {"BB8A", ErrLength}, {"::", ErrLength},
		{"bb8", ErrAlphabet}, {"BB8 ab", ErrAlphabet}, {"BB\n", ErrAlphabet}, {"ÄB", ErrAlphabet},
	} {
		if got, err := Decode(c.text); !errors.Is(err, c.want) {
			t.Errorf("Decode(%q) = %x, %v, want %v", c.text, got, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "BB8", "%69 VD92EX0", "GGW", ":::", "bb8", "A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Decode(text)
		if err != nil {
			return
		}
		if back := Encode(b); back != text {
			t.Fatalf("%q decodes to %x, which encodes to %q", text, b, back)
		}
	})
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("Hello!!"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text := Encode(b)
		if len(text) != EncodedLen(len(b)) {
			t.Fatalf("%d bytes give %d characters, EncodedLen says %d", len(b), len(text), EncodedLen(len(b)))
		}
		back, err := Decode(text)
		if err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%x came back as %x, %v", b, back, err)
		}
	})
}
