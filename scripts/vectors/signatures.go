package main

import (
	"bytes"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/sdcwt"
	"jianzheng/wasm/app/replay"
)

// signatures are messages that are whole, and not what was signed.
func (w *world) signatures() {
	c := w.ask("signatures", cafe, nil)
	chosen := must(credential.Choose(w.issue("light", nil), c.Claims))
	card := open(chosen)
	shows := func(name, about string, message []byte, expect string) {
		w.check(name, about, w.around(message, c), expect, "A", w.against(c))
	}
	edited := func(edit func(*opened)) []byte {
		o := card
		edit(&o)
		return o.seal()
	}
	flip := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 1
		return b
	}
	shows("card-signature-bit", "one bit of the issuer's signature", edited(func(o *opened) { o.signature = flip(o.signature, 40) }), "rejected signature-invalid")
	shows("card-signature-short", "a signature of 63 bytes", edited(func(o *opened) { o.signature = o.signature[:63] }), "rejected signature-invalid")
	shows("card-signature-long", "a signature of 65 bytes", edited(func(o *opened) { o.signature = append([]byte{0}, o.signature...) }), "rejected signature-invalid")
	shows("card-signature-empty", "no signature", edited(func(o *opened) { o.signature = []byte{} }), "rejected signature-invalid")
	shows("card-signature-zero", "a signature of zeros", edited(func(o *opened) { o.signature = make([]byte, 64) }), "rejected signature-invalid")
	shows("card-exp-moved", "the expiry moved by a year", edited(func(o *opened) {
		o.payload = changed(o.payload, map[any]any{cwt.Expires: clock.AddDate(2, 0, 0).Unix()})
	}), "rejected signature-invalid")
	shows("card-status-moved", "another status index", edited(func(o *opened) {
		o.payload = changed(o.payload, map[any]any{cwt.StatusClaim: map[string]any{"status_list": map[string]any{"idx": 9, "uri": statusURI}}})
	}), "rejected signature-invalid")
	shows("card-alg-eddsa", "the header says EdDSA; the key is pinned to ES256", edited(func(o *opened) {
		o.protected = changed(o.protected, map[any]any{int64(1): int64(cwt.EdDSA)})
	}), "rejected algorithm-refused")
	shows("card-alg-none", "no algorithm at all", edited(func(o *opened) {
		o.protected = changed(o.protected, map[any]any{int64(1): nil})
	}), "rejected algorithm-refused")
	shows("card-alg-hmac", "the header says HMAC", edited(func(o *opened) {
		o.protected = changed(o.protected, map[any]any{int64(1): 5})
	}), "rejected algorithm-refused")
	shows("card-alg-esp256", "ESP256, the other name of ES256, signed so", sign1(w.keys["light"],
		changed(card.protected, map[any]any{int64(1): int64(cwt.ESP256)}), card.unprotected, card.payload), "accepted ok")
	other := open(must(credential.Choose(w.issue("light", func(r *credential.Request) { r.Person.Name = "演示·李四" }), c.Claims)))
	shows("card-disclosures-of-another", "disclosures of another card", edited(func(o *opened) { o.unprotected = other.unprotected }), "rejected signature-invalid")
	shows("card-disclosure-added", "a disclosure that the card has no hash for", edited(func(o *opened) {
		o.unprotected = enc(map[int]any{17: []any{enc([]any{draw("salt", 16), "DEMO", 4})}})
	}), "rejected signature-invalid")

	// The phone's signature.
	good := w.present("phone", w.issue("light", nil), c.Claims, bind(c))
	token := open(good)
	bound := func(name, about string, message []byte, expect string) {
		w.check(name, about, credential.Text(message), expect, "A", w.against(c))
	}
	bound("token-signature-bit", "one bit of the phone's signature", flip(good, len(good)-20), "rejected key-binding-invalid")
	bound("token-nonce-swapped", "another nonce under the old signature", func() []byte {
		o := token
		o.payload = changed(o.payload, map[any]any{cwt.IssuedAt: clock.Unix() + 1})
		return o.seal()
	}(), "rejected key-binding-invalid")
	bound("token-by-thief", "the card is a copy; the phone is another", w.present("thief", w.issue("light", nil), c.Claims, bind(c)), "rejected key-binding-invalid")
	bound("token-alg-eddsa", "the phone's header names another algorithm", w.token(token, map[any]any{int64(1): int64(cwt.EdDSA)}, nil), "rejected key-binding-invalid")
	bound("token-before-card", "signed before the card was issued", w.token(token, nil, map[any]any{cwt.IssuedAt: clock.Add(-31 * day).Unix()}), "rejected key-binding-invalid")
	w.check("card-bare", "a card without any proof by the phone", credential.Text(chosen), "rejected key-binding-missing", "", w.against(c))
	shows("card-key-replaced", "the thief's key in the card", edited(func(o *opened) {
		o.payload = changed(o.payload, map[any]any{cwt.Confirmation: must(sdcwt.Confirmation(w.keys["thief"].Public()))})
	}), "rejected signature-invalid")
}

