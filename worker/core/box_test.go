package core

import (
	"bytes"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/reason"
)

const responseURI = "https://jz.example/v1/challenges"

// wayA is an endpoint with way A and a challenge that it issued to a page.
func wayA(t testing.TB) (*Endpoint, Issued) {
	t.Helper()
	c := config(t)
	c.ResponseURI = responseURI
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e, issueOne(t, e, `{"purpose":"internet-cafe","pageKey":"`+strings.Repeat("A", 43)+`"}`)
}

func posted(i Issued, ciphertext []byte) map[string]any {
	m := map[string]any{"nonce": i.Nonce, "party": "demo-cafe", "purpose": "internet-cafe"}
	if ciphertext != nil {
		m["ciphertext"] = base64.RawURLEncoding.EncodeToString(ciphertext)
	}
	return m
}

// sealedBytes have the length of an answer.
var sealedBytes = bytes.Repeat([]byte{9}, 32+256+16)

func TestIssueOnWayA(t *testing.T) {
	e, issued := wayA(t)
	s, err := challenge.Parse(issued.Challenge)
	if err != nil {
		t.Fatal(err)
	}
	if s.ResponseURI != responseURI || issued.ID != answer.ID(s.Nonce) || len(issued.Pickup) != 27 {
		t.Errorf("address %q, id %q, pickup %q", s.ResponseURI, issued.ID, issued.Pickup)
	}
	// Whoever gave no key cannot open an answer, and is told no box.
	plain := issueOne(t, e, `{"purpose":"internet-cafe"}`)
	if s, err = challenge.Parse(plain.Challenge); err != nil || s.ResponseURI != "" || plain.ID != "" || plain.Pickup != "" {
		t.Errorf("without a key: %+v, %v", plain, err)
	}
	off := issueOne(t, endpoint(t), `{"purpose":"internet-cafe","pageKey":"`+strings.Repeat("A", 43)+`"}`)
	if off.ID != "" || off.Pickup != "" {
		t.Errorf("without way A: %+v", off)
	}
}

func TestPosts(t *testing.T) {
	e, issued := wayA(t)
	ends := issued.Expires.Add(BoxGrace)
	p, err := e.Opened(issued.ID, encode(t, posted(issued, nil)), now)
	if err != nil || p.ID != issued.ID || p.Ciphertext != nil || !p.Ends.Equal(ends) {
		t.Errorf("opened: %+v, %v", p, err)
	}
	p, err = e.Response(issued.ID, encode(t, posted(issued, sealedBytes)), now)
	if err != nil || p.ID != issued.ID || !bytes.Equal(p.Ciphertext, sealedBytes) || !p.Ends.Equal(ends) {
		t.Errorf("response: %+v, %v", p, err)
	}
	largest := make([]byte, 32+16+63*256)
	body := encode(t, posted(issued, largest))
	if _, err := e.Response(issued.ID, body, now); err != nil || len(body) > MaxPostBytes {
		t.Errorf("the largest answer: %d bytes, %v", len(body), err)
	}
}

func TestPostsRefuse(t *testing.T) {
	e, issued := wayA(t)
	set := func(name string, v any) map[string]any {
		m := maps.Clone(posted(issued, sealedBytes))
		m[name] = v
		return m
	}
	without := func(name string) map[string]any {
		m := maps.Clone(posted(issued, sealedBytes))
		delete(m, name)
		return m
	}
	text := base64.RawURLEncoding.EncodeToString
	other := issueOne(t, e, `{"purpose":"hotel","pageKey":"`+strings.Repeat("A", 43)+`","party":"demo-hotel"}`)
	for name, test := range map[string]struct {
		id   string
		body map[string]any
		at   time.Time
		code reason.Code
	}{
		"another box":             {answer.ID([]byte("x")), posted(issued, sealedBytes), now, reason.NonceUnknown},
		"no box":                  {"", posted(issued, sealedBytes), now, reason.NonceUnknown},
		"nonce made up":           {answer.ID(make([]byte, 28)), set("nonce", text(make([]byte, 28))), now, reason.NonceUnknown},
		"another party":           {issued.ID, set("party", "demo-hotel"), now, reason.NonceUnknown},
		"another purpose":         {issued.ID, set("purpose", "hotel"), now, reason.NonceUnknown},
		"nonce of another party":  {other.ID, set("nonce", other.Nonce), now, reason.NonceUnknown},
		"at its end":              {issued.ID, posted(issued, sealedBytes), issued.Expires, reason.NonceExpired},
		"without nonce":           {issued.ID, without("nonce"), now, reason.BodyMalformed},
		"without party":           {issued.ID, without("party"), now, reason.BodyMalformed},
		"without purpose":         {issued.ID, without("purpose"), now, reason.BodyMalformed},
		"without ciphertext":      {issued.ID, without("ciphertext"), now, reason.BodyMalformed},
		"nonce short":             {issued.ID, set("nonce", "AAAA"), now, reason.BodyMalformed},
		"party of two lines":      {issued.ID, set("party", "a\nb"), now, reason.BodyMalformed},
		"purpose a sentence":      {issued.ID, set("purpose", "to see who"), now, reason.BodyMalformed},
		"ciphertext empty":        {issued.ID, set("ciphertext", ""), now, reason.BodyMalformed},
		"ciphertext of no length": {issued.ID, set("ciphertext", text(sealedBytes[1:])), now, reason.BodyMalformed},
		"ciphertext padded":       {issued.ID, set("ciphertext", text(sealedBytes)+"=="), now, reason.BodyMalformed},
		"ciphertext a number":     {issued.ID, set("ciphertext", 7), now, reason.BodyMalformed},
		"ciphertext too large":    {issued.ID, set("ciphertext", text(make([]byte, answer.MaxBytes+1))), now, reason.BodyTooLarge},
		"a name beside it":        {issued.ID, set("name", "演示·张三"), now, reason.BodyMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Response(test.id, encode(t, test.body), test.at)
			var r *Refusal
			if !errors.As(err, &r) || r.Code != test.code || r.Status >= 500 {
				t.Errorf("%v, want %s", err, test.code)
			}
		})
	}
	if _, err := e.Opened(issued.ID, encode(t, posted(issued, sealedBytes)), now); err == nil {
		t.Error("opened with a ciphertext was taken")
	}
}

