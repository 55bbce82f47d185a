package verify_test

import (
	"bytes"
	"testing"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

// key is a private key of the authority, by the name of its file.
func (w *world) key(name string) *cwt.PrivateKey {
	w.t.Helper()
	files := must[map[string][]byte](w.t)(w.authority.Files(clock))
	return must[*cwt.PrivateKey](w.t)(cwt.ParsePrivateKey(files["keys/"+name+".cose"]))
}

// request is a light card of an invented adult, issued a month ago.
func (w *world) request() credential.Request {
	yes := true
	return credential.Request{
		Issuer: demo.IssuerID, Type: demo.TypeLight, Subject: "attack",
		Proofing: credential.Proofing{Tier: credential.Light, Factors: policy.FactorFace, Proofed: clock.AddDate(0, -1, 0)},
		IssuedAt: clock.AddDate(0, -1, 0), Expires: clock.AddDate(0, 11, 0), Holder: w.phone.Public(),
		Person: credential.Person{ID: "990101199003077012", Name: "演示·张三", Over18: &yes, Address: "演示省演示市见证路 1 号 DEMO",
			Birth: credential.Date{Year: 1990, Month: 3, Day: 7}, Sex: credential.Male},
		Status: &credential.StatusReference{Index: 0, URI: demo.StatusURI},
	}
}

// issue makes a card with the named key; edit changes the request and may be nil.
func (w *world) issue(key string, edit func(*credential.Request)) []byte {
	w.t.Helper()
	r := w.request()
	if edit != nil {
		edit(&r)
	}
	return must[[]byte](w.t)(credential.Issue(w.key(key), r, w.rand))
}

// printed makes the text of a printed card.
func (w *world) printed(key string, edit func(*credential.Request)) string {
	w.t.Helper()
	r := w.request()
	if edit != nil {
		edit(&r)
	}
	return must[string](w.t)(credential.IssuePrinted(w.key(key), r))
}

// relist signs the trust list again after a change.
func (w *world) relist(edit func(*trust.List)) *trust.List {
	w.t.Helper()
	was := w.lists.Trust
	l := &trust.List{Sequence: was.Sequence + 1, IssuedAt: was.IssuedAt, Expires: was.Expires}
	for _, e := range was.Entries {
		e.Keys = append([]trust.Key(nil), e.Keys...)
		l.Entries = append(l.Entries, e)
	}
	edit(l)
	b := must[[]byte](w.t)(trust.Sign(l, w.key("anchor")))
	return must[*trust.List](w.t)(trust.Open(b, w.authority.Anchor()))
}

// revoke withdraws a key on the trust list.
func (w *world) revoke(kid string) {
	w.t.Helper()
	w.lists.Trust = w.relist(func(l *trust.List) {
		for i := range l.Entries {
			for j := range l.Entries[i].Keys {
				if k := &l.Entries[i].Keys[j]; string(k.Key.ID) == kid {
					k.Revoked = true
				}
			}
		}
	})
}

// statusList replaces the status lists by one at uri in which card 0 is valid.
func (w *world) statusList(k *cwt.PrivateKey, uri string) {
	w.t.Helper()
	b := must[[]byte](w.t)(status.Build(k, uri, 2, make([]uint8, 64), clock, clock.AddDate(0, 0, 7), 0))
	w.lists.Status = []*verify.StatusList{must[*verify.StatusList](w.t)(verify.ParseStatus(b))}
}

// resigned puts other content under the signature of a message.
func resigned(t testing.TB, message []byte, header func(*cwt.Header), claims func(map[any]any)) []byte {
	t.Helper()
	m := must[*cwt.Message](t)(cwt.Parse(message))
	h, payload := m.Header, m.Payload
	if header != nil {
		header(&h)
	}
	if claims != nil {
		parsed := must[cwt.Claims](t)(cwt.ParseClaims(payload))
		all := map[any]any{}
		for label, raw := range parsed {
			all[label] = raw
		}
		claims(all)
		payload = must[[]byte](t)(cwt.Encode(all))
	}
	unprotected := map[any]any{}
	for label, raw := range m.Unprotected {
		unprotected[label] = raw
	}
	u := must[*cwt.Unsigned](t)(cwt.Build(h, unprotected, payload))
	return must[[]byte](t)(u.Finish(m.Signature))
}

// parts takes a COSE_Sign1 apart: protected, unprotected, payload, signature.
func parts(t testing.TB, message []byte) []cwt.RawMessage {
	t.Helper()
	var p []cwt.RawMessage
	if err := cwt.Decode(message[1:], &p); err != nil || len(p) != 4 {
		t.Fatal("not a COSE_Sign1")
	}
	return p
}

// joined is the message made of four parts.
func joined(t testing.TB, p []cwt.RawMessage) []byte {
	t.Helper()
	return append([]byte{0xd2}, must[[]byte](t)(cwt.Encode(p))...)
}

func encoded(t testing.TB, v any) cwt.RawMessage {
	t.Helper()
	return must[[]byte](t)(cwt.Encode(v))
}

// shown is the binding of a code for whoever asks: class B or C, as its life says.
func shown(at time.Time, life time.Duration) sdcwt.Binding {
	return sdcwt.Binding{Audience: "any", IssuedAt: at, Expires: at.Add(life), TokenID: []byte("cti-0001")}
}

// reworded is the challenge with another purpose under the same signature.
func reworded(t testing.TB, w *world, c verify.Challenge, purpose string) verify.Challenge {
	t.Helper()
	const labelPurpose int64 = -70002
	text := must[string](t)(challenge.Sign(c.Challenge, w.authority.Operator()))
	raw := must[[]byte](t)(base45.Decode(text[len(challenge.Prefix):]))
	forged := resigned(t, raw, nil, func(m map[any]any) { m[labelPurpose] = purpose })
	return verify.Challenge{Signed: must[*challenge.Signed](t)(challenge.Parse(challenge.Prefix + base45.Encode(forged)))}
}

// swapOnce replaces bytes that stand exactly once.
func swapOnce(t testing.TB, b, old, new []byte) []byte {
	t.Helper()
	if bytes.Count(b, old) != 1 {
		t.Fatalf("%x stands %d times", old, bytes.Count(b, old))
	}
	return bytes.Replace(b, old, new, 1)
}
