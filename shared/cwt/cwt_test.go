package cwt

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/draws"
)

func key(t testing.TB, alg Algorithm, seed string) *PrivateKey {
	t.Helper()
	k, err := GenerateKey(alg, []byte("kid-"+seed), draws.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var algorithms = []Algorithm{ES256, ESP256, ES384, EdDSA, Ed25519, SM2SM3}

func TestSignAndVerify(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(alg.String(), func(t *testing.T) {
			k := key(t, alg, "a")
			payload, err := Encode(map[int64]any{Issuer: "https://id.example", Expires: 1})
			if err != nil {
				t.Fatal(err)
			}
			b, err := Sign(k, Header{Type: int64(293)}, nil, payload)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := Sign(k, Header{Type: int64(293)}, nil, payload)
			if !bytes.Equal(b, again) {
				t.Error("signing twice gives two signatures")
			}
			m, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if m.Header.Alg != alg || string(m.Header.KeyID) != "kid-a" || m.Header.Type != int64(293) {
				t.Errorf("header %+v", m.Header)
			}
			if err := m.Verify(k.Public()); err != nil {
				t.Errorf("verify: %v", err)
			}
			if err := m.Verify(key(t, alg, "b").Public()); !errors.Is(err, ErrSignature) {
				t.Errorf("another key: %v", err)
			}
			if _, err := Parse(append([]byte{0xd8, tagCWT}, b...)); err != nil {
				t.Errorf("inside the CWT tag: %v", err)
			}
			for i := range len(b) * 8 {
				flipped := bytes.Clone(b)
				flipped[i/8] ^= 1 << (i % 8)
				if m, err := Parse(flipped); err == nil && m.Verify(k.Public()) == nil {
					t.Fatalf("bit %d flipped and still verified", i)
				}
			}
		})
	}
}

func TestAlgorithmIsPinned(t *testing.T) {
	for _, signer := range algorithms {
		b, err := Sign(key(t, signer, "a"), Header{}, nil, []byte{0xa0})
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range algorithms {
			err := m.Verify(key(t, other, "a").Public())
			if same := other.base() == signer.base(); same != (err == nil) || (!same && !errors.Is(err, ErrAlgorithm)) {
				t.Errorf("signed %v, key %v: %v", signer, other, err)
			}
		}
	}
}

func TestKeyRoundTrip(t *testing.T) {
	for _, alg := range algorithms {
		k := key(t, alg, "a")
		b, err := k.MarshalCBOR()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParsePrivateKey(b)
		if err != nil {
			t.Fatalf("%v: %v", alg, err)
		}
		if !back.Equal(k.Public()) || back.Alg != alg || !bytes.Equal(back.ID, k.ID) {
			t.Errorf("%v: private key came back different", alg)
		}
		pub, err := k.Public().MarshalCBOR()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(pub, k.d) {
			t.Errorf("%v: the public key holds the private part", alg)
		}
		p, err := ParseKey(pub)
		if err != nil || !p.Equal(k.Public()) {
			t.Errorf("%v: public key came back different: %v", alg, err)
		}
		if _, err := ParsePrivateKey(pub); !errors.Is(err, ErrKey) {
			t.Errorf("%v: a public key taken for a private one: %v", alg, err)
		}
		if p.Equal(key(t, alg, "b").Public()) {
			t.Errorf("%v: two keys are equal", alg)
		}
	}
}

// The worked example of RFC 9679, section 6.
func TestThumbprint(t *testing.T) {
	cose := unhex(t, "a5010220012158 2065eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d 2258 201e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c 02 58 24 6d65726961646f632e6272616e64796275636b406275636b6c616e642e6578616d706c65")
	k, err := ParseKey(cose)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Thumbprint()
	if want := "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"; err != nil || hex.EncodeToString(got[:]) != want {
		t.Errorf("thumbprint %x, %v, want %s", got, err, want)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMessagesRefused(t *testing.T) {
	sig := strings.Repeat("00", 64)
	deep := strings.Repeat("81", 40) + "00"
	for _, c := range []struct {
		name, hex string
		want      error
	}{
		{"empty", "", ErrMalformed},
		{"no tag", "84 43a10126 a0 41a0 5840" + sig, ErrMalformed},
		{"COSE_Sign tag", "d862 84 43a10126 a0 41a0 80", ErrMalformed},
		{"tag 18 twice", "d2d2 84 43a10126 a0 41a0 5840" + sig, ErrMalformed},
		{"three elements", "d2 83 43a10126 a0 41a0", ErrMalformed},
		{"five elements", "d2 85 43a10126 a0 41a0 5840" + sig + "00", ErrMalformed},
		{"indefinite array", "d2 9f 43a10126 a0 41a0 5840" + sig + "ff", ErrMalformed},
		{"indefinite payload", "d2 84 43a10126 a0 5f41a0ff 5840" + sig, ErrMalformed},
		{"array of numbers as payload", "d2 84 43a10126 a0 8101 5840" + sig, ErrMalformed},
		{"text as signature", "d2 84 43a10126 a0 41a0 6161", ErrMalformed},
		{"detached payload", "d2 84 43a10126 a0 f6 5840" + sig, ErrUnsupported},
		{"protected map not in bytes", "d2 84 a10126 a0 41a0 5840" + sig, ErrMalformed},
		{"alg twice in one map", "d2 84 45a201260126 a0 41a0 5840" + sig, ErrMalformed},
		{"alg in both headers", "d2 84 43a10126 a10126 41a0 5840" + sig, ErrMalformed},
		{"kid in both headers", "d2 84 46a20126044161 a1044161 41a0 5840" + sig, ErrMalformed},
		{"alg by name", "d2 84 48a101654553323536 a0 41a0 5840" + sig, ErrUnsupported},
		{"crit", "d2 84 46a20126028104 a0 41a0 5840" + sig, ErrUnsupported},
		{"crit unprotected", "d2 84 43a10126 a1028104 41a0 5840" + sig, ErrMalformed},
		{"label of another type", "d2 84 44a1f50126 a0 41a0 5840" + sig, ErrMalformed},
		{"bytes behind the message", "d2 84 43a10126 a0 41a0 5840" + sig + "00", ErrMalformed},
		{"cut", "d2 84 43a10126 a0 41a0 5840" + sig[:100], ErrMalformed},
		{"declared length without bytes", "d2 84 43a10126 a0 5bffffffffffffffff", ErrMalformed},
		{"deep nesting", "d2 84 43a10126 a1 1863 " + deep + " 41a0 5840" + sig, ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse(unhex(t, c.hex)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := Parse(make([]byte, MaxBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the cap: %v", err)
	}
}

func TestAlgOnlyUnprotected(t *testing.T) {
	k := key(t, ES256, "a")
	m, err := Parse(unhex(t, "d2 84 40 a10126 41a0 5840"+strings.Repeat("00", 64)))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(k.Public()); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("algorithm read from the unprotected header: %v", err)
	}
}

func TestKeysRefused(t *testing.T) {
	good, err := key(t, ES256, "a").Public().fields()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(m map[int64]any)
	}{
		{"no type", func(m map[int64]any) { delete(m, keyType) }},
		{"curve of another type", func(m map[int64]any) { m[keyCurve] = curveEd25519 }},
		{"algorithm of another curve", func(m map[int64]any) { m[keyAlg] = int64(EdDSA) }},
		{"unknown algorithm", func(m map[int64]any) { m[keyAlg] = -37 }},
		{"point off the curve", func(m map[int64]any) { m[keyX] = make([]byte, 32) }},
		{"short coordinate", func(m map[int64]any) { m[keyX] = m[keyX].([]byte)[1:] }},
		{"compressed point", func(m map[int64]any) { m[keyY] = true }},
		{"no second coordinate", func(m map[int64]any) { delete(m, keyY) }},
		{"long id", func(m map[int64]any) { m[keyID] = make([]byte, 65) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := map[int64]any{}
			for k, v := range good {
				m[k] = v
			}
			c.change(m)
			b, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParseKey(b); !errors.Is(err, ErrKey) && !errors.Is(err, ErrMalformed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	b, err := Encode(map[any]any{int64(1): "x", int64(4): 1725330600, int64(7): []byte{1}, "n": -5, SimpleValue(59): []any{}, int64(5): -1, int64(6): 1.5})
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseClaims(b)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok, err := c.Text(Issuer); s != "x" || !ok || err != nil {
		t.Errorf("text: %q %v %v", s, ok, err)
	}
	if _, ok, err := c.Text(Subject); ok || err != nil {
		t.Errorf("missing text: %v %v", ok, err)
	}
	if _, _, err := c.Text(Expires); !errors.Is(err, ErrMalformed) {
		t.Errorf("number as text: %v", err)
	}
	if got, ok, err := c.Time(Expires); !ok || err != nil || !got.Equal(time.Unix(1725330600, 0)) {
		t.Errorf("time: %v %v %v", got, ok, err)
	}
	for _, label := range []int64{NotBefore, IssuedAt} {
		if _, _, err := c.Time(label); !errors.Is(err, ErrMalformed) {
			t.Errorf("label %d as a date: %v", label, err)
		}
	}
	if n, ok, err := c.Int("n"); n != -5 || !ok || err != nil {
		t.Errorf("int: %d %v %v", n, ok, err)
	}
	for _, bad := range []string{"", "f6", "80", "a1f600", "a14100", "a101", "bf0100ff", "a2010001 00"} {
		if _, err := ParseClaims(unhex(t, bad)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	k, err := GenerateKey(ES256, []byte("k"), draws.New("fuzz"))
	if err != nil {
		f.Fatal(err)
	}
	good, err := Sign(k, Header{Type: "application/cwt"}, map[any]any{int64(17): []any{}}, []byte{0xa0})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0x41, 0xa0, 0x40})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			return
		}
		if m.Verify(k.Public()) == nil && !bytes.Contains(good, m.Payload) {
			t.Fatal("a forged message verified")
		}
		_, _ = ParseClaims(m.Payload)
	})
}

func FuzzParseKey(f *testing.F) {
	for _, alg := range algorithms {
		b, err := key(f, alg, "fuzz").MarshalCBOR()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKey(b)
		if err != nil {
			return
		}
		out, err := k.MarshalCBOR()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseKey(out); err != nil || !back.Equal(k) {
			t.Fatalf("key came back different: %v", err)
		}
	})
}
