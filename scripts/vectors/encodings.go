package main

import (
	"bytes"
	"strings"

	"jianzheng/shared/base45"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/sdcwt"
)

// texts are codes that are no cards, or only begin like one.
func (w *world) texts() {
	cafeOf := forPurpose(cafe)
	for _, v := range []struct{ name, about, text, expect string }{
		{"text-empty", "nothing", "", "unreadable other-code"},
		{"text-link", "an address", "https://vectors.jianzheng.example/x?a=<b>&c=d", "unreadable other-code"},
		{"text-payment", "a payment code", "wxp://f2f0abcdef", "unreadable other-code"},
		{"text-payment-digits", "the digits of a payment barcode", "284712345678901234", "unreadable other-code"},
		{"text-wifi", "the key of a network", "WIFI:S:cafe;T:WPA;;", "unreadable other-code"},
		{"text-health", "the beginning of a health certificate", "HC1:6BF", "unreadable other-code"},
		{"text-prefix-lower", "a prefix in lower case", "kb1:6BF", "unreadable other-code"},
		{"text-prefix-only", "a prefix and nothing else", "KB1:", "unreadable malformed"},
		{"text-lower-case", "Base45 in lower case", "KB1:6bf", "unreadable malformed"},
		{"text-base45-length", "one character too many for Base45", "KB1:6BFX", "unreadable malformed"},
		{"text-base45-overflow", "three characters above 65535", "ID1::::", "unreadable malformed"},
		{"text-not-cbor", "bytes that are no CBOR", "KB1:" + base45.Encode([]byte("not CBOR at all")), "unreadable malformed"},
		{"text-too-large", "longer than any code", "KB1:" + strings.Repeat("A", credential.MaxText), "unreadable too-large"},
	} {
		w.check(v.name, v.about, v.text, v.expect, "", cafeOf)
	}
}

