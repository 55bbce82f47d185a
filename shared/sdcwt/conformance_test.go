package sdcwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"jianzheng/shared/cwt"
)

// vectorsDir is where published vectors lie: beside the repository, unless the
// environment says otherwise.
func vectorsDir() string {
	if dir := os.Getenv("VECTORS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "vectors")
}

// example is one of the draft's examples.
type example struct {
	presentation bool
	disclosed    []string // paths in the order of the card
}

// examples names every .cbor file that the draft publishes. A file that is not
// here fails the test, so that no new example goes unnoticed.
var examples = map[string]example{
	"kbt": {true, []string{"501", "502 0", "503 region"}},
	"issuer_cwt": {false, []string{
		"501", "502 0", "502 1", "503 region", "503 postal_code",
	}},
	"nested_cwt": {false, []string{
		"504 2", "504 2 501", "504 2 503", "504 2 503 2", "504 0", "504 0 501", "504 0 503",
	}},
	"nested_kbt": {true, []string{
		"504 2", "504 2 501", "504 2 503", "504 2 503 2", "504 0", "504 0 501", "504 0 503",
	}},
	"nested_issuer_cwt": {false, []string{
		"504 0 501", "504 0 503 2", "504 0 503 3", "504 0 503", "504 0",
		"504 1 501", "504 1 503 2", "504 1 503 3", "504 1 503", "504 1",
		"504 2 501", "504 2 503 2", "504 2 503 3", "504 2 503", "504 2",
	}},
	"decoy": {false, []string{"98 0", "500"}},
}

// check verifies one example as a verifier would, and gives its claims.
func check(b []byte, presentation bool, issuer *cwt.Key) (*Presentation, *Claims, error) {
	if presentation {
		p, err := ParsePresentation(b)
		if err != nil {
			return nil, nil, err
		}
		if err := p.Verify(); err != nil {
			return nil, nil, err
		}
		if err := p.Card.Verify(issuer); err != nil {
			return nil, nil, err
		}
		claims, err := p.Card.Reveal()
		return p, claims, err
	}
	card, err := ParseCard(b)
	if err != nil {
		return nil, nil, err
	}
	claims, err := card.Reveal()
	if err != nil {
		return nil, nil, err
	}
	return nil, claims, card.Verify(issuer)
}

// TestConformance verifies every published example, and refuses every single
// flipped bit of it.
func TestConformance(t *testing.T) {
	dir := filepath.Join(vectorsDir(), "sd-cwt")
	files, _ := filepath.Glob(filepath.Join(dir, "*.cbor"))
	if len(files) == 0 {
		fmt.Println("conformance sd-cwt: not run, no vectors in", dir)
		t.Skip("no vectors")
	}
	issuer := publicKey(t, filepath.Join(dir, "keys", "issuer_privkey.pem"), cwt.ES384)
	stride := 1
	if runtime.GOOS == "js" {
		stride = 7 // curves are 30 times slower there; every bit is flipped natively
	}
	cases, passed, refused := 0, 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".cbor")
		want, known := examples[name]
		if !known {
			t.Errorf("%s: not expected", name)
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases++
		p, claims, err := check(b, want.presentation, issuer)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, path := range claims.Disclosed {
			got = append(got, strings.Trim(fmt.Sprint(path), "[]"))
		}
		ok := reflect.DeepEqual(got, want.disclosed)
		if !ok {
			t.Errorf("%s: disclosed %q, want %q", name, got, want.disclosed)
		}
		if p != nil {
			nonce, _ := hex.DecodeString("8c0f5f523b95bea44a9a48c649240803")
			b := p.Binding
			if b.Audience != "https://verifier.example/app" || b.IssuedAt.Unix() != 1725244237 || !bytes.Equal(b.Nonce, nonce) {
				t.Errorf("%s: binding %+v", name, b)
				ok = false
			}
		}
		if ok {
			passed++
		}
		for i := 0; i < len(b)*8; i += stride {
			cases++
			flipped := bytes.Clone(b)
			flipped[i/8] ^= 1 << (i % 8)
			if _, _, err := check(flipped, want.presentation, issuer); err == nil {
				t.Errorf("%s: bit %d flipped and still accepted", name, i)
			} else {
				refused++
			}
		}
	}
	fmt.Printf("conformance sd-cwt: cases %d, passed %d, refused as expected %d, unsupported 0\n", cases, passed, refused)
}

// publicKey reads the public part of a key in PKCS #8.
func publicKey(t testing.TB, file string, alg cwt.Algorithm) *cwt.Key {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s: no PEM", file)
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.(*ecdsa.PrivateKey).PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	half := len(point) / 2
	curve := map[cwt.Algorithm]int{cwt.ES256: 1, cwt.ES384: 2}[alg]
	key, err := cwt.ParseKey(encode(t, map[int]any{1: 2, 3: int64(alg), -1: curve, -2: point[1 : 1+half], -3: point[1+half:]}))
	if err != nil {
		t.Fatal(err)
	}
	return key
}
