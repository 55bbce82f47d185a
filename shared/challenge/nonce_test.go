package challenge

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

var (
	issued  = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	expires = issued.Add(Honoured)
)

func testSealer(t testing.TB, fill byte) *Sealer {
	t.Helper()
	s, err := NewSealer(bytes.Repeat([]byte{fill}, MinSecretSize))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testNonce(t testing.TB, party, purpose string) []byte {
	t.Helper()
	nonce, err := testSealer(t, 1).Nonce(strings.NewReader("twelve bytes"), expires, party, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return nonce
}

func TestSealerRefusesShortSecrets(t *testing.T) {
	for _, size := range []int{0, 1, MinSecretSize - 1} {
		if _, err := NewSealer(make([]byte, size)); !errors.Is(err, ErrSecret) {
			t.Errorf("%d bytes: %v, want %v", size, err, ErrSecret)
		}
	}
	// Some hosts hand out this text for a secret that is not set.
	if _, err := NewSealer([]byte("<undefined>")); !errors.Is(err, ErrSecret) {
		t.Errorf("<undefined>: %v, want %v", err, ErrSecret)
	}
}

func TestSealerKeepsItsOwnCopy(t *testing.T) {
	secret := bytes.Repeat([]byte{1}, MinSecretSize)
	s, err := NewSealer(secret)
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	if err := s.Check(testNonce(t, "cafe", "hotel"), "cafe", "hotel", issued); err != nil {
		t.Error(err)
	}
}

func TestNonceNeedsRandomness(t *testing.T) {
	if _, err := testSealer(t, 1).Nonce(strings.NewReader("eleven byte"), expires, "a", "b"); err == nil {
		t.Error("a nonce was made from 11 random bytes")
	}
}

func TestNonceExpiryMustFit(t *testing.T) {
	for _, exp := range []time.Time{{}, time.Unix(0, 0), time.Unix(1<<32, 0)} {
		if _, err := testSealer(t, 1).Nonce(strings.NewReader("twelve bytes"), exp, "a", "b"); err == nil {
			t.Errorf("a nonce ends at %v", exp)
		}
	}
}

func TestCheck(t *testing.T) {
	nonce := testNonce(t, "cafe", "hotel")
	altered := func(at int) []byte {
		b := bytes.Clone(nonce)
		b[at] ^= 1
		return b
	}
	tests := []struct {
		name           string
		nonce          []byte
		party, purpose string
		fill           byte
		now            time.Time
		want           error
	}{
		{"at once", nonce, "cafe", "hotel", 1, issued, nil},
		{"in the last second", nonce, "cafe", "hotel", 1, expires.Add(-time.Nanosecond), nil},
		{"at its end", nonce, "cafe", "hotel", 1, expires, ErrNonceExpired},
		{"a year later", nonce, "cafe", "hotel", 1, expires.AddDate(1, 0, 0), ErrNonceExpired},
		{"another party", nonce, "bank", "hotel", 1, issued, ErrNonceUnknown},
		{"another purpose", nonce, "cafe", "court", 1, issued, ErrNonceUnknown},
		{"letter moved from party to purpose", nonce, "caf", "ehotel", 1, issued, ErrNonceUnknown},
		{"another secret", nonce, "cafe", "hotel", 2, issued, ErrNonceUnknown},
		{"unknown comes before expired", nonce, "bank", "hotel", 1, expires, ErrNonceUnknown},
		{"expiry altered", altered(3), "cafe", "hotel", 1, issued, ErrNonceUnknown},
		{"random part altered", altered(4), "cafe", "hotel", 1, issued, ErrNonceUnknown},
		{"tag altered", altered(NonceSize - 1), "cafe", "hotel", 1, issued, ErrNonceUnknown},
		{"empty", nil, "cafe", "hotel", 1, issued, ErrNonceUnknown},
		{"one byte short", nonce[:NonceSize-1], "cafe", "hotel", 1, issued, ErrNonceUnknown},
		{"one byte more", append(bytes.Clone(nonce), 0), "cafe", "hotel", 1, issued, ErrNonceUnknown},
		{"all zero", make([]byte, NonceSize), "cafe", "hotel", 1, issued, ErrNonceUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := testSealer(t, test.fill).Check(test.nonce, test.party, test.purpose, test.now)
			if !errors.Is(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestNonceExpiry(t *testing.T) {
	got, err := NonceExpiry(testNonce(t, "cafe", "hotel"))
	if err != nil || !got.Equal(expires) {
		t.Errorf("%v, %v; want %v", got, err, expires)
	}
	if _, err := NonceExpiry([]byte{1, 2, 3, 4}); !errors.Is(err, ErrNonceUnknown) {
		t.Errorf("4 bytes: %v, want %v", err, ErrNonceUnknown)
	}
}

func TestNonceBound(t *testing.T) {
	nonce := testNonce(t, "cafe", "hotel")
	for delta, want := range map[time.Duration]bool{-time.Second: false, 0: false, time.Second: true} {
		bound, err := NonceBound(expires.Add(delta))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Compare(nonce, bound) < 0; got != want {
			t.Errorf("bound %v after the expiry: ended before it %v, want %v", delta, got, want)
		}
	}
}
