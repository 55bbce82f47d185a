package verify_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/reason"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

const hour = time.Hour

// cafe is a challenge of the café, issued now, and the options that hold an
// answer against it.
func (w *world) cafe() (verify.Challenge, verify.Options) {
	c := w.challenge("internet-cafe", clock)
	return c, verify.Options{Challenges: []verify.Challenge{c}}
}

// bound answers a challenge of the café with a card.
func (w *world) bound(card []byte) (string, verify.Options) {
	c, o := w.cafe()
	return w.answer(card, c.Claims, bind(c, clock)), o
}

// anybody shows the card of the valid person with a code for whoever asks.
func (w *world) anybody(b sdcwt.Binding) (string, verify.Options) {
	return w.answer(w.card("valid"), []string{"name", "id", "over18"}, b), verify.Options{Purpose: "internet-cafe"}
}

// attacks are what somebody might try, and how each ends. Rows with an
// acceptance are the controls: what the attack beside them starts from.
var attacks = []struct {
	name string
	try  func(t *testing.T, w *world) (string, verify.Options)
	want reason.Code
}{
	{"genuine answer", func(t *testing.T, w *world) (string, verify.Options) { return w.bound(w.card("valid")) }, reason.OK},

	// An answer that is old, elsewhere, or somebody else's.
	{"screenshot of an old answer, its challenge remembered", func(t *testing.T, w *world) (string, verify.Options) {
		old, now := w.challenge("internet-cafe", clock.Add(-5*time.Minute)), w.challenge("internet-cafe", clock)
		return w.answer(w.card("valid"), old.Claims, bind(old, clock.Add(-5*time.Minute))), verify.Options{Challenges: []verify.Challenge{old, now}}
	}, reason.NonceExpired},
	{"screenshot of an old answer, its challenge forgotten", func(t *testing.T, w *world) (string, verify.Options) {
		old, now := w.challenge("internet-cafe", clock.Add(-5*time.Minute)), w.challenge("internet-cafe", clock)
		return w.answer(w.card("valid"), old.Claims, bind(old, clock.Add(-5*time.Minute))), verify.Options{Challenges: []verify.Challenge{now}}
	}, reason.NonceExpired},
	{"replay of an answer that was accepted", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		o.Challenges[0].Used = true
		return text, o
	}, reason.NonceUsed},
	{"replay of a shown code within its 90 s", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.anybody(shown(clock, 90*time.Second))
		o.Seen = [][]byte{[]byte("cti-0001")}
		return text, o
	}, reason.NonceUsed},
	{"wrong audience", func(t *testing.T, w *world) (string, verify.Options) {
		c, o := w.cafe()
		b := bind(c, clock)
		b.Audience = "another-cafe"
		return w.answer(w.card("valid"), c.Claims, b), o
	}, reason.AudienceWrong},
	{"shown code made out to another counter", func(t *testing.T, w *world) (string, verify.Options) {
		b := shown(clock, 90*time.Second)
		b.Audience = "another-cafe"
		return w.anybody(b)
	}, reason.AudienceWrong},
	{"wrong nonce", func(t *testing.T, w *world) (string, verify.Options) {
		mine, other := w.challenge("internet-cafe", clock), w.challenge("internet-cafe", clock)
		return w.answer(w.card("valid"), other.Claims, bind(other, clock)), verify.Options{Challenges: []verify.Challenge{mine}}
	}, reason.NonceWrong},
	{"no challenge at hand", func(t *testing.T, w *world) (string, verify.Options) {
		text, _ := w.bound(w.card("valid"))
		return text, verify.Options{Purpose: "internet-cafe"}
	}, reason.ChallengeMissing},

	// The holder's key.
	{"cloned card without its key, signed by another phone", func(t *testing.T, w *world) (string, verify.Options) {
		c, o := w.cafe()
		other := must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, nil, w.rand))
		return w.answerWith(other, w.card("valid"), c.Claims, bind(c, clock)), o
	}, reason.KeyBindingInvalid},
	{"cloned card without its key, shown bare", func(t *testing.T, w *world) (string, verify.Options) {
		_, o := w.cafe()
		return credential.Text(must[[]byte](t)(credential.Choose(w.card("valid"), []string{"name", "id", "over18"}))), o
	}, reason.KeyBindingMissing},
	{"binding of one card around another", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		raw := must[[]byte](t)(base45.Decode(text[len(credential.PrefixPresentation):]))
		other := must[[]byte](t)(credential.Choose(w.card("full"), []string{"name", "id", "over18"}))
		return credential.Text(resigned(t, raw, func(h *cwt.Header) { h.Extra[int64(13)] = other }, nil)), o
	}, reason.KeyBindingInvalid},
	{"key in the card replaced by the thief's", func(t *testing.T, w *world) (string, verify.Options) {
		thief := must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, nil, w.rand))
		card := resigned(t, w.card("valid"), nil, func(m map[any]any) {
			m[cwt.Confirmation] = must[map[any]any](t)(sdcwt.Confirmation(thief.Public()))
		})
		c, o := w.cafe()
		return w.answerWith(thief, card, c.Claims, bind(c, clock)), o
	}, reason.SignatureInvalid},

	// Algorithms and the issuer's keys.
	{"algorithm swap in the card's header", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(resigned(t, w.card("valid"), func(h *cwt.Header) { h.Alg = cwt.SM2SM3 }, nil))
	}, reason.AlgorithmRefused},
	{"algorithm named outside the protected header only", func(t *testing.T, w *world) (string, verify.Options) {
		text := w.printed("issuer-light", nil)
		p := parts(t, must[[]byte](t)(base45.Decode(text[len(credential.PrefixPrinted):])))
		p[0] = encoded(t, []byte(encoded(t, map[int64]any{4: []byte("demo-l")})))
		p[1] = encoded(t, map[int64]any{1: int64(cwt.ES256)})
		return credential.PrefixPrinted + base45.Encode(joined(t, p)), verify.Options{Purpose: "internet-cafe"}
	}, reason.AlgorithmRefused},
	{"algorithm swap in the phone's header", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		raw := must[[]byte](t)(base45.Decode(text[len(credential.PrefixPresentation):]))
		return credential.Text(resigned(t, raw, func(h *cwt.Header) { h.Alg = cwt.EdDSA }, nil)), o
	}, reason.KeyBindingInvalid},
	{"card signed by the key of the status list", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("status", nil))
	}, reason.IssuerRole},
	{"card signed by the operator's key", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("operator", nil))
	}, reason.IssuerRole},
	{"card signed by a key on no list", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("stranger", nil))
	}, reason.IssuerUnknown},
	{"card signed by a stranger under a listed key id", func(t *testing.T, w *world) (string, verify.Options) {
		forger := must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, []byte("demo-l"), w.rand))
		return w.bound(must[[]byte](t)(credential.Issue(forger, w.request(), w.rand)))
	}, reason.SignatureInvalid},
	{"card in the name of another issuer", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("issuer-light", func(r *credential.Request) { r.Issuer = demo.OperatorID }))
	}, reason.IssuerUnknown},
	{"card of a type that its issuer may not issue", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("issuer-light", func(r *credential.Request) { r.Type = "https://demo.example/royal" }))
	}, reason.IssuerRole},
	{"issuer's key withdrawn", func(t *testing.T, w *world) (string, verify.Options) {
		w.revoke("demo-l")
		return w.bound(w.card("valid"))
	}, reason.IssuerRevoked},
	{"issuer's key used after its window", func(t *testing.T, w *world) (string, verify.Options) {
		w.lists.Trust = w.relist(func(l *trust.List) { l.Entries[0].Keys[0].NotAfter = clock.AddDate(0, -2, 0) })
		return w.bound(w.card("valid"))
	}, reason.IssuerExpired},

	// The tier and the content of a card.
	{"light card relabelled full under the old signature", func(t *testing.T, w *world) (string, verify.Options) {
		card := w.card("valid")
		const labelProofing int64 = -70010
		return w.bound(resigned(t, card, nil, func(m map[any]any) {
			m[cwt.VerifiableType] = demo.TypeFull
			m[labelProofing] = map[int64]any{1: credential.Full, 2: 31, 3: clock.Unix()}
		}))
	}, reason.IssuerRole},
	{"full card by the key for light cards", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("issuer-light", func(r *credential.Request) { r.Type, r.Proofing.Tier = demo.TypeFull, credential.Full }))
	}, reason.IssuerRole},
	{"light card of the full type for a full purpose", func(t *testing.T, w *world) (string, verify.Options) {
		c := w.challenge("business-registration", clock)
		card := w.issue("issuer-light", func(r *credential.Request) { r.Type, r.Proofing.Factors = demo.TypeFull, 0x1f })
		return w.answer(card, c.Claims, bind(c, clock)), verify.Options{Challenges: []verify.Challenge{c}}
	}, reason.TierTooLow},
	{"expiry moved after signing", func(t *testing.T, w *world) (string, verify.Options) { return w.bound(w.card("altered")) }, reason.SignatureInvalid},
	{"disclosure of another card", func(t *testing.T, w *world) (string, verify.Options) {
		mine, other := parts(t, w.card("under-18")), parts(t, w.card("valid"))
		mine[1] = other[1]
		c, o := w.cafe()
		u := must[*cwt.Unsigned](t)(sdcwt.BuildPresentation(joined(t, mine), cwt.ES256, bind(c, clock)))
		sig := must[[]byte](t)(w.phone.Sign(u.ToBeSigned()))
		return credential.Text(must[[]byte](t)(u.Finish(sig))), o
	}, reason.SignatureInvalid},
	{"disclosure altered: over 18", func(t *testing.T, w *world) (string, verify.Options) {
		p := parts(t, w.card("under-18"))
		p[1] = swapOnce(t, p[1], append(encoded(t, false), encoded(t, "age_over_18")...), append(encoded(t, true), encoded(t, "age_over_18")...))
		c, o := w.cafe()
		u := must[*cwt.Unsigned](t)(sdcwt.BuildPresentation(joined(t, p), cwt.ES256, bind(c, clock)))
		sig := must[[]byte](t)(w.phone.Sign(u.ToBeSigned()))
		return credential.Text(must[[]byte](t)(u.Finish(sig))), o
	}, reason.SignatureInvalid},
	{"over-disclosure", func(t *testing.T, w *world) (string, verify.Options) {
		c, o := w.cafe()
		return w.answer(w.card("valid"), append(slices.Clone(c.Claims), "address"), bind(c, clock)), o
	}, reason.OverDisclosed},
	{"under-disclosure", func(t *testing.T, w *world) (string, verify.Options) {
		c, o := w.cafe()
		return w.answer(w.card("valid"), []string{"name", "over18"}, bind(c, clock)), o
	}, reason.ClaimMissing},
	{"unsigned claim 169", func(t *testing.T, w *world) (string, verify.Options) {
		text := w.printed("issuer-light", nil)
		p := parts(t, must[[]byte](t)(base45.Decode(text[len(credential.PrefixPrinted):])))
		p[3] = encoded(t, []byte{})
		return credential.PrefixPrinted + base45.Encode(joined(t, p)), verify.Options{Purpose: "internet-cafe"}
	}, reason.UnsignedCard},
	{"phone card without the issuer's signature", func(t *testing.T, w *world) (string, verify.Options) {
		p := parts(t, w.card("valid"))
		p[3] = encoded(t, []byte{})
		return w.bound(joined(t, p))
	}, reason.SignatureInvalid},

	// Dates and clocks.
	{"card not yet valid", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("issuer-light", func(r *credential.Request) { r.IssuedAt = clock.Add(hour) }))
	}, reason.NotYetValid},
	{"card expired one second ago", func(t *testing.T, w *world) (string, verify.Options) {
		c, o := w.cafe()
		card := w.issue("issuer-light", func(r *credential.Request) { r.Expires = clock })
		o.Now = clock.Add(time.Second)
		return w.answer(card, c.Claims, bind(c, clock.Add(-time.Second))), o
	}, reason.Expired},
	{"this computer's clock an hour behind", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		o.Now = clock.Add(-hour)
		return text, o
	}, reason.ClockWrong},
	{"this computer's clock an hour ahead, challenge from the network", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		o.Now = clock.Add(hour)
		o.Challenges[0].Shown = o.Now
		return text, o
	}, reason.ClockWrong},
	{"this computer's clock two minutes behind, challenge from the network", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		o.Challenges[0].Shown = clock.Add(-2 * time.Minute)
		return text, o
	}, reason.ClockWrong},
	{"a clock known to be an hour off, shown code", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.anybody(shown(clock, 90*time.Second))
		o.Doubt = -hour
		return text, o
	}, reason.ClockWrong},
	{"answered an hour late", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		o.Now = clock.Add(hour)
		o.Challenges[0].Shown = clock
		return text, o
	}, reason.NonceExpired},
	{"phone's clock an hour ahead, answering a challenge", func(t *testing.T, w *world) (string, verify.Options) {
		c, o := w.cafe()
		return w.answer(w.card("valid"), c.Claims, bind(c, clock.Add(hour))), o
	}, reason.OK},
	{"phone's clock an hour behind, answering a challenge", func(t *testing.T, w *world) (string, verify.Options) {
		c, o := w.cafe()
		return w.answer(w.card("valid"), c.Claims, bind(c, clock.Add(-hour))), o
	}, reason.OK},
	{"phone's clock an hour ahead, shown code", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(shown(clock.Add(hour), 90*time.Second))
	}, reason.ClockWrong},
	{"phone's clock an hour behind, shown code", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(shown(clock.Add(-hour), 90*time.Second))
	}, reason.PresentationExpired},
	{"shown code dated ahead to last longer", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.anybody(shown(clock.Add(50*time.Second), 90*time.Second))
		o.Seen = [][]byte{[]byte("cti-0001")}
		o.Now = clock.Add(verify.SeenFor - 20*time.Second)
		return text, o
	}, reason.NonceUsed},

	// Lists.
	{"trust list rolled back", func(t *testing.T, w *world) (string, verify.Options) {
		w.lists.Rollback, w.lists.Trust = true, nil
		return w.bound(w.card("valid"))
	}, reason.ListRollback},
	{"trust list by another anchor", func(t *testing.T, w *world) (string, verify.Options) {
		if _, err := trust.Open(must[[]byte](t)(w.authority.Trust(clock)), w.phone.Public()); err == nil {
			t.Fatal("opened")
		}
		w.lists.Trust = nil
		return w.bound(w.card("valid"))
	}, reason.ListInvalid},
	{"trust list stale", func(t *testing.T, w *world) (string, verify.Options) {
		w.lists.Trust = w.relist(func(l *trust.List) { l.IssuedAt, l.Expires = clock.AddDate(0, 0, -31), clock })
		return w.bound(w.card("valid"))
	}, reason.ListOld},
	{"trust list stale, card altered", func(t *testing.T, w *world) (string, verify.Options) {
		w.lists.Trust = w.relist(func(l *trust.List) { l.IssuedAt, l.Expires = clock.AddDate(0, 0, -31), clock })
		return w.bound(w.card("altered"))
	}, reason.SignatureInvalid},
	{"catalogue of purposes stale", func(t *testing.T, w *world) (string, verify.Options) {
		old := *w.lists.Policy
		old.IssuedAt, old.Expires = clock.AddDate(0, 0, -31), clock
		w.lists.Policy = &old
		return w.bound(w.card("valid"))
	}, reason.ListOld},
	{"status list signed by a key of its own", func(t *testing.T, w *world) (string, verify.Options) {
		w.statusList(must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, []byte("self"), w.rand)), demo.StatusURI)
		return w.bound(w.card("valid"))
	}, reason.StatusInvalid},
	{"status list signed by a stranger under the listed key id", func(t *testing.T, w *world) (string, verify.Options) {
		w.statusList(must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, []byte("demo-s"), w.rand)), demo.StatusURI)
		return w.bound(w.card("valid"))
	}, reason.StatusInvalid},
	{"status list signed by the issuer's key for cards", func(t *testing.T, w *world) (string, verify.Options) {
		w.statusList(w.key("issuer-light"), demo.StatusURI)
		return w.bound(w.card("valid"))
	}, reason.StatusInvalid},
	{"status list signed by another entry's status key", func(t *testing.T, w *world) (string, verify.Options) {
		other := must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, []byte("other-status"), w.rand))
		w.lists.Trust = w.relist(func(l *trust.List) {
			l.Entries = append(l.Entries, trust.Entry{ID: "https://demo.example/other", NameZh: "演示他省", NameEn: "DEMO other province",
				Roles: []trust.Role{trust.RoleStatus}, Keys: []trust.Key{{Key: other.Public(), NotBefore: clock.AddDate(-1, 0, 0), NotAfter: clock.AddDate(1, 0, 0)}}})
		})
		w.statusList(other, demo.StatusURI)
		return w.bound(w.card("valid"))
	}, reason.StatusInvalid},
	{"status list withheld, another one handed in", func(t *testing.T, w *world) (string, verify.Options) {
		w.statusList(w.key("status"), demo.StatusURI+"0")
		return w.bound(w.card("revoked"))
	}, reason.StatusMissing},
	{"status index outside the list", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("issuer-light", func(r *credential.Request) { r.Status.Index = 1 << 40 }))
	}, reason.StatusInvalid},
	{"card without a status of an issuer that publishes lists", func(t *testing.T, w *world) (string, verify.Options) {
		return w.bound(w.issue("issuer-light", func(r *credential.Request) { r.Status = nil }))
	}, reason.StatusInvalid},
	{"status list stale", func(t *testing.T, w *world) (string, verify.Options) {
		c := w.challenge("internet-cafe", clock.AddDate(0, 0, 8))
		return w.answer(w.card("valid"), c.Claims, bind(c, c.Issued)), verify.Options{Now: c.Issued, Challenges: []verify.Challenge{c}}
	}, reason.StatusOld},
	{"revoked after the list went stale", func(t *testing.T, w *world) (string, verify.Options) {
		// The list still says valid; that the card was revoked meanwhile cannot be
		// known here, so it is not accepted either.
		w.statusList(w.key("status"), demo.StatusURI)
		c := w.challenge("internet-cafe", clock.AddDate(0, 0, 8))
		card := w.issue("issuer-light", func(r *credential.Request) { r.Status.Index = 4 })
		return w.answer(card, c.Claims, bind(c, c.Issued)), verify.Options{Now: c.Issued, Challenges: []verify.Challenge{c}}
	}, reason.StatusOld},
	{"revoked before the list went stale", func(t *testing.T, w *world) (string, verify.Options) {
		c := w.challenge("internet-cafe", clock.AddDate(0, 0, 8))
		return w.answer(w.card("revoked"), c.Claims, bind(c, c.Issued)), verify.Options{Now: c.Issued, Challenges: []verify.Challenge{c}}
	}, reason.Revoked},

	// The challenge and its purpose.
	{"purpose swapped after the operator signed", func(t *testing.T, w *world) (string, verify.Options) {
		c := reworded(t, w, w.challenge("internet-cafe", clock), "online-login")
		return w.answer(w.card("valid"), nil, bind(c, clock)), verify.Options{Challenges: []verify.Challenge{c}}
	}, reason.ChallengeInvalid},
	{"answer used for another purpose", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		o.Purpose = "railway"
		return text, o
	}, reason.PurposeWrong},
	{"purpose that is not in the catalogue", func(t *testing.T, w *world) (string, verify.Options) {
		text, _ := w.anybody(shown(clock, 90*time.Second))
		return text, verify.Options{Purpose: "party"}
	}, reason.PurposeUnknown},
	{"challenge by a key on no list", func(t *testing.T, w *world) (string, verify.Options) {
		c := w.challenge("internet-cafe", clock).Challenge
		c.KeyID = nil
		text := must[string](t)(challenge.Sign(c, w.key("stranger")))
		forged := verify.Challenge{Signed: must[*challenge.Signed](t)(challenge.Parse(text))}
		return w.answer(w.card("valid"), c.Claims, bind(forged, clock)), verify.Options{Challenges: []verify.Challenge{forged}}
	}, reason.ChallengeInvalid},
	{"challenge by the issuer's key for cards", func(t *testing.T, w *world) (string, verify.Options) {
		c := w.challenge("internet-cafe", clock).Challenge
		c.KeyID = nil
		text := must[string](t)(challenge.Sign(c, w.key("issuer-light")))
		forged := verify.Challenge{Signed: must[*challenge.Signed](t)(challenge.Parse(text))}
		return w.answer(w.card("valid"), c.Claims, bind(forged, clock)), verify.Options{Challenges: []verify.Challenge{forged}}
	}, reason.ChallengeInvalid},
	{"terminal revoked", func(t *testing.T, w *world) (string, verify.Options) {
		text, o := w.bound(w.card("valid"))
		w.revoke("demo-o")
		return text, o
	}, reason.TerminalRevoked},

	// The classes of proof.
	{"class B at 89 s", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(shown(clock.Add(-89*time.Second), 90*time.Second))
	}, reason.OK},
	{"class B at 90 s", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(shown(clock.Add(-90*time.Second), 90*time.Second))
	}, reason.PresentationExpired},
	{"class C within its day", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(shown(clock.Add(-23*hour), 24*hour))
	}, reason.StaticCard},
	{"class C after its day, its own end later", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(shown(clock.Add(-24*hour-time.Second), 30*24*hour))
	}, reason.PresentationExpired},
	{"class C where the purpose wants a fresh proof", func(t *testing.T, w *world) (string, verify.Options) {
		text := w.answer(w.card("valid"), nil, shown(clock.Add(-hour), 24*hour))
		return text, verify.Options{Purpose: "delivery"}
	}, reason.ClassRefused},
	{"class B where the purpose wants an answer", func(t *testing.T, w *world) (string, verify.Options) {
		text := w.answer(w.card("valid"), nil, shown(clock, 90*time.Second))
		return text, verify.Options{Purpose: "online-login"}
	}, reason.ClassRefused},
	{"shown code without an end", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(sdcwt.Binding{Audience: "any", IssuedAt: clock, TokenID: []byte("cti-0001")})
	}, reason.KeyBindingInvalid},
	{"shown code without cti", func(t *testing.T, w *world) (string, verify.Options) {
		return w.anybody(sdcwt.Binding{Audience: "any", IssuedAt: clock, Expires: clock.Add(time.Minute)})
	}, reason.KeyBindingInvalid},
	{"class D, a printed card", func(t *testing.T, w *world) (string, verify.Options) {
		return w.printed("issuer-light", nil), verify.Options{Purpose: "internet-cafe"}
	}, reason.StaticCard},
	{"class D, expired", func(t *testing.T, w *world) (string, verify.Options) {
		return w.printed("issuer-light", func(r *credential.Request) { r.Expires = clock }), verify.Options{Purpose: "internet-cafe"}
	}, reason.Expired},
	{"class D, valid for two years", func(t *testing.T, w *world) (string, verify.Options) {
		return w.printed("issuer-light", func(r *credential.Request) { r.Expires = clock.AddDate(2, 0, 0) }), verify.Options{Purpose: "internet-cafe"}
	}, reason.Malformed},
	{"class D where the purpose wants a phone", func(t *testing.T, w *world) (string, verify.Options) {
		return w.printed("issuer-light", nil), verify.Options{Purpose: "hotel"}
	}, reason.ClassRefused},
	{"class D, full by the key for light cards", func(t *testing.T, w *world) (string, verify.Options) {
		return w.printed("issuer-light", func(r *credential.Request) { r.Proofing.Tier = credential.Full }), verify.Options{Purpose: "internet-cafe"}
	}, reason.IssuerRole},
	{"class D, eighteen tomorrow", func(t *testing.T, w *world) (string, verify.Options) {
		return w.printed("issuer-light", func(r *credential.Request) { r.Person.Birth = credential.Date{Year: 2008, Month: 3, Day: 2} }), verify.Options{Purpose: "internet-cafe"}
	}, reason.UnderAge},
	{"class D, eighteen today", func(t *testing.T, w *world) (string, verify.Options) {
		return w.printed("issuer-light", func(r *credential.Request) { r.Person.Birth = credential.Date{Year: 2008, Month: 3, Day: 1} }), verify.Options{Purpose: "internet-cafe"}
	}, reason.StaticCard},
}

