package main

import (
	"bytes"
	"compress/zlib"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/trust"
	"jianzheng/wasm/app/replay"
)

// listFaults are good cards checked with lists that are missing, old, forged or
// broken.
func (w *world) listFaults() {
	c := w.ask("lists", cafe, nil)
	good, altered := w.answer(w.issue("light", nil), c), w.printed("impostor", nil)
	under := func(name, about, expect string, edit func(*replay.Lists)) {
		v := both(w.against(c), func(v *replay.Vector) { v.Lists, v.ShownUnder = w.set(name, edit), inForce })
		w.check("list-"+name, about, good, expect, "A", v)
	}
	file := func(name string, b []byte) string { return w.file("lists/"+name+".cwt", b) }

	// The trust list.
	was := w.files[w.lists.Trust]
	trusted := func(name string, b []byte) func(*replay.Lists) {
		return func(l *replay.Lists) { l.Trust = file("trust-"+name, b) }
	}
	under("trust-none", "no trust list", "undetermined list-invalid", func(l *replay.Lists) { l.Trust = "" })
	under("trust-cut", "a byte of the trust list cut off", "undetermined list-invalid", trusted("cut", was[:len(was)-1]))
	under("trust-bit", "one bit of its signature", "undetermined list-invalid", trusted("bit", append(bytes.Clone(was[:len(was)-1]), was[len(was)-1]^1)))
	under("trust-other-anchor", "signed by another anchor", "undetermined list-invalid", trusted("other-anchor", w.trustList("other-anchor", nil)))
	under("trust-rollback", "older than one already seen", "undetermined list-rollback", func(l *replay.Lists) { l.Highest = 8 })
	under("trust-same", "the same as already seen", "accepted ok", func(l *replay.Lists) { l.Highest = 7 })
	old := w.trustList("anchor", func(l *trust.List) { l.IssuedAt, l.Expires = clock.Add(-31*day), clock })
	under("trust-stale", "past its exp", "undetermined list-old", trusted("stale", old))
	under("trust-ahead", "made in an hour: this computer's clock is behind", "undetermined clock-wrong",
		trusted("ahead", w.trustList("anchor", func(l *trust.List) { l.IssuedAt = clock.Add(time.Hour) })))
	revoked := func(kid string) []byte {
		return w.trustList("anchor", func(l *trust.List) {
			l.Sequence++
			for i := range l.Entries {
				for j := range l.Entries[i].Keys {
					if k := &l.Entries[i].Keys[j]; string(k.Key.ID) == kid {
						k.Revoked = true
					}
				}
			}
		})
	}
	under("terminal-revoked", "the operator's key revoked while its challenge was shown", "rejected terminal-revoked", trusted("terminal", revoked("op-1")))
	under("issuer-revoked", "the issuer's key revoked by a newer list", "rejected issuer-revoked", trusted("issuer", revoked("gz-light")))
	w.check("list-trust-stale-forged", "a forged card under a stale list is still forged", altered, "rejected signature-invalid", "D",
		both(forPurpose(cafe), func(v *replay.Vector) { v.Lists = "trust-stale" }))

	// The catalogue.
	ruled := func(name string, b []byte) func(*replay.Lists) {
		return func(l *replay.Lists) { l.Policy = file("policy-"+name, b) }
	}
	catalogue := w.files[w.lists.Policy]
	under("policy-none", "no catalogue", "undetermined policy-missing", func(l *replay.Lists) { l.Policy = "" })
	under("policy-cut", "a byte of the catalogue cut off", "undetermined policy-missing", ruled("cut", catalogue[:len(catalogue)-1]))
	under("policy-is-trust", "a trust list in place of the catalogue", "undetermined policy-missing", func(l *replay.Lists) { l.Policy = l.Trust })
	few := func(c *policy.Catalogue) { c.Purposes = c.Purposes[:1] }
	under("policy-other-anchor", "signed by another anchor", "undetermined policy-missing", ruled("other-anchor", w.catalogue("other-anchor", few)))
	under("policy-stale", "past its exp", "undetermined list-old", ruled("stale", w.catalogue("anchor", func(c *policy.Catalogue) {
		few(c)
		c.IssuedAt, c.Expires = clock.Add(-31*day), clock
	})))
	under("policy-narrow", "a catalogue without this purpose", "undetermined purpose-unknown", ruled("narrow", w.catalogue("anchor", func(c *policy.Catalogue) {
		c.Purposes = c.Purposes[1:2]
	})))

	// Status lists.
	kept := func(name string, b []byte) func(*replay.Lists) {
		return func(l *replay.Lists) { l.Status = []string{file("cardstatus-"+name, b)} }
	}
	weekEnd := clock.Add(7 * day)
	under("status-none", "no status list", "undetermined status-missing", func(l *replay.Lists) { l.Status = nil })
	under("status-self", "signed by a key that is on no list", "rejected status-invalid", kept("stranger", w.statusToken("stranger", statusURI, clock, weekEnd)))
	under("status-impostor", "signed by a stranger under the listed kid", "rejected status-invalid", kept("impostor", w.statusToken("impostor-status", statusURI, clock, weekEnd)))
	under("status-card-key", "signed by the issuer's key for cards", "rejected status-invalid", kept("card-key", w.statusToken("light", statusURI, clock, weekEnd)))
	under("status-other-entry", "signed by another province", "rejected status-invalid", kept("province", w.statusToken("sh-status", statusURI, clock, weekEnd)))
	under("status-other-uri", "the list of another address", "undetermined status-missing", kept("other-uri", w.statusToken("status", statusURI+"0", clock, weekEnd)))
	past := w.statusToken("status", statusURI, clock.Add(-8*day), clock)
	under("status-stale", "past its exp", "undetermined status-old", kept("past", past))
	onPast := func(name, about, expect string, index uint64) {
		w.check(name, about, w.answer(w.issue("light", func(r *credential.Request) { r.Status.Index = index }), c), expect, "A",
			both(w.against(c), func(v *replay.Vector) { v.Lists = "status-stale" }))
	}
	onPast("list-status-stale-revoked", "revoked before the list went stale", "rejected revoked", idxRevoked)
	onPast("list-status-stale-suspended", "suspended on a stale list: perhaps no more", "undetermined status-old", idxSuspended)

	token := func(list []byte, bits int) []byte {
		o := open(w.files[w.lists.Status[0]])
		return sign1(w.keys["status"], o.protected, o.unprotected, changed(o.payload, map[any]any{int64(65533): map[string]any{"bits": bits, "lst": list}}))
	}
	under("status-bomb", "a list that inflates to 4 MiB", "rejected status-invalid", kept("bomb", token(deflated(make([]byte, 4<<20)), 2)))
	under("status-cut", "a list whose packed bytes are cut off", "rejected status-invalid", kept("cut", token(deflated(make([]byte, 64))[:8], 2)))
	under("status-trailing", "a byte behind the packed list", "rejected status-invalid", kept("trailing", token(append(deflated(make([]byte, 64)), 0), 2)))
	under("status-bits", "three bits a card", "undetermined status-missing", kept("bits", token(deflated(make([]byte, 64)), 3)))
	under("status-is-card", "a card in place of the list", "undetermined status-missing", kept("card", w.issue("light", nil)))
}

