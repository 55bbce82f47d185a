package challenge

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/reason"
)

// plainPayload is what appendPayload writes, by the encoder.
func plainPayload(r Receipt) ([]byte, error) {
	return cwt.Encode(map[int64]any{
		cwt.Issuer:   r.Operator,
		cwt.IssuedAt: r.Redeemed.Unix(),
		cwt.TokenID:  r.NonceHash[:],
		labelStatement: statement{
			Party: r.Party, Purpose: r.Purpose, Outcome: r.Outcome(), Class: r.Class, Reason: r.Reason.Number(),
			Labels: r.Labels, Hash: r.Hash, Sequence: r.Sequence,
		},
	})
}

// plainDraft is what a template makes, with all of it encoded.
func plainDraft(t *testing.T, r Receipt, k *cwt.Key) Draft {
	t.Helper()
	payload, err := plainPayload(r)
	if err != nil {
		t.Fatal(err)
	}
	h := header(k.Alg, k.ID)
	h.Type = receiptType
	d, err := newDraft(h, payload)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Receipts written by hand are those of the encoder, to the byte.
func TestReceiptTemplate(t *testing.T) {
	receipts := map[string]func(*Receipt){
		"sample":           func(*Receipt) {},
		"no labels":        func(r *Receipt) { r.Labels = []string{} },
		"nothing":          func(r *Receipt) { *r = Receipt{} },
		"every label":      func(r *Receipt) { r.Labels = []string{"name", "id", "birth", "sex", "address", "photo", "over18"} },
		"long texts":       func(r *Receipt) { r.Operator, r.Party = string(make([]byte, 300)), string(make([]byte, 70000)) },
		"before 1970":      func(r *Receipt) { r.Redeemed = time.Unix(-1, 0) },
		"after 2106":       func(r *Receipt) { r.Redeemed = time.Unix(math.MaxUint32+1, 0) },
		"party in Chinese": func(r *Receipt) { r.Party = "演示网吧" },
	}
	for _, n := range []uint64{0, 23, 24, 255, 256, 65535, 65536, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint64} {
		receipts[fmt.Sprint("sequence ", n)] = func(r *Receipt) { r.Sequence = n }
	}
	for _, code := range reason.All() {
		receipts[string(code)] = func(r *Receipt) { r.Reason = code }
	}
	for _, alg := range []cwt.Algorithm{cwt.ES256, cwt.ES384, cwt.EdDSA, cwt.SM2SM3} {
		k := key(t, alg, 1)
		template, err := NewReceiptTemplate(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range receipts {
			r := sampleReceipt()
			change(&r)
			got, want := template.Draft(r), plainDraft(t, r, k.Public())
			if !bytes.Equal(got.ToBeSigned, want.ToBeSigned) || !bytes.Equal(got.Message, want.Message) {
				t.Errorf("%v, %s:\ngot  %x\nwant %x", alg, name, got.Message, want.Message)
			}
		}
	}
}

func FuzzReceiptTemplate(f *testing.F) {
	k := key(f, cwt.ES256, 1).Public()
	template, err := NewReceiptTemplate(k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("https://jz.example", int64(1), "cafe", "internet-cafe", "ok", "A", "name", []byte{1}, uint64(7))
	f.Fuzz(func(t *testing.T, operator string, at int64, party, purpose, code, class, label string, hash []byte, sequence uint64) {
		r := Receipt{
			Operator: operator, Redeemed: time.Unix(at, 0), NonceHash: sha256.Sum256(hash), Party: party, Purpose: purpose,
			Reason: reason.Code(code), Class: class, Labels: []string{label}, Hash: hash, Sequence: sequence,
		}
		got, want := template.Draft(r), plainDraft(t, r, k)
		if !bytes.Equal(got.ToBeSigned, want.ToBeSigned) || !bytes.Equal(got.Message, want.Message) {
			t.Errorf("got  %x\nwant %x", got.Message, want.Message)
		}
	})
}

func BenchmarkReceiptDraft(b *testing.B) {
	template, err := NewReceiptTemplate(key(b, cwt.ES256, 1).Public())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		template.Draft(sampleReceipt())
	}
}
