package challenge

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"reflect"
	"testing"

	"jianzheng/shared/cwt"
	"jianzheng/shared/cwt/cwttest"
	"jianzheng/shared/reason"
)

func sampleReceipt() Receipt {
	return Receipt{
		Operator: "https://jz.example", Redeemed: issued, NonceHash: sha256.Sum256([]byte("nonce")),
		Party: "demo-cafe", Purpose: "internet-cafe", Reason: reason.ComparePerson,
		Class: "A", Hash: make([]byte, sha256.Size), Labels: []string{"name", "id"}, Sequence: 7,
	}
}

func TestReceiptRoundTrip(t *testing.T) {
	b, err := sampleReceipt().Sign(key(t, cwt.ES256, 1))
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenReceipt(b, key(t, cwt.ES256, 1).Public())
	if err != nil {
		t.Fatal(err)
	}
	if want := sampleReceipt(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	t.Logf("receipt: %d bytes", len(b))
}

func TestOpenReceiptRefusesWhatIsAltered(t *testing.T) {
	k := key(t, cwt.ES256, 1)
	b, err := sampleReceipt().Sign(k)
	if err != nil {
		t.Fatal(err)
	}
	cwttest.Altered(t, b, func(b []byte) error {
		_, err := OpenReceipt(b, k.Public())
		return err
	})
}

func TestOpenReceiptRefuses(t *testing.T) {
	k := key(t, cwt.ES256, 1)
	payload, err := plainPayload(sampleReceipt())
	if err != nil {
		t.Fatal(err)
	}
	message := func(typ any, payload []byte) []byte {
		b, err := cwt.Sign(k, cwt.Header{Type: typ}, nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	change := func(change func(*Receipt)) []byte {
		r := sampleReceipt()
		change(&r)
		b, err := r.Sign(k)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	encode := func(v any) []byte {
		b, err := cwt.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	with := func(label any, v any) []byte {
		claims, err := cwt.ParseClaims(payload)
		if err != nil {
			t.Fatal(err)
		}
		claims[label] = encode(v)
		return message(receiptType, encode(claims))
	}
	for name, b := range map[string][]byte{
		"nothing":            nil,
		"no typ":             message(nil, payload),
		"typ of another":     message("challenge+cwt", payload),
		"no map":             message(receiptType, []byte{1}),
		"empty map":          message(receiptType, []byte{0xa0}),
		"unknown claim":      with(int64(-70099), 1),
		"short nonce hash":   with(cwt.TokenID, make([]byte, 31)),
		"long nonce hash":    with(cwt.TokenID, make([]byte, 33)),
		"statement of five":  with(labelStatement, []any{"cafe", "internet-cafe", "accepted", "A", 1}),
		"outcome of another": with(labelStatement, []any{"cafe", "internet-cafe", "rejected", "A", 1, []string{}, make([]byte, 32), 1}),
		"strange class":      change(func(r *Receipt) { r.Class = "Z" }),
		"strange reason":     change(func(r *Receipt) { r.Reason = "none" }),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := OpenReceipt(b, k.Public()); !errors.Is(err, ErrReceipt) {
				t.Errorf("%v, want %v", err, ErrReceipt)
			}
		})
	}
	if _, err := OpenReceipt(message(receiptType, payload), key(t, cwt.ES256, 2).Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("another key: %v, want %v", err, cwt.ErrSignature)
	}
}

func FuzzOpenReceipt(f *testing.F) {
	k := key(f, cwt.ES256, 1)
	payload, err := plainPayload(sampleReceipt())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := readReceipt(payload)
		if err != nil {
			return
		}
		again, err := plainPayload(r)
		if err != nil || !bytes.Equal(again, payload) {
			t.Errorf("encoded again: %x, %v; was %x", again, err, payload)
		}
		if _, err := r.Sign(k); err != nil {
			t.Error(err)
		}
	})
}
