package verify

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
)

// sentinels turns the errors of the parsing packages into reasons. The first
// row that fits counts: rows run from the narrow to the wide.
var sentinels = []struct {
	err  error
	code reason.Code
}{
	{credential.ErrOther, reason.OtherCode},
	{credential.ErrTooLarge, reason.TooLarge},
	{cwt.ErrTooLarge, reason.TooLarge},
	{cwt.ErrAlgorithm, reason.AlgorithmRefused},
	{cwt.ErrSignature, reason.SignatureInvalid},
	{sdcwt.ErrDisclosure, reason.SignatureInvalid}, // a claim that the signed hashes do not cover
	{trust.ErrUnknownKey, reason.IssuerUnknown},
	{trust.ErrRevoked, reason.IssuerRevoked},
	{trust.ErrRole, reason.IssuerRole},
	{trust.ErrWindow, reason.IssuerExpired},
	{status.ErrRange, reason.StatusInvalid},
	{credential.ErrMalformed, reason.Malformed},
	{cwt.ErrMalformed, reason.Malformed},
	{cwt.ErrUnsupported, reason.Malformed},
	{sdcwt.ErrStructure, reason.Malformed},
}

// reasonOf is the reason of an error, or fallback for one without a row.
func reasonOf(err error, fallback reason.Code) reason.Code {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.code
		}
	}
	return fallback
}

func (v *run) read(text string) reason.Code {
	card, err := credential.Read(text)
	if err != nil {
		code := reasonOf(err, reason.Malformed)
		if code.Class() != reason.Unreadable {
			code = reason.Malformed // nothing has been verified yet, so nothing can be wrong with it
		}
		if code == reason.OtherCode {
			v.r.Detail = &Detail{Kind: credential.Kind(text)}
		}
		return code
	}
	v.card = card
	v.r.Class = classOf(card)
	v.r.Tier = card.Proofing.Tier
	if !card.Expires.IsZero() {
		v.r.Expires = card.Expires.Format(time.RFC3339)
	}
	return reason.OK
}

// classOf reads from the form of a presentation how much it can prove.
func classOf(c *credential.Card) Class {
	b := c.Binding()
	switch {
	case c.Bare():
		return ""
	case b == nil:
		return OnPaper
	case b.Nonce != nil:
		return Bound
	case !b.Expires.IsZero() && b.Expires.Sub(b.IssuedAt) <= freshFor:
		return Fresh
	}
	return Day
}

func (v *run) issuer() reason.Code {
	list := v.lists.Trust
	switch {
	case v.card.Unsigned():
		return reason.UnsignedCard // whatever the lists say: nobody issued it
	case v.lists.Rollback:
		return reason.ListRollback
	case list == nil:
		return reason.ListInvalid
	case v.o.Now.Before(list.IssuedAt.Add(-clockSkew)):
		// The list was made later than "now": the clock is behind.
		v.r.Detail = &Detail{Minutes: int(list.IssuedAt.Sub(v.o.Now) / time.Minute)}
		return reason.ClockWrong
	}
	if by, wrong := v.clockError(); wrong {
		v.r.Detail = &Detail{Minutes: int(by / time.Minute)}
		return reason.ClockWrong
	}
	stale := reason.OK
	if list.Stale(v.o.Now) {
		stale = reason.ListOld
		v.r.Detail = &Detail{Days: int(v.o.Now.Sub(list.IssuedAt) / (24 * time.Hour))}
	}
	entry, _, err := list.Find(v.card.KeyID, cardRole(v.card), v.card.IssuedAt)
	v.entry = entry
	switch {
	case err != nil && stale != reason.OK:
		v.over = true // a newer list may know the key; with this one there is none to check with
		return stale
	case err != nil:
		return reasonOf(err, reason.IssuerUnknown)
	case entry.ID != v.card.Issuer:
		return reason.IssuerUnknown
	case v.card.Family == credential.Phone && !entry.Accepts(v.card.Type):
		return reason.IssuerRole
	}
	v.r.Issuer = issuerOf(entry)
	v.r.Demo = v.o.Demo
	return stale
}

// clockError is what the caller knows of this computer's clock, and holds it against
// the endpoint's by the challenge that was answered: it was issued the moment it was taken.
func (v *run) clockError() (by time.Duration, wrong bool) {
	if by = v.o.Doubt.Abs(); by > clockSkew {
		return by, true
	}
	b := v.card.Binding()
	if b == nil {
		return 0, false
	}
	for _, c := range v.o.Challenges {
		if !c.Shown.IsZero() && bytes.Equal(c.Nonce, b.Nonce) {
			by = c.Shown.Sub(c.Issued).Abs()
			return by, by > clockSkew
		}
	}
	return 0, false
}

// cardRole is the role a key needs to have signed this card.
func cardRole(c *credential.Card) trust.Role {
	if c.Proofing.Tier == credential.Full {
		return trust.RoleCardFull
	}
	return trust.RoleCardLight
}

