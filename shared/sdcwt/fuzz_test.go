package sdcwt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"jianzheng/shared/cwt"
)

// seeds are the published examples, where they are at hand, and our own.
func seeds(f *testing.F) {
	f.Helper()
	files, _ := filepath.Glob(filepath.Join(vectorsDir(), "sd-cwt", "*.cbor"))
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil {
			f.Add(b)
		}
	}
	issuer, holder := newKey(f, cwt.ES256, "issuer"), newKey(f, cwt.EdDSA, "holder")
	card := demoCard(f, issuer, holder)
	f.Add(card)
	unsigned, err := BuildPresentation(card, cwt.EdDSA, Binding{Audience: "a", IssuedAt: issued})
	if err != nil {
		f.Fatal(err)
	}
	signature, err := holder.Sign(unsigned.ToBeSigned())
	if err != nil {
		f.Fatal(err)
	}
	b, err := unsigned.Finish(signature)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
}

// checkCard: a card that can be revealed shows the same claims after Present
// kept everything, and Present leaves nothing to change the second time.
func checkCard(t *testing.T, b []byte) {
	card, err := ParseCard(b)
	if err != nil {
		if !errors.Is(err, ErrStructure) && !errors.Is(err, ErrDisclosure) {
			t.Fatalf("error without a sentinel: %v", err)
		}
		return
	}
	if _, err := card.HolderKey(); err != nil {
		t.Fatal(err)
	}
	claims, err := card.Reveal()
	if err != nil {
		if !errors.Is(err, ErrDisclosure) {
			t.Fatalf("error without a sentinel: %v", err)
		}
		return
	}
	keepAll := func([]any) bool { return true }
	again, err := Present(b, keepAll)
	if err != nil {
		t.Fatal(err)
	}
	if got := reveal(t, again); !samePaths(got.Disclosed, claims.Disclosed) {
		t.Fatalf("disclosed %v, then %v", claims.Disclosed, got.Disclosed)
	}
	twice, err := Present(again, keepAll)
	if err != nil || !bytes.Equal(twice, again) {
		t.Fatalf("presenting again changes the card (%v)", err)
	}
}

func FuzzParseCard(f *testing.F) {
	seeds(f)
	f.Fuzz(checkCard)
}

func FuzzParsePresentation(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePresentation(b)
		if err != nil {
			if !errors.Is(err, ErrStructure) && !errors.Is(err, ErrBinding) && !errors.Is(err, ErrDisclosure) {
				t.Fatalf("error without a sentinel: %v", err)
			}
			return
		}
		if err := p.Verify(); err != nil && !errors.Is(err, ErrBinding) {
			t.Fatalf("error without a sentinel: %v", err)
		}
		checkCard(t, p.Card.Message().Raw)
	})
}
