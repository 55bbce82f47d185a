package core

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
)

var now = time.Date(2026, 11, 21, 8, 0, 0, 123456789, time.UTC)

func key(t testing.TB, fill byte) *cwt.PrivateKey {
	t.Helper()
	k, err := cwt.GenerateKey(cwt.ES256, []byte("demo-op1"), bytes.NewReader(bytes.Repeat([]byte{fill}, 1024)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func config(t testing.TB) Config {
	return Config{
		Operator: "https://jz.example",
		Key:      key(t, 1),
		Secret:   bytes.Repeat([]byte{1}, challenge.MinSecretSize),
		Party:    "demo-cafe",
		Parties: []Party{
			{ID: "demo-cafe", Name: "演示网吧 DEMO Internet café", Kind: "internet-cafe", Open: true},
			{ID: "demo-hotel", Name: "演示酒店 DEMO Hotel", Kind: "hotel", Open: true},
			{ID: "bank", Name: "演示银行 DEMO Bank", Kind: "bank", Purposes: []string{"bank-account"}, Origins: []string{"https://bank.example"}},
		},
		Revoked:  []string{"bank/desk-9"},
		Purposes: policy.Default(),
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func endpoint(t testing.TB) *Endpoint {
	t.Helper()
	e, err := New(config(t))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func issueOne(t testing.TB, e *Endpoint, body string) Issued {
	t.Helper()
	issued, err := e.Issue([]byte(body), now, strings.NewReader("twelve bytes"))
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

// redemption is a good body for the nonce.
func redemption(nonce string) map[string]any {
	return map[string]any{
		"nonce": nonce, "party": "demo-cafe", "purpose": "internet-cafe",
		"outcome": "accepted", "class": "A", "reason": "ok",
		"hash":     base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{5}, HashSize)),
		"labels":   []string{"over18", "name", "id"},
		"sequence": 42,
	}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantRefusal(t *testing.T, err error, code reason.Code, status int) {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("%v, want a refusal with %s", err, code)
	}
	if r.Code != code || r.Status != status {
		t.Errorf("%d %s (%s), want %d %s", r.Status, r.Code, r.Detail, status, code)
	}
}

func TestIssue(t *testing.T) {
	pageKey := bytes.Repeat([]byte{7}, 32)
	issued := issueOne(t, endpoint(t), `{"purpose":"internet-cafe","pageKey":"`+base64.RawURLEncoding.EncodeToString(pageKey)+`"}`)
	s, err := challenge.Parse(issued.Challenge)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(key(t, 1).Public()); err != nil {
		t.Error(err)
	}
	want := challenge.Challenge{
		Operator: "https://jz.example", Issued: now.Truncate(time.Second), Expires: now.Truncate(time.Second).Add(challenge.Honoured),
		Nonce: s.Nonce, PartyID: "demo-cafe", PartyName: "演示网吧 DEMO Internet café", Purpose: "internet-cafe",
		PageKey: pageKey, Claims: []string{"name", "id", "over18"}, KeyID: []byte("demo-op1"),
	}
	if !reflect.DeepEqual(s.Challenge, want) {
		t.Errorf("got  %+v\nwant %+v", s.Challenge, want)
	}
	if got := base64.RawURLEncoding.EncodeToString(s.Nonce); got != issued.Nonce {
		t.Errorf("nonce %s beside a challenge with %s", issued.Nonce, got)
	}
	if !issued.Issued.Equal(want.Issued) || !issued.Expires.Equal(want.Expires) || issued.RenewAfter != 10 {
		t.Errorf("issued %v, expires %v, renew after %d", issued.Issued, issued.Expires, issued.RenewAfter)
	}
}

func TestIssueForANamedParty(t *testing.T) {
	s, err := challenge.Parse(issueOne(t, endpoint(t), `{"purpose":"hotel","party":"demo-hotel"}`).Challenge)
	if err != nil {
		t.Fatal(err)
	}
	if s.PartyID != "demo-hotel" || s.PartyName != "演示酒店 DEMO Hotel" {
		t.Errorf("party %q, %q", s.PartyID, s.PartyName)
	}
}

// A purpose that needs only a handle asks for no claims.
func TestIssueWithoutClaims(t *testing.T) {
	s, err := challenge.Parse(issueOne(t, endpoint(t), `{"purpose":"online-login"}`).Challenge)
	if err != nil || len(s.Claims) != 0 {
		t.Errorf("claims %q, %v", s.Claims, err)
	}
}

func TestIssueRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		code reason.Code
	}{
		"empty body":           {``, reason.BodyMalformed},
		"no purpose":           {`{}`, reason.BodyMalformed},
		"unknown purpose":      {`{"purpose":"party"}`, reason.PurposeUnknown},
		"purpose of a bank":    {`{"purpose":"bank-account"}`, reason.PurposeRefused},
		"purpose empty":        {`{"purpose":""}`, reason.BodyMalformed},
		"purpose null":         {`{"purpose":null}`, reason.BodyMalformed},
		"purpose a number":     {`{"purpose":1}`, reason.BodyMalformed},
		"unknown party":        {`{"purpose":"hotel","party":"stranger"}`, reason.BodyMalformed},
		"party empty":          {`{"purpose":"hotel","party":""}`, reason.BodyMalformed},
		"page key too short":   {`{"purpose":"hotel","pageKey":"AAAA"}`, reason.BodyMalformed},
		"page key empty":       {`{"purpose":"hotel","pageKey":""}`, reason.BodyMalformed},
		"page key with a line": {`{"purpose":"hotel","pageKey":"` + strings.Repeat("A", 20) + `\n` + strings.Repeat("A", 23) + `"}`, reason.BodyMalformed},
		"page key padded":      {`{"purpose":"hotel","pageKey":"` + strings.Repeat("A", 43) + `="}`, reason.BodyMalformed},
		"page key loose bits":  {`{"purpose":"hotel","pageKey":"` + strings.Repeat("A", 42) + `B"}`, reason.BodyMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := endpoint(t).Issue([]byte(test.body), now, strings.NewReader("twelve bytes"))
			wantRefusal(t, err, test.code, statuses[test.code])
		})
	}
}

func TestIssueWithoutRandomness(t *testing.T) {
	_, err := endpoint(t).Issue([]byte(`{"purpose":"internet-cafe"}`), now, strings.NewReader("short"))
	var r *Refusal
	if err == nil || errors.As(err, &r) {
		t.Errorf("%v, want an error that is no refusal", err)
	}
}

func TestRedeem(t *testing.T) {
	e := endpoint(t)
	issued := issueOne(t, e, `{"purpose":"internet-cafe"}`)
	at := now.Add(30 * time.Second)
	got, err := e.Redeem(encode(t, redemption(issued.Nonce)), at)
	if err != nil {
		t.Fatal(err)
	}
	nonce, err := ReadBase64(issued.Nonce)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Nonce, nonce) || !got.Redeemed.Equal(at.Truncate(time.Second)) {
		t.Errorf("nonce %x at %v", got.Nonce, got.Redeemed)
	}
	receipt, err := challenge.OpenReceipt(got.Receipt, key(t, 1).Public())
	if err != nil {
		t.Fatal(err)
	}
	want := challenge.Receipt{
		Operator: "https://jz.example", Redeemed: at.Truncate(time.Second), NonceHash: sha256.Sum256(nonce),
		Party: "demo-cafe", Purpose: "internet-cafe", Reason: reason.OK, Class: "A",
		Labels: []string{"name", "id", "over18"}, Hash: bytes.Repeat([]byte{5}, HashSize), Sequence: 42,
	}
	if !reflect.DeepEqual(receipt, want) {
		t.Errorf("got  %+v\nwant %+v", receipt, want)
	}
	t.Logf("receipt: %d bytes", len(got.Receipt))
	if most := 270; len(got.Receipt) > most {
		t.Errorf("receipt has %d bytes, at most %d", len(got.Receipt), most)
	}
}

func TestRedeemRefuses(t *testing.T) {
	e := endpoint(t)
	nonce := issueOne(t, e, `{"purpose":"internet-cafe"}`).Nonce
	set := func(name string, v any) map[string]any {
		m := redemption(nonce)
		m[name] = v
		return m
	}
	const malformed, unknown = reason.BodyMalformed, reason.NonceUnknown
	soon := now.Add(time.Second)
	tests := map[string]struct {
		body   map[string]any
		at     time.Time
		code   reason.Code
		status int
	}{
		"at its end":               {redemption(nonce), now.Add(time.Minute), reason.NonceExpired, 410},
		"nonce of another secret":  {set("nonce", base64.RawURLEncoding.EncodeToString(make([]byte, challenge.NonceSize))), soon, unknown, 404},
		"another party":            {set("party", "demo-hotel"), soon, unknown, 404},
		"another purpose":          {set("purpose", "hotel"), soon, unknown, 404},
		"a name as party":          {set("party", "演示·张三"), soon, unknown, 404},
		"nonce short":              {set("nonce", "AAAA"), soon, malformed, 400},
		"nonce not base64url":      {set("nonce", strings.Repeat("+", len(nonce))), soon, malformed, 400},
		"nonce a number":           {set("nonce", 7), soon, malformed, 400},
		"party of two lines":       {set("party", "a\nb"), soon, malformed, 400},
		"purpose a sentence":       {set("purpose", "to see who it is"), soon, malformed, 400},
		"outcome not on the list":  {set("outcome", "perhaps"), soon, malformed, 400},
		"outcome against reason":   {set("outcome", "rejected"), soon, malformed, 400},
		"reason not on the list":   {set("reason", "zhang-san"), soon, malformed, 400},
		"reason of a request":      {set("reason", "not-found"), soon, malformed, 400},
		"class E":                  {set("class", "E"), soon, malformed, 400},
		"class of two":             {set("class", "AB"), soon, malformed, 400},
		"accepted without a class": {set("class", ""), soon, malformed, 400},
		"hash short":               {set("hash", "AAAA"), soon, malformed, 400},
		"hash null":                {set("hash", nil), soon, malformed, 400},
		"label not on the list":    {set("labels", []string{"name", "zhang-san"}), soon, malformed, 400},
		"label twice":              {set("labels", []string{"name", "name"}), soon, malformed, 400},
		"labels a text":            {set("labels", "name"), soon, malformed, 400},
		"labels with null":         {set("labels", []any{"name", nil}), soon, malformed, 400},
		"labels nested":            {set("labels", []any{[]any{"name"}}), soon, malformed, 400},
		"sequence negative":        {set("sequence", -1), soon, malformed, 400},
		"sequence a fraction":      {set("sequence", 1.5), soon, malformed, 400},
		"sequence with exponent":   {set("sequence", json.Number("1e3")), soon, malformed, 400},
		"sequence a text":          {set("sequence", "1"), soon, malformed, 400},
		"sequence too large":       {set("sequence", uint64(1)<<53), soon, malformed, 400},
		"unknown member":           {set("note", "x"), soon, malformed, 400},
		"member in another case":   {set("Nonce", nonce), soon, malformed, 400},
	}
	for name := range redemption(nonce) {
		body := redemption(nonce)
		delete(body, name)
		tests["without "+name] = struct {
			body   map[string]any
			at     time.Time
			code   reason.Code
			status int
		}{body, soon, malformed, 400}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := e.Redeem(encode(t, test.body), test.at)
			wantRefusal(t, err, test.code, test.status)
		})
	}
}

