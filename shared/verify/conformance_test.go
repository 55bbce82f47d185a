package verify_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/shared/base45"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/reason"
	"jianzheng/shared/verify"
)

// TestConformanceClaim169 runs the published codes of claim 169, inflated and
// put into the form of a printed card: a signature verifies with the key given,
// a card without one is unsigned-card, and what is no card is refused.
func TestConformanceClaim169(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(vectorsDir(), "claim-169", "*", "*.json"))
	if len(files) == 0 {
		fmt.Println("conformance claim-169: not run, no vectors in", filepath.Join(vectorsDir(), "claim-169"))
		t.Skip("no vectors")
	}
	w := newWorld(t)
	passed, refused, encrypted := 0, 0, 0
	for _, file := range files {
		var v struct {
			Data string `json:"qr_data"`
			Key  *struct {
				Algorithm string
				Public    string `json:"public_key_hex"`
			} `json:"signing_key"`
			Encryption json.RawMessage `json:"encryption_key"`
		}
		if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(file)), &v); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		raw, inflates := inflated(v.Data)
		r, _ := w.verify(credential.PrefixPrinted+base45.Encode(raw), verify.Options{Purpose: "internet-cafe"})
		switch {
		case v.Encryption != nil:
			if r.Reason != reason.Malformed {
				t.Errorf("%s: %s", name, said(r))
			}
			encrypted++
		case v.Key != nil:
			m := must[*cwt.Message](t)(cwt.Parse(raw))
			if err := m.Verify(hexKey(t, v.Key.Algorithm, v.Key.Public)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if r.Reason != reason.IssuerUnknown && r.Reason != reason.Malformed { // no kid, and on no list
				t.Errorf("%s: %s", name, said(r))
			}
			passed++
		case filepath.Base(filepath.Dir(file)) == "invalid":
			if inflates && r.Reason != reason.Malformed {
				t.Errorf("%s: %s", name, said(r))
			}
			refused++
		default:
			expect(t, r, reason.UnsignedCard)
			refused++
		}
	}
	fmt.Printf("conformance claim-169: cases %d, passed %d, refused as expected %d, unsupported %d (COSE_Encrypt0 %[4]d)\n",
		len(files), passed, refused, encrypted)
}

// hexKey is a public key as MOSIP's vectors write it.
func hexKey(t *testing.T, algorithm, public string) *cwt.Key {
	t.Helper()
	b := must[[]byte](t)(hex.DecodeString(public))
	fields := map[int]any{1: 1, 3: int64(cwt.EdDSA), -1: 6, -2: b}
	if algorithm == "ES256" {
		fields = map[int]any{1: 2, 3: int64(cwt.ES256), -1: 1, -2: b[1:33], -3: b[33:]}
	}
	return must[*cwt.Key](t)(cwt.ParseKey(encoded(t, fields)))
}