// issuers are cards by keys of all kinds, good and bad.
func (w *world) issuers() {
	for _, alg := range []struct{ issuer, phone, about string }{
		{"light", "phone", "ES256 and a phone with ES256"}, {"light-ed", "phone-ed", "EdDSA and a phone with EdDSA"},
		{"light-sm2", "phone-sm2", "SM2 with SM3, and a phone with the same"}, {"light", "phone-sm2", "ES256 and a phone with SM2"},
		{"light-sm2", "phone", "SM2 and a phone with ES256"},
	} {
		c := w.ask("issuer-"+alg.issuer+"-"+alg.phone, cafe, nil)
		card := w.issue(alg.issuer, func(r *credential.Request) { r.Holder = w.keys[alg.phone].Public() })
		w.check("issuer-"+alg.issuer+"-"+alg.phone, alg.about, credential.Text(w.present(alg.phone, card, c.Claims, bind(c))), "accepted ok", "A", w.against(c))
	}
	c := w.ask("issuers", cafe, nil)
	by := func(name, about, key, expect string, edit func(*credential.Request)) {
		w.check(name, about, w.answer(w.issue(key, edit), c), expect, "A", w.against(c))
	}
	full := func(r *credential.Request) { r.Type, r.Proofing.Tier = typeFull, credential.Full }
	by("issuer-full", "a full card, ES384", "full", "accepted ok", full)
	by("issuer-other-province", "a card of another entry of the list", "sh-light", "accepted ok",
		func(r *credential.Request) { r.Issuer, r.Status = issuer2ID, nil })
	by("issuer-stranger", "a key on no list", "stranger", "rejected issuer-unknown", nil)
	by("issuer-impostor", "a stranger's key under a listed kid", "impostor", "rejected signature-invalid", nil)
	by("issuer-name-of-another", "a listed key in the name of another entry", "light", "rejected issuer-unknown",
		func(r *credential.Request) { r.Issuer = issuer2ID })
	by("issuer-revoked", "a key that was withdrawn", "light-revoked", "rejected issuer-revoked", nil)
	by("issuer-retired", "a key used after its window", "light-retired", "rejected issuer-expired", nil)
	by("issuer-role-status", "signed by the key for status lists", "status", "rejected issuer-role", nil)
	by("issuer-role-operator", "signed by the operator", "operator", "rejected issuer-role", nil)
	by("issuer-role-light", "a full card by the key for light ones", "light", "rejected issuer-role", full)
	by("issuer-role-full", "a light card by the key for full ones", "full", "rejected issuer-role", nil)
	by("issuer-type", "a type that the entry may not issue", "light", "rejected issuer-role",
		func(r *credential.Request) { r.Type = "https://vectors.jianzheng.example/royal" })
	by("issuer-province-full", "a full card of an entry for light ones", "sh-light", "rejected issuer-role",
		func(r *credential.Request) { full(r); r.Issuer, r.Status = issuer2ID, nil })
}

// cards are cards with the right signature whose dates or status are not good.
func (w *world) cards() {
	c := w.ask("cards", cafe, nil)
	is := func(name, about, expect string, edit func(*credential.Request)) {
		w.check(name, about, w.answer(w.issue("light", edit), c), expect, "A", w.against(c))
	}
	at := func(index uint64) func(*credential.Request) {
		return func(r *credential.Request) { r.Status.Index = index }
	}
	is("exp-now", "expires this very second", "rejected expired", func(r *credential.Request) { r.Expires = clock })
	is("exp-ago", "expired one second ago, and was shown before it did", "rejected expired", func(r *credential.Request) { r.Expires = clock.Add(-time.Second) })
	is("exp-ahead", "expires in one second", "accepted ok", func(r *credential.Request) { r.Expires = clock.Add(time.Second) })
	is("not-yet-valid", "issued in an hour", "rejected not-yet-valid", func(r *credential.Request) { r.IssuedAt = clock.Add(time.Hour) })
	is("status-revoked", "revoked", "rejected revoked", at(idxRevoked))
	is("status-suspended", "the phone was reported lost", "rejected suspended", at(idxSuspended))
	is("status-reserved", "a status that means nothing here", "rejected status-invalid", at(idxReserved))
	is("status-outside", "an index outside the list", "rejected status-invalid", at(1<<40))
	is("status-none", "no status, of an issuer that publishes lists", "rejected status-invalid", func(r *credential.Request) { r.Status = nil })
	is("status-elsewhere", "the status lies in a list that is not at hand", "undetermined status-missing",
		func(r *credential.Request) { r.Status.URI = statusURI + "0" })
	is("under-18", "under 18, by the issuer's word", "rejected under-age", func(r *credential.Request) { no := false; r.Person.Over18 = &no })

	// Claims that the card itself must or must not have.
	o := open(must(credential.Choose(w.issue("light", nil), c.Claims)))
	signed := func(set map[any]any) string {
		return w.around(sign1(w.keys["light"], o.protected, o.unprotected, changed(o.payload, set)), c)
	}
	w.check("status-mechanism", "a status by another mechanism", signed(map[any]any{cwt.StatusClaim: map[string]any{"identifier_list": map[string]any{}}}),
		"rejected status-invalid", "A", w.against(c))
	w.check("status-negative", "a negative index", signed(map[any]any{cwt.StatusClaim: map[string]any{"status_list": map[string]any{"idx": -1, "uri": statusURI}}}),
		"rejected status-invalid", "A", w.against(c))
	w.check("card-audience", "a card that is itself made out to somebody", signed(map[any]any{cwt.Audience: replay.PartyID}),
		"rejected audience-wrong", "A", w.against(c))
	w.check("nbf-ahead", "nbf in an hour", signed(map[any]any{cwt.NotBefore: clock.Add(time.Hour).Unix()}), "rejected not-yet-valid", "A", w.against(c))
}

