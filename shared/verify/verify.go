// Package verify decides. It is the only place that does: the page, the mini
// app, the command line and a host's server all call it and show what it says.
//
// [Verify] runs the checks in a fixed order and returns a [Result] with
// one reason. A check that fails ends the run. A check that cannot be made, for
// want of a list, a network or a right clock, is unknown: the run goes on,
// because a later check may still find the card to be wrong, but it cannot end
// in success. Unknown is never success and never fraud.
//
// Time, lists, challenges and the endpoint's answer are handed in.
package verify

import (
	"encoding/base64"
	"errors"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/trust"
)

// Tolerances of time.
const (
	// clockSkew is how far phone, issuer and this computer may differ.
	clockSkew = 60 * time.Second
	// freshFor is how long a shown code of class B counts (DESIGN §1).
	freshFor = 90 * time.Second
	// dayFor is how long a shown code of class C counts.
	dayFor = 24 * time.Hour
	// printedFor is the longest life of a printed card.
	printedFor = 366 * 24 * time.Hour
)

// SeenFor is how long a code of class B can be shown again.
const SeenFor = freshFor + clockSkew

// ErrMisuse is returned for calls that can have no answer, such as one without
// a point in time.
var ErrMisuse = errors.New("verify: misuse")

// Challenge is a challenge that this counter has shown.
type Challenge struct {
	*challenge.Signed
	Used bool // an answer to it was accepted by this page

	// Asked says that this page has tried to redeem it and got no answer. Then the
	// endpoint may have counted a use that nobody was told of.
	Asked bool

	// Shown is when this computer's clock said it took the challenge, fresh from
	// the endpoint. It tells a wrong clock here from an answer that is late.
	// Zero for one that did not come over the network just then.
	Shown time.Time
}

// Options is what one check depends on beside the text.
type Options struct {
	Now     time.Time
	Doubt   time.Duration // by which Now is known to be wrong, with no signed time to correct it by
	Purpose string        // code; empty takes that of the challenge answered

	// Challenges are those an answer is held against. An answer to none of
	// them is refused, or, where the list is nil, its freshness is unknown.
	Challenges []Challenge

	// Seen are the cti of the codes of class B that let somebody in here within
	// [SeenFor]: a photograph of such a code is good for that long.
	Seen [][]byte

	// HandleKey is the venue's key of the current period, from which handles
	// are made (policy.Handle). Nil makes none.
	HandleKey []byte

	// Demo marks the result as a demonstration.
	Demo bool
}

// Pending is what is still to be done before a result counts: redeem the nonce
// at the challenge endpoint.
type Pending struct {
	Party, Purpose string
	Nonce          []byte
	KeyID          []byte    // of the operator who signed the challenge
	Issued         time.Time // when the challenge was
	Presentation   []byte    // to be hashed with a salt; never sent
	Labels         []string  // names of the claims shown
	Sequence       uint64    // of the trust list
	Asked          bool      // as of the challenge: to have been used before proves nothing
}

// run is one check under way.
type run struct {
	lists *Lists
	o     Options
	r     *Result

	card    *credential.Card
	entry   trust.Entry
	purpose *policy.Purpose
	answers *Challenge // the challenge that was answered
	unknown reason.Code
	compare reason.Code // why a person has to look, if so
	over    bool        // an unknown that leaves nothing to go on with
}

// Verify checks the text of a code. The result is complete when pending is nil;
// otherwise it is provisional until [Result.Conclude]. The error is
// [ErrMisuse] or nil.
func Verify(text string, lists *Lists, o Options) (result *Result, pending *Pending, err error) {
	if o.Now.IsZero() || lists == nil {
		return nil, nil, ErrMisuse
	}
	v := &run{lists: lists, o: o, r: newResult()}
	pending = v.all(text)
	v.r.withhold()
	return v.r, pending, nil
}

// step is one check: it returns the reason it failed or is unknown for, or OK.
type step struct {
	id  string
	run func(*run) reason.Code
}

var steps = []step{
	{CheckIssuer, (*run).issuer},
	{CheckSignature, (*run).signature},
	{CheckDates, (*run).dates},
	{CheckRevocation, (*run).revocation},
	{CheckBinding, (*run).binding},
	{CheckFreshness, (*run).freshness},
	{CheckPurpose, (*run).fits},
}

func (v *run) all(text string) *Pending {
	if code := v.read(text); code != reason.OK {
		*v.r.check(CheckRead) = Check{CheckRead, Failed, code}
		v.r.set(code)
		return nil
	}
	v.r.check(CheckRead).State = Passed
	for _, s := range steps {
		code := s.run(v)
		c := v.r.check(s.id)
		switch {
		case code == reason.OK:
			c.State = Passed
		case code.Class() == reason.Undetermined:
			c.State, c.Reason = Unknown, code
			if v.unknown == "" {
				v.unknown = code
			}
			if v.over || ends(code) {
				v.r.set(code)
				return nil
			}
		default:
			c.State, c.Reason = Failed, code
			v.r.set(code)
			return nil
		}
	}
	v.r.Claims = ClaimsOf(v.card.Person)
	switch {
	case v.unknown != "":
		v.r.set(v.unknown)
		return nil
	case v.compare != "":
		v.r.set(v.compare)
	default:
		v.r.set(reason.OK)
	}
	return v.redeem()
}

// ends says which unknowns leave nothing to go on with: without a trust list no
// signature can be checked, and under a wrong clock no date.
func ends(code reason.Code) bool {
	switch code {
	case reason.ListInvalid, reason.ListRollback, reason.ClockWrong, reason.PolicyMissing, reason.PurposeUnknown:
		return true
	}
	return false
}

// redeem says what remains to be done for a bound answer. An answer to a
// challenge that the page made without a network is redeemed by the page alone.
func (v *run) redeem() *Pending {
	if v.r.Class != Bound {
		return nil
	}
	if v.answers.Offline {
		v.r.check(CheckRedeem).State = Passed
		v.r.Redeemed = ByPage
		return nil
	}
	return &Pending{
		Party: v.answers.PartyID, Purpose: v.answers.Purpose, Nonce: v.answers.Nonce,
		KeyID: v.answers.KeyID, Issued: v.answers.Issued,
		Presentation: v.card.Bytes(), Labels: v.card.Disclosed, Sequence: v.lists.Trust.Sequence, Asked: v.answers.Asked,
	}
}

func encodeBytes(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