// encodings are cards and answers signed by the right keys whose encoding is
// wrong in one place each. All are refused before a signature is looked at.
func (w *world) encodings() {
	c := w.ask("encodings", cafe, nil)
	good := w.present("phone", w.issue("light", nil), c.Claims, bind(c))
	bad := func(name, about string, message []byte) {
		w.check(name, about, credential.Text(message), "unreadable malformed", "", w.against(c))
	}
	w.check("answer", "what the answers below are made from", credential.Text(good), "accepted ok", "A", w.against(c))

	// The message as a whole.
	bad("byte-cut", "the last byte is cut off", good[:len(good)-1])
	bad("byte-cut-first", "the first byte is cut off", good[1:])
	bad("byte-added", "a byte behind the end", append(bytes.Clone(good), 0))
	bad("half", "the first half", good[:len(good)/2])
	o := open(good)
	bad("tag-61", "an answer inside the CWT tag, which the draft does not allow", enc(cwt.Tag{Number: 61, Content: cwt.RawMessage(good)}))
	bad("tag-17", "tag 17, a MAC, instead of 18", append([]byte{0xd1}, good[1:]...))
	bad("untagged", "no tag", good[1:])
	bad("array-3", "an array of three", enc(cwt.Tag{Number: 18, Content: []any{o.protected, cwt.RawMessage(o.unprotected), o.payload}}))
	bad("array-5", "an array of five", enc(cwt.Tag{Number: 18, Content: []any{o.protected, cwt.RawMessage(o.unprotected), o.payload, o.signature, 0}}))
	bad("array-indefinite", "an array of indefinite length", append(append([]byte{0xd2, 0x9f}, good[2:]...), 0xff))
	bad("payload-null", "a detached payload", enc(cwt.Tag{Number: 18, Content: []any{o.protected, cwt.RawMessage(o.unprotected), nil, o.signature}}))
	bad("payload-map", "a payload that is a map and not bytes", enc(cwt.Tag{Number: 18, Content: []any{o.protected, cwt.RawMessage(o.unprotected), cwt.RawMessage(o.payload), o.signature}}))
	bad("length-huge", "bytes that claim to be 2^62 long", append([]byte{0xd2, 0x84, 0x5b, 0x40, 0, 0, 0, 0, 0, 0, 0}, good[10:]...))
	bad("array-huge", "an array that claims 2^32-1 elements", append([]byte{0xd2, 0x9a, 0xff, 0xff, 0xff, 0xff}, good[2:]...))

	// What the phone signs.
	token := func(name, about string, protected, payload map[any]any) {
		w.check(name, about, credential.Text(w.token(o, protected, payload)), "unreadable malformed", "", w.against(c))
	}
	token("token-aud-missing", "no audience", nil, map[any]any{cwt.Audience: nil})
	token("token-aud-number", "an audience that is a number", nil, map[any]any{cwt.Audience: 3})
	token("token-iat-missing", "neither iat nor cti", nil, map[any]any{cwt.IssuedAt: nil})
	token("token-iat-fraction", "iat with a fraction", nil, map[any]any{cwt.IssuedAt: float64(clock.Unix()) + 0.5})
	token("token-iss", "an issuer, which a key binding token must not have", nil, map[any]any{cwt.Issuer: "x"})
	token("token-nonce-text", "a nonce that is text", nil, map[any]any{cwt.Nonce: "nonce"})
	token("token-typ-card", "the typ of a card", map[any]any{int64(16): 293}, nil)
	token("token-typ-missing", "no typ", map[any]any{int64(16): nil}, nil)
	token("token-card-missing", "no card", map[any]any{int64(13): nil}, nil)
	token("token-card-text", "text instead of a card", map[any]any{int64(13): "card"}, nil)
	token("token-alg-name", "an algorithm by name", map[any]any{int64(1): "ES256"}, nil)
	token("token-crit", "a critical header", map[any]any{int64(2): []int64{16}}, nil)
	token("token-kid-text", "a kid that is text", map[any]any{int64(4): "phone"}, nil)
	bad("token-header-twice", "a header twice in the protected map", sign1(w.keys["phone"], twice(o.protected), o.unprotected, o.payload))
	bad("token-claim-twice", "a claim twice", sign1(w.keys["phone"], o.protected, o.unprotected, twice(o.payload)))
	bad("token-unprotected", "something outside the protected header", sign1(w.keys["phone"], o.protected, enc(map[int]any{4: []byte("k")}), o.payload))
	bad("token-alg-unprotected", "the algorithm only outside the protected header",
		sign1(w.keys["phone"], changed(o.protected, map[any]any{int64(1): nil}), enc(map[int]any{1: -7}), o.payload))

	w.cardEncodings(c)
}

// twice repeats the first entry of an encoded map of up to 22 entries, whose key
// is one byte and whose value is a small integer, text or bytes.
func twice(m []byte) []byte {
	var value cwt.RawMessage
	parsed := must(cwt.ParseClaims(m))
	for label, raw := range parsed {
		if n, ok := label.(int64); ok && n == int64(m[1]) {
			value = raw
		}
	}
	if value == nil || m[1] > 23 {
		panic("the first key is no small number")
	}
	out := append([]byte{m[0] + 1, m[1]}, value...)
	return append(out, m[1:]...)
}

// token signs the claims of o once more with some of them changed.
func (w *world) token(o opened, protected, payload map[any]any) []byte {
	return sign1(w.keys["phone"], changed(o.protected, protected), o.unprotected, changed(o.payload, payload))
}

// around is an answer to c by the usual phone with any bytes for a card.
func (w *world) around(card []byte, c asked) string {
	protected := enc(map[int]any{1: int64(cwt.ES256), 13: cwt.RawMessage(card), 16: 294})
	payload := enc(map[int]any{3: c.PartyID, 6: c.Issued.Unix(), 39: c.Nonce})
	return credential.Text(sign1(w.keys["phone"], protected, enc(map[int]any{}), payload))
}

