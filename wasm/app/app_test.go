package app

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
	"jianzheng/shared/verify"
)

var clock = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// call asks a for one operation through its JSON surface.
func call[T any](t testing.TB, a *App, op string, fields any) (T, *Error) {
	t.Helper()
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	request := fmt.Sprintf(`{"op":%q`, op)
	if len(b) > 2 {
		request += "," + string(b[1:])
	} else {
		request += "}"
	}
	answer := a.Call([]byte(request))
	var fault struct {
		Error *Error `json:"error"`
	}
	var v T
	if err := json.Unmarshal(answer, &fault); err != nil {
		t.Fatalf("%s: %v: %s", op, err, answer)
	}
	if fault.Error == nil {
		if err := json.Unmarshal(answer, &v); err != nil {
			t.Fatalf("%s: %v: %s", op, err, answer)
		}
	}
	return v, fault.Error
}

// ok is call for an operation that must not be refused.
func ok[T any](t testing.TB, a *App, op string, fields any) T {
	t.Helper()
	v, fault := call[T](t, a, op, fields)
	if fault != nil {
		t.Fatalf("%s: %+v", op, *fault)
	}
	return v
}

type counter struct {
	*App
	t         testing.TB
	authority *demo.Authority
	phone     *cwt.PrivateKey
	boot      BootRequest
}

