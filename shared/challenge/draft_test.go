package challenge

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
)

// What a template makes is, to the byte, what encoding afresh makes.
func TestTemplateAgrees(t *testing.T) {
	for _, alg := range []cwt.Algorithm{cwt.ES256, cwt.ES384, cwt.EdDSA, cwt.SM2SM3} {
		k, err := cwt.GenerateKey(alg, []byte("demo-op1"), draws.New(alg.String()))
		if err != nil {
			t.Fatal(err)
		}
		sealer, err := NewSealer(bytes.Repeat([]byte{1}, MinSecretSize))
		if err != nil {
			t.Fatal(err)
		}
		rand := draws.New("template")
		for _, pageKey := range []int{0, 32, 65} {
			c := Challenge{
				Operator: "https://jz.example", PartyID: "demo-cafe", PartyName: "演示网吧 DEMO", Purpose: "internet-cafe",
				PageKey: make([]byte, pageKey), Claims: []string{"name", "over18"},
			}
			if pageKey > 0 {
				c.ResponseURI = "https://jz.example/v1/challenges"
			}
			template, err := NewTemplate(c, k.Public())
			if err != nil {
				t.Fatal(err)
			}
			for i := range 50 {
				c.Issued = time.Unix(70_000+int64(i)*85_000_000, 999)
				c.Expires = c.Issued.Add(time.Duration(1+i) * time.Second)
				if c.Nonce, err = sealer.Nonce(rand, c.Expires, c.PartyID, c.Purpose); err != nil {
					t.Fatal(err)
				}
				rand.Read(c.PageKey)
				want, err := Sign(c, k)
				if err != nil {
					t.Fatal(err)
				}
				d, err := template.Draft(Draft{}, c.Issued, c.Expires, c.Nonce, c.PageKey)
				if err != nil {
					t.Fatal(err)
				}
				signature, err := k.Sign(d.ToBeSigned)
				if err != nil {
					t.Fatal(err)
				}
				if got := string(d.AppendText([]byte("so "), signature)); got != "so "+want {
					t.Fatalf("%v, page key of %d bytes, %v:\ngot  %s\nwant %s", alg, pageKey, c.Issued, got, want)
				}
				if got := Text(d.Finish(signature)); got != want {
					t.Fatalf("%v, page key of %d bytes, %v:\ngot  %s\nwant %s", alg, pageKey, c.Issued, got, want)
				}
			}
		}
	}
}

func TestTemplateRefuses(t *testing.T) {
	k, err := cwt.GenerateKey(cwt.ES256, []byte("demo-op1"), draws.New("key"))
	if err != nil {
		t.Fatal(err)
	}
	good := Challenge{Operator: "https://jz.example", PartyID: "demo-cafe", PartyName: "DEMO", Purpose: "hotel"}
	for name, spoil := range map[string]func(*Challenge){
		"party":    func(c *Challenge) { c.PartyName = "" },
		"page key": func(c *Challenge) { c.PageKey = make([]byte, 31) },
		"claims":   func(c *Challenge) { c.Claims = []string{"name", "name"} },
	} {
		c := good
		spoil(&c)
		if _, err := NewTemplate(c, k.Public()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	large := good
	large.ResponseURI = "https://jz.example/" + string(bytes.Repeat([]byte("a"), 140))
	large.PartyName = string(bytes.Repeat([]byte("n"), 120))
	large.Operator = "https://" + string(bytes.Repeat([]byte("o"), 110))
	large.PageKey = make([]byte, 65)
	for range 16 {
		large.Claims = append(large.Claims, string(bytes.Repeat([]byte{byte('a' + len(large.Claims))}, 10)))
	}
	if _, err := NewTemplate(large, k.Public()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("large: %v", err)
	}
	template, err := NewTemplate(good, k.Public())
	if err != nil {
		t.Fatal(err)
	}
	issued := time.Unix(1_800_000_000, 0)
	nonce, err := OwnNonce(draws.New("nonce"), issued.Add(Honoured))
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"life":     second(template.Draft(Draft{}, issued.Add(Honoured), issued.Add(Honoured), nonce, nil)),
		"nonce":    second(template.Draft(Draft{}, issued, issued.Add(Honoured), nonce[1:], nil)),
		"expiry":   second(template.Draft(Draft{}, issued, issued.Add(Honoured+time.Second), nonce, nil)),
		"page key": second(template.Draft(Draft{}, issued, issued.Add(Honoured), nonce, make([]byte, 32))),
	} {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	early, err := OwnNonce(draws.New("nonce"), time.Unix(60, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Draft(Draft{}, time.Unix(1, 0), time.Unix(60, 0), early, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("early: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