func TestAttack(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			w := newWorld(t)
			text, o := a.try(t, w)
			r, _ := w.verify(text, o)
			expect(t, r, a.want)
			t.Logf("attack %-60s %s", a.name+":", said(r))
		})
	}
	t.Run("factors", attackFactors)
	t.Run("portrait", attackPortrait)
	t.Run("claim 169 without signature", attackUnsigned)
}

func said(r *verify.Result) string {
	return fmt.Sprintf("%s, %s (%s) %s", r.Outcome, r.Reason, r.Code, r.Class)
}

// Every combination of the five factor bits against every purpose: the answer
// follows from the catalogue. A full card is used, so that only factors decide;
// each purpose is also tried with factors proven too long ago.
func attackFactors(t *testing.T) {
	w := newWorld(t)
	for _, p := range w.lists.Policy.Purposes {
		reasons := map[reason.Code]int{}
		for bits := uint8(0); bits < 32; bits++ {
			for _, age := range []time.Duration{hour, p.FactorMaxAge, p.FactorMaxAge + time.Second} {
				want := reason.OK
				switch {
				case p.Factors&^bits != 0:
					want = reason.FactorMissing
				case p.Factors != 0 && p.FactorMaxAge != 0 && age > p.FactorMaxAge:
					want = reason.FactorOld
				}
				card := w.issue("issuer-full", func(r *credential.Request) {
					r.Type = demo.TypeFull
					r.Proofing = credential.Proofing{Tier: credential.Full, Factors: bits, Proofed: clock.Add(-age)}
				})
				c := w.challenge(p.Code, clock)
				r, _ := w.verify(w.answer(card, c.Claims, bind(c, clock)), verify.Options{Challenges: []verify.Challenge{c}})
				if r.Reason != want {
					t.Errorf("%s, bits %05b, %v old: %s, want %s", p.Code, bits, age, r.Reason, want)
				}
				reasons[r.Reason]++
			}
		}
		for _, code := range slices.Sorted(maps.Keys(reasons)) {
			t.Logf("attack factor bits for %-22s need %05b: %s × %d", p.Code, p.Factors, code, reasons[code])
		}
	}
}

