package cwt

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// vectorsDir is where published vectors lie: beside the repository, unless the
// environment says otherwise.
func vectorsDir() string {
	if dir := os.Getenv("VECTORS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "vectors")
}

// tally counts the cases of a suite.
type tally struct {
	cases, passed, refused int
	unsupported            map[string]int // by reason
}

// report prints the one line of a suite and fails where cases are left over.
func (n *tally) report(t *testing.T, suite string) {
	t.Helper()
	var reasons []string
	unsupported := 0
	for _, reason := range slices.Sorted(maps.Keys(n.unsupported)) {
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, n.unsupported[reason]))
		unsupported += n.unsupported[reason]
	}
	line := fmt.Sprintf("conformance %s: cases %d, passed %d, refused as expected %d, unsupported %d",
		suite, n.cases, n.passed, n.refused, unsupported)
	if unsupported > 0 {
		line += " (" + strings.Join(reasons, ", ") + ")"
	}
	fmt.Println(line)
	if open := n.cases - n.passed - n.refused - unsupported; open != 0 {
		t.Errorf("%s: %d cases unexplained", suite, open)
	}
}

// coseKey is the key of a vector: a JWK (RFC 7517), or the like in hex.
type coseKey struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
	XHex  string `json:"x_hex"`
	YHex  string `json:"y_hex"`
}

// public gives the key, or an error for a kind this package does not read.
func (k coseKey) public() (*Key, error) {
	m := map[int64]any{keyType: map[string]int64{"EC": typeEC2, "OKP": typeOKP}[k.Type]}
	m[keyCurve] = map[string]int64{"P-256": curveP256, "P-384": curveP384, "Ed25519": curveEd25519}[k.Curve]
	for _, part := range []struct {
		label    int64
		b64, hex string
	}{{keyX, k.X, k.XHex}, {keyY, k.Y, k.YHex}} {
		b, err := base64.RawURLEncoding.DecodeString(part.b64)
		if part.hex != "" {
			b, err = hex.DecodeString(part.hex)
		}
		if err != nil {
			return nil, err
		}
		if len(b) > 0 {
			m[part.label] = b
		}
	}
	cose, err := Encode(m)
	if err != nil {
		return nil, err
	}
	return ParseKey(cose)
}

// coseCase is one vector of either collection, brought to one form.
type coseCase struct {
	name       string
	key        coseKey
	alg        string
	message    []byte
	external   []byte
	toBeSigned []byte // empty where not published
	fail       bool
	outside    string // why this package must refuse it, or ""
}

// readCoseWG reads a file of github.com/cose-wg/Examples.
func readCoseWG(file string) (coseCase, error) {
	var v struct {
		Fail  bool
		Input struct {
			Sign0 *struct {
				Key       coseKey
				Alg       string
				External  string
				Protected map[string]any
			}
		}
		Intermediates json.RawMessage // an object, or for several signers something else
		Output        struct{ CBOR string }
	}
	c := coseCase{name: strings.TrimSuffix(filepath.Base(file), ".json")}
	b, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return c, err
	}
	if c.message, err = hex.DecodeString(v.Output.CBOR); err != nil {
		return c, err
	}
	c.fail = v.Fail
	if v.Input.Sign0 == nil {
		c.outside = "not COSE_Sign1"
		return c, nil
	}
	var steps struct {
		ToBeSigned string `json:"ToBeSign_hex"`
	}
	if err := json.Unmarshal(v.Intermediates, &steps); err != nil {
		return c, err
	}
	if c.toBeSigned, err = hex.DecodeString(steps.ToBeSigned); err != nil {
		return c, err
	}
	if c.external, err = hex.DecodeString(v.Input.Sign0.External); err != nil {
		return c, err
	}
	c.key, c.alg = v.Input.Sign0.Key, v.Input.Sign0.Alg
	if _, protected := v.Input.Sign0.Protected["alg"]; !protected {
		c.outside = "algorithm not protected"
	}
	return c, nil
}

