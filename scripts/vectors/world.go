package main

import (
	"bytes"
	"fmt"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/policy"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
	"jianzheng/wasm/app/replay"
)

// Names in the vectors. The domain is reserved (RFC 2606).
const (
	issuerID   = "https://vectors.jianzheng.example/gz"
	issuer2ID  = "https://vectors.jianzheng.example/sh"
	operatorID = "https://vectors.jianzheng.example"
	typeLight  = "https://vectors.jianzheng.example/light"
	typeFull   = "https://vectors.jianzheng.example/full"
	statusURI  = "https://vectors.jianzheng.example/status/1"
	cafe       = "internet-cafe"
)

// clock is the moment of all vectors, unless one says otherwise.
var clock = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// inForce names the set of lists in force unless a vector says otherwise.
const inForce = "good"

// Status indexes.
const (
	idxValid     = 0
	idxRevoked   = 1
	idxSuspended = 2
	idxReserved  = 3
	statusCount  = 256
)

// must gives v. Nothing that goes into the vectors may fail; build turns the
// panic into an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// world holds the keys and collects files and vectors.
type world struct {
	keys     map[string]*cwt.PrivateKey
	rand     *draws.Reader // salts and nonces
	sealer   *challenge.Sealer
	files    map[string][]byte
	manifest replay.Manifest
	lists    replay.Lists      // those in force by default
	names    map[string]string // of texts, by content
}

// build makes manifest and files.
func build() (m replay.Manifest, files map[string][]byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("making vectors: %v", p)
		}
	}()
	w := &world{keys: map[string]*cwt.PrivateKey{}, files: map[string][]byte{}, names: map[string]string{},
		rand: draws.New("jianzheng vectors 1")}
	w.manifest = replay.Manifest{Version: 1, Lists: map[string]replay.Lists{}}
	w.sealer = must(challenge.NewSealer(draw("sealer", 32)))
	w.makeKeys()
	w.makeLists()
	w.texts()
	w.encodings()
	w.signatures()
	w.issuers()
	w.cards()
	w.answers()
	w.classes()
	w.purposes()
	w.listFaults()
	w.endpoint()
	w.requests()
	w.wallets()
	return w.manifest, w.files, nil
}

// draw is n reproducible bytes of a name.
func draw(name string, n int) []byte {
	b := make([]byte, n)
	draws.New("jianzheng vectors 1 " + name).Read(b)
	return b
}

// Keys by name. The kid of a listed key is its name; a phone's key has none.
func (w *world) makeKeys() {
	for _, k := range []struct {
		name, kid string
		alg       cwt.Algorithm
	}{
		{"anchor", "anchor", cwt.ES256},
		{"light", "gz-light", cwt.ES256}, {"light-ed", "gz-light-ed", cwt.EdDSA}, {"light-sm2", "gz-light-sm2", cwt.SM2SM3},
		{"full", "gz-full", cwt.ES384}, {"status", "gz-status", cwt.ES256},
		{"light-revoked", "gz-light-0", cwt.ES256}, {"light-retired", "gz-light-1", cwt.ES256},
		{"sh-light", "sh-light", cwt.EdDSA}, {"sh-status", "sh-status", cwt.ES256},
		{"operator", "op-1", cwt.ES256}, {"operator-sm2", "op-sm2", cwt.SM2SM3},
		{"stranger", "stranger", cwt.ES256}, {"impostor", "gz-light", cwt.ES256}, {"impostor-status", "gz-status", cwt.ES256},
		{"impostor-operator", "op-1", cwt.ES256}, {"other-anchor", "anchor", cwt.ES256},
		{"phone", "", cwt.ES256}, {"phone-ed", "", cwt.EdDSA}, {"phone-sm2", "", cwt.SM2SM3}, {"thief", "", cwt.ES256},
	} {
		var kid []byte
		if k.kid != "" {
			kid = []byte(k.kid)
		}
		w.keys[k.name] = must(cwt.GenerateKey(k.alg, kid, draws.New("jianzheng vectors 1 key "+k.name)))
	}
}

// file keeps b under a name and returns the name.
func (w *world) file(name string, b []byte) string {
	if old, ok := w.files[name]; ok && !bytes.Equal(old, b) {
		panic("two files called " + name)
	}
	if len(b) == 0 {
		b = []byte{}
	}
	w.files[name] = b
	return name
}

// text keeps a text, once however many vectors use it.
func (w *world) text(name, text string) string {
	if old, ok := w.names[text]; ok {
		return old
	}
	w.names[text] = name
	return w.file(name, []byte(text))
}

// add completes a vector and lists it.
func (w *world) add(v replay.Vector) {
	for _, old := range w.manifest.Vectors {
		if old.Name == v.Name {
			panic("two vectors called " + v.Name)
		}
	}
	if v.Now == "" {
		v.Now = clock.Format(time.RFC3339)
	}
	if v.Lists == "" {
		v.Lists = inForce
	}
	w.manifest.Vectors = append(w.manifest.Vectors, v)
}