// A portrait makes the café's answer conditional, and staff's word settles it.
func attackPortrait(t *testing.T) {
	w := newWorld(t)
	c := w.challenge("internet-cafe", clock)
	c.Claims = append(c.Claims, "photo")
	signed := must[string](t)(challenge.Sign(c.Challenge, w.authority.Operator()))
	c.Signed = must[*challenge.Signed](t)(challenge.Parse(signed))
	card := w.issue("issuer-light", func(r *credential.Request) { r.Person.Photo = []byte("\xff\xd8\xff invented portrait") })
	text := w.answer(card, c.Claims, bind(c, clock))
	for _, row := range []struct {
		says verify.Person
		want reason.Code
	}{{verify.Same, reason.OK}, {verify.Unsure, reason.PersonUnsure}, {verify.Different, reason.PersonDifferent}, {"", reason.PersonUnsure}} {
		r, p := w.verify(text, verify.Options{Challenges: []verify.Challenge{c}})
		expect(t, r, reason.ComparePerson)
		receipt := challenge.Receipt{Operator: demo.OperatorID, Redeemed: clock, NonceHash: sha256.Sum256(p.Nonce),
			Party: p.Party, Purpose: p.Purpose, Reason: r.Reason, Class: "A", Labels: p.Labels, Hash: make([]byte, 32), Sequence: p.Sequence}
		r.Conclude(p, verify.Answer{Status: 200, Receipt: must[[]byte](t)(receipt.Sign(w.authority.Operator()))}, w.lists)
		expect(t, r, reason.ComparePerson)
		r.Decide(row.says)
		expect(t, r, row.want)
		t.Logf("attack portrait, staff say %-34s %s", fmt.Sprintf("%q:", row.says), said(r))
	}
	// Nobody talks a refused card into being accepted.
	r, _ := w.verify(w.answer(w.card("altered"), c.Claims, bind(c, clock)), verify.Options{Challenges: []verify.Challenge{c}})
	r.Decide(verify.Same)
	expect(t, r, reason.SignatureInvalid)
}

