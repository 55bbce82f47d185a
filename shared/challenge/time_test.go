package challenge

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
)

func timeKey(t testing.TB, name string) *cwt.PrivateKey {
	t.Helper()
	k, err := cwt.GenerateKey(cwt.ES256, []byte("op"), draws.New(name))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignedTime(t *testing.T) {
	k := timeKey(t, "operator")
	for _, nonce := range [][]byte{nil, bytes.Repeat([]byte{9}, MinTimeNonce), bytes.Repeat([]byte{9}, MaxTimeNonce)} {
		want := SignedTime{Operator: "https://jz.example", At: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), Nonce: nonce}
		b, err := want.Sign(k)
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenTime(b, k.Public())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
		if _, err := OpenTime(b, timeKey(t, "another").Public()); !errors.Is(err, cwt.ErrSignature) {
			t.Errorf("another key: %v", err)
		}
		if _, err := OpenReceipt(b, k.Public()); !errors.Is(err, ErrReceipt) {
			t.Errorf("read as a receipt: %v", err)
		}
	}
	for _, size := range []int{1, MinTimeNonce - 1, MaxTimeNonce + 1} {
		if _, err := (SignedTime{Operator: "x", At: time.Unix(1, 0), Nonce: make([]byte, size)}).Sign(k); !errors.Is(err, ErrTime) {
			t.Errorf("nonce of %d bytes: %v", size, err)
		}
	}
}

func TestOpenTimeRefuses(t *testing.T) {
	k := timeKey(t, "operator")
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).Unix()
	for name, claims := range map[string]map[int64]any{
		"no operator":    {cwt.IssuedAt: at},
		"no time":        {cwt.Issuer: "x"},
		"time a text":    {cwt.Issuer: "x", cwt.IssuedAt: "now"},
		"short nonce":    {cwt.Issuer: "x", cwt.IssuedAt: at, cwt.Nonce: []byte{1}},
		"empty nonce":    {cwt.Issuer: "x", cwt.IssuedAt: at, cwt.Nonce: []byte{}},
		"unknown member": {cwt.Issuer: "x", cwt.IssuedAt: at, cwt.Expires: at},
	} {
		payload, err := cwt.Encode(claims)
		if err != nil {
			t.Fatal(err)
		}
		b, err := cwt.Sign(k, cwt.Header{Type: timeType}, nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OpenTime(b, k.Public()); !errors.Is(err, ErrTime) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// A change of the secret: both make, both recognise, a stranger does neither.
func TestSealerWithFormerSecrets(t *testing.T) {
	secret := func(b byte) []byte { return bytes.Repeat([]byte{b}, MinSecretSize) }
	sealer := func(secret []byte, former ...[]byte) *Sealer {
		s, err := NewSealer(secret, former...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before, during, after := sealer(secret(1)), sealer(secret(2), secret(1)), sealer(secret(2))
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	make := func(s *Sealer) []byte {
		nonce, err := s.Nonce(draws.New("nonce"), at.Add(Honoured), "cafe", "hotel")
		if err != nil {
			t.Fatal(err)
		}
		return nonce
	}
	for name, test := range map[string]struct {
		nonce []byte
		by    *Sealer
		want  error
	}{
		"old one during":      {make(before), during, nil},
		"old one after":       {make(before), after, ErrNonceUnknown},
		"new one during":      {make(during), during, nil},
		"new one after":       {make(during), after, nil},
		"new one before":      {make(during), before, ErrNonceUnknown},
		"of a strange secret": {make(sealer(secret(3))), during, ErrNonceUnknown},
	} {
		if err := test.by.Check(test.nonce, "cafe", "hotel", at); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if _, err := NewSealer(secret(1), secret(2)[1:]); !errors.Is(err, ErrSecret) {
		t.Errorf("a short former secret: %v", err)
	}
	mac := during.MAC("use 1\x00", []byte("m"))
	if !during.Recognises("use 1\x00", []byte("m"), mac[:16]) || during.Recognises("use 2\x00", []byte("m"), mac[:16]) ||
		during.Recognises("use 1\x00", []byte("n"), mac[:16]) || during.Recognises("use 1\x00", []byte("m"), append(mac[:], 0)) {
		t.Error("a MAC is good for one use and message, and not longer than it is")
	}
}