// answers are good cards shown to the wrong counter, at the wrong time, or twice.
func (w *world) answers() {
	c, other := w.ask("answers", cafe, nil), w.ask("answers-other", cafe, nil)
	card := w.issue("light", nil)
	is := func(name, about, expect string, b func(*sdcwt.Binding), edit func(*replay.Vector)) {
		binding := bind(c)
		if b != nil {
			b(&binding)
		}
		w.check(name, about, credential.Text(w.present("phone", card, c.Claims, binding)), expect, "A", both(w.against(c), func(v *replay.Vector) {
			if edit != nil {
				edit(v)
			}
		}))
	}
	later := func(d time.Duration) func(*replay.Vector) {
		return func(v *replay.Vector) { v.Now = clock.Add(d).Format(time.RFC3339) }
	}
	is("audience-wrong", "made out to another counter", "rejected audience-wrong", func(b *sdcwt.Binding) { b.Audience = "another-cafe" }, nil)
	is("nonce-wrong", "answers another challenge", "rejected nonce-wrong", func(b *sdcwt.Binding) { b.Nonce = other.Nonce }, nil)
	is("nonce-short", "a nonce of one byte", "rejected nonce-wrong", func(b *sdcwt.Binding) { b.Nonce = []byte{1} }, nil)
	is("nonce-last-second", "answered in the last second", "accepted ok", nil, later(59*time.Second))
	is("nonce-expired", "answered too late", "rejected nonce-expired", nil, later(60*time.Second))
	is("nonce-expired-hour", "this computer's clock is an hour ahead", "rejected nonce-expired", nil, later(time.Hour))
	is("clock-behind", "this computer's clock is an hour behind", "undetermined clock-wrong", nil, later(-time.Hour))
	is("phone-ahead", "the phone's clock is an hour ahead", "accepted ok", func(b *sdcwt.Binding) { b.IssuedAt = clock.Add(time.Hour) }, nil)
	is("phone-behind", "the phone's clock is an hour behind", "accepted ok", func(b *sdcwt.Binding) { b.IssuedAt = clock.Add(-time.Hour) }, nil)
	is("answer-ended", "the answer has an end of its own, which has passed", "rejected presentation-expired",
		func(b *sdcwt.Binding) { b.IssuedAt, b.Expires = clock.Add(-time.Minute), clock }, nil)
	is("answer-not-begun", "the answer counts from tomorrow", "rejected not-yet-valid",
		func(b *sdcwt.Binding) { b.IssuedAt, b.NotBefore = clock.Add(2*day), clock.Add(day) }, nil)
	old := w.ask("answers-old", cafe, func(c *challenge.Challenge) { c.Issued = clock.Add(-5 * time.Minute) })
	w.check("screenshot", "an answer of five minutes ago", w.answer(card, old), "rejected nonce-expired", "A", w.against(c))
	sm2 := w.askWith("operator-sm2", "answers-sm2", cafe, nil)
	w.check("answer-sm2-operator", "a challenge signed with SM2", w.answer(card, sm2), "accepted ok", "A", w.against(sm2))

	// A page without a network makes its challenge itself, and keeps it from
	// being answered twice.
	own := w.ownChallenge()
	text := w.answer(card, own)
	w.check("own-challenge", "a challenge that the page made without a network", text, "accepted ok", "A", w.against(own))
	w.check("own-challenge-twice", "the same answer shown twice", text, "rejected nonce-used", "A",
		both(w.against(own), func(v *replay.Vector) { v.Times = 2 }))
}

// ownChallenge is the first challenge that an engine makes without a network.
func (w *world) ownChallenge() asked {
	p := replay.NewPlayer(w.manifest.Lists, func(name string) ([]byte, error) { return w.files[name], nil })
	if err := p.Boot(inForce, clock, ""); err != nil {
		panic(err)
	}
	text := must(p.MakeChallenge(cafe, clock))
	return asked{must(challenge.Parse(text)).Challenge, text, "challenges/own.txt"}
}
