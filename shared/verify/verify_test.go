package verify_test

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/draws"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

var clock = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// world is a demonstration authority, a counter's challenge and a phone.
type world struct {
	t         testing.TB
	authority *demo.Authority
	lists     *verify.Lists
	phone     *cwt.PrivateKey
	sealer    *challenge.Sealer
	rand      *draws.Reader
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, rand: draws.New(t.Name())}
	var err error
	if w.authority, err = demo.New(draws.New("authority"), clock); err != nil {
		t.Fatal(err)
	}
	if w.phone, err = cwt.GenerateKey(cwt.ES256, nil, w.rand); err != nil {
		t.Fatal(err)
	}
	if w.sealer, err = challenge.NewSealer(make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	w.lists = w.open(clock)
	return w
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// open reads the lists as they are at a time.
func (w *world) open(at time.Time) *verify.Lists {
	w.t.Helper()
	bytes := must[[]byte](w.t)
	l := &verify.Lists{
		Trust:  must[*trust.List](w.t)(trust.Open(bytes(w.authority.Trust(at)), w.authority.Anchor())),
		Policy: must[*policy.Catalogue](w.t)(policy.Open(bytes(w.authority.Policy(at)), w.authority.Anchor())),
	}
	b, _, err := w.authority.Status(1, at)
	l.Status = []*verify.StatusList{must[*verify.StatusList](w.t)(verify.ParseStatus(bytes(b, err)))}
	return l
}

// challenge is one that the endpoint issued at a time.
func (w *world) challenge(purpose string, at time.Time) verify.Challenge {
	w.t.Helper()
	p, _ := w.lists.Policy.Find(purpose)
	nonce := must[[]byte](w.t)(w.sealer.Nonce(w.rand, at.Add(challenge.Honoured), demo.PartyID, purpose))
	text := must[string](w.t)(challenge.Sign(challenge.Challenge{
		Operator: demo.OperatorID, Issued: at, Expires: at.Add(challenge.Honoured), Nonce: nonce,
		PartyID: demo.PartyID, PartyName: demo.PartyName, Purpose: purpose, Claims: p.Request,
	}, w.authority.Operator()))
	return verify.Challenge{Signed: must[*challenge.Signed](w.t)(challenge.Parse(text))}
}

func (w *world) card(person string) []byte {
	w.t.Helper()
	return must[[]byte](w.t)(w.authority.IssueCard(person, w.phone.Public(), w.rand, clock))
}

// answer signs a presentation of the card with the phone's key.
func (w *world) answer(card []byte, claims []string, b sdcwt.Binding) string {
	w.t.Helper()
	return w.answerWith(w.phone, card, claims, b)
}

func (w *world) answerWith(k *cwt.PrivateKey, card []byte, claims []string, b sdcwt.Binding) string {
	w.t.Helper()
	u := must[*cwt.Unsigned](w.t)(credential.Present(card, claims, k.Alg, b))
	sig := must[[]byte](w.t)(k.Sign(u.ToBeSigned()))
	return credential.Text(must[[]byte](w.t)(u.Finish(sig)))
}

func bind(c verify.Challenge, at time.Time) sdcwt.Binding {
	return sdcwt.Binding{Audience: c.PartyID, IssuedAt: at, Nonce: c.Nonce}
}

func (w *world) verify(text string, o verify.Options) (*verify.Result, *verify.Pending) {
	w.t.Helper()
	if o.Now.IsZero() {
		o.Now = clock
	}
	r, p, err := verify.Verify(text, w.lists, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r, p
}

func expect(t testing.TB, r *verify.Result, want reason.Code) {
	t.Helper()
	if r.Reason != want || string(r.Outcome) != want.Class().String() {
		b, _ := json.Marshal(r.Checks)
		t.Errorf("%s, %s; want %s: %s", r.Outcome, r.Reason, want, b)
	}
	if shown := r.Claims != (verify.Claims{}); shown != (r.Outcome == verify.Accepted || r.Outcome == verify.Conditional) {
		t.Errorf("claims in a result that is %s: %v", r.Outcome, shown)
	}
}

// Each sample person has a reason of their own.
func TestPeople(t *testing.T) {
	want := map[string]reason.Code{
		"valid": reason.OK, "expires-soon": reason.OK, "full": reason.OK, "portrait": reason.OK,
		"expired": reason.Expired, "under-18": reason.UnderAge, "revoked": reason.Revoked,
		"suspended": reason.Suspended, "unknown-issuer": reason.IssuerUnknown, "altered": reason.SignatureInvalid,
	}
	w := newWorld(t)
	for _, p := range demo.People() {
		t.Run(p.ID, func(t *testing.T) {
			c := w.challenge("internet-cafe", clock)
			text := w.answer(w.card(p.ID), c.Claims, bind(c, clock))
			r, pending := w.verify(text, verify.Options{Challenges: []verify.Challenge{c}})
			expect(t, r, want[p.ID])
			if r.Class != verify.Bound {
				t.Errorf("class %q", r.Class)
			}
			if redeem := pending != nil; redeem != (want[p.ID] == reason.OK) {
				t.Errorf("to be redeemed: %v", redeem)
			}
		})
	}
}

// A portrait is asked of nobody here. Who shows it is compared with it; who shows
// more than the purpose allows is refused.
func TestPortraitShownBesides(t *testing.T) {
	w := newWorld(t)
	c := w.challenge("internet-cafe", clock)
	o := verify.Options{Challenges: []verify.Challenge{c}}
	if slices.Contains(c.Claims, "photo") {
		t.Fatal("the café asks for a portrait")
	}
	r, pending := w.verify(w.answer(w.card("portrait"), append(slices.Clone(c.Claims), "photo"), bind(c, clock)), o)
	expect(t, r, reason.ComparePerson)
	if r.Claims.Photo == "" || pending == nil {
		t.Error("no portrait, or nothing to redeem")
	}
	r, _ = w.verify(w.answer(w.card("portrait"), append(slices.Clone(c.Claims), "address"), bind(c, clock)), o)
	expect(t, r, reason.OverDisclosed)
	if q := verify.ReadRequest(must[string](t)(challenge.Sign(c.Challenge, w.authority.Operator())), w.lists, clock); !slices.Equal(q.Optional, []string{"photo"}) {
		t.Errorf("the holder may show %q", q.Optional)
	}
}

func TestAcceptedShowsWhatWasAsked(t *testing.T) {
	w := newWorld(t)
	c := w.challenge("internet-cafe", clock)
	r, pending := w.verify(w.answer(w.card("valid"), c.Claims, bind(c, clock)), verify.Options{Challenges: []verify.Challenge{c}, HandleKey: make([]byte, 32)})
	expect(t, r, reason.OK)
	if r.Claims.Name != "演示·张三" || r.Claims.ID == "" || r.Claims.Over18 == nil || !*r.Claims.Over18 {
		t.Errorf("claims %+v", r.Claims)
	}
	if r.Claims.Birth != "" || r.Claims.Address != "" {
		t.Error("claims that were not asked for")
	}
	if r.Handle == "" || r.Issuer.ID != demo.IssuerID || r.PurposeCode != "internet-cafe" || r.Tier != credential.Light {
		t.Errorf("handle %q, issuer %+v, purpose %+v, tier %q", r.Handle, r.Issuer, r.Purpose, r.Tier)
	}
	for _, check := range r.Checks[:len(r.Checks)-1] {
		if check.State != verify.Passed {
			t.Errorf("%s is %s", check.ID, check.State)
		}
	}
	receipt := challenge.Receipt{Operator: demo.OperatorID, Redeemed: clock, NonceHash: sha256.Sum256(pending.Nonce),
		Party: pending.Party, Purpose: pending.Purpose, Reason: reason.OK, Class: "A", Labels: pending.Labels, Hash: make([]byte, 32), Sequence: pending.Sequence}
	good := must[[]byte](t)(receipt.Sign(w.authority.Operator()))
	receipt.NonceHash[0] ^= 1
	other := must[[]byte](t)(receipt.Sign(w.authority.Operator()))
	receipt.NonceHash[0] ^= 1
	forged := must[[]byte](t)(receipt.Sign(w.phone))
	for _, a := range []struct {
		name   string
		answer verify.Answer
		want   reason.Code
	}{
		{"receipt", verify.Answer{Status: 200, Receipt: good}, reason.OK},
		{"receipt of another nonce", verify.Answer{Status: 200, Receipt: other}, reason.RedeemUnreachable},
		{"receipt by a stranger", verify.Answer{Status: 200, Receipt: forged}, reason.RedeemUnreachable},
		{"captive portal", verify.Answer{Status: 200, Receipt: []byte("<html>")}, reason.RedeemUnreachable},
		{"no answer", verify.Answer{}, reason.RedeemUnreachable},
		{"server error", verify.Answer{Status: 500, Code: reason.Internal}, reason.RedeemUnreachable},
		{"used", verify.Answer{Status: 409, Code: reason.NonceUsed}, reason.NonceUsed},
		{"expired", verify.Answer{Status: 410, Code: reason.NonceExpired}, reason.NonceExpired},
		{"unknown", verify.Answer{Status: 404, Code: reason.NonceUnknown}, reason.NonceWrong},
		{"page not found", verify.Answer{Status: 404, Code: reason.NotFound}, reason.RedeemUnreachable},
	} {
		t.Run(a.name, func(t *testing.T) {
			copied := *r
			copied.Checks = slices.Clone(r.Checks)
			copied.Conclude(pending, a.answer, w.lists)
			expect(t, &copied, a.want)
			if (copied.Redeemed == verify.ByServer) != (a.want == reason.OK) {
				t.Errorf("redeemed by %s", copied.Redeemed)
			}
		})
	}
	asked := *pending
	asked.Asked = true
	r.Conclude(&asked, verify.Answer{Status: 409, Code: reason.NonceUsed}, w.lists)
	expect(t, r, reason.RedeemUnreachable) // perhaps it was this page that used it
}

func TestTextsThatAreNoCards(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		text string
		want reason.Code
		kind string
	}{
		{"", reason.OtherCode, "text"},
		{"https://example.com/x", reason.OtherCode, "link"},
		{"wxp://f2f0abc", reason.OtherCode, "payment"},
		{"284712345678901234", reason.OtherCode, "payment"},
		{"WIFI:S:cafe;;", reason.OtherCode, "wifi"},
		{"HC1:6BF", reason.OtherCode, "health"},
		{"CH1:ABC", reason.OtherCode, "challenge"},
		{"KB1:", reason.Malformed, ""},
		{"KB1:BB8", reason.Malformed, ""},
		{"KB1:bb8", reason.Malformed, ""},
		{"ID1:BB8", reason.Malformed, ""},
		{"KB1:" + strings.Repeat("A", credential.MaxText), reason.TooLarge, ""},
	} {
		r, pending := w.verify(c.text, verify.Options{})
		expect(t, r, c.want)
		if pending != nil || (c.kind != "" && (r.Detail == nil || r.Detail.Kind != c.kind)) {
			t.Errorf("%.20q: detail %+v, pending %v", c.text, r.Detail, pending != nil)
		}
	}
}

func TestRequest(t *testing.T) {
	w := newWorld(t)
	c := w.challenge("internet-cafe", clock)
	text := must[string](t)(challenge.Sign(c.Challenge, w.authority.Operator()))
	r := verify.ReadRequest(text, w.lists, clock)
	if r.Reason != reason.OK || r.Party.Name != demo.PartyName || r.Operator == nil || r.PurposeCode == "" || !slices.Equal(r.Claims, c.Claims) {
		t.Errorf("request %+v", r)
	}
	if r := verify.ReadRequest(text, w.lists, clock.Add(time.Minute)); r.Reason != reason.NonceExpired {
		t.Errorf("after a minute: %s", r.Reason)
	}
	if r := verify.ReadRequest("https://example.com", w.lists, clock); r.Reason != reason.OtherCode {
		t.Errorf("a link: %s", r.Reason)
	}
	greedy := c.Challenge
	greedy.Claims = []string{"name", "address"}
	text = must[string](t)(challenge.Sign(greedy, w.authority.Operator()))
	if r := verify.ReadRequest(text, w.lists, clock); r.Reason != reason.OverDisclosed {
		t.Errorf("asks for more than the purpose allows: %s", r.Reason)
	}
	stranger := must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, []byte("demo-o"), w.rand))
	text = must[string](t)(challenge.Sign(c.Challenge, stranger))
	if r := verify.ReadRequest(text, w.lists, clock); r.Reason != reason.ChallengeInvalid {
		t.Errorf("signed by a stranger: %s", r.Reason)
	}
	own := c.Challenge
	own.Offline, own.Operator, own.KeyID = true, "", nil
	text = must[string](t)(challenge.SignOffline(own, stranger))
	if r := verify.ReadRequest(text, w.lists, clock); r.Reason != reason.OK || !r.Offline || r.Operator != nil {
		t.Errorf("made without a network: %+v", r)
	}
}