// readGluecose reads a file of github.com/gluecose/test-vectors.
func readGluecose(file string) (coseCase, error) {
	type item struct{ CBORHex string }
	var v struct {
		Key    coseKey
		Alg    string
		Verify *struct {
			Message      item `json:"taggedCOSESign1"`
			External     string
			ShouldVerify bool
		} `json:"sign1::verify"`
		Sign *struct {
			Message    item `json:"expectedOutput"`
			ToBeSigned item `json:"tbsHex"`
			External   string
			Detached   bool
		} `json:"sign1::sign"`
	}
	c := coseCase{name: strings.TrimSuffix(filepath.Base(file), ".json")}
	b, err := os.ReadFile(file)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return c, err
	}
	c.key, c.alg = v.Key, v.Alg
	var message, external, toBeSigned string
	switch {
	case v.Verify != nil:
		message, external, c.fail = v.Verify.Message.CBORHex, v.Verify.External, !v.Verify.ShouldVerify
	case v.Sign != nil && !v.Sign.Detached:
		message, external, toBeSigned = v.Sign.Message.CBORHex, v.Sign.External, v.Sign.ToBeSigned.CBORHex
	default:
		return c, errors.New("a block of an unknown form")
	}
	for _, part := range []struct {
		to   *[]byte
		text string
	}{{&c.message, message}, {&c.external, external}, {&c.toBeSigned, toBeSigned}} {
		if *part.to, err = hex.DecodeString(part.text); err != nil {
			return c, err
		}
	}
	return c, nil
}

// verify reads and verifies the message of a case.
func (c coseCase) verify() (*Message, error) {
	message := c.message
	if len(message) > 0 && majorType(message) == majorArray {
		message = append([]byte{0xc0 | tagSign1}, message...) // published without the tag
	}
	m, err := Parse(message)
	if err != nil {
		return nil, err
	}
	k, err := c.key.public()
	if err != nil {
		return nil, err
	}
	return m, m.verify(k, c.external)
}

// checkToBeSigned builds the message anew and compares the Sig_structure.
func (c coseCase) checkToBeSigned(m *Message) error {
	if len(c.toBeSigned) == 0 || len(c.external) > 0 {
		return nil
	}
	u, err := Build(m.Header, nil, m.Payload)
	if err != nil {
		return err
	}
	if !bytes.Equal(u.ToBeSigned(), c.toBeSigned) {
		return fmt.Errorf("to be signed %x, want %x", u.ToBeSigned(), c.toBeSigned)
	}
	return nil
}