func TestPickup(t *testing.T) {
	e, issued := wayA(t)
	ends := issued.Expires.Add(BoxGrace)
	p, err := e.Pickup(issued.ID, issued.Pickup, ends.Add(-time.Second))
	if err != nil || p.ID != issued.ID || !p.Ends.Equal(ends) {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = e.Pickup(issued.ID, issued.Pickup, ends)
	wantRefusal(t, err, reason.NonceExpired, 410)
	other := answer.ID([]byte("other"))
	raw, _ := ReadBase64(issued.Pickup)
	longer := bytes.Clone(raw)
	longer[3]++ // a second more
	for name, test := range map[string][2]string{
		"another box": {other, issued.Pickup}, "no box": {"", issued.Pickup}, "empty": {issued.ID, ""},
		"cut": {issued.ID, issued.Pickup[:26]}, "one more": {issued.ID, issued.Pickup + "A"}, "padded": {issued.ID, issued.Pickup + "="},
		"a longer life": {issued.ID, base64.RawURLEncoding.EncodeToString(longer)},
		"tag cut":       {issued.ID, base64.RawURLEncoding.EncodeToString(raw[:4])},
		"nonce":         {issued.ID, issued.Nonce},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Pickup(test[0], test[1], now)
			wantRefusal(t, err, reason.NonceUnknown, 404)
		})
	}
}

func TestBox(t *testing.T) {
	ends := now.Add(2 * time.Minute)
	opened, response := Post{}, Post{Ciphertext: []byte("first")}
	b := NewBox(ends)
	step := func(what string, err error, want BoxState) {
		t.Helper()
		if err != nil || b.At(now) != want {
			t.Errorf("%s: %s, %v; want %s", what, b.At(now), err, want)
		}
	}
	step("new", nil, BoxWaiting)
	step("opened", b.Put(opened, now), BoxOpened)
	step("opened again", b.Put(opened, now), BoxOpened)
	step("response", b.Put(response, now), BoxAnswered)
	step("opened late", b.Put(opened, now), BoxAnswered)
	wantRefusal(t, b.Put(Post{Ciphertext: []byte("second")}, now), reason.NonceUsed, 409)
	if string(b.Ciphertext) != "first" {
		t.Errorf("%q won", b.Ciphertext)
	}
	b.Deliver()
	step("delivered", nil, BoxDelivered)
	if b.Ciphertext != nil {
		t.Error("the answer is still there")
	}
	wantRefusal(t, b.Put(response, now), reason.NonceUsed, 409)
	if b.At(ends) != BoxExpired {
		t.Error(b.At(ends))
	}
	wantRefusal(t, b.Put(response, ends), reason.NonceExpired, 410)
	b = NewBox(ends)
	step("response without opened", b.Put(response, now), BoxAnswered)
}

func FuzzResponse(f *testing.F) {
	e, issued := wayA(f)
	f.Add(issued.ID, encode(f, posted(issued, sealedBytes)))
	f.Add(issued.ID, encode(f, posted(issued, nil)))
	f.Add("", []byte(`{"nonce":"AAAA","ciphertext":[[]]}`))
	f.Fuzz(func(t *testing.T, id string, body []byte) {
		p, err := e.Response(id, body, now)
		var refusal *Refusal
		if err == nil && (p.ID != issued.ID || !answer.Plausible(p.Ciphertext)) || err != nil && (!errors.As(err, &refusal) || refusal.Status >= 500) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
