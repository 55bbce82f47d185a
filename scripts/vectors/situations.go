package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/sdcwt"
	"jianzheng/wasm/app/replay"
)

// cafeClaims is what the café asks for.
var cafeClaims = []string{"name", "id", "over18"}

// classes are codes that answer no challenge.
func (w *world) classes() {
	card := w.issue("light", nil)
	is := func(name, about, expect, class string, b sdcwt.Binding, edit func(*replay.Vector)) {
		v := forPurpose(cafe)
		if edit != nil {
			v = both(v, edit)
		}
		w.check(name, about, credential.Text(w.present("phone", card, cafeClaims, b)), expect, class, v)
	}
	ago := func(d, life time.Duration) sdcwt.Binding { return shown(clock.Add(-d), life) }
	is("fresh", "class B, just made", "accepted ok", "B", ago(0, 90*time.Second), nil)
	is("fresh-89s", "class B in its last second", "accepted ok", "B", ago(89*time.Second, 90*time.Second), nil)
	is("fresh-90s", "class B at its end", "rejected presentation-expired", "B", ago(90*time.Second, 90*time.Second), nil)
	is("fresh-twice", "class B shown a second time", "rejected nonce-used", "B", ago(0, 90*time.Second), func(v *replay.Vector) { v.Times = 2 })
	is("fresh-ahead", "class B by a phone whose clock is an hour ahead", "undetermined clock-wrong", "B", ago(-time.Hour, 90*time.Second), nil)
	is("day", "class C", "conditional static-card", "C", ago(23*time.Hour, 24*time.Hour), nil)
	is("day-old", "class C after a day, by its own word good for a month", "rejected presentation-expired", "C", ago(24*time.Hour+time.Second, 30*day), nil)
	is("day-twice", "class C shown again: staff look at the person anyway", "conditional static-card", "C", ago(time.Hour, 24*time.Hour), func(v *replay.Vector) { v.Times = 2 })
	is("day-same", "class C, and staff say it is the person", "accepted ok", "C", ago(time.Hour, 24*time.Hour), func(v *replay.Vector) { v.Staff = "same" })
	is("day-unsure", "class C, and staff are not sure", "undetermined person-unsure", "C", ago(time.Hour, 24*time.Hour), func(v *replay.Vector) { v.Staff = "unsure" })
	is("day-different", "class C, and it is somebody else", "rejected person-different", "C", ago(time.Hour, 24*time.Hour), func(v *replay.Vector) { v.Staff = "different" })
	addressed := ago(0, 90*time.Second)
	addressed.Audience = replay.PartyID
	is("fresh-addressed", "class B made out to one counter", "rejected audience-wrong", "B", addressed, nil)
	endless := sdcwt.Binding{Audience: "any", IssuedAt: clock, TokenID: draw("cti", 8)}
	is("shown-endless", "a shown code without an end", "rejected key-binding-invalid", "C", endless, nil)
	unnamed := ago(0, 90*time.Second)
	unnamed.TokenID = nil
	is("shown-without-cti", "a shown code without cti", "rejected key-binding-invalid", "B", unnamed, nil)
	is("fresh-login", "class B where an answer is needed", "rejected over-disclosed", "B", ago(0, 90*time.Second), forPurpose("online-login"))

	print := func(name, about, expect string, purpose string, edit func(*credential.Request)) {
		w.check(name, about, w.printed("light", edit), expect, "D", forPurpose(purpose))
	}
	print("printed", "class D", "conditional static-card", cafe, nil)
	print("printed-expired", "class D, expired a second ago", "rejected expired", cafe, func(r *credential.Request) { r.Expires = clock.Add(-time.Second) })
	print("printed-two-years", "class D, valid for two years", "unreadable malformed", cafe, func(r *credential.Request) { r.Expires = clock.AddDate(2, 0, 0) })
	print("printed-revoked", "class D, revoked", "rejected revoked", cafe, func(r *credential.Request) { r.Status.Index = idxRevoked })
	print("printed-hotel", "class D where a phone is needed", "rejected class-refused", "hotel", nil)
	print("printed-full", "a full card on paper by the key for light ones", "rejected issuer-role", cafe, func(r *credential.Request) { r.Proofing.Tier = credential.Full })
	print("printed-18-tomorrow", "eighteen tomorrow, by China time", "rejected under-age", cafe,
		func(r *credential.Request) { r.Person.Birth = credential.Date{Year: 2008, Month: 3, Day: 2} })
	print("printed-18-today", "eighteen today", "conditional static-card", cafe,
		func(r *credential.Request) { r.Person.Birth = credential.Date{Year: 2008, Month: 3, Day: 1} })
	print("printed-photo", "with a portrait", "conditional static-card", cafe, func(r *credential.Request) { r.Person.Photo = draw("portrait", 300) })
	print("printed-angles", "a name with characters that matter in HTML", "conditional static-card", cafe,
		func(r *credential.Request) { r.Person.Name = "<b>DEMO</b> & 演示" })
	w.check("printed-stranger", "class D by a key on no list", w.printed("stranger", nil), "rejected issuer-unknown", "D", forPurpose(cafe))
	w.check("printed-impostor", "class D by a stranger under a listed kid", w.printed("impostor", nil), "rejected signature-invalid", "D", forPurpose(cafe))
	w.check("printed-sm2", "class D signed with SM2", w.printed("light-sm2", nil), "conditional static-card", "D", forPurpose(cafe))
}

