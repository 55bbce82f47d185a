package app

import (
	"encoding/json"
	"image"
	"slices"
	"testing"

	"jianzheng/shared/draws"
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
	"jianzheng/shared/sequence"
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

// Any answer can be had in parts, of which each is easier to read than the whole.
func TestLessDense(t *testing.T) {
	c := newCounter(t)
	code := c.show("valid", verify.Fresh, "name", "id", "over18")
	p := ok[HolderPartsAnswer](t, c.App, "holder.parts", HolderPartsRequest{code.Text})
	if len(code.Parts) != 0 || len(p.Parts) < 2 || p.Parts[0].Size >= code.Size {
		t.Errorf("%d modules in one, %d parts", code.Size, len(p.Parts))
	}
	if _, fault := call[HolderPartsAnswer](t, c.App, "holder.parts", HolderPartsRequest{"kb1:"}); fault == nil || fault.Code != reason.TooLarge {
		t.Errorf("no answer: %v", fault)
	}
}

// A code that let somebody in counts as little when the page was loaded again.
func TestShownOnceAcrossReloads(t *testing.T) {
	c := newCounter(t)
	text := c.show("valid", verify.Fresh, "name", "id", "over18").Text
	request := VerifyRequest{Now: c.boot.Now, Text: text, Purpose: "internet-cafe"}
	if v := ok[VerifyAnswer](t, c.App, "verify", request); v.Result.Reason != reason.OK {
		t.Fatalf("at first: %s", v.Result.Reason)
	}
	wrap := make(data, wrapSize)
	kept := ok[AnswerKeepAnswer](t, c.App, "answer.keep", AnswerKeepRequest{wrap}).Kept
	again := newCounter(t)
	ok[AnswerRestoreAnswer](t, again.App, "answer.restore", AnswerRestoreRequest{Now: c.boot.Now + 1000, Wrap: wrap, Kept: kept})
	if v := ok[VerifyAnswer](t, again.App, "verify", request); v.Result.Reason != reason.NonceUsed {
		t.Errorf("after a reload: %s", v.Result.Reason)
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

// An answer with a portrait comes in parts, which the counter takes in any order,
// from frames, pictures and texts.
func TestPartsOfAnAnswer(t *testing.T) {
	c := newCounter(t)
	code := c.show("portrait", verify.Day, "name", "id", "over18", "photo")
	if code.Size != 0 || len(code.Parts) < 3 {
		t.Fatalf("size %d, %d parts", code.Size, len(code.Parts))
	}
	texts, err := sequence.Split(code.Text)
	if err != nil || len(texts) != len(code.Parts) {
		t.Fatalf("%d parts, %v", len(texts), err)
	}
	slices.Reverse(texts)
	picture := func(text string) *image.Gray {
		m, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		return m.Image(4, 4)
	}
	last := len(texts) - 1
	t.Run("frames", func(t *testing.T) {
		var seen Sight
		for i, text := range texts {
			img := picture(text)
			var got string
			var whole bool
			for range 8 { // of the ways to look, frames take turns
				if got, whole = c.Watch(img.Pix, img.Rect.Dx(), img.Rect.Dy(), img.Stride, &seen); whole || int(seen.Have) > i {
					break
				}
			}
			switch {
			case whole != (i == last), whole && got != code.Text:
				t.Fatalf("part %d: whole %v, %d characters", i, whole, len(got))
			case !whole && (int(seen.Have) != i+1 || int(seen.Parts) != len(texts) || seen.Seen == 0):
				t.Errorf("part %d: %v of %v", i, seen.Have, seen.Parts)
			}
		}
		// It stays in view after it was read.
		img := picture(texts[0])
		if _, whole := c.Watch(img.Pix, img.Rect.Dx(), img.Rect.Dy(), img.Stride, &seen); whole || seen.Parts != 0 {
			t.Errorf("again: %v, %v parts", whole, seen.Parts)
		}
	})
	scan := func(text string) (s ScanAnswer) {
		img := picture(text)
		if err := json.Unmarshal(c.Scan(img.Pix, img.Rect.Dx(), img.Rect.Dy(), img.Stride), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("pictures", func(t *testing.T) {
		if s := scan("KB1:ANOTHER"); s.Text == nil || s.Parts != 0 {
			t.Errorf("another code: %+v", s)
		}
		for i, text := range texts {
			s := scan(text)
			if (s.Text != nil) != (i == last) || s.Text != nil && *s.Text != code.Text || s.Text == nil && (s.Have != i+1 || s.Parts != len(texts)) {
				t.Errorf("part %d: %+v", i, s)
			}
		}
	})
	t.Run("texts", func(t *testing.T) {
		if a := ok[CollectAnswer](t, c.App, "collect", CollectRequest{"KB1:ANOTHER"}); a.Text == nil || *a.Text != "KB1:ANOTHER" {
			t.Errorf("another text: %+v", a)
		}
		for i, text := range texts {
			a := ok[CollectAnswer](t, c.App, "collect", CollectRequest{text})
			if (a.Text != nil) != (i == last) || a.Text != nil && *a.Text != code.Text {
				t.Errorf("part %d: %+v", i, a)
			}
		}
		ok[ForgetAnswer](t, c.App, "forget", ForgetRequest{})
		if a := ok[CollectAnswer](t, c.App, "collect", CollectRequest{texts[0]}); a.Text != nil || a.Parts != 0 {
			t.Errorf("what was whole counts again: %+v", a)
		}
		ok[CollectAnswer](t, c.App, "collect", CollectRequest{"KB1:ANOTHER"})
		ok[CollectAnswer](t, c.App, "collect", CollectRequest{texts[0]})
		ok[ForgetAnswer](t, c.App, "forget", ForgetRequest{})
		if a := ok[CollectAnswer](t, c.App, "collect", CollectRequest{texts[1]}); a.Have != 1 {
			t.Errorf("kept after it was to be forgotten: %+v", a)
		}
		ok[ForgetAnswer](t, c.App, "forget", ForgetRequest{})
		if a := ok[CollectAnswer](t, c.App, "collect", CollectRequest{sequence.Prefix + "9999"}); a.Text != nil || a.Parts != 0 {
			t.Errorf("a broken part: %+v", a)
		}
	})
	v := ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: c.boot.Now, Text: code.Text, Purpose: "internet-cafe"})
	if v.Result.Reason != reason.StaticCard || v.Result.Claims.Photo == "" {
		t.Errorf("%s", v.Result.Reason)
	}
}