// Each reason may be redeemed with the outcome of its class, and no other.
func TestEachReasonHasOneOutcome(t *testing.T) {
	e := endpoint(t)
	nonce := issueOne(t, e, `{"purpose":"internet-cafe"}`).Nonce
	longest, longestCode := 0, reason.Code("")
	for _, code := range reason.All() {
		for _, outcome := range []string{"accepted", "conditional", "rejected", "undetermined", "unreadable", "request"} {
			body := redemption(nonce)
			body["reason"], body["outcome"] = code, outcome
			r, err := e.Redeem(encode(t, body), now)
			want := outcome == code.Class().String() && outcome != "request"
			if got := err == nil; got != want {
				t.Errorf("%s as %s: %v, want redeemable %v", code, outcome, err, want)
			}
			if len(r.Receipt) > longest {
				longest, longestCode = len(r.Receipt), code
			}
		}
	}
	t.Logf("longest receipt: %d bytes (%s)", longest, longestCode)
}

func TestReadObjectRefuses(t *testing.T) {
	deep := strings.Repeat("[", 2000) + strings.Repeat("]", 2000)
	for name, body := range map[string]string{
		"nothing":             ``,
		"space":               ` `,
		"null":                `null`,
		"array":               `[]`,
		"text":                `"a"`,
		"cut":                 `{"a":"x"`,
		"cut in a text":       `{"a":"x`,
		"no value":            `{"a"}`,
		"no colon":            `{"a" "x"}`,
		"no comma":            `{"a":"x" "b":1}`,
		"comma at the end":    `{"a":"x",}`,
		"name without quotes": `{a:"x"}`,
		"name a number":       `{1:"x"}`,
		"comment":             `{"a":"x"/**/}`,
		"two objects":         `{"a":"x"}{}`,
		"brace behind":        `{"a":"x"}}`,
		"zero byte behind":    "{\"a\":\"x\"}\x00",
		"byte order mark":     "\ufeff{\"a\":\"x\"}",
		"twice":               `{"a":"x","a":"x"}`,
		"twice, one escaped":  `{"a":"x","\u0061":"x"}`,
		"another case":        `{"A":"x"}`,
		"unknown":             `{"z":"x"}`,
		"nested":              `{"a":{"a":"x"}}`,
		"deep":                `{"c":` + deep + `}`,
		"deep in unknown":     `{"z":` + deep + `}`,
		"array cut":           `{"c":["x"`,
		"array closed wrong":  `{"c":["x"}`,
		"true":                `{"a":true}`,
		"number for text":     `{"a":1}`,
		"text for number":     `{"b":"1"}`,
		"huge number":         `{"b":1` + strings.Repeat("0", 3000) + `}`,
		"negative zero":       `{"b":-0}`,
		"not UTF-8":           "{\"a\":\"\xff\"}",
		"UTF-16":              "{\x00}\x00",
	} {
		t.Run(name, func(t *testing.T) {
			var a string
			var b uint64
			var c []string
			_, err := ReadObject([]byte(body), map[string]any{"a": &a, "b": &b, "c": &c})
			wantRefusal(t, err, reason.BodyMalformed, 400)
		})
	}
}