// purposes are good cards for a purpose that asks for something else.
func (w *world) purposes() {
	fullCard := func(factors uint8, age time.Duration) []byte {
		return w.issue("full", func(r *credential.Request) {
			r.Type, r.Proofing = typeFull, credential.Proofing{Tier: credential.Full, Factors: factors, Proofed: clock.Add(-age)}
		})
	}
	is := func(name, about, purpose, expect string, card []byte, edit func(*replay.Vector)) {
		c := w.ask(name, purpose, nil)
		v := w.against(c)
		if edit != nil {
			v = both(v, edit)
		}
		w.check(name, about, w.answer(card, c), expect, "A", v)
	}
	const counterFactors = policy.FactorPIN8 | policy.FactorTerminal
	for _, p := range policy.Default() {
		is("purpose-"+p.Code, "a full card with every factor", p.Code, "accepted ok", fullCard(0x1f, day), nil)
	}
	is("purpose-tier", "a light card where a full one is needed", "business-registration", "rejected tier-too-low", w.issue("light", nil), nil)
	is("purpose-factor-pin", "no PIN", "bank-account", "rejected factor-missing", fullCard(policy.FactorFace|policy.FactorTerminal, day), nil)
	is("purpose-factor-terminal", "not proofed at a terminal", "bank-account", "rejected factor-missing", fullCard(policy.FactorPIN8, day), nil)
	is("purpose-factor-old", "PIN and terminal more than a year ago", "bank-account", "rejected factor-old", fullCard(counterFactors, 366*day), nil)
	is("purpose-court-voice", "face and no voice", "court", "rejected factor-missing", fullCard(policy.FactorFace, day), nil)
	is("purpose-court-old", "face and voice seven months ago", "court", "rejected factor-old", fullCard(policy.FactorFace|policy.FactorVoice, 210*day), nil)
	is("purpose-switched", "the challenge was for something else than staff chose", cafe, "rejected purpose-wrong", w.issue("light", nil), forPurpose("railway"))
	is("purpose-handle", "the venue gets a handle and not the number", "delivery", "accepted ok", w.issue("light", nil),
		func(v *replay.Vector) { v.HandleKey = base64.RawURLEncoding.EncodeToString(draw("handle", 32)) })
	is("purpose-handle-number", "a handle made from the number", cafe, "accepted ok", w.issue("light", nil),
		func(v *replay.Vector) { v.HandleKey = base64.RawURLEncoding.EncodeToString(draw("handle", 32)) })

	c := w.ask("disclosure", cafe, nil)
	shows := func(name, about, expect string, claims ...string) {
		w.check(name, about, credential.Text(w.present("phone", w.issue("light", nil), claims, bind(c))), expect, "A", w.against(c))
	}
	shows("over-disclosed", "the address besides what was asked for", "rejected over-disclosed", "name", "id", "over18", "address")
	shows("claim-missing-id", "no number", "rejected claim-missing", "name", "over18")
	shows("claim-missing-age", "neither age nor birth", "rejected claim-missing", "name", "id")
	shows("claim-missing-all", "nothing shown", "rejected claim-missing")
	w.check("purpose-unknown", "a purpose that is not in the catalogue", w.printed("light", nil), "undetermined purpose-unknown", "D", forPurpose("party"))

	// A portrait is held against the person.
	c = w.ask("portrait", cafe, func(c *challenge.Challenge) { c.Claims = append(append([]string{}, cafeClaims...), "photo") })
	text := w.answer(w.issue("light", func(r *credential.Request) { r.Person.Photo = draw("portrait", 300) }), c)
	w.check("portrait", "with a portrait", text, "conditional compare-person", "A", w.against(c))
	for _, s := range []struct{ says, expect string }{{"same", "accepted ok"}, {"unsure", "undetermined person-unsure"}, {"different", "rejected person-different"}} {
		w.check("portrait-"+s.says, "with a portrait, and what staff say of it", text, s.expect, "A", both(w.against(c), func(v *replay.Vector) { v.Staff = s.says }))
	}
}