func (v *run) signature() reason.Code {
	_, key, err := v.lists.Trust.Find(v.card.KeyID, cardRole(v.card), v.card.IssuedAt)
	if err != nil {
		return reason.SignatureInvalid
	}
	if err := v.card.Open(key); err != nil {
		return reasonOf(err, reason.SignatureInvalid)
	}
	return reason.OK
}

func (v *run) dates() reason.Code {
	now, c := v.o.Now, v.card
	begins := c.NotBefore
	if c.IssuedAt.After(begins) {
		begins = c.IssuedAt
	}
	switch {
	case !now.Before(c.Expires):
		v.r.Detail = &Detail{Date: day(c.Expires)}
		return reason.Expired
	case now.Before(begins.Add(-clockSkew)):
		v.r.Detail = &Detail{Date: day(begins)}
		return reason.NotYetValid
	case c.Family == credential.Printed && c.Expires.Sub(c.IssuedAt) > printedFor:
		return reason.Malformed
	}
	return reason.OK
}

// day is the date by China time, which the sentence names.
func day(t time.Time) string { return t.In(time.FixedZone("UTC+8", 8*60*60)).Format(time.DateOnly) }

func (v *run) revocation() reason.Code {
	idx, uri, ok, err := status.ReferenceFrom(v.card.Claims())
	if err != nil {
		return reason.StatusInvalid
	}
	if !ok {
		// An issuer that publishes status lists puts a reference into each
		// card; one without lists issues cards that cannot be revoked.
		if len(v.entry.StatusURIs) > 0 {
			return reason.StatusInvalid
		}
		return reason.OK
	}
	list := v.lists.status(uri)
	if list == nil {
		return reason.StatusMissing
	}
	// The signer is pinned to the issuer's own entry: a list that is checked
	// with a key of somebody else proves nothing.
	// Its window is held against the clock and not against the list's own date,
	// which the thief of an old key would choose.
	key, err := v.entry.Key(list.KeyID, trust.RoleStatus, v.o.Now)
	if errors.Is(err, trust.ErrWindow) {
		return reason.StatusOld
	}
	if err != nil || list.verify(key) != nil {
		return reason.StatusInvalid
	}
	value, err := list.Lookup(uri, idx)
	switch {
	case err != nil:
		return reasonOf(err, reason.StatusInvalid)
	case value == status.Revoked:
		return reason.Revoked // stays true however old the list is
	case list.Old(v.o.Now):
		v.note(&Detail{Days: int(v.o.Now.Sub(list.IssuedAt) / (24 * time.Hour))})
		return reason.StatusOld
	case value == status.Suspended:
		return reason.Suspended
	case value != status.Valid:
		return reason.StatusInvalid
	}
	return reason.OK
}

// note keeps the first detail: it belongs to the first reason.
func (v *run) note(d *Detail) {
	if v.r.Detail == nil {
		v.r.Detail = d
	}
}

func (v *run) binding() reason.Code {
	switch {
	case v.card.Bare():
		return reason.KeyBindingMissing
	case v.card.Family == credential.Printed:
		return reason.OK // it holds no key; its class says so
	}
	if err := v.card.VerifyBinding(); err != nil {
		return reason.KeyBindingInvalid
	}
	// A card that is itself addressed to somebody is not for showing around
	// (draft-ietf-spice-sd-cwt, verifier validation, step 8).
	if _, addressed := v.card.Claims()[cwt.Audience]; addressed {
		return reason.AudienceWrong
	}
	return reason.OK
}

// audienceAny is the audience of a code that is shown to whoever asks.
const audienceAny = "any"

func (v *run) freshness() reason.Code {
	b := v.card.Binding()
	if b == nil {
		v.compare = reason.StaticCard
		return reason.OK
	}
	now := v.o.Now
	switch {
	case !b.Expires.IsZero() && !now.Before(b.Expires):
		return reason.PresentationExpired
	case b.NotBefore.After(now.Add(clockSkew)):
		return reason.NotYetValid
	case v.r.Class == Bound:
		return v.answered(b)
	}
	limit := dayFor
	if v.r.Class == Fresh {
		limit = freshFor
	}
	switch {
	case b.Audience != audienceAny:
		return reason.AudienceWrong
	case len(b.TokenID) == 0 || b.Expires.IsZero():
		return reason.KeyBindingInvalid
	case b.IssuedAt.After(now.Add(clockSkew)):
		v.note(&Detail{Minutes: int(b.IssuedAt.Sub(now) / time.Minute)})
		return reason.ClockWrong
	case now.Sub(b.IssuedAt) > limit:
		return reason.PresentationExpired
	}
	if v.r.Class == Day {
		v.compare = reason.StaticCard // who looks also sees who comes twice
		return reason.OK
	}
	v.r.tokenID = b.TokenID
	if slices.ContainsFunc(v.o.Seen, func(id []byte) bool { return bytes.Equal(id, b.TokenID) }) {
		return reason.NonceUsed
	}
	return reason.OK
}