func TestReadObject(t *testing.T) {
	var a string
	var b uint64
	var c []string
	seen, err := ReadObject([]byte(" {\"c\" : [ \"x\", \"\\u5f20\" ],\n\"b\":9007199254740991, \"a\":\"\"} \n"), map[string]any{"a": &a, "b": &b, "c": &c, "d": &a})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]bool{"a": true, "b": true, "c": true}; !maps.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
	if a != "" || b != 1<<53-1 || !reflect.DeepEqual(c, []string{"x", "张"}) {
		t.Errorf("a %q, b %d, c %q", a, b, c)
	}
}

// A refusal must not repeat what was sent: it is logged and shown.
func TestRefusalsRepeatNothing(t *testing.T) {
	const secret = "zhang-san-secret"
	for _, name := range []string{"nonce", "party", "purpose", "outcome", "class", "reason", "hash", "labels", "sequence", secret} {
		body := redemption(strings.Repeat("A", 38))
		body[name] = secret
		_, err := endpoint(t).Redeem(encode(t, body), now)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no secret":           func(c *Config) { c.Secret = nil },
		"short secret":        func(c *Config) { c.Secret = c.Secret[:31] },
		"no key":              func(c *Config) { c.Key = nil },
		"unregistered party":  func(c *Config) { c.Party = "stranger" },
		"no purposes":         func(c *Config) { c.Purposes = nil },
		"no operator":         func(c *Config) { c.Operator = "" },
		"party name too long": func(c *Config) { c.Parties[0].Name = strings.Repeat("网", 41) },
		"purpose in capitals": func(c *Config) { c.Purposes = []policy.Purpose{{Code: "Hotel"}} },
		"short former secret": func(c *Config) { c.Former = [][]byte{c.Secret[:31]} },
		"party twice":         func(c *Config) { c.Parties = append(c.Parties, c.Parties[0]) },
		"party with a slash":  func(c *Config) { c.Parties[0].ID = "demo/cafe" },
		"kind of no purpose":  func(c *Config) { c.Parties[2].Purposes, c.Parties[2].Kind, c.Purposes = nil, "bnk", c.Purposes[:1] },
		"purpose of no kind":  func(c *Config) { c.Parties[2].Purposes = []string{"hotel"} },
		"purpose not listed":  func(c *Config) { c.Parties[2].Purposes = []string{"opera"} },
		"plain origin":        func(c *Config) { c.Parties[2].Origins = []string{"http://bank.example"} },
		"origin with a path":  func(c *Config) { c.Parties[2].Origins = []string{"https://bank.example/"} },
		"any origin":          func(c *Config) { c.Parties[2].Origins = []string{"*"} },
		"half a rate":         func(c *Config) { c.Parties[2].Rate = Rate{PerMinute: 1} },
		"bad response URI":    func(c *Config) { c.ResponseURI = "ftp://jz.example" },
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t)
			change(&c)
			if _, err := New(c); err == nil {
				t.Error("taken")
			}
		})
	}
}

func FuzzRedeem(f *testing.F) {
	e := endpoint(f)
	nonce := issueOne(f, e, `{"purpose":"internet-cafe"}`).Nonce
	f.Add(encode(f, redemption(nonce)))
	f.Add([]byte(`{"nonce":"AAAA","labels":["name",["id"]],"sequence":1e99}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := e.Redeem(body, now)
		if err == nil {
			if _, err := challenge.OpenReceipt(r.Receipt, key(t, 1).Public()); err != nil {
				t.Error(err)
			}
			return
		}
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Status >= 500 {
			t.Errorf("%v", err)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	e := endpoint(b)
	body := []byte(`{"purpose":"internet-cafe"}`)
	for b.Loop() {
		if _, err := e.Issue(body, now, zeros{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRedeem is all of a redemption but the store.
func BenchmarkRedeem(b *testing.B) {
	e := endpoint(b)
	body := encode(b, redemption(issueOne(b, e, `{"purpose":"internet-cafe"}`).Nonce))
	for b.Loop() {
		if _, err := e.Redeem(body, now); err != nil {
			b.Fatal(err)
		}
	}
}