func newCounter(t testing.TB) *counter {
	t.Helper()
	authority, err := demo.New(draws.New("authority"), clock)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := cwt.GenerateKey(cwt.ES256, nil, draws.New("phone"))
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{App: New(draws.New("counter")), t: t, authority: authority, phone: phone}
	list := func(b []byte, err error) data {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	status, _, err := authority.Status(1, clock)
	c.boot = BootRequest{
		Signed: Signed{Anchor: list(authority.Anchor().MarshalCBOR()), Trust: list(authority.Trust(clock)), Policy: list(authority.Policy(clock)), Status: []data{list(status, err)}},
		Now:    toMillis(clock), Party: verify.Party{ID: demo.PartyID, Name: demo.PartyName}, Demo: true, HandleKey: make(data, 32),
	}
	if b := ok[BootAnswer](t, c.App, "boot", c.boot); len(b.Problems) != 0 || len(b.Purposes) != len(policy.Default()) || b.OfflineUntil <= toMillis(clock) {
		t.Fatalf("boot: %+v", b)
	}
	return c
}

// answer plays the phone: reads the challenge, signs, returns the text.
func (c *counter) answer(person, text string) string {
	c.t.Helper()
	holder := New(draws.New("holder"))
	card, err := c.authority.IssueCard(person, c.phone.Public(), draws.New("salts"), clock)
	if err != nil {
		c.t.Fatal(err)
	}
	q := ok[HolderReadAnswer](c.t, holder, "holder.read", HolderReadRequest{Signed: c.boot.Signed, Now: c.boot.Now, Text: text})
	if q.Reason != nil || q.Party.ID != demo.PartyID {
		c.t.Fatalf("holder.read: %+v", q)
	}
	whole := ok[HolderCardAnswer](c.t, holder, "holder.card", HolderCardRequest{Card: card})
	if whole.Claims.Name == "" || whole.Claims.Address == "" {
		c.t.Errorf("the wallet cannot show its own card: %+v", whole)
	}
	b := ok[HolderBeginAnswer](c.t, holder, "holder.begin", HolderBeginRequest{Now: c.boot.Now, Card: card, Challenge: text, Claims: q.Claims})
	sig, err := c.phone.Sign(b.ToSign)
	if err != nil {
		c.t.Fatal(err)
	}
	f := ok[HolderFinishAnswer](c.t, holder, "holder.finish", HolderFinishRequest{Ticket: b.Ticket, Signature: sig})
	if f.Size < 21 || !strings.HasPrefix(f.Text, credential.PrefixPresentation) {
		c.t.Errorf("holder.finish: size %d", f.Size)
	}
	return f.Text
}

func TestWithoutNetwork(t *testing.T) {
	c := newCounter(t)
	shown := ok[ChallengeAnswer](t, c.App, "challenge.make", MakeRequest{Now: c.boot.Now, Purpose: "internet-cafe"})
	if !shown.Offline || shown.Expires-shown.Issued != 60_000 || shown.RenewAt-shown.Issued != 10_000 {
		t.Errorf("challenge %+v", shown)
	}
	request := VerifyRequest{Now: c.boot.Now, Text: c.answer("valid", shown.Text), Purpose: "internet-cafe"}
	v := ok[VerifyAnswer](t, c.App, "verify", request)
	if v.Redeem != nil || v.Result.Reason != reason.OK || v.Result.Redeemed != verify.ByPage || !v.Result.Offline || !v.Result.Demo {
		t.Errorf("result %+v", v.Result)
	}
	if v := ok[VerifyAnswer](t, c.App, "verify", request); v.Result.Reason != reason.NonceUsed {
		t.Errorf("shown again: %s", v.Result.Reason)
	}
	late := request
	late.Now += 61_000
	if v := ok[VerifyAnswer](t, newCounter(t).App, "verify", late); v.Result.Reason != reason.NonceExpired {
		t.Errorf("to another counter, late: %s", v.Result.Reason)
	}
	if v := ok[VerifyAnswer](t, newCounter(t).App, "verify", request); v.Result.Reason != reason.NonceWrong {
		t.Errorf("to another counter: %s", v.Result.Reason)
	}
}

func TestWithEndpoint(t *testing.T) {
	c := newCounter(t)
	sealer, err := challenge.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	nonce, err := sealer.Nonce(draws.New("nonce"), clock.Add(challenge.Honoured), demo.PartyID, "internet-cafe")
	if err != nil {
		t.Fatal(err)
	}
	issued := challenge.Challenge{Operator: demo.OperatorID, Issued: clock, Expires: clock.Add(challenge.Honoured), Nonce: nonce,
		PartyID: demo.PartyID, PartyName: demo.PartyName, Purpose: "internet-cafe", Claims: []string{"name", "id", "over18"}}
	text, err := challenge.Sign(issued, c.authority.Operator())
	if err != nil {
		t.Fatal(err)
	}
	ok[ChallengeAnswer](t, c.App, "challenge.adopt", AdoptRequest{Now: c.boot.Now, Text: text})
	// A clock that is wrong by an hour, either way, still renews every ten seconds.
	for _, wrong := range []millis{-3_600_000, 3_600_000} {
		now := c.boot.Now + wrong
		if shown := ok[ChallengeAnswer](t, newCounter(t).App, "challenge.adopt", AdoptRequest{Now: now, Text: text}); shown.RenewAt != now+10_000 || shown.Expires != now+60_000 {
			t.Errorf("clock wrong by %d: renewal at %d, end at %d", wrong, shown.RenewAt-now, shown.Expires-now)
		}
	}

	issued.PartyID = "somebody-else"
	strange, err := challenge.Sign(issued, c.authority.Operator())
	if err != nil {
		t.Fatal(err)
	}
	if _, fault := call[ChallengeAnswer](t, c.App, "challenge.adopt", AdoptRequest{Now: c.boot.Now, Text: strange}); fault == nil || fault.Code != reason.AudienceWrong {
		t.Errorf("adopted the challenge of another party: %v", fault)
	}
	issued.PartyID = demo.PartyID
	forged, err := challenge.Sign(issued, c.phone)
	if err == nil {
		if _, fault := call[ChallengeAnswer](t, c.App, "challenge.adopt", AdoptRequest{Now: c.boot.Now, Text: forged}); fault == nil || fault.Code != reason.ChallengeInvalid {
			t.Errorf("adopted a forged challenge: %v", fault)
		}
	}

	answer := c.answer("valid", text)
	v := ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: c.boot.Now, Text: answer})
	if v.Redeem == nil {
		t.Fatalf("nothing to redeem: %+v", v.Result)
	}
	for _, secret := range []string{"张三", "990101", "KB1"} {
		if strings.Contains(v.Redeem.Body, secret) {
			t.Errorf("the redemption holds %q", secret)
		}
	}
	done := ok[ResultAnswer](t, c.App, "conclude", ConcludeRequest{Now: c.boot.Now, Ticket: v.Redeem.Ticket, Status: 409, Body: `{"code":"nonce-used"}`})
	if done.Result.Reason != reason.NonceUsed || done.Result.Claims != (verify.Claims{}) {
		t.Errorf("the endpoint said used: %+v", done.Result)
	}
	if _, fault := call[ResultAnswer](t, c.App, "conclude", ConcludeRequest{Ticket: v.Redeem.Ticket}); fault == nil || fault.Code != reason.NotFound {
		t.Errorf("concluded twice: %v", fault)
	}
	v = ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: c.boot.Now, Text: answer})
	done = ok[ResultAnswer](t, c.App, "conclude", ConcludeRequest{Ticket: v.Redeem.Ticket, Status: 200, Body: "<html>log in to the hotel network</html>"})
	if done.Result.Reason != reason.RedeemUnreachable {
		t.Errorf("a captive portal: %s", done.Result.Reason)
	}
	// The endpoint may have heard what it did not answer.
	v = ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: c.boot.Now, Text: answer})
	done = ok[ResultAnswer](t, c.App, "conclude", ConcludeRequest{Ticket: v.Redeem.Ticket, Status: 409, Body: `{"code":"nonce-used"}`})
	if done.Result.Reason != reason.RedeemUnreachable {
		t.Errorf("used, perhaps by this page: %s", done.Result.Reason)
	}
}

