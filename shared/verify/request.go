package verify

import (
	"errors"
	"slices"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/trust"
)

// Request is a challenge as its reader, the holder's phone, should see it: who
// asks, for what, and for which claims. Reason is OK where the challenge may be
// answered.
type Request struct {
	Party    Party       `json:"party"`
	Operator *Issuer     `json:"operator,omitempty"` // absent for a challenge made without a network
	Purpose              // from the catalogue
	Claims   []string    `json:"claims"`
	Optional []string    `json:"optional"` // claims that the holder may show besides
	Expires  time.Time   `json:"expires"`
	Offline  bool        `json:"offline"` // nobody vouches for the name
	Reason   reason.Code `json:"reason"`
	Code     string      `json:"code"`
}

// Party is a relying party, with the name it is registered under.
type Party struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ReadRequest reads a challenge on behalf of a holder and decides whether it
// may be answered: signed by a listed operator (or by the page itself, which
// the holder is told), not past its time, for a purpose of the catalogue, and
// asking for no more than that purpose allows.
func ReadRequest(text string, lists *Lists, now time.Time) *Request {
	r := &Request{Claims: []string{}, Optional: []string{}}
	r.set(r.read(text, lists, now))
	return r
}

func (r *Request) set(code reason.Code) { r.Reason, r.Code = code, code.Short() }

func (r *Request) read(text string, lists *Lists, now time.Time) reason.Code {
	c, err := challenge.Parse(text)
	switch {
	case errors.Is(err, challenge.ErrPrefix):
		return reason.OtherCode
	case errors.Is(err, challenge.ErrTooLarge):
		return reason.TooLarge
	case err != nil:
		return reason.Malformed
	}
	r.Party = Party{c.PartyID, c.PartyName}
	r.Expires, r.Offline = c.Expires, c.Offline
	r.Claims = append(r.Claims, c.Claims...)
	if code := r.vouched(c, lists); code != reason.OK {
		return code
	}
	if !now.Before(c.Expires) {
		return reason.NonceExpired
	}
	if lists.Policy == nil {
		return reason.PolicyMissing
	}
	p, ok := lists.Policy.Find(c.Purpose)
	if !ok {
		return reason.PurposeUnknown
	}
	r.Purpose = purposeOf(p)
	if slices.ContainsFunc(c.Claims, func(name string) bool { return !p.MayShow(name) }) {
		return reason.OverDisclosed
	}
	for _, name := range p.Optional {
		if !slices.Contains(c.Claims, name) {
			r.Optional = append(r.Optional, name)
		}
	}
	return reason.OK
}

// vouched is [Vouched], and names the operator who did.
func (r *Request) vouched(c *challenge.Signed, lists *Lists) reason.Code {
	if !c.Offline && lists.Trust == nil {
		return reason.ListInvalid
	}
	code := Vouched(c, lists.Trust)
	if code == reason.OK && !c.Offline {
		entry, _, _ := lists.Trust.Find(c.KeyID, trust.RoleChallenge, c.Issued)
		r.Operator = issuerOf(entry)
	}
	return code
}

// Vouched checks that a challenge is one that a holder can rely on: signed by
// its operator, whose key is on the list. A terminal whose key was revoked there
// is told from a forged challenge. A page's own challenge has no operator; it
// only has to carry its own signature. list may be nil for such a one alone.
func Vouched(c *challenge.Signed, list *trust.List) reason.Code {
	if c.Offline {
		if c.Verify(c.SelfKey()) != nil {
			return reason.ChallengeInvalid
		}
		return reason.OK
	}
	entry, key, err := list.Find(c.KeyID, trust.RoleChallenge, c.Issued)
	switch {
	case errors.Is(err, trust.ErrRevoked) && entry.ID == c.Operator:
		return reason.TerminalRevoked
	case err != nil || entry.ID != c.Operator || c.Verify(key) != nil:
		return reason.ChallengeInvalid
	}
	return reason.OK
}

func issuerOf(e trust.Entry) *Issuer {
	return &Issuer{ID: e.ID, Zh: e.NameZh, En: e.NameEn, Region: e.Region}
}

func purposeOf(p policy.Purpose) Purpose {
	return Purpose{PurposeCode: p.Code, PurposeZh: p.NameZh, PurposeEn: p.NameEn, Rule: p.Rule}
}