// set names a set of lists that differs from those in force.
func (w *world) set(name string, edit func(*replay.Lists)) string {
	l := w.lists
	edit(&l)
	w.manifest.Lists[name] = l
	return name
}

// deflated packs b with zlib.
func deflated(b []byte) []byte {
	var out bytes.Buffer
	z := must(zlib.NewWriterLevel(&out, zlib.BestCompression))
	must(z.Write(b))
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// requests are challenges as a phone and a counter read them.
func (w *world) requests() {
	read := func(name, about, text, expect string, edit func(*replay.Vector)) {
		v := replay.Vector{Name: "request-" + name, About: about, Kind: replay.Request, Input: w.text("challenges/request-"+name+".txt", text), Expect: expect}
		if edit != nil {
			edit(&v)
		}
		w.add(v)
	}
	good := w.ask("request", cafe, nil)
	own := w.ownChallenge()
	raw := must(base45.Decode(good.text[len(challenge.Prefix):]))
	o := open(raw)
	signed := func(protected, payload map[any]any) string {
		return prefixed(challenge.Prefix, sign1(w.keys["operator"], changed(o.protected, protected), o.unprotected, changed(o.payload, payload)))
	}
	with := func(edit func(*opened)) string {
		forged := o
		edit(&forged)
		return prefixed(challenge.Prefix, forged.seal())
	}
	read("ok", "a challenge of the café", good.text, "accepted ok", nil)
	read("own", "a challenge that a page made without a network", own.text, "accepted ok", nil)
	read("post", "one that is answered over the network", w.ask("request-post", cafe, func(c *challenge.Challenge) {
		c.ResponseURI, c.PageKey = "https://vectors.jianzheng.example/answer", draw("page", 32)
	}).text, "accepted ok", nil)
	read("late", "read a minute later", good.text, "rejected nonce-expired", func(v *replay.Vector) { v.Now = clock.Add(time.Minute).Format(time.RFC3339) })
	read("link", "an address", "https://vectors.jianzheng.example", "unreadable other-code", nil)
	read("card", "a printed card", w.printed("light", nil), "unreadable other-code", nil)
	read("large", "longer than a challenge can be", challenge.Prefix+string(bytes.Repeat([]byte("A"), challenge.MaxText)), "unreadable too-large", nil)
	read("cut", "a byte cut off", prefixed(challenge.Prefix, raw[:len(raw)-1]), "unreadable malformed", nil)
	read("added", "a byte added", prefixed(challenge.Prefix, append(bytes.Clone(raw), 0)), "unreadable malformed", nil)
	read("claim-twice", "a claim twice", prefixed(challenge.Prefix, sign1(w.keys["operator"], o.protected, o.unprotected, twice(o.payload))), "unreadable malformed", nil)
	read("claim-unknown", "a claim that nobody here knows", signed(nil, map[any]any{int64(-70099): 1}), "unreadable malformed", nil)
	read("indefinite", "claims of indefinite length", prefixed(challenge.Prefix, sign1(w.keys["operator"], o.protected, o.unprotected,
		append(append([]byte{0xbf}, o.payload[1:]...), 0xff))), "unreadable malformed", nil)
	read("nonce-text", "a nonce that is text", signed(nil, map[any]any{int64(39): "nonce"}), "unreadable malformed", nil)
	read("exp-differs", "an end that is not the nonce's", signed(nil, map[any]any{cwt.Expires: clock.Add(61 * time.Second).Unix()}), "unreadable malformed", nil)
	read("name-turned", "a name with a character that turns text around", signed(nil, map[any]any{int64(-70001): []string{replay.PartyID, "\u202egnab"}}), "unreadable malformed", nil)
	read("typ", "no typ", signed(map[any]any{int64(16): nil}, nil), "unreadable malformed", nil)
	read("alg-unprotected", "the algorithm only outside the protected header", prefixed(challenge.Prefix,
		sign1(w.keys["operator"], changed(o.protected, map[any]any{int64(1): nil}), enc(map[int]any{1: -7}), o.payload)), "unreadable malformed", nil)
	read("purpose-swapped", "another purpose under the old signature", with(func(o *opened) {
		o.payload = changed(o.payload, map[any]any{int64(-70002): "railway"})
	}), "rejected challenge-invalid", nil)
	read("alg-swapped", "another algorithm under the old signature", with(func(o *opened) {
		o.protected = changed(o.protected, map[any]any{int64(1): int64(cwt.EdDSA)})
	}), "rejected challenge-invalid", nil)
	read("stranger", "signed by a key on no list", w.askWith("stranger", "request-stranger", cafe, nil).text, "rejected challenge-invalid", nil)
	read("impostor", "signed by a stranger under the operator's kid", w.askWith("impostor-operator", "request-impostor", cafe, nil).text, "rejected challenge-invalid", nil)
	read("issuer", "signed by an issuer's key", w.askWith("light", "request-issuer", cafe, nil).text, "rejected challenge-invalid", nil)
	read("operator-name", "in the name of another operator", w.ask("request-operator", cafe, func(c *challenge.Challenge) { c.Operator = issuerID }).text, "rejected challenge-invalid", nil)
	read("greedy", "asks for more than the purpose allows", w.ask("request-greedy", cafe, func(c *challenge.Challenge) { c.Claims = []string{"name", "address"} }).text, "rejected over-disclosed", nil)
	read("purpose-unknown", "a purpose that is not in the catalogue", w.ask("request-unknown", "party", nil).text, "undetermined purpose-unknown", nil)
	without := func(set string) func(*replay.Vector) { return func(v *replay.Vector) { v.Lists = set } }
	read("no-trust", "no trust list", good.text, "undetermined list-invalid", without("trust-none"))
	read("no-policy", "no catalogue", good.text, "undetermined policy-missing", without("policy-none"))
	read("terminal-revoked", "the operator's key was revoked", good.text, "rejected terminal-revoked",
		without("terminal-revoked"))

	adopt := func(name, about, text, expect string, edit func(*replay.Vector)) {
		v := replay.Vector{Name: "adopt-" + name, About: about, Kind: replay.Adopt, Input: w.text("challenges/adopt-"+name+".txt", text), Expect: expect}
		if edit != nil {
			edit(&v)
		}
		w.add(v)
	}
	adopt("ok", "a challenge of this counter", good.text, "accepted ok", nil)
	adopt("other-party", "the challenge of another counter", w.ask("adopt-other", cafe, func(c *challenge.Challenge) { c.PartyID = "another-cafe" }).text, "refused audience-wrong", nil)
	adopt("own", "a challenge signed by a page", own.text, "refused challenge-invalid", nil)
	adopt("impostor", "signed by a stranger under the operator's kid", w.askWith("impostor-operator", "request-impostor", cafe, nil).text, "refused challenge-invalid", nil)
	adopt("cut", "a byte cut off", prefixed(challenge.Prefix, raw[:len(raw)-1]), "refused challenge-invalid", nil)
	adopt("terminal-revoked", "the operator's key was revoked", good.text, "refused terminal-revoked",
		without("terminal-revoked"))
}

// wallets are cards as their holders read them.
func (w *world) wallets() {
	good := w.issue("light", nil)
	read := func(name, about string, card []byte, expect string) {
		w.add(replay.Vector{Name: "wallet-" + name, About: about, Kind: replay.Wallet, Input: w.file("cards/"+name+".cwt", card), Expect: expect})
	}
	read("light", "a light card with all its disclosures", good, "accepted ok")
	read("full", "a full card", w.issue("full", func(r *credential.Request) { r.Type, r.Proofing.Tier = typeFull, credential.Full }), "accepted ok")
	read("cut", "a byte cut off", good[:len(good)-1], "refused malformed")
	read("token", "an answer in place of a card", w.present("phone", good, nil, bind(w.ask("wallet", cafe, nil))), "refused malformed")
	read("empty", "nothing", nil, "refused malformed")
}