// TestConformanceCOSE runs the COSE_Sign1 examples of the working group and of
// gluecose. It is in this package for the sake of external data, which no
// format of this project has and which is therefore not exported.
func TestConformanceCOSE(t *testing.T) {
	dir := filepath.Join(vectorsDir(), "cose")
	wg, _ := filepath.Glob(filepath.Join(dir, "cose-wg", "*", "*.json"))
	glue, _ := filepath.Glob(filepath.Join(dir, "gluecose", "*.json"))
	if len(wg) == 0 || len(glue) == 0 {
		fmt.Println("conformance cose: not run, no vectors in", dir)
		t.Skip("no vectors")
	}
	supported := []string{"ES256 P-256", "ES384 P-384", "EdDSA Ed25519"}
	refusals := []error{ErrSignature, ErrAlgorithm, ErrMalformed, ErrUnsupported}
	n := tally{unsupported: map[string]int{}}
	for i, file := range append(wg, glue...) {
		n.cases++
		read := readCoseWG
		if i >= len(wg) {
			read = readGluecose
		}
		c, err := read(file)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if kind := strings.TrimSpace(c.alg + " " + c.key.Curve); c.outside == "" && !slices.Contains(supported, kind) {
			c.outside = kind
		}
		m, err := c.verify()
		switch {
		case c.outside != "":
			if err == nil {
				t.Errorf("%s: verified, want refused: %s", c.name, c.outside)
				continue
			}
			n.unsupported[c.outside]++
		case c.fail:
			// A wrong tag and a changed algorithm fail before the signature does.
			if !slices.ContainsFunc(refusals, func(want error) bool { return errors.Is(err, want) }) {
				t.Errorf("%s: error %v, want one of %v", c.name, err, refusals)
				continue
			}
			n.refused++
		default:
			if err == nil {
				err = c.checkToBeSigned(m)
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			n.passed++
		}
	}
	n.report(t, "cose")
}

// wycheproofFiles are the files of Project Wycheproof for the algorithms here.
var wycheproofFiles = []struct {
	name string
	alg  Algorithm
}{
	{"ecdsa_secp256r1_sha256_p1363_test.json", ES256},
	{"ecdsa_secp384r1_sha384_p1363_test.json", ES384},
	{"ed25519_test.json", EdDSA},
}

// wycheproof is a file of Project Wycheproof.
type wycheproof struct {
	TestGroups []struct {
		PublicKey struct {
			Uncompressed string // EC: 04 ‖ x ‖ y
			Point        string `json:"pk"` // Ed25519
		}
		Tests []struct {
			ID               int `json:"tcId"`
			Comment          string
			Msg, Sig, Result string
		}
	}
}

func TestConformanceWycheproof(t *testing.T) {
	for _, f := range wycheproofFiles {
		suite := "wycheproof " + f.alg.String()
		file := filepath.Join(vectorsDir(), "wycheproof", f.name)
		b, err := os.ReadFile(file)
		if err != nil {
			fmt.Printf("conformance %s: not run, no vectors at %s\n", suite, file)
			continue
		}
		var v wycheproof
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		n := tally{}
		for _, group := range v.TestGroups {
			point, err := hex.DecodeString(group.PublicKey.Uncompressed + group.PublicKey.Point)
			if err != nil {
				t.Fatal(err)
			}
			family, _ := familyOf(f.alg)
			if family.kty == typeEC2 {
				point = point[1:]
			}
			k, keyErr := newKey(nil, f.alg, point[:family.size], point[family.size:])
			for _, test := range group.Tests {
				n.cases++
				msg, errMsg := hex.DecodeString(test.Msg)
				sig, errSig := hex.DecodeString(test.Sig)
				err := errors.Join(keyErr, errMsg, errSig)
				if err == nil {
					err = k.Verify(msg, sig)
				}
				switch {
				case test.Result == "valid" && err == nil:
					n.passed++
				case test.Result == "invalid" && errors.Is(err, ErrSignature):
					n.refused++
				default:
					t.Errorf("%s, test %d (%s): %s, got error %v", suite, test.ID, test.Comment, test.Result, err)
				}
			}
		}
		n.report(t, suite)
	}
}

// TestConformanceSM2 runs the worked example of GB/T 32918.5, Annex A.2.
func TestConformanceSM2(t *testing.T) {
	file := filepath.Join(vectorsDir(), "sm2", "gbt-32918.5-a2.json")
	b, err := os.ReadFile(file)
	if err != nil {
		fmt.Println("conformance sm2: not run, no vectors at", file)
		t.Skip("no vectors")
	}
	var v map[string]string
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	number := func(name string) []byte {
		n, err := hex.DecodeString(v[name])
		if err != nil || len(n) != 32 {
			t.Fatalf("%s: %d bytes, %v", name, len(n), err)
		}
		return n
	}
	k, err := newPrivateKey(SM2SM3, nil, number("private_key_hex"))
	if err != nil {
		t.Fatal(err)
	}
	published, err := newKey(nil, SM2SM3, number("x_hex"), number("y_hex"))
	if err != nil {
		t.Fatal(err)
	}
	n := tally{}
	pass := func(what string, ok bool) {
		if n.cases++; ok {
			n.passed++
		} else {
			t.Error(what)
		}
	}
	refuse := func(what string, ok bool) {
		if n.cases++; ok {
			n.refused++
		} else {
			t.Error(what)
		}
	}
	msg := []byte(v["message_ascii"])
	sig := append(number("r_hex"), number("s_hex")...)
	pass("private and public key do not belong together", k.Equal(published))
	pass("the published signature does not verify", published.Verify(msg, sig) == nil)
	priv := k.priv.(*sm2.PrivateKey)
	e, err := sm2.CalculateSM2Hash(&priv.PublicKey, msg, []byte(v["id_ascii"]))
	pass("e differs", err == nil && bytes.Equal(e, number("e_hex")))
	own, err := k.Sign(msg)
	pass("our own signature does not verify", err == nil && published.Verify(msg, own) == nil)

	for i := range len(sig) * 8 {
		changed := bytes.Clone(sig)
		changed[i/8] ^= 1 << (i % 8)
		refuse(fmt.Sprintf("bit %d of the signature flipped and verified", i), errors.Is(published.Verify(msg, changed), ErrSignature))
	}
	for i := range len(msg) * 8 {
		changed := bytes.Clone(msg)
		changed[i/8] ^= 1 << (i % 8)
		refuse(fmt.Sprintf("bit %d of the message flipped and verified", i), errors.Is(published.Verify(changed, sig), ErrSignature))
	}
	// The id is fixed in this package; a signature under another must not verify.
	other, err := sm2.CalculateSM2Hash(&priv.PublicKey, msg, []byte("8765432187654321"))
	if err != nil {
		t.Fatal(err)
	}
	der, err := sm2.SignDeterministic(priv, other, nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := signatureFromDER(der, 32)
	refuse("a signature under another id verified", err == nil && errors.Is(published.Verify(msg, foreign), ErrSignature))
	n.report(t, "sm2")
}
