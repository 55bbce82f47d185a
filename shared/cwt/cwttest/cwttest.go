// Package cwttest is for the tests of packages that read signed CWTs: keys that
// are the same each time, payloads of any content under a good signature, and
// what every such reader has to refuse.
package cwttest

import (
	"bytes"
	"encoding/hex"
	"maps"
	"strings"
	"testing"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
)

// Key makes the same ES256 key for the same seed, with the seed as its id.
func Key(t testing.TB, seed string) *cwt.PrivateKey {
	t.Helper()
	return KeyOf(t, cwt.ES256, seed)
}

// KeyOf is [Key] for another algorithm.
func KeyOf(t testing.TB, alg cwt.Algorithm, seed string) *cwt.PrivateKey {
	t.Helper()
	k, err := cwt.GenerateKey(alg, []byte(seed), draws.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Encode is the deterministic CBOR of v.
func Encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := cwt.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Seal signs any bytes as a message of type typ.
func Seal(t testing.TB, k *cwt.PrivateKey, typ string, payload []byte) []byte {
	t.Helper()
	b, err := cwt.Sign(k, cwt.Header{Type: typ}, nil, payload)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Payloads gives, by name, payloads that are no claims or are written in a way
// that the strict encoding has not, and those of more, in hexadecimal with
// blanks. Where %L stands, the label of the claim that holds the list is put.
func Payloads(t testing.TB, label int64, more map[string]string) map[string][]byte {
	t.Helper()
	texts := map[string]string{
		"empty":                         "",
		"null":                          "f6",
		"array":                         "80",
		"duplicate key":                 "a2 04 01 04 02",
		"indefinite map":                "bf 04 01 ff",
		"indefinite text":               "a1 04 7f 61 61 ff",
		"indefinite list":               "a1 %L 9f ff",
		"huge map":                      "bb ffffffffffffffff",
		"huge list":                     "a1 %L 9b 00000000ffffffff",
		"huge text":                     "a1 04 7b 7fffffffffffffff",
		"deep":                          "a1 %L" + strings.Repeat("81", 30) + "00",
		"bytes behind":                  "a0 00",
		"key longer than needed":        "a1 1804 01",
		"key an array":                  "a1 80 00",
		"tag around":                    "c0 a0",
		"simple value as key":           "a1 f8 3b 01",
		"break where an item should be": "a1 04 ff",
	}
	maps.Copy(texts, more)
	place := strings.NewReplacer("%L", hex.EncodeToString(Encode(t, label)), " ", "")
	payloads := map[string][]byte{}
	for name, text := range texts {
		b, err := hex.DecodeString(place.Replace(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		payloads[name] = b
	}
	return payloads
}

// Altered fails unless open takes good, and refuses it with any one bit flipped
// and cut to any length.
func Altered(t testing.TB, good []byte, open func([]byte) error) {
	t.Helper()
	if err := open(good); err != nil {
		t.Fatalf("unaltered: %v", err)
	}
	for i := range len(good) * 8 {
		b := bytes.Clone(good)
		b[i/8] ^= 1 << (i % 8)
		if open(b) == nil {
			t.Fatalf("bit %d flipped and still opened", i)
		}
	}
	for n := range good {
		if open(good[:n]) == nil {
			t.Fatalf("cut to %d bytes and still opened", n)
		}
	}
}
