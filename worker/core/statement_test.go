package core

import (
	"bytes"
	"encoding/base64"
	"maps"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/reason"
	"jianzheng/shared/register"
)

func hashText(fill byte) string {
	return base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32))
}

func checkpointBody() map[string]any {
	return map[string]any{"party": "bank", "register": hashText(1), "count": 7, "head": hashText(2)}
}

func TestCheckpoint(t *testing.T) {
	e := endpoint(t)
	c, err := e.Checkpoint(desk, encode(t, checkpointBody()), now)
	if err != nil {
		t.Fatal(err)
	}
	if want := "bank/desk-1/" + hashText(1); c.Key != want || c.Count != 7 {
		t.Errorf("key %s, count %d", c.Key, c.Count)
	}
	signed, err := e.SignCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadBase64(signed.Document)
	if err != nil {
		t.Fatal(err)
	}
	got, err := register.OpenCheckpoint(b, key(t, 1).Public())
	want := register.Checkpoint{Operator: "https://jz.example", At: now.Truncate(time.Second), Register: register.Hash(bytes.Repeat([]byte{1}, 32)), Count: 7, Head: register.Hash(bytes.Repeat([]byte{2}, 32))}
	if err != nil || got != want || !signed.At.Equal(want.At) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestCheckpointRefuses(t *testing.T) {
	e := endpoint(t)
	set := func(name string, v any) map[string]any {
		body := maps.Clone(checkpointBody())
		if v == nil {
			delete(body, name)
		} else {
			body[name] = v
		}
		return body
	}
	for name, test := range map[string]struct {
		c    Caller
		body map[string]any
		code reason.Code
	}{
		"nobody":           {Caller{}, checkpointBody(), reason.Unauthorized},
		"another party":    {desk, set("party", "demo-cafe"), reason.Unauthorized},
		"stranger":         {desk, set("party", "x"), reason.BodyMalformed},
		"no register":      {desk, set("register", nil), reason.BodyMalformed},
		"no head":          {desk, set("head", nil), reason.BodyMalformed},
		"no party":         {desk, set("party", nil), reason.BodyMalformed},
		"no count":         {desk, set("count", nil), reason.BodyMalformed},
		"count zero":       {desk, set("count", 0), reason.BodyMalformed},
		"count too large":  {desk, set("count", register.MaxLines+1), reason.BodyMalformed},
		"short hash":       {desk, set("head", "AAAA"), reason.BodyMalformed},
		"a line's content": {desk, set("line", "x"), reason.BodyMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Checkpoint(test.c, encode(t, test.body), now)
			wantRefusal(t, err, test.code, statuses[test.code])
		})
	}
}

func TestTime(t *testing.T) {
	e := endpoint(t)
	for _, nonce := range []string{"", "AAECAwQFBgc"} {
		signed, err := e.Time(nonce, now)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ReadBase64(signed.Document)
		if err != nil {
			t.Fatal(err)
		}
		got, err := challenge.OpenTime(b, key(t, 1).Public())
		if err != nil || got.Operator != "https://jz.example" || !got.At.Equal(now.Truncate(time.Second)) || base64.RawURLEncoding.EncodeToString(got.Nonce) != nonce {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, nonce := range []string{"AAAA", "=", "AAECAwQFBg\n", string(bytes.Repeat([]byte("A"), 200))} {
		_, err := e.Time(nonce, now)
		wantRefusal(t, err, reason.BodyMalformed, 400)
	}
}

// A receipt is shown to the party that had it made; another terminal and a used
// ticket get the answer of an unknown id.
func TestReceipt(t *testing.T) {
	e := endpoint(t)
	r, err := ParseIssue([]byte(`{"purpose":"bank-account"}`))
	if err != nil {
		t.Fatal(err)
	}
	issued, err := e.IssueTo(desk, r, now, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	body := redemption(issued.Nonce)
	body["party"], body["purpose"] = "bank", "bank-account"
	request, err := ParseRedeem(encode(t, body))
	if err != nil {
		t.Fatal(err)
	}
	redeemed, err := e.RedeemFor(desk, request, now)
	if err != nil {
		t.Fatal(err)
	}
	nonce, err := ReceiptID(issued.Nonce)
	if err != nil || !bytes.Equal(nonce, redeemed.Nonce) {
		t.Fatalf("%x, %v", nonce, err)
	}
	if got, err := e.Receipt(desk, nonce, redeemed.Receipt); err != nil || got != redeemed.Answer() {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := e.Receipt(Caller{"bank", "server"}, nonce, redeemed.Receipt); err != nil || got != redeemed.Answer() {
		t.Errorf("the host's server: %+v, %v", got, err)
	}
	for name, test := range map[string]struct {
		c       Caller
		nonce   []byte
		receipt []byte
	}{
		"nobody":         {Caller{}, nonce, redeemed.Receipt},
		"another party":  {Caller{"demo-cafe", "x"}, nonce, redeemed.Receipt},
		"another's id":   {desk, make([]byte, challenge.NonceSize), redeemed.Receipt},
		"a used ticket":  {desk, nonce, []byte{}},
		"a torn receipt": {desk, nonce, redeemed.Receipt[1:]},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Receipt(test.c, test.nonce, test.receipt)
			wantRefusal(t, err, reason.NotFound, 404)
		})
	}
	for _, id := range []string{"", "AAAA", issued.Nonce + "A", "../x"} {
		_, err := ReceiptID(id)
		wantRefusal(t, err, reason.NotFound, 404)
	}
}
