package challenge

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/cwt"
)

// key is reproducible: fill stands for the randomness.
func key(t testing.TB, alg cwt.Algorithm, fill byte) *cwt.PrivateKey {
	t.Helper()
	k, err := cwt.GenerateKey(alg, []byte("demo-op1"), bytes.NewReader(bytes.Repeat([]byte{fill}, 1024)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func cafe(t testing.TB) Challenge {
	return Challenge{
		Operator:    "https://jz.example",
		Issued:      issued,
		Expires:     expires,
		Nonce:       testNonce(t, "demo-cafe", "internet-cafe"),
		PartyID:     "demo-cafe",
		PartyName:   "演示网吧 DEMO Internet café",
		Purpose:     "internet-cafe",
		ResponseURI: "https://jz.example/v1/answers",
		PageKey:     bytes.Repeat([]byte{7}, pageKeyX25519Bytes),
		Claims:      []string{"name", "id", "over18"},
	}
}

func sign1(t testing.TB, c Challenge) string {
	t.Helper()
	text, err := Sign(c, key(t, cwt.ES256, 1))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// alphanumericL is how many characters a symbol of versions 1 to 20 holds in
// alphanumeric mode at level L (ISO/IEC 18004, table 7).
var alphanumericL = []int{25, 47, 77, 114, 154, 195, 224, 279, 335, 395, 468, 535, 619, 667, 758, 854, 938, 1046, 1153, 1249}

func version(text string) int {
	for i, capacity := range alphanumericL {
		if len(text) <= capacity {
			return i + 1
		}
	}
	return 0
}

func TestSizes(t *testing.T) {
	offline, err := SignOffline(cafe(t), key(t, cwt.ES256, 2))
	if err != nil {
		t.Fatal(err)
	}
	counter := cafe(t)
	counter.ResponseURI, counter.PageKey = "", nil
	for _, test := range []struct {
		name    string
		text    string
		version int // most it may take
	}{
		{"way A: page key and response URI", sign1(t, cafe(t)), 14},
		{"way AB: neither", sign1(t, counter), 12},
		{"offline", offline, 15},
	} {
		got := version(test.text)
		t.Logf("%-34s %3d bytes, %3d characters, QR version %d-L", test.name,
			(len(test.text)-len(Prefix))*2/3, len(test.text), got)
		if got == 0 || got > test.version {
			t.Errorf("%s: version %d, at most %d", test.name, got, test.version)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, alg := range []cwt.Algorithm{cwt.ES256, cwt.EdDSA} {
		t.Run(alg.String(), func(t *testing.T) {
			k, c := key(t, alg, 1), cafe(t)
			text, err := Sign(c, k)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			c.KeyID = k.ID
			if !reflect.DeepEqual(s.Challenge, c) {
				t.Errorf("got  %+v\nwant %+v", s.Challenge, c)
			}
			if s.SelfKey() != nil {
				t.Error("an operator's challenge has a key of its own")
			}
			if err := s.Verify(k.Public()); err != nil {
				t.Error(err)
			}
			if err := s.Verify(key(t, alg, 9).Public()); !errors.Is(err, cwt.ErrSignature) {
				t.Errorf("verified with another key: %v", err)
			}
		})
	}
}

// A purpose that needs only a handle asks for nothing.
func TestNoClaims(t *testing.T) {
	c := cafe(t)
	c.Claims = nil
	s, err := Parse(sign1(t, c))
	if err != nil || s.Claims != nil {
		t.Errorf("claims %q, %v", s.Claims, err)
	}
}

func TestAlgorithmIsThatOfTheKey(t *testing.T) {
	s, err := Parse(sign1(t, cafe(t)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(key(t, cwt.EdDSA, 1).Public()); !errors.Is(err, cwt.ErrAlgorithm) {
		t.Errorf("%v, want %v", err, cwt.ErrAlgorithm)
	}
}

func TestOffline(t *testing.T) {
	k := key(t, cwt.ES256, 2)
	text, err := SignOffline(cafe(t), k)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Offline || s.Operator != "" || len(s.KeyID) != 0 {
		t.Errorf("offline %v, operator %q, kid %x", s.Offline, s.Operator, s.KeyID)
	}
	if s.SelfKey() == nil || s.SelfKey().ID != nil {
		t.Fatal("the page's key is missing or has a kid")
	}
	if err := s.Verify(s.SelfKey()); err != nil {
		t.Error(err)
	}
	if err := s.Verify(key(t, cwt.ES256, 3).Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("verified with another key: %v", err)
	}
}

// Each bit of the message is flipped: what still parses must not verify.
func TestEveryBit(t *testing.T) {
	k := key(t, cwt.EdDSA, 1)
	text, err := Sign(cafe(t), k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base45.Decode(text[len(Prefix):])
	if err != nil {
		t.Fatal(err)
	}
	parsed := 0
	for bit := range len(raw) * 8 {
		raw[bit/8] ^= 1 << (bit % 8)
		if s, err := Parse(Prefix + base45.Encode(raw)); err == nil {
			parsed++
			if s.Verify(k.Public()) == nil {
				t.Errorf("bit %d flipped: verified", bit)
			}
		}
		raw[bit/8] ^= 1 << (bit % 8)
	}
	t.Logf("%d bits: %d refused by Parse, %d by Verify", len(raw)*8, len(raw)*8-parsed, parsed)
}

func TestSignRefusesWhatParseRefuses(t *testing.T) {
	for name, change := range map[string]func(*Challenge){
		"no operator":             func(c *Challenge) { c.Operator = "" },
		"long operator":           func(c *Challenge) { c.Operator = strings.Repeat("a", maxOperatorBytes+1) },
		"no party":                func(c *Challenge) { c.PartyID = "" },
		"long party":              func(c *Challenge) { c.PartyID = strings.Repeat("a", maxPartyIDBytes+1) },
		"no party name":           func(c *Challenge) { c.PartyName = "" },
		"long party name":         func(c *Challenge) { c.PartyName = strings.Repeat("网", maxPartyNameBytes/3+1) },
		"name turned around":      func(c *Challenge) { c.PartyName = "cafe \u202eknab" },
		"name of two lines":       func(c *Challenge) { c.PartyName = "cafe\nbank" },
		"name with zero width":    func(c *Challenge) { c.PartyName = "cafe\u200bbank" },
		"name not UTF-8":          func(c *Challenge) { c.PartyName = "cafe\xff" },
		"name begins with space":  func(c *Challenge) { c.PartyName = " cafe" },
		"no purpose":              func(c *Challenge) { c.Purpose = "" },
		"purpose in capitals":     func(c *Challenge) { c.Purpose = "Hotel" },
		"long purpose":            func(c *Challenge) { c.Purpose = strings.Repeat("a", maxPurposeBytes+1) },
		"response URI a script":   func(c *Challenge) { c.ResponseURI = "javascript:alert(1)" },
		"response URI a path":     func(c *Challenge) { c.ResponseURI = "/v1/answers" },
		"response URI, no host":   func(c *Challenge) { c.ResponseURI = "https:///v1" },
		"response URI with user":  func(c *Challenge) { c.ResponseURI = "https://bank@evil.example/" },
		"response URI with space": func(c *Challenge) { c.ResponseURI = "https://a.example/ b" },
		"long response URI":       func(c *Challenge) { c.ResponseURI = "https://" + strings.Repeat("a", maxResponseURIBytes) },
		"page key of 31 bytes":    func(c *Challenge) { c.PageKey = make([]byte, 31) },
		"claim twice":             func(c *Challenge) { c.Claims = []string{"id", "name", "id"} },
		"claim without name":      func(c *Challenge) { c.Claims = []string{""} },
		"claim of two words":      func(c *Challenge) { c.Claims = []string{"the id"} },
		"many claims": func(c *Challenge) {
			c.Claims = nil
			for i := range maxClaims + 1 {
				c.Claims = append(c.Claims, fmt.Sprint("c", i))
			}
		},
		"no nonce":          func(c *Challenge) { c.Nonce = nil },
		"short nonce":       func(c *Challenge) { c.Nonce = c.Nonce[:NonceSize-1] },
		"nonce ends later":  func(c *Challenge) { c.Expires = c.Expires.Add(-time.Second) },
		"ends at its start": func(c *Challenge) { c.Issued = c.Expires },
		"lives too long":    func(c *Challenge) { c.Issued = c.Expires.Add(-MaxLife - time.Second) },
		"from before 1970":  func(c *Challenge) { c.Issued = time.Unix(-1, 0) },
		"long kid":          func(c *Challenge) { c.KeyID = make([]byte, maxKeyIDBytes+1) },
	} {
		t.Run(name, func(t *testing.T) {
			c := cafe(t)
			change(&c)
			if _, err := Sign(c, key(t, cwt.ES256, 1)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%v, want %v", err, ErrMalformed)
			}
		})
	}
}

func TestSignRefusesWhatNoSymbolShows(t *testing.T) {
	c := cafe(t)
	c.Operator = strings.Repeat("a", maxOperatorBytes)
	c.PartyID = strings.Repeat("a", maxPartyIDBytes)
	c.PartyName = strings.Repeat("a", maxPartyNameBytes)
	c.ResponseURI = "https://" + strings.Repeat("a", maxResponseURIBytes-8)
	c.Claims = nil
	for i := range maxClaims {
		c.Claims = append(c.Claims, fmt.Sprintf("a-claim-of-some-length-%02d", i))
	}
	if _, err := Sign(c, key(t, cwt.ES256, 1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, want %v", err, ErrTooLarge)
	}
}

// hostile lists texts that begin like a challenge and are none. Each is signed
// with the right key where a signature is possible at all.
func hostile(t testing.TB) map[string]string {
	t.Helper()
	k := key(t, cwt.ES256, 1)
	c := cafe(t)
	c.KeyID = k.ID
	claims := func() cwt.Claims {
		payload, err := c.payload(nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := cwt.ParseClaims(payload)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	encode := func(v any) []byte {
		b, err := cwt.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	message := func(h cwt.Header, unprotected map[any]any, payload []byte) []byte {
		b, err := cwt.Sign(k, h, unprotected, payload)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	text := func(b []byte) string { return Prefix + base45.Encode(b) }
	signed := func(m cwt.Claims) string { return text(message(header(k.Alg, k.ID), nil, encode(m))) }
	with := func(label any, v any) string {
		m := claims()
		m[label] = encode(v)
		return signed(m)
	}
	without := func(label any) string {
		m := claims()
		delete(m, label)
		return signed(m)
	}
	payload := encode(claims())
	good := message(header(k.Alg, k.ID), nil, payload)
	page := key(t, cwt.ES256, 2)
	cnf := map[int64]any{cnfKey: cwt.RawMessage(encode(page.Public()))}
	private, err := page.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	offline := func(v any) string {
		m := claims()
		delete(m, cwt.Issuer)
		m[cwt.Confirmation] = encode(v)
		return text(message(cwt.Header{Alg: k.Alg, KeyID: []byte{}, Type: mediaType}, nil, encode(m)))
	}

	out := map[string]string{
		"prefix only":              Prefix,
		"small letters":            Prefix + strings.ToLower(base45.Encode(good)),
		"newline at the end":       text(good) + "\n",
		"one character short":      text(good)[:len(text(good))-1],
		"one byte short":           text(good[:len(good)-1]),
		"one byte more":            text(append(bytes.Clone(good), 0)),
		"tagged as CWT":            text(append([]byte{0xd8, 61}, good...)),
		"untagged":                 text(good[1:]),
		"array length in two":      text(append([]byte{0xd2, 0x98, 4}, good[2:]...)),
		"no typ":                   text(message(cwt.Header{Alg: k.Alg, KeyID: k.ID}, nil, payload)),
		"typ of a receipt":         text(message(cwt.Header{Alg: k.Alg, KeyID: k.ID, Type: "receipt+cwt"}, nil, payload)),
		"typ of a presentation":    text(message(cwt.Header{Alg: k.Alg, KeyID: k.ID, Type: int64(294)}, nil, payload)),
		"header of its own":        text(message(cwt.Header{Alg: k.Alg, KeyID: k.ID, Type: mediaType, Extra: cwt.Claims{int64(-70000): {0x01}}}, nil, payload)),
		"unprotected header":       text(message(header(k.Alg, k.ID), map[any]any{int64(33): []byte{1}}, payload)),
		"kid outside what is kept": text(message(cwt.Header{Alg: k.Alg, KeyID: make([]byte, maxKeyIDBytes+1), Type: mediaType}, nil, payload)),
		"payload no map":           text(message(header(k.Alg, k.ID), nil, encode([]int{1}))),
		"payload null":             text(message(header(k.Alg, k.ID), nil, encode(nil))),
		"payload of two items":     text(message(header(k.Alg, k.ID), nil, append(bytes.Clone(payload), 0))),
		"claim twice":              text(message(header(k.Alg, k.ID), nil, duplicate(payload))),
		"unknown claim":            with(int64(-70099), 1),
		"unknown claim by name":    with("note", "hello"),
		"nbf":                      with(cwt.NotBefore, issued.Unix()),
		"aud of another":           with(cwt.Audience, "https://wallet.example"),
		"aud a list":               with(cwt.Audience, []string{Audience}),
		"exp a text":               with(cwt.Expires, "tomorrow"),
		"exp a fraction":           with(cwt.Expires, float64(expires.Unix())),
		"exp negative":             with(cwt.Expires, -1),
		"exp after the nonce's":    with(cwt.Expires, expires.Unix()+1),
		"iat after exp":            with(cwt.IssuedAt, expires.Unix()+1),
		"iat long before exp":      with(cwt.IssuedAt, expires.Add(-MaxLife).Unix()-1),
		"nonce a text":             with(cwt.Nonce, "nonce"),
		"nonce of 27 bytes":        with(cwt.Nonce, c.Nonce[:27]),
		"nonce of 60,000 bytes":    with(cwt.Nonce, make([]byte, 60000)),
		"party a text":             with(labelParty, "cafe"),
		"party of one":             with(labelParty, []string{"cafe"}),
		"party of three":           with(labelParty, []string{"cafe", "Café", "x"}),
		"party of numbers":         with(labelParty, []int{1, 2}),
		"party of bytes":           with(labelParty, [][]byte{[]byte("cafe"), []byte("Café")}),
		"party null":               with(labelParty, nil),
		"party name two lines":     with(labelParty, []string{"cafe", "Café\nBank"}),
		"purpose a number":         with(labelPurpose, 7),
		"purpose with a space":     with(labelPurpose, "a b"),
		"response URI empty":       with(labelResponseURI, ""),
		"response URI a script":    with(labelResponseURI, "javascript:alert(1)"),
		"page key empty":           with(labelPageKey, []byte{}),
		"page key a text":          with(labelPageKey, strings.Repeat("7", 32)),
		"page key of 33 bytes":     with(labelPageKey, make([]byte, 33)),
		"claims a text":            with(labelClaims, "name"),
		"claims null":              with(labelClaims, nil),
		"claims empty":             with(labelClaims, []string{}),
		"claims twice the same":    with(labelClaims, []string{"id", "id"}),
		"claims of 17":             with(labelClaims, strings.Fields(strings.Repeat("a ", 17))),
		"claims with null":         with(labelClaims, []any{"id", nil}),
		"claims nested":            with(labelClaims, [][]string{{"id"}}),
		"operator and cnf":         with(cwt.Confirmation, cnf),
		"no operator, no cnf":      without(cwt.Issuer),
		"cnf not a map":            offline(1),
		"cnf empty":                offline(map[int64]any{}),
		"cnf with a kid":           offline(map[int64]any{cnfKey: cnf[cnfKey], 3: []byte("kid")}),
		"cnf with a private key":   offline(map[int64]any{cnfKey: cwt.RawMessage(private)}),
		"cnf key off the curve":    offline(map[int64]any{cnfKey: map[int64]any{1: 2, 3: -7, -1: 1, -2: make([]byte, 32), -3: make([]byte, 32)}}),
		"offline, kid empty":       offline(cnf),
	}
	for _, label := range []int64{cwt.Audience, cwt.Expires, cwt.IssuedAt, cwt.Nonce, labelParty, labelPurpose} {
		out[fmt.Sprint("without claim ", label)] = without(label)
	}
	return out
}

// duplicate repeats the first pair of a map of 8 to 22 pairs: exp after exp.
func duplicate(payload []byte) []byte {
	pair := payload[1:]
	for i := 1; i < len(payload); i++ {
		if m, err := cwt.ParseClaims(append([]byte{0xa1}, payload[1:i+1]...)); err == nil && len(m) == 1 {
			pair = payload[1 : i+1]
			break
		}
	}
	return bytes.Join([][]byte{{payload[0] + 1}, pair, payload[1:]}, nil)
}

func TestHostile(t *testing.T) {
	for name, text := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(text); !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) {
				t.Errorf("%v, want %v or %v", err, ErrMalformed, ErrTooLarge)
			}
		})
	}
}

func TestPrefix(t *testing.T) {
	good := sign1(t, cafe(t))
	for _, text := range []string{"", "CH1", "ch1:" + good[4:], "CH2:" + good[4:], "KB1:" + good[4:], " " + good, "https://example.com"} {
		if _, err := Parse(text); !errors.Is(err, ErrPrefix) {
			t.Errorf("%.8q: %v, want %v", text, err, ErrPrefix)
		}
	}
}

func TestTooLargeIsNotDecoded(t *testing.T) {
	if _, err := Parse(Prefix + strings.Repeat("0", MaxText)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, want %v", err, ErrTooLarge)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sign1(f, cafe(f)))
	offline, err := SignOffline(cafe(f), key(f, cwt.EdDSA, 2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(offline)
	for _, text := range hostile(f) {
		f.Add(text)
	}
	stranger := key(f, cwt.ES256, 9).Public()
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if got := Prefix + base45.Encode(again); got != text {
			t.Errorf("encoded again it is another text:\n%q\n%q", got, text)
		}
		if s.Verify(stranger) == nil {
			t.Error("verified with a key that signed nothing")
		}
		if s.Offline != (s.SelfKey() != nil) {
			t.Error("offline without a key, or a key without being offline")
		}
	})
}