// check adds a vector that shows a text to the counter; edit may be nil.
func (w *world) check(name, about, text, expect, class string, edit func(*replay.Vector)) {
	v := replay.Vector{Name: name, About: about, Kind: replay.Check, Input: w.text("texts/"+name+".txt", text), Expect: expect, Class: class}
	if edit != nil {
		edit(&v)
	}
	w.add(v)
}

// forPurpose sets the purpose of a check without a challenge.
func forPurpose(code string) func(*replay.Vector) {
	return func(v *replay.Vector) { v.Purpose = code }
}

// request is a light card of an invented adult.
func (w *world) request() credential.Request {
	yes := true
	return credential.Request{
		Issuer: issuerID, Type: typeLight, Subject: "vector-subject-1",
		Proofing: credential.Proofing{Tier: credential.Light, Factors: policy.FactorFace, Proofed: clock.Add(-30 * day)},
		IssuedAt: clock.Add(-30 * day), Expires: clock.Add(335 * day), Holder: w.keys["phone"].Public(),
		Person: credential.Person{ID: "990101199003077012", Name: "演示·张三", Over18: &yes, Sex: credential.Male,
			Address: "演示省演示市见证路 1 号 DEMO", Birth: credential.Date{Year: 1990, Month: 3, Day: 7}},
		Status: &credential.StatusReference{Index: idxValid, URI: statusURI},
	}
}

// issue makes a card; edit may be nil.
func (w *world) issue(key string, edit func(*credential.Request)) []byte {
	r := w.request()
	if edit != nil {
		edit(&r)
	}
	return must(credential.Issue(w.keys[key], r, w.rand))
}

func (w *world) printed(key string, edit func(*credential.Request)) string {
	r := w.request()
	r.Person.Address, r.Person.Sex = "", 0
	if edit != nil {
		edit(&r)
	}
	return must(credential.IssuePrinted(w.keys[key], r))
}

// asked is a challenge on the counter and the file it lies in.
type asked struct {
	challenge.Challenge
	text, file string
}

// ask makes a challenge of the operator; edit may be nil.
func (w *world) ask(name, purpose string, edit func(*challenge.Challenge)) asked {
	return w.askWith("operator", name, purpose, edit)
}

func (w *world) askWith(key, name, purpose string, edit func(*challenge.Challenge)) asked {
	c := challenge.Challenge{Operator: operatorID, Issued: clock, PartyID: replay.PartyID, PartyName: replay.PartyName, Purpose: purpose}
	for _, p := range policy.Default() {
		if p.Code == purpose {
			c.Claims = p.Request
		}
	}
	if edit != nil {
		edit(&c)
	}
	c.Expires = c.Issued.Add(challenge.Honoured)
	c.Nonce = must(w.sealer.Nonce(w.rand, c.Expires, c.PartyID, c.Purpose))
	text := must(challenge.Sign(c, w.keys[key]))
	return asked{c, text, "challenges/" + name + ".txt"}
}

// bind is the binding of an answer to c.
func bind(c asked) sdcwt.Binding {
	return sdcwt.Binding{Audience: c.PartyID, IssuedAt: c.Issued, Nonce: c.Nonce}
}

// shown is the binding of a code for whoever asks.
func shown(at time.Time, life time.Duration) sdcwt.Binding {
	return sdcwt.Binding{Audience: "any", IssuedAt: at, Expires: at.Add(life), TokenID: draw("cti", 8)}
}

// present signs a presentation of the named claims.
func (w *world) present(key string, card []byte, claims []string, b sdcwt.Binding) []byte {
	k := w.keys[key]
	u := must(credential.Present(card, claims, k.Alg, b))
	return must(u.Finish(must(k.Sign(u.ToBeSigned()))))
}

// answer is the text of an answer to c by the usual phone.
func (w *world) answer(card []byte, c asked) string {
	return credential.Text(w.present("phone", card, c.Claims, bind(c)))
}

// against holds a check against a challenge.
func (w *world) against(c asked) func(*replay.Vector) {
	return func(v *replay.Vector) { v.Challenge = w.text(c.file, c.text) }
}

// both applies two edits.
func both(a, b func(*replay.Vector)) func(*replay.Vector) {
	return func(v *replay.Vector) { a(v); b(v) }
}

// sign1 signs what cwt.Sign would refuse to: protected and unprotected are
// encoded maps as they are to stand in the message (RFC 9052 §4.4).
func sign1(k *cwt.PrivateKey, protected, unprotected, payload []byte) []byte {
	return seal(protected, unprotected, payload, must(k.Sign(sigStructure(protected, payload))))
}

func sigStructure(protected, payload []byte) []byte {
	return enc([]any{"Signature1", protected, []byte{}, payload})
}