func TestBadRequests(t *testing.T) {
	c := newCounter(t)
	for _, r := range []struct {
		request string
		want    reason.Code
	}{
		{``, reason.BodyMalformed},
		{`[]`, reason.BodyMalformed},
		{`{"op":"format-disk"}`, reason.NotFound},
		{`{"op":"verify","now":"soon"}`, reason.BodyMalformed},
		{`{"op":"boot","anchor":"!"}`, reason.BodyMalformed},
		{`{"op":"boot","anchor":"oA"}`, reason.ListInvalid},
		{`{"op":"encode","text":"x","level":"Z"}`, reason.BodyMalformed},
		{`{"op":"encode","text":"` + strings.Repeat("x", 4000) + `","level":"H"}`, reason.TooLarge},
		{`{"op":"challenge.adopt","text":"CH1:"}`, reason.ChallengeInvalid},
		{`{"op":"challenge.make","purpose":"party"}`, reason.PurposeUnknown},
		{`{"op":"decide","answer":"same"}`, reason.NotFound},
		{`{"op":"holder.finish","ticket":"9"}`, reason.NotFound},
		{`{"op":"holder.begin","challenge":"x"}`, reason.Malformed},
		{`{"op":"holder.card","card":"AA"}`, reason.Malformed},
	} {
		var got struct{ Error Error }
		answer := c.Call([]byte(r.request))
		if err := json.Unmarshal(answer, &got); err != nil || got.Error.Code != r.want {
			t.Errorf("%.60s: %s, want %s", r.request, answer, r.want)
		}
	}
}

func TestScan(t *testing.T) {
	a := New(draws.New("counter"))
	m, err := qr.Encode("KB1:HELLO", qr.M)
	if err != nil {
		t.Fatal(err)
	}
	img := m.Image(4, 4)
	bounds := img.Bounds()
	var s ScanAnswer
	if err := json.Unmarshal(a.Scan(img.Pix, bounds.Dx(), bounds.Dy(), img.Stride), &s); err != nil || s.Text == nil || *s.Text != "KB1:HELLO" {
		t.Errorf("scan: %+v, %v", s, err)
	}
	for _, size := range [][3]int{{0, 0, 0}, {-1, 5, 5}, {1 << 30, 1 << 30, 1 << 30}, {100, 100, 10}, {10, 10, 10}} {
		if got := a.Scan(make([]byte, 64), size[0], size[1], size[2]); !bytes.Equal(got, nothing) {
			t.Errorf("%v: %s", size, got)
		}
	}
}