// cardEncodings are cards that the issuer signed and should not have.
func (w *world) cardEncodings(c asked) {
	chosen := must(credential.Choose(w.issue("light", nil), c.Claims))
	o := open(chosen)
	bad := func(name, about string, card []byte) {
		w.check(name, about, w.around(card, c), "unreadable malformed", "", w.against(c))
	}
	claims := func(name, about string, set map[any]any) {
		bad(name, about, sign1(w.keys["light"], o.protected, o.unprotected, changed(o.payload, set)))
	}
	header := func(name, about string, set map[any]any) {
		bad(name, about, sign1(w.keys["light"], changed(o.protected, set), o.unprotected, o.payload))
	}
	disclosures := func(name, about string, value any) {
		bad(name, about, sign1(w.keys["light"], o.protected, enc(map[int]any{17: value}), o.payload))
	}
	w.check("card-as-issued", "the same made by hand: the control of the cards below", w.around(chosen, c), "accepted ok", "A", w.against(c))
	w.check("card-extra-claim", "a claim that nobody here knows", w.around(sign1(w.keys["light"], o.protected, o.unprotected,
		changed(o.payload, map[any]any{int64(-90000): "extra"})), c), "accepted ok", "A", w.against(c))

	bad("card-claim-twice", "a claim twice", sign1(w.keys["light"], o.protected, o.unprotected, twice(o.payload)))
	bad("card-header-twice", "a header twice", sign1(w.keys["light"], twice(o.protected), o.unprotected, o.payload))
	bad("card-map-indefinite", "claims of indefinite length", sign1(w.keys["light"], o.protected, o.unprotected,
		append(append([]byte{0xbf}, o.payload[1:]...), 0xff)))
	bad("card-claims-array", "claims that are an array", sign1(w.keys["light"], o.protected, o.unprotected, enc([]any{1, 2})))
	// The encoder refuses to write these two.
	spliced := func(name, about string, value []byte) {
		payload := changed(o.payload, map[any]any{int64(-90000): "here"})
		bad(name, about, sign1(w.keys["light"], o.protected, o.unprotected, bytes.Replace(payload, enc("here"), value, 1)))
	}
	spliced("card-text-indefinite", "text of indefinite length", []byte{0x7f, 0x61, 'a', 0xff})
	spliced("card-text-invalid", "text that is not UTF-8", []byte{0x62, 0xc3, 0x28})
	claims("card-deep", "nested deeper than 16 levels", map[any]any{int64(-90000): nested(17)})
	claims("card-wide", "an array of 257 elements", map[any]any{int64(-90000): make([]int, 257)})
	claims("card-pairs", "a map of 65 pairs", map[any]any{int64(-90000): pairs(65)})
	claims("card-exp-text", "an expiry that is text", map[any]any{cwt.Expires: "2027-01-01"})
	claims("card-exp-missing", "no expiry", map[any]any{cwt.Expires: nil})
	claims("card-exp-huge", "an expiry after the year 9999", map[any]any{cwt.Expires: int64(1) << 60})
	claims("card-iat-float", "an iat that is a float", map[any]any{cwt.IssuedAt: 1.5})
	claims("card-iss-missing", "no issuer", map[any]any{cwt.Issuer: nil})
	claims("card-iss-bytes", "an issuer that is bytes", map[any]any{cwt.Issuer: []byte("x")})
	claims("card-sub-number", "a subject that is a number", map[any]any{cwt.Subject: 7})
	claims("card-vct-number", "a type that is a number", map[any]any{cwt.VerifiableType: 7})
	claims("card-cnf-missing", "no key of the phone", map[any]any{cwt.Confirmation: nil})
	claims("card-cnf-bytes", "a key that is bytes", map[any]any{cwt.Confirmation: []byte{1}})
	claims("card-cnf-off-curve", "a key that is no point of its curve", map[any]any{cwt.Confirmation: map[int]any{1: map[int]any{
		1: 2, 3: -7, -1: 1, -2: bytes.Repeat([]byte{1}, 32), -3: bytes.Repeat([]byte{2}, 32)}}})
	claims("card-proofing-missing", "nothing on how the holder was proofed", map[any]any{int64(-70010): nil})
	claims("card-tier-unknown", "a tier that does not exist", map[any]any{int64(-70010): map[int64]any{1: "gold", 2: 1, 3: clock.Unix()}})
	claims("card-factors-unknown", "a sixth factor", map[any]any{int64(-70010): map[int64]any{1: "light", 2: 32, 3: clock.Unix()}})
	claims("card-factors-negative", "negative factors", map[any]any{int64(-70010): map[int64]any{1: "light", 2: -1, 3: clock.Unix()}})
	header("card-kid-missing", "no kid", map[any]any{int64(4): nil})
	header("card-kid-text", "a kid that is text", map[any]any{int64(4): "gz-light"})
	header("card-crit", "a critical header", map[any]any{int64(2): []int64{16}})
	header("card-alg-text", "an algorithm by name", map[any]any{int64(1): "ES256"})
	header("card-typ-token", "the typ of a key binding token", map[any]any{int64(16): 294})
	header("card-hash-unknown", "another hash for the disclosures", map[any]any{int64(170): -43})
	bad("card-kid-both", "a kid in both headers", sign1(w.keys["light"], o.protected, changed(o.unprotected, map[any]any{int64(4): []byte("gz-light")}), o.payload))
	bad("card-alg-unprotected", "the algorithm only outside the protected header",
		sign1(w.keys["light"], changed(o.protected, map[any]any{int64(1): nil}), changed(o.unprotected, map[any]any{int64(1): -7}), o.payload))
	disclosures("disclosures-empty", "an empty list of disclosures", []any{})
	disclosures("disclosures-map", "a map of disclosures", map[int]any{})
	disclosures("disclosure-number", "a disclosure that is a number", []any{1})
	disclosures("disclosure-of-four", "a disclosure of four parts", []any{enc([]any{draw("salt", 16), "x", 4, 5})})
	disclosures("disclosure-salt-short", "a salt of 8 bytes", []any{enc([]any{draw("salt", 8), "x", 4})})
	var list []cwt.RawMessage
	if _, err := cwt.Claims(must(cwt.ParseClaims(o.unprotected))).Value(int64(17), &list); err != nil {
		panic(err)
	}
	disclosures("disclosure-twice", "the same disclosure twice", append([]cwt.RawMessage{list[0]}, list...))

	// A printed card is a plain CWT.
	text := w.printed("light", nil)
	p := open(must(base45.Decode(text[len(credential.PrefixPrinted):])))
	print := func(name, about string, message []byte, expect, class string) {
		w.check(name, about, prefixed(credential.PrefixPrinted, message), expect, class, forPurpose(cafe))
	}
	print("printed-tag-61", "inside the CWT tag, as RFC 8392 allows", append([]byte{0xd8, 61}, p.seal()...), "conditional static-card", "D")
	print("printed-without-169", "no claim 169", sign1(w.keys["light"], p.protected, p.unprotected, changed(p.payload, map[any]any{cwt.Claim169: nil})), "unreadable malformed", "")
	print("printed-with-cnf", "a key on paper", sign1(w.keys["light"], p.protected, p.unprotected,
		changed(p.payload, map[any]any{cwt.Confirmation: must(sdcwt.Confirmation(w.keys["phone"].Public()))})), "unreadable malformed", "")
	print("printed-claim-twice", "a claim twice", sign1(w.keys["light"], p.protected, p.unprotected, twice(p.payload)), "unreadable malformed", "")
	print("printed-alg-unprotected", "the algorithm only outside the protected header",
		sign1(w.keys["light"], changed(p.protected, map[any]any{int64(1): nil}), enc(map[int]any{1: -7}), p.payload), "rejected algorithm-refused", "D")
	print("printed-name-number", "a name that is a number", sign1(w.keys["light"], p.protected, p.unprotected,
		changed(p.payload, map[any]any{cwt.Claim169: map[int]any{4: 7}})), "unreadable malformed", "D")
	print("printed-birth-wrong", "a date of birth that does not exist", sign1(w.keys["light"], p.protected, p.unprotected,
		changed(p.payload, map[any]any{cwt.Claim169: map[int]any{4: "演示·张三", 8: "19900230"}})), "unreadable malformed", "D")
	p.signature = []byte{}
	print("printed-unsigned", "an empty signature", p.seal(), "rejected unsigned-card", "D")
}

// nested is an array within an array, so many levels deep.
func nested(levels int) any {
	var v any = 0
	for range levels {
		v = []any{v}
	}
	return v
}

// pairs is a map of n entries.
func pairs(n int) map[int]int {
	m := map[int]int{}
	for i := range n {
		m[i] = i
	}
	return m
}
