package sdcwt

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
)

// salted gives a disclosure, head included, and its hash.
func salted(t testing.TB, parts ...any) (cwt.RawMessage, []byte) {
	t.Helper()
	raw := encode(t, encode(t, append([]any{bytes.Repeat([]byte{byte(len(parts))}, saltBytes)}, parts...)))
	hash := hashDisclosure(raw)
	return raw, hash[:]
}

func TestHostileCards(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	claim, claimHash := salted(t, "demo", 500)
	element, elementHash := salted(t, "demo")
	decoy, decoyHash := salted(t)
	inner, innerHash := salted(t, map[any]any{redactedKeys: [][]byte{claimHash}}, "inner")
	redacted := func(hashes ...[]byte) map[any]any { return map[any]any{redactedKeys: hashes} }
	hidden := func(content any) cwt.Tag { return cwt.Tag{Number: tagRedactedElement, Content: content} }
	list := func(raw ...cwt.RawMessage) []cwt.RawMessage { return raw }
	text := func(s string) cwt.RawMessage { return encode(t, []byte(s)) }
	var deep any = "demo"
	for range 15 {
		deep = []any{deep}
	}
	deepClaim, deepHash := salted(t, deep, "deep")
	named := func(key any) (cwt.RawMessage, []byte) { return salted(t, "demo", key) }
	expClaim, expHash := named(4)
	statusClaim, statusHash := named(65535)
	longHead := append(cwt.RawMessage{0x59, 0}, claim[1:]...) // the same content behind a longer head
	many := []cwt.RawMessage{}
	for i := range maxDisclosures + 1 {
		d, _ := salted(t, i)
		many = append(many, d)
	}

	for _, c := range []struct {
		name        string
		claims      map[any]any // added to the payload
		disclosures any         // sd_claims; nil for none
		want        error
	}{
		{"as it should be", redacted(claimHash), list(claim), nil},
		{"nothing disclosed", redacted(claimHash), nil, nil},
		{"decoy disclosed", redacted(decoyHash), list(decoy), nil},
		{"inner before outer", redacted(innerHash), list(claim, inner), nil},
		{"no disclosure matches", map[any]any{}, list(claim), ErrDisclosure},
		{"one disclosure too many", redacted(claimHash), list(claim, element), ErrDisclosure},
		{"inner without outer", redacted(innerHash), list(claim), ErrDisclosure},
		{"disclosed twice", redacted(claimHash), list(claim, claim), ErrDisclosure},
		{"longer head", redacted(claimHash), list(longHead), ErrDisclosure},
		{"hash twice in one map", redacted(claimHash, claimHash), list(claim), ErrDisclosure},
		{"hash twice, nothing disclosed", redacted(claimHash, claimHash), nil, ErrDisclosure},
		{"hash in two maps", map[any]any{redactedKeys: [][]byte{claimHash}, "m": redacted(claimHash)}, list(claim), ErrDisclosure},
		{"hash in payload and disclosure", redacted(claimHash, innerHash), list(claim, inner), ErrDisclosure},
		{"key there already", map[any]any{redactedKeys: [][]byte{claimHash}, 500: 1}, list(claim), ErrDisclosure},
		{"exp brought by the holder", redacted(expHash), list(expClaim), ErrDisclosure},
		{"status brought by the holder", redacted(statusHash), list(statusClaim), ErrDisclosure},
		{"label 4 below the top", map[any]any{"m": redacted(expHash)}, list(expClaim), nil},
		{"claim as element", map[any]any{"a": []any{hidden(claimHash)}}, list(claim), ErrDisclosure},
		{"element as claim", redacted(elementHash), list(element), ErrDisclosure},
		{"too deep together", map[any]any{"m": map[any]any{"m": redacted(deepHash)}}, list(deepClaim), ErrDisclosure},
		{"no disclosure in the list", map[any]any{}, list(), ErrStructure},
		{"sd_claims null", map[any]any{}, cwt.RawMessage{0xf6}, ErrStructure},
		{"sd_claims a map", map[any]any{}, map[any]any{}, ErrStructure},
		{"too many", map[any]any{}, many, ErrStructure},
		{"disclosure not a byte string", map[any]any{}, []any{"demo"}, ErrStructure},
		{"disclosure an array of numbers", map[any]any{}, []any{[]int{0x81, 0x40}}, ErrStructure},
		{"disclosure empty", map[any]any{}, list(text("")), ErrStructure},
		{"disclosure an empty array", map[any]any{}, list(text("\x80")), ErrStructure},
		{"disclosure of four", map[any]any{}, list(encode(t, encode(t, []any{make([]byte, 16), 1, 2, 3}))), ErrStructure},
		{"disclosure with bytes behind", map[any]any{}, list(encode(t, append(encode(t, []any{make([]byte, 16), 1}), 0))), ErrStructure},
		{"short salt", map[any]any{}, list(encode(t, encode(t, []any{make([]byte, 15), 1}))), ErrStructure},
		{"salt a text", map[any]any{}, list(encode(t, encode(t, []any{"0123456789abcdef", 1}))), ErrStructure},
		{"key null", map[any]any{}, list(encode(t, encode(t, []any{make([]byte, 16), 1, nil}))), ErrStructure},
		{"key simple(59)", map[any]any{}, list(encode(t, encode(t, []any{make([]byte, 16), 1, redactedKeys}))), ErrStructure},
		{"indefinite array in a disclosure", map[any]any{}, list(text("\x9f\x50" + string(make([]byte, 16)) + "\x01\xff")), ErrStructure},
		{"value hidden itself", map[any]any{}, list(encode(t, encode(t, []any{make([]byte, 16), hidden(claimHash)}))), ErrStructure},
		{"hashes not an array", map[any]any{redactedKeys: claimHash}, nil, ErrStructure},
		{"short hash", redacted(claimHash[:31]), nil, ErrStructure},
		{"hash a text", map[any]any{redactedKeys: []any{string(make([]byte, 32))}}, nil, ErrStructure},
		{"tag 60 at a map value", map[any]any{"a": hidden(elementHash)}, nil, ErrStructure},
		{"tag 60 around a text", map[any]any{"a": []any{hidden("demo")}}, nil, ErrStructure},
		{"tag 60 in tag 60", map[any]any{"a": []any{hidden(hidden(elementHash))}}, nil, ErrStructure},
		{"to be redacted", map[any]any{"a": []any{cwt.Tag{Number: 58, Content: 1}}}, nil, ErrStructure},
		{"to be decoy", map[any]any{"a": []any{cwt.Tag{Number: 62, Content: 1}}}, nil, ErrStructure},
		{"simple(59) as a value", map[any]any{"a": redactedKeys}, nil, ErrStructure},
		{"other simple value as key", map[any]any{cwt.SimpleValue(58): 1}, nil, ErrStructure},
		{"byte string as key", map[any]any{"a": map[any]any{cwt.ByteString("k"): 1}}, nil, ErrStructure},
		{"empty text as key", map[any]any{"": 1}, nil, ErrStructure},
		{"key in cnf redacted", map[any]any{8: redacted(claimHash)}, nil, ErrStructure},
		{"two confirmation methods", map[any]any{8: map[any]any{1: 1, 3: []byte("kid")}}, nil, ErrStructure},
		{"thumbprint as confirmation", map[any]any{8: map[any]any{5: make([]byte, 32)}}, nil, ErrStructure},
		{"aud hidden in part", map[any]any{3: []any{hidden(elementHash)}}, nil, ErrStructure},
		{"date a fraction", map[any]any{4: 1.5}, nil, ErrStructure},
	} {
		t.Run(c.name, func(t *testing.T) {
			claims := base(t, holder)
			for k, v := range c.claims {
				claims[k] = v
			}
			unprotected := map[any]any{}
			if c.disclosures != nil {
				unprotected[headerDisclosures] = c.disclosures
			}
			b, err := cwt.Sign(issuer, cwt.Header{Type: typeCard}, unprotected, encode(t, claims))
			if err != nil {
				t.Fatal(err)
			}
			card, err := ParseCard(b)
			if err == nil {
				_, err = card.Reveal()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

func TestHostileHeaders(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	payload := encode(t, base(t, holder))
	null := cwt.RawMessage{0xf6}
	for _, c := range []struct {
		name        string
		header      cwt.Header
		unprotected map[any]any
		want        error
	}{
		{"number", cwt.Header{Type: typeCard}, nil, nil},
		{"media type", cwt.Header{Type: typeCardText}, nil, nil},
		{"hash named", cwt.Header{Type: typeCard, Extra: cwt.Claims{headerHash: encode(t, hashSHA256)}}, nil, nil},
		{"unknown label", cwt.Header{Type: typeCard, Extra: cwt.Claims{int64(1000): null}}, nil, nil},
		{"no typ", cwt.Header{}, nil, ErrStructure},
		{"typ of a presentation", cwt.Header{Type: typePresentation}, nil, ErrStructure},
		{"other hash", cwt.Header{Type: typeCard, Extra: cwt.Claims{headerHash: encode(t, -44)}}, nil, cwt.ErrUnsupported},
		{"hash null", cwt.Header{Type: typeCard, Extra: cwt.Claims{headerHash: null}}, nil, ErrStructure},
		{"CWT claims in the header", cwt.Header{Type: typeCard, Extra: cwt.Claims{headerClaims: encode(t, map[int]int{})}}, nil, cwt.ErrUnsupported},
		{"encryption", cwt.Header{Type: typeCard, Extra: cwt.Claims{headerEncryptionAlg: encode(t, 1)}}, nil, cwt.ErrUnsupported},
		{"disclosures signed", cwt.Header{Type: typeCard, Extra: cwt.Claims{headerDisclosures: null}}, nil, ErrStructure},
		{"redaction in a header", cwt.Header{Type: typeCard, Extra: cwt.Claims{int64(1000): encode(t, map[any]any{redactedKeys: []int{}})}}, nil, ErrStructure},
		{"encrypted disclosures", cwt.Header{Type: typeCard}, map[any]any{headerEncrypted: []int{}}, ErrStructure},
		{"anything unsigned", cwt.Header{Type: typeCard}, map[any]any{33: []byte("x")}, ErrStructure},
		{"kid unsigned", cwt.Header{Type: typeCard, KeyID: nil}, map[any]any{"kid": []byte("x")}, ErrStructure},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := cwt.Sign(issuer, c.header, c.unprotected, payload)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParseCard(b); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if _, err := ParseCard(append([]byte{0xd8, 61}, b...)); !errors.Is(err, ErrStructure) {
				t.Errorf("in tag 61: error %v", err)
			}
			if _, err := ParseCard(append(bytes.Clone(b), 0)); !errors.Is(err, ErrStructure) {
				t.Errorf("byte behind: error %v", err)
			}
		})
	}
	if _, err := ParseCard(nil); !errors.Is(err, ErrStructure) {
		t.Errorf("nothing: error %v", err)
	}
}

func TestHostileBindings(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	stranger := newKey(t, cwt.ES256, "stranger")
	claims := base(t, holder)
	claims[5] = issued.Unix() - 60
	card, err := Issue(issuer, IssueHeader{}, claims, draws.New("salts"))
	if err != nil {
		t.Fatal(err)
	}
	at := issued.Unix() + 60
	header := func() cwt.Header { return cwt.Header{Type: typePresentation, Extra: cwt.Claims{headerCard: card}} }
	good := map[any]any{3: "https://self-issued.me/v2", 6: at, 39: []byte("nonce")}
	with := func(change map[any]any) map[any]any {
		m := map[any]any{}
		for _, from := range []map[any]any{good, change} {
			for k, v := range from {
				if m[k] = v; v == nil {
					delete(m, k)
				}
			}
		}
		return m
	}
	change := func(f func(h *cwt.Header)) cwt.Header {
		h := header()
		f(&h)
		return h
	}
	for _, c := range []struct {
		name        string
		header      cwt.Header
		unprotected map[any]any
		payload     any
		signer      *cwt.PrivateKey
		want        []error
	}{
		{"as it should be", header(), nil, good, holder, nil},
		{"cti instead of iat", header(), nil, with(map[any]any{6: nil, 7: []byte("id")}), holder, nil},
		{"exp within the card", header(), nil, with(map[any]any{4: at + 90, 5: at}), holder, nil},
		{"other claims", header(), nil, with(map[any]any{"x": 1}), holder, nil},
		{"media type", change(func(h *cwt.Header) { h.Type = typePresentationText }), nil, good, holder, nil},
		{"key of a stranger", header(), nil, good, stranger, []error{ErrBinding, cwt.ErrSignature}},
		{"key of another kind", header(), nil, good, newKey(t, cwt.EdDSA, "holder"), []error{ErrBinding, cwt.ErrAlgorithm}},
		{"typ of a card", change(func(h *cwt.Header) { h.Type = typeCard }), nil, good, holder, []error{ErrStructure}},
		{"no card", change(func(h *cwt.Header) { h.Extra = nil }), nil, good, holder, []error{ErrStructure}},
		{"card as a byte string", change(func(h *cwt.Header) { h.Extra[headerCard] = encode(t, card) }), nil, good, holder, []error{ErrStructure}},
		{"card in tag 61", change(func(h *cwt.Header) {
			h.Extra[headerCard] = append([]byte{0xd8, 61}, card...)
		}), nil, good, holder, []error{ErrStructure}},
		{"CWT claims in the header", change(func(h *cwt.Header) {
			h.Extra[headerClaims] = encode(t, good)
		}), nil, good, holder, []error{ErrStructure}},
		{"unsigned header", header(), map[any]any{33: 1}, good, holder, []error{ErrStructure}},
		{"redaction in the token", header(), nil, with(map[any]any{"x": map[any]any{redactedKeys: []int{}}}), holder, []error{ErrStructure}},
		{"claims an array", header(), nil, []any{}, holder, []error{ErrStructure}},
		{"no aud", header(), nil, with(map[any]any{3: nil}), holder, []error{ErrBinding}},
		{"aud empty", header(), nil, with(map[any]any{3: ""}), holder, []error{ErrBinding}},
		{"aud an array", header(), nil, with(map[any]any{3: []string{"https://self-issued.me/v2"}}), holder, []error{ErrBinding}},
		{"iss", header(), nil, with(map[any]any{1: "x"}), holder, []error{ErrBinding}},
		{"sub", header(), nil, with(map[any]any{2: "x"}), holder, []error{ErrBinding}},
		{"neither iat nor cti", header(), nil, with(map[any]any{6: nil}), holder, []error{ErrBinding}},
		{"exp without iat", header(), nil, with(map[any]any{6: nil, 7: []byte("id"), 4: at}), holder, []error{ErrBinding}},
		{"nonce a text", header(), nil, with(map[any]any{39: "nonce"}), holder, []error{ErrBinding}},
		{"nonce of numbers", header(), nil, with(map[any]any{39: []int{1}}), holder, []error{ErrBinding}},
		{"iat a fraction", header(), nil, with(map[any]any{6: 1.5}), holder, []error{ErrBinding}},
		{"exp at iat", header(), nil, with(map[any]any{4: at}), holder, []error{ErrBinding, ErrTime}},
		{"nbf after iat", header(), nil, with(map[any]any{5: at + 1}), holder, []error{ErrBinding, ErrTime}},
		{"exp after the card's", header(), nil, with(map[any]any{4: expires.Unix() + 1}), holder, []error{ErrBinding, ErrTime}},
		{"issued before the card", header(), nil, with(map[any]any{6: issued.Unix() - 1}), holder, []error{ErrBinding, ErrTime}},
		{"issued before the card begins", header(), nil, with(map[any]any{6: issued.Unix() - 61}), holder, []error{ErrBinding, ErrTime}},
		{"issued when the card has ended", header(), nil, with(map[any]any{6: expires.Unix()}), holder, []error{ErrBinding, ErrTime}},
		{"begins before the card", header(), nil, with(map[any]any{5: issued.Unix() - 61}), holder, []error{ErrBinding, ErrTime}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := cwt.Sign(c.signer, c.header, c.unprotected, encode(t, c.payload))
			if err != nil {
				t.Fatal(err)
			}
			p, err := ParsePresentation(b)
			if err == nil {
				err = p.Verify()
			}
			if (err == nil) != (c.want == nil) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
			}
		})
	}

	parsed, err := ParseCard(card)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&Presentation{Card: parsed}).Verify(); !errors.Is(err, ErrBinding) {
		t.Errorf("card without a token: error %v", err)
	}
	for _, b := range []Binding{
		{},
		{Audience: "a"},
		{IssuedAt: issued},
		{Audience: "a", TokenID: []byte("id"), Expires: issued},
		{Audience: "a", IssuedAt: issued, Expires: issued},
	} {
		if _, err := BuildPresentation(card, cwt.ES256, b); !errors.Is(err, ErrBinding) {
			t.Errorf("%+v: error %v", b, err)
		}
	}
}