// vectorsDir is where published vectors lie.
func vectorsDir() string {
	if dir := os.Getenv("VECTORS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "vectors")
}

// Published identity codes with an empty signature are never genuine: not as
// they are, and not put into the form of a printed card.
func attackUnsigned(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(vectorsDir(), "claim-169", "*", "*.json"))
	if len(files) == 0 {
		fmt.Println("attack claim 169: not run, no vectors in", vectorsDir())
		t.Skip("no vectors")
	}
	w := newWorld(t)
	unsigned := 0
	for _, file := range files {
		var v struct {
			Data string `json:"qr_data"`
		}
		b := must[[]byte](t)(os.ReadFile(file))
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		r, _ := w.verify(v.Data, verify.Options{Purpose: "internet-cafe"})
		expect(t, r, reason.OtherCode)
		raw, ok := inflated(v.Data)
		if !ok {
			t.Logf("attack claim 169 %-52s %s", name+":", said(r))
			continue
		}
		r, _ = w.verify(credential.PrefixPrinted+base45.Encode(raw), verify.Options{Purpose: "internet-cafe"})
		if m, err := cwt.Parse(raw); err == nil && len(m.Signature) == 0 {
			expect(t, r, reason.UnsignedCard)
			unsigned++
		} else if r.Outcome == verify.Accepted || r.Outcome == verify.Conditional {
			t.Errorf("%s: %s", name, said(r))
		}
		t.Logf("attack claim 169 as printed card, %-35s %s", name+":", said(r))
	}
	if unsigned == 0 {
		t.Error("no vector with an empty signature")
	}
}

// inflated undoes what MOSIP's codes do: Base45 around zlib.
func inflated(text string) ([]byte, bool) {
	packed, err := base45.Decode(text)
	if err != nil {
		return nil, false
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, false
	}
	b, err := io.ReadAll(io.LimitReader(z, 1<<16))
	return b, err == nil
}
