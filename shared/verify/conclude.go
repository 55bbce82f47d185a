package verify

import (
	"crypto/sha256"

	"jianzheng/shared/challenge"
	"jianzheng/shared/reason"
	"jianzheng/shared/trust"
)

// SaltBytes is the length of the salt in [Pending.Hash].
const SaltBytes = 16

// Hash is the salted hash of the presentation: it tells two answers apart for
// whoever has the salt, and tells nobody else anything.
func (p *Pending) Hash(salt [SaltBytes]byte) [sha256.Size]byte {
	return sha256.Sum256(append(salt[:], p.Presentation...))
}

// Answer is what the challenge endpoint said to a redemption.
type Answer struct {
	Status  int         // of HTTP; 0 where no answer came
	Code    reason.Code // of a refusal
	Receipt []byte      // of a success
}

// Conclude completes a provisional result with the endpoint's answer. A
// success counts only with a receipt for this very nonce, signed by the
// operator of the challenge: a captive portal also answers 200.
func (r *Result) Conclude(p *Pending, a Answer, lists *Lists) {
	c := r.check(CheckRedeem)
	code := p.judge(a, lists)
	switch {
	case code == reason.OK:
		c.State, r.Redeemed, r.Receipt = Passed, ByServer, encodeBytes(a.Receipt)
		return
	case code.Class() == reason.Undetermined:
		c.State, c.Reason = Unknown, code
	default:
		c.State, c.Reason = Failed, code
	}
	r.set(code)
	r.withhold()
}

func (p *Pending) judge(a Answer, lists *Lists) reason.Code {
	switch a.Status {
	case 200:
		if p.receiptHolds(a.Receipt, lists.Trust) {
			return reason.OK
		}
	case 404, 409, 410:
		switch a.Code {
		case reason.NonceUsed:
			if p.Asked {
				return reason.RedeemUnreachable
			}
			return a.Code
		case reason.NonceExpired:
			return a.Code
		case reason.NonceUnknown:
			return reason.NonceWrong
		}
	}
	return reason.RedeemUnreachable
}

func (p *Pending) receiptHolds(b []byte, list *trust.List) bool {
	if list == nil {
		return false
	}
	_, key, err := list.Find(p.KeyID, trust.RoleChallenge, p.Issued)
	if err != nil {
		return false
	}
	receipt, err := challenge.OpenReceipt(b, key)
	return err == nil && receipt.NonceHash == sha256.Sum256(p.Nonce) && receipt.Party == p.Party
}

// Person is what staff say after looking at the holder.
type Person string

// The three answers (DESIGN "Face").
const (
	Same      Person = "same"
	Unsure    Person = "unsure"
	Different Person = "different"
)

// Decide completes a conditional result with what staff saw. Any other result
// stays as it is, and an answer that is none of the three counts as unsure.
func (r *Result) Decide(p Person) {
	if r.Outcome != Conditional {
		return
	}
	switch p {
	case Same:
		r.set(reason.OK)
	case Different:
		r.set(reason.PersonDifferent)
	default:
		r.set(reason.PersonUnsure)
	}
	r.withhold()
}