func seal(protected, unprotected, payload, signature []byte) []byte {
	return enc(cwt.Tag{Number: 18, Content: []any{protected, cwt.RawMessage(unprotected), payload, signature}})
}

// enc is deterministic CBOR.
func enc(v any) []byte { return must(cwt.Encode(v)) }

// opened is a message in parts.
type opened struct{ protected, unprotected, payload, signature []byte }

func open(message []byte) (o opened) {
	var p []cwt.RawMessage
	if err := cwt.Decode(message[1:], &p); err != nil {
		panic(err)
	}
	for i, into := range []*[]byte{&o.protected, nil, &o.payload, &o.signature} {
		if into == nil {
			o.unprotected = p[i]
		} else if err := cwt.Decode(p[i], into); err != nil {
			panic(err)
		}
	}
	return o
}

func (o opened) seal() []byte { return seal(o.protected, o.unprotected, o.payload, o.signature) }

// members are the entries of an encoded map.
func members(m []byte) map[any]any {
	out := map[any]any{}
	for label, raw := range must(cwt.ParseClaims(m)) {
		out[label] = raw
	}
	return out
}

// changed is an encoded map with some entries set; nil takes one away.
func changed(m []byte, set map[any]any) []byte {
	all := members(m)
	for label, v := range set {
		if v == nil {
			delete(all, label)
		} else {
			all[label] = v
		}
	}
	return enc(all)
}

// statusToken signs a status list in which the first entries are as named.
func (w *world) statusToken(key, uri string, iat, exp time.Time) []byte {
	entries := make([]uint8, statusCount)
	entries[idxRevoked], entries[idxSuspended], entries[idxReserved] = status.Revoked, status.Suspended, 3
	return must(status.Build(w.keys[key], uri, 2, entries, iat, exp, 12*time.Hour))
}

// makeLists makes the lists in force.
func (w *world) makeLists() {
	w.lists = replay.Lists{
		Anchor: w.file("lists/anchor.cose", must(w.keys["anchor"].Public().MarshalCBOR())),
		Trust:  w.file("lists/trust.cwt", w.trustList("anchor", nil)),
		Policy: w.file("lists/policy.cwt", w.catalogue("anchor", nil)),
		Status: []string{w.file("lists/status.cwt", w.statusToken("status", statusURI, clock, clock.Add(7*day)))},
	}
	w.manifest.Lists[inForce] = w.lists
}

// trustList signs the trust list; edit may be nil.
func (w *world) trustList(anchor string, edit func(*trust.List)) []byte {
	key := func(name string, roles ...trust.Role) trust.Key {
		return trust.Key{Key: w.keys[name].Public(), NotBefore: clock.AddDate(-2, 0, 0), NotAfter: clock.AddDate(8, 0, 0), Roles: roles}
	}
	revoked, retired := key("light-revoked", trust.RoleCardLight), key("light-retired", trust.RoleCardLight)
	revoked.Revoked = true
	retired.NotAfter = clock.Add(-60 * day)
	l := &trust.List{Sequence: 7, IssuedAt: clock, Expires: clock.Add(30 * day), Entries: []trust.Entry{
		{ID: issuerID, Region: "CN-44", NameZh: "演示发证机关", NameEn: "DEMO issuing authority",
			Roles: []trust.Role{trust.RoleCardLight, trust.RoleCardFull, trust.RoleStatus}, Types: []string{typeLight, typeFull},
			Keys: []trust.Key{key("light", trust.RoleCardLight), key("light-ed", trust.RoleCardLight), key("light-sm2", trust.RoleCardLight),
				key("full", trust.RoleCardFull), key("status", trust.RoleStatus), revoked, retired},
			StatusURIs: []string{statusURI}},
		{ID: issuer2ID, Region: "CN-31", NameZh: "演示他省发证机关", NameEn: "DEMO authority of another province",
			Roles: []trust.Role{trust.RoleCardLight, trust.RoleStatus},
			Keys:  []trust.Key{key("sh-light", trust.RoleCardLight), key("sh-status", trust.RoleStatus)}},
		{ID: operatorID, NameZh: "演示核验服务", NameEn: "DEMO challenge endpoint", Roles: []trust.Role{trust.RoleChallenge},
			Keys: []trust.Key{key("operator"), key("operator-sm2")}},
	}}
	if edit != nil {
		edit(l)
	}
	return must(trust.Sign(l, w.keys[anchor]))
}

func (w *world) catalogue(anchor string, edit func(*policy.Catalogue)) []byte {
	c := &policy.Catalogue{Sequence: 7, IssuedAt: clock, Expires: clock.Add(30 * day), Purposes: policy.Default()}
	if edit != nil {
		edit(c)
	}
	return must(policy.Sign(c, w.keys[anchor]))
}

func prefixed(prefix string, b []byte) string { return prefix + base45.Encode(b) }