func TestWatch(t *testing.T) {
	a := New(draws.New("counter"))
	m, err := qr.Encode("KB1:HELLO", qr.M)
	if err != nil {
		t.Fatal(err)
	}
	img := m.Image(5, 4)
	side := img.Rect.Dx()
	read := false
	var seen Sight
	for range 10 {
		var text string
		if text, read = a.Watch(img.Pix, side, side, img.Stride, &seen); read {
			if text != "KB1:HELLO" {
				t.Errorf("read %q", text)
			}
			break
		}
	}
	if want := float32(20); !read || seen.Seen != 1 || seen.Corners[0][0] < want-4 || seen.Corners[0][0] > want+4 || seen.Module < 4.5 || seen.Module > 5.5 {
		t.Errorf("read %v, saw %+v", read, seen)
	}
	blank := bytes.Repeat([]byte{90}, 640*480)
	if n := testing.AllocsPerRun(20, func() { a.Watch(blank, 640, 480, 640, &seen) }); n > 0 {
		t.Errorf("%v allocations in a frame", n)
	}
	if seen.Seen != 0 || seen.Light != 90 {
		t.Errorf("blank: %+v", seen)
	}
	for _, size := range [][3]int{{0, 0, 0}, {-1, 5, 5}, {1 << 30, 1 << 30, 1 << 30}, {100, 100, 10}, {10, 10, 10}} {
		if text, ok := a.Watch(make([]byte, 64), size[0], size[1], size[2], &seen); ok || text != "" || seen.Seen != 0 {
			t.Errorf("%v: %q", size, text)
		}
	}
}

func FuzzCall(f *testing.F) {
	c := newCounter(f)
	boot, err := json.Marshal(c.boot)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"op":"boot",` + string(boot[1:])))
	f.Add([]byte(`{"op":"verify","now":1,"text":"KB1:BB8"}`))
	f.Add([]byte(`{"op":"challenge.make","now":1772337600000,"purpose":"internet-cafe"}`))
	f.Fuzz(func(t *testing.T, request []byte) {
		answer := c.Call(request)
		if !json.Valid(answer) {
			t.Fatalf("not JSON: %s", answer)
		}
		if bytes.Contains(answer, []byte(reason.EngineCrashed)) {
			t.Fatalf("crashed: %s", answer)
		}
	})
}

// Older lists than those seen are not taken, and say so.
func TestBootRefusesRollback(t *testing.T) {
	c := newCounter(t)
	seen := ok[BootAnswer](t, c.App, "boot", c.boot)
	if seen.Sequence == 0 || seen.PolicySequence == 0 {
		t.Fatalf("sequences %d and %d", seen.Sequence, seen.PolicySequence)
	}
	c.boot.Highest, c.boot.HighestPolicy = seen.Sequence, seen.PolicySequence
	if b := ok[BootAnswer](t, c.App, "boot", c.boot); len(b.Problems) != 0 {
		t.Errorf("the lists seen: %v", b.Problems)
	}
	c.boot.HighestPolicy++
	b := ok[BootAnswer](t, c.App, "boot", c.boot)
	if !slices.Equal(b.Problems, []reason.Code{reason.ListRollback}) || len(b.Purposes) != 0 || b.Sequence == 0 {
		t.Errorf("an older catalogue: %+v", b)
	}
	c.boot.Highest++
	b = ok[BootAnswer](t, c.App, "boot", c.boot)
	if !slices.Equal(b.Problems, []reason.Code{reason.ListRollback, reason.ListRollback}) || b.Sequence != 0 {
		t.Errorf("both older: %+v", b)
	}
}

// What is left of a person is written over once nobody asks for it any more, and not
// before staff have decided.
func TestSpent(t *testing.T) {
	c := newCounter(t)
	if c.Spent() {
		t.Error("before anything was read")
	}
	made := ok[ChallengeAnswer](t, c.App, "challenge.make", MakeRequest{toMillis(clock), "internet-cafe"})
	text := c.answer("valid", made.Text)
	ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: toMillis(clock), Text: text})
	if c.Spent() {
		t.Error("while the verdict stands")
	}
	ok[ForgetAnswer](t, c.App, "forget", ForgetRequest{})
	if !c.Spent() {
		t.Error("after the verdict left there is nothing to write over")
	}
	if c.Wipe(); c.Spent() {
		t.Error("after Wipe")
	}
}