// endpoint are answers of the challenge endpoint to a redemption.
func (w *world) endpoint() {
	c, other := w.ask("endpoint", cafe, nil), w.ask("endpoint-other", cafe, nil)
	text := w.answer(w.issue("light", nil), c)
	receipt := func(key string, edit func(*challenge.Receipt)) []byte {
		r := challenge.Receipt{Operator: operatorID, Redeemed: clock.Add(time.Second), NonceHash: sha256.Sum256(c.Nonce), Party: replay.PartyID,
			Purpose: cafe, Reason: reason.OK, Class: "A", Labels: cafeClaims, Hash: draw("hash", 32), Sequence: 7}
		if edit != nil {
			edit(&r)
		}
		return must(r.Sign(w.keys[key]))
	}
	body := func(b []byte) string {
		return string(must(json.Marshal(map[string]string{"receipt": base64.RawURLEncoding.EncodeToString(b)})))
	}
	good := receipt("operator", nil)
	is := func(name, about string, status int, body, expect string, times int) {
		w.check("redeem-"+name, about, text, expect, "A", both(w.against(c), func(v *replay.Vector) {
			v.Endpoint, v.Times = &replay.Endpoint{Status: status, Body: body}, times
		}))
	}
	const unreachable = "undetermined redeem-unreachable"
	is("ok", "redeemed, with a receipt", 200, body(good), "accepted ok", 0)
	is("twice", "redeemed, and the answer shown again", 200, body(good), "rejected nonce-used", 2)
	is("no-answer", "no network", 0, "", unreachable, 0)
	is("portal", "a captive portal", 200, "<html>log in to the network</html>", unreachable, 0)
	is("empty", "success without a receipt", 200, "{}", unreachable, 0)
	is("receipt-cut", "a receipt whose last byte is cut off", 200, body(good[:len(good)-1]), unreachable, 0)
	is("receipt-stranger", "a receipt by a stranger under the operator's kid", 200, body(receipt("impostor-operator", nil)), unreachable, 0)
	is("receipt-other-nonce", "a receipt for another nonce", 200, body(receipt("operator", func(r *challenge.Receipt) { r.NonceHash = sha256.Sum256(other.Nonce) })), unreachable, 0)
	is("receipt-other-party", "a receipt for another party", 200, body(receipt("operator", func(r *challenge.Receipt) { r.Party = "another-cafe" })), unreachable, 0)
	is("used", "the endpoint knows the nonce as used", 409, `{"code":"nonce-used"}`, "rejected nonce-used", 0)
	is("expired", "the endpoint says too late", 410, `{"code":"nonce-expired"}`, "rejected nonce-expired", 0)
	is("unknown", "the endpoint never issued the nonce", 404, `{"code":"nonce-unknown"}`, "rejected nonce-wrong", 0)
	is("not-found", "some other server", 404, `{"code":"not-found"}`, unreachable, 0)
	is("fault", "the endpoint is broken", 503, `{"code":"store-unavailable"}`, unreachable, 0)
	is("lie", "the endpoint sends a verdict of its own", 409, `{"code":"ok"}`, unreachable, 0)
}
