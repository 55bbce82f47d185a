package app

import (
	"testing"

	"jianzheng/shared/draws"
	"jianzheng/shared/reason"
	"jianzheng/shared/verify"
)

// show plays a phone that shows a code to whoever asks.
func (c *counter) show(person string, class verify.Class, claims ...string) HolderFinishAnswer {
	c.t.Helper()
	holder := New(draws.New("holder " + string(class)))
	card, err := c.authority.IssueCard(person, c.phone.Public(), draws.New("salts"), clock)
	if err != nil {
		c.t.Fatal(err)
	}
	b := ok[HolderBeginAnswer](c.t, holder, "holder.show", HolderShowRequest{Now: c.boot.Now, Card: card, Class: class, Claims: claims})
	sig, err := c.phone.Sign(b.ToSign)
	if err != nil {
		c.t.Fatal(err)
	}
	return ok[HolderFinishAnswer](c.t, holder, "holder.finish", HolderFinishRequest{Ticket: b.Ticket, Signature: sig})
}

// A code of class B counts once and ends soon; one of class C has staff look at
// the person.
func TestShownCodes(t *testing.T) {
	c := newCounter(t)
	claims := []string{"name", "id", "over18"}
	fresh, day := c.show("valid", verify.Fresh, claims...), c.show("valid", verify.Day, claims...)
	for _, f := range []struct {
		code          HolderFinishAnswer
		life, renewal millis
	}{{fresh, 90_000, 60_000}, {day, 24 * 3_600_000, 16 * 3_600_000}} {
		if f.code.Expires-c.boot.Now != f.life || f.code.RenewAt-c.boot.Now != f.renewal || f.code.Post != nil || f.code.Size < 21 {
			t.Errorf("code %+v", f.code)
		}
	}
	check := func(name, text string, after millis, class verify.Class, want reason.Code) {
		t.Helper()
		v := ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: c.boot.Now + after, Text: text, Purpose: "internet-cafe"})
		if v.Result.Reason != want || v.Result.Class != class || v.Redeem != nil {
			t.Errorf("%s: class %s, %s", name, v.Result.Class, v.Result.Reason)
		}
	}
	check("fresh", fresh.Text, 89_000, verify.Fresh, reason.OK)
	check("fresh, a second time", fresh.Text, 89_500, verify.Fresh, reason.NonceUsed)
	check("fresh, at its end", c.show("valid", verify.Fresh, claims...).Text, 90_000, verify.Fresh, reason.PresentationExpired)
	check("day", day.Text, 23*3_600_000, verify.Day, reason.StaticCard)
	check("day, later", day.Text, 24*3_600_000, verify.Day, reason.PresentationExpired)
	check("too little", c.show("valid", verify.Fresh, "name").Text, 0, verify.Fresh, reason.ClaimMissing)
	check("too much", c.show("valid", verify.Fresh, append(claims, "address")...).Text, 0, verify.Fresh, reason.OverDisclosed)
	check("under age", c.show("under-18", verify.Day, claims...).Text, 0, verify.Day, reason.UnderAge)
	if soon := c.show("expired", verify.Fresh, claims...); soon.Expires-c.boot.Now != 90_000 {
		t.Errorf("an expired card: %+v", soon)
	}
	if _, fault := call[HolderBeginAnswer](t, c.App, "holder.show", HolderShowRequest{Now: c.boot.Now, Class: verify.Fresh}); fault == nil || fault.Code != reason.Malformed {
		t.Errorf("without a card: %v", fault)
	}
	card, err := c.authority.IssueCard("valid", c.phone.Public(), draws.New("salts"), clock)
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range []verify.Class{verify.Bound, verify.OnPaper, ""} {
		if _, fault := call[HolderBeginAnswer](t, c.App, "holder.show", HolderShowRequest{Now: c.boot.Now, Card: card, Class: class}); fault == nil || fault.Code != reason.BodyMalformed {
			t.Errorf("class %q: %v", class, fault)
		}
	}
}

// A code does not outlive its card.
func TestShownCodeEndsWithItsCard(t *testing.T) {
	id := make([]byte, verify.TokenIDBytes)
	now := clock.Add(1e8)
	if b, ok := verify.ShownBinding(verify.Day, now, clock.Add(3600e9), id); !ok || b.Expires != clock.Add(3600e9) || b.IssuedAt != clock {
		t.Errorf("%+v", b)
	}
}

// A card for paper is what its text says, and staff compare it with the person.
func TestPaper(t *testing.T) {
	c := newCounter(t)
	text, err := c.authority.IssuePrinted("valid", draws.New("places"), clock)
	if err != nil {
		t.Fatal(err)
	}
	p := ok[HolderPaperAnswer](t, c.App, "holder.paper", HolderPaperRequest{text})
	if p.Size < 21 || p.Expires <= c.boot.Now || p.Claims.Name == "" || p.Claims.Photo == "" {
		t.Errorf("paper %+v", p)
	}
	v := ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: c.boot.Now, Text: text, Purpose: "internet-cafe"})
	if v.Result.Reason != reason.StaticCard || v.Result.Class != verify.OnPaper || v.Result.Claims.Photo != p.Claims.Photo || v.Redeem != nil {
		t.Errorf("class %s, %s", v.Result.Class, v.Result.Reason)
	}
	for _, bad := range []string{"", "ID1:", "ID1:BB8", c.show("valid", verify.Day, "name").Text} {
		if _, fault := call[HolderPaperAnswer](t, c.App, "holder.paper", HolderPaperRequest{bad}); fault == nil || fault.Code != reason.Malformed {
			t.Errorf("%.10q: %v", bad, fault)
		}
	}
}