// answered finds the challenge that was answered.
func (v *run) answered(b *sdcwt.Binding) reason.Code {
	if v.o.Challenges == nil {
		return reason.ChallengeMissing
	}
	for i := range v.o.Challenges {
		c := &v.o.Challenges[i]
		if !bytes.Equal(c.Nonce, b.Nonce) {
			continue
		}
		v.answers = c
		v.r.Offline, v.r.answered = c.Offline, c.Nonce
		switch code := Vouched(c.Signed, v.lists.Trust); {
		case b.Audience != c.PartyID:
			return reason.AudienceWrong
		case code != reason.OK:
			return code
		case c.Used:
			return reason.NonceUsed
		case !v.o.Now.Before(c.Expires):
			return reason.NonceExpired
		case b.IssuedAt.After(v.o.Now.Add(clockSkew)), b.IssuedAt.Before(c.Issued.Add(-clockSkew)):
			// The phone's clock counts little: the nonce bounds the time.
			v.note(&Detail{Minutes: int(b.IssuedAt.Sub(v.o.Now).Abs() / time.Minute)})
		}
		return reason.OK
	}
	return v.strange(b.Nonce)
}

// strange is the reason for a nonce that this counter has not shown, or shows
// no longer. Its first four bytes say until when it was good; they are not
// authentic here, and only choose between two refusals.
func (v *run) strange(nonce []byte) reason.Code {
	if exp, err := challenge.NonceExpiry(nonce); err == nil && !v.o.Now.Before(exp) {
		return reason.NonceExpired
	}
	return reason.NonceWrong
}

// fits checks what the purpose asks of the card and of what was shown.
func (v *run) fits() reason.Code {
	if v.lists.Policy == nil {
		return reason.PolicyMissing
	}
	code := v.o.Purpose
	if v.answers != nil {
		if code != "" && code != v.answers.Purpose {
			return reason.PurposeWrong
		}
		code = v.answers.Purpose
	}
	p, ok := v.lists.Policy.Find(code)
	if !ok {
		return reason.PurposeUnknown
	}
	v.purpose = &p
	v.r.Purpose = purposeOf(p)
	for _, check := range []func(policy.Purpose) reason.Code{v.tierAndFactors, v.shown, v.age} {
		if code := check(p); code != reason.OK {
			return code
		}
	}
	if !p.Accepts(string(v.r.Class)) {
		return reason.ClassRefused
	}
	if v.compare == "" && p.AsksPerson(string(v.r.Class), v.card.Person.Photo != nil) {
		v.compare = reason.ComparePerson
	}
	if p.Handle {
		v.r.Handle = v.handle()
	}
	if v.lists.Policy.Stale(v.o.Now) {
		// The rules may have changed since; what they refuse stays refused.
		v.note(&Detail{Days: int(v.o.Now.Sub(v.lists.Policy.IssuedAt) / (24 * time.Hour))})
		return reason.ListOld
	}
	return reason.OK
}

// handle is the name by which this venue knows the holder for a period: made
// from the number where it was shown, else from the card's random subject.
func (v *run) handle() string {
	if v.card.Person.ID != "" {
		return policy.Handle(v.o.HandleKey, v.card.Issuer, v.card.Person.ID)
	}
	return policy.SubjectHandle(v.o.HandleKey, v.card.Issuer, v.card.Subject)
}

func (v *run) tierAndFactors(p policy.Purpose) reason.Code {
	proofing := v.card.Proofing
	switch {
	case !p.CoveredBy(proofing.Tier):
		return reason.TierTooLow
	case p.MissingFactors(proofing.Factors) != 0:
		return reason.FactorMissing
	case !p.FactorsFresh(proofing.Proofed, v.o.Now):
		return reason.FactorOld
	}
	return reason.OK
}

// shown compares the claims that were shown with those that the purpose needs and
// the challenge asked for. What the purpose allows besides is the holder's to show.
func (v *run) shown(p policy.Purpose) reason.Code {
	needed, allowed := p.Request, append(slices.Clone(p.Request), p.Optional...)
	if v.answers != nil {
		needed = append(slices.Clone(p.Request), v.answers.Claims...)
		allowed = append(allowed, v.answers.Claims...)
	}
	for _, claim := range needed {
		if !slices.Contains(v.card.Disclosed, claim) {
			v.note(&Detail{Claim: claim})
			return reason.ClaimMissing
		}
	}
	if v.card.Family == credential.Printed {
		return reason.OK // paper shows all or nothing
	}
	allowed = credential.WithGroup(allowed)
	for _, claim := range v.card.Disclosed {
		if !slices.Contains(allowed, claim) {
			v.note(&Detail{Claim: claim})
			return reason.OverDisclosed
		}
	}
	return reason.OK
}

// age applies the least age of the purpose: by the date of birth where it was
// shown, which is exact today, else by the issuer's yes or no.
func (v *run) age(p policy.Purpose) reason.Code {
	if p.MinAge == 0 {
		return reason.OK
	}
	person := v.card.Person
	switch {
	case !person.Birth.IsZero():
		if person.Birth.Age(v.o.Now) < p.MinAge {
			return reason.UnderAge
		}
	case person.Over18 != nil && p.MinAge <= 18:
		if !*person.Over18 {
			return reason.UnderAge
		}
	default:
		v.note(&Detail{Claim: credential.ClaimOver18})
		return reason.ClaimMissing
	}
	return reason.OK
}
