package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/demo"
	"jianzheng/shared/draws"
	"jianzheng/shared/reason"
	"jianzheng/shared/verify"
)

const responseURI = "https://jz.example/v1/challenges"

// issue plays the endpoint: a challenge for a page's key.
func (c *counter) issue(seed string, key data) string {
	c.t.Helper()
	sealer, err := challenge.NewSealer(make([]byte, 32))
	if err != nil {
		c.t.Fatal(err)
	}
	nonce, err := sealer.Nonce(draws.New(seed), clock.Add(challenge.Honoured), demo.PartyID, "internet-cafe")
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := challenge.Sign(challenge.Challenge{
		Operator: demo.OperatorID, Issued: clock, Expires: clock.Add(challenge.Honoured), Nonce: nonce,
		PartyID: demo.PartyID, PartyName: demo.PartyName, Purpose: "internet-cafe", Claims: []string{"name", "id", "over18"},
		ResponseURI: responseURI, PageKey: key,
	}, c.authority.Operator())
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// ask has the page ask for a challenge on way A.
func (c *counter) ask(seed string) ChallengeAnswer {
	c.t.Helper()
	key := ok[AnswerKeyAnswer](c.t, c.App, "answer.key", AnswerKeyRequest{c.boot.Now})
	return ok[ChallengeAnswer](c.t, c.App, "challenge.adopt", AdoptRequest{c.boot.Now, c.issue(seed, key.Key), "pickup of " + seed})
}

// seal plays the phone up to its post.
func (c *counter) seal(person, text string) HolderFinishAnswer {
	c.t.Helper()
	holder := New(draws.New("holder"))
	card, err := c.authority.IssueCard(person, c.phone.Public(), draws.New("salts"), clock)
	if err != nil {
		c.t.Fatal(err)
	}
	q := ok[HolderReadAnswer](c.t, holder, "holder.read", HolderReadRequest{Signed: c.boot.Signed, Now: c.boot.Now, Text: text})
	if q.Opened == nil || q.Opened.Compare != "" || !strings.HasPrefix(q.Opened.URL, responseURI+"/") || !strings.HasSuffix(q.Opened.URL, "/opened") {
		c.t.Fatalf("opened: %+v", q.Opened)
	}
	b := ok[HolderBeginAnswer](c.t, holder, "holder.begin", HolderBeginRequest{Now: c.boot.Now, Card: card, Challenge: text, Claims: q.Claims})
	sig, err := c.phone.Sign(b.ToSign)
	if err != nil {
		c.t.Fatal(err)
	}
	return ok[HolderFinishAnswer](c.t, holder, "holder.finish", HolderFinishRequest{Ticket: b.Ticket, Signature: sig})
}

func ciphertext(t testing.TB, p *Post) data {
	t.Helper()
	var body struct{ Ciphertext data }
	if p == nil || json.Unmarshal([]byte(p.Body), &body) != nil || len(body.Ciphertext) == 0 {
		t.Fatalf("post %+v", p)
	}
	return body.Ciphertext
}

func (c *counter) sealed(box string, sealed data) VerifyRequest {
	return VerifyRequest{Now: c.boot.Now, Purpose: "internet-cafe", Sealed: &Sealed{box, sealed}}
}

func (c *counter) open(box string, sealed data) VerifyAnswer {
	c.t.Helper()
	return ok[VerifyAnswer](c.t, c.App, "verify", c.sealed(box, sealed))
}

func TestWayA(t *testing.T) {
	c := newCounter(t)
	shown := c.ask("one")
	if !answer.IsID(shown.Box) || shown.Pickup != "pickup of one" {
		t.Fatalf("box %q, pickup %q", shown.Box, shown.Pickup)
	}
	f := c.seal("valid", shown.Text)
	if f.Post == nil || f.Post.URL != responseURI+"/"+shown.Box+"/response" || len(f.Post.Compare) != 4 || f.Size == 0 {
		t.Fatalf("post %+v", f.Post)
	}
	for _, secret := range []string{"张三", "990101", "KB1:", base64.RawURLEncoding.EncodeToString([]byte("990101199003077012"))} {
		if strings.Contains(f.Post.Body, secret) {
			t.Errorf("the post holds %q", secret)
		}
	}
	v := c.open(shown.Box, ciphertext(t, f.Post))
	if v.Compare != f.Post.Compare || v.Redeem == nil || v.Result.Reason != reason.OK || v.Result.Class != verify.Bound {
		t.Errorf("%+v, redeem %v, compare %s and %s", v.Result, v.Redeem, v.Compare, f.Post.Compare)
	}
	if v.Mark != fingerprint(f.Text) {
		t.Errorf("mark %q", v.Mark)
	}
	// Nobody answered: it can be tried again, until the nonce is redeemed.
	done := ok[ResultAnswer](t, c.App, "conclude", ConcludeRequest{Now: c.boot.Now, Ticket: v.Redeem.Ticket})
	if done.Result.Reason != reason.RedeemUnreachable {
		t.Errorf("%s", done.Result.Reason)
	}
	if v = c.open(shown.Box, ciphertext(t, f.Post)); v.Redeem == nil {
		t.Errorf("again: %+v", v.Result)
	}
	c.use(c.shown[0].Nonce)
	if _, fault := call[VerifyAnswer](t, c.App, "verify", c.sealed(shown.Box, ciphertext(t, f.Post))); fault == nil || fault.Code != reason.NotFound {
		t.Errorf("after it was redeemed: %v", fault)
	}
	// Without a key or an address the answer can only be shown.
	offline := ok[ChallengeAnswer](t, c.App, "challenge.make", MakeRequest{Now: c.boot.Now, Purpose: "internet-cafe"})
	if offline.Box != "" {
		t.Errorf("offline: box %q", offline.Box)
	}
}

func TestWayARefuses(t *testing.T) {
	c := newCounter(t)
	one, two := c.ask("one"), c.ask("two")
	sealed := ciphertext(t, c.seal("valid", one.Text).Post)
	altered := bytes.Clone(sealed)
	altered[40] ^= 1
	to := func(shown ChallengeAnswer, plain []byte) data {
		t.Helper()
		q, err := challenge.Parse(shown.Text)
		if err != nil {
			t.Fatal(err)
		}
		b, err := answer.Seal(q.PageKey, q.Nonce, plain)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	plain, err := c.keys[0].key.Open(c.shown[0].Nonce, sealed)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		box    string
		sealed data
		want   reason.Code
	}{
		"altered":               {one.Box, altered, reason.Malformed},
		"cut":                   {one.Box, sealed[:100], reason.Malformed},
		"empty":                 {one.Box, nil, reason.Malformed},
		"too large":             {one.Box, make(data, answer.MaxBytes+256), reason.Malformed},
		"in another box":        {two.Box, sealed, reason.Malformed},
		"sealed to another box": {two.Box, to(two, plain), reason.NonceWrong},
		"no card":               {one.Box, to(one, []byte("hello")), reason.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			if v := c.open(test.box, test.sealed); v.Result.Reason != test.want || v.Redeem != nil || v.Result.Claims != (verify.Claims{}) {
				t.Errorf("%s, want %s", v.Result.Reason, test.want)
			}
		})
	}
	if v := c.open(one.Box, sealed); v.Redeem == nil {
		t.Errorf("the answer itself: %+v", v.Result)
	}
	// A page draws no challenge whose answers would go to another page.
	strange := make(data, answer.KeySize)
	strange[0] = 9
	if _, fault := call[ChallengeAnswer](t, c.App, "challenge.adopt", AdoptRequest{Now: c.boot.Now, Text: c.issue("three", strange)}); fault == nil || fault.Code != reason.ChallengeInvalid {
		t.Errorf("adopted a challenge of another page: %v", fault)
	}
	// Keys end with their challenges, and never pile up.
	for range 3 * maxKeys {
		ok[AnswerKeyAnswer](t, c.App, "answer.key", AnswerKeyRequest{c.boot.Now})
	}
	if len(c.keys) != maxKeys {
		t.Errorf("%d keys", len(c.keys))
	}
	ok[AnswerKeyAnswer](t, c.App, "answer.key", AnswerKeyRequest{c.boot.Now + 121_000})
	if len(c.keys) != 1 {
		t.Errorf("%d keys two minutes later", len(c.keys))
	}
}