// TestContradictions: a card whose own dates contradict each other is refused
// when its binding is checked.
func TestContradictions(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	for _, c := range []map[any]any{
		{5: issued.Unix() + 1},
		{4: issued.Unix()},
		{4: issued.Unix() - 5, 5: issued.Unix() - 5},
	} {
		claims := base(t, holder)
		for k, v := range c {
			claims[k] = v
		}
		card, err := cwt.Sign(issuer, cwt.Header{Type: typeCard}, nil, encode(t, claims))
		if err != nil {
			t.Fatal(err)
		}
		unsigned, err := BuildPresentation(card, cwt.ES256, Binding{Audience: "a", IssuedAt: issued.Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		signature, _ := holder.Sign(unsigned.ToBeSigned())
		b, _ := unsigned.Finish(signature)
		p, err := ParsePresentation(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(); !errors.Is(err, ErrBinding) || !errors.Is(err, ErrTime) {
			t.Errorf("%v: error %v", c, err)
		}
	}
}

// TestHostileSize: a map has a cap, and a card as full as the caps allow reveals.
func TestHostileSize(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	claims := base(t, holder)
	var disclosures []cwt.RawMessage
	for i := range maxDisclosures {
		raw, hash := salted(t, []any{i})
		disclosures = append(disclosures, raw)
		var elements []any
		elements = append(elements, cwt.Tag{Number: tagRedactedElement, Content: hash})
		for range 255 {
			elements = append(elements, []any{})
		}
		if i < 50 {
			claims[fmt.Sprint("list", i)] = elements
		} else {
			claims[fmt.Sprint("list", i)] = elements[:1]
		}
	}
	b, err := cwt.Sign(issuer, cwt.Header{Type: typeCard}, map[any]any{headerDisclosures: disclosures}, encode(t, claims))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseCard(b); !errors.Is(err, ErrStructure) {
		t.Fatalf("%d claims in one map: %v", len(claims), err)
	}
	for i := range 10 {
		delete(claims, fmt.Sprint("list", i))
	}
	if b, err = cwt.Sign(issuer, cwt.Header{Type: typeCard}, map[any]any{headerDisclosures: disclosures[10:]}, encode(t, claims)); err != nil {
		t.Fatal(err)
	}
	if got := len(reveal(t, b).Disclosed); got != maxDisclosures-10 {
		t.Errorf("%d disclosed", got)
	}
}

// TestHostileMemory: a card of the greatest size made of the smallest maps, the
// worst known ratio, takes less than 8 MB in all.
func TestHostileMemory(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	claims := base(t, holder)
	var rows []any
	for range 240 {
		var row []any
		for range 255 {
			row = append(row, map[any]any{})
		}
		rows = append(rows, row)
	}
	claims["rows"] = rows
	b, err := cwt.Sign(issuer, cwt.Header{Type: typeCard}, nil, encode(t, claims))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	reveal(t, b)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
		t.Errorf("%d bytes allocated for a card of %d", got, len(b))
	}
}

func BenchmarkReveal(b *testing.B) {
	card := demoCard(b, newKey(b, cwt.ES256, "issuer"), newKey(b, cwt.ES256, "holder"))
	b.ReportAllocs()
	for b.Loop() {
		c, err := ParseCard(card)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Reveal(); err != nil {
			b.Fatal(err)
		}
	}
}