// The same values stand in web/lib/flow.test.js.
func TestFingerprint(t *testing.T) {
	for text, want := range map[string]string{"": "0:ztntfp9zloz", "KB1:HELLO WORLD $%*+-./:": "24:1pctl5h1vwebcz"} {
		if got := fingerprint(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestKeepAndRestore(t *testing.T) {
	c := newCounter(t)
	one := c.ask("one")
	f := c.seal("valid", one.Text)
	wrap := bytes.Repeat(data{7}, wrapSize)
	b := ok[AnswerKeepAnswer](t, c.App, "answer.keep", AnswerKeepRequest{wrap}).Kept
	private, err := c.keys[0].key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, private) || bytes.Contains(b, []byte(base64.RawURLEncoding.EncodeToString(private))) {
		t.Error("the key left the engine in the open")
	}
	fresh := newCounter(t)
	restore := func(a *App, now millis, wrap, b data) ([]OpenBox, *Error) {
		t.Helper()
		r, fault := call[AnswerRestoreAnswer](t, a, "answer.restore", AnswerRestoreRequest{now, wrap, b})
		return r.Boxes, fault
	}
	boxes, fault := restore(fresh.App, c.boot.Now+1000, wrap, b)
	if fault != nil || len(boxes) != 1 || boxes[0] != (OpenBox{one.Box, "pickup of one", c.boot.Now + 60_000}) {
		t.Fatalf("%v, %v", boxes, fault)
	}
	if v := fresh.open(one.Box, ciphertext(t, f.Post)); v.Redeem == nil || v.Compare != f.Post.Compare {
		t.Errorf("after a reload: %+v", v.Result)
	}
	// The code on the phone's screen counts too (way AB).
	if v := ok[VerifyAnswer](t, fresh.App, "verify", VerifyRequest{Now: c.boot.Now, Text: f.Text}); v.Redeem == nil {
		t.Errorf("way AB after a reload: %+v", v.Result)
	}
	if boxes, fault := restore(fresh.App, c.boot.Now, wrap, b); fault != nil || len(boxes) != 0 {
		t.Errorf("twice: %v, %v", boxes, fault)
	}
	if boxes, fault := restore(newCounter(t).App, c.boot.Now+60_000, wrap, b); fault != nil || len(boxes) != 0 {
		t.Errorf("a minute later: %v, %v", boxes, fault)
	}
	if boxes, fault := restore(New(draws.New("x")), c.boot.Now, wrap, b); fault != nil || len(boxes) != 0 {
		t.Errorf("before boot: %v, %v", boxes, fault)
	}
	altered := bytes.Clone(b)
	altered[len(altered)-1] ^= 1
	for name, test := range map[string][2]data{
		"another wrap": {bytes.Repeat(data{8}, wrapSize), b}, "short wrap": {wrap[1:], b}, "altered": {wrap, altered}, "cut": {wrap, b[:5]}, "empty": {wrap, nil},
	} {
		if _, fault := restore(newCounter(t).App, c.boot.Now, test[0], test[1]); fault == nil || fault.Code != reason.BodyMalformed {
			t.Errorf("%s: %v", name, fault)
		}
	}
	// What was redeemed is not kept any longer.
	c.use(c.shown[0].Nonce)
	b = ok[AnswerKeepAnswer](t, c.App, "answer.keep", AnswerKeepRequest{wrap}).Kept
	if boxes, _ := restore(newCounter(t).App, c.boot.Now, wrap, b); len(boxes) != 0 {
		t.Errorf("kept after it was redeemed: %v", boxes)
	}
}

func FuzzSealed(f *testing.F) {
	c := newCounter(f)
	shown := c.ask("one")
	f.Add([]byte(ciphertext(f, c.seal("valid", shown.Text).Post)))
	f.Add(make([]byte, 304))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		v, err := c.verify(c.sealed(shown.Box, sealed))
		if err != nil || len(v.Compare) != 4 || v.Result == nil {
			t.Errorf("%+v, %v", v, err)
		}
	})
}
