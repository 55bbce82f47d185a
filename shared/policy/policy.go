// Package policy holds the purpose catalogue: one signed document that says,
// for each purpose a card may be checked for, what is asked, required, shown,
// sealed and kept, and on which rule that rests. Verifiers decide by it, phones
// refuse what it does not allow, and a new purpose is a new catalogue and never
// new code.
//
// A catalogue is a CWT (RFC 8392) in a COSE_Sign1 (RFC 9052 §4.2) with a payload
// in deterministic CBOR (RFC 8949 §4.2.1), drawn in labels.go. Open refuses every
// catalogue that is not byte for byte the encoding of what was read from it, so
// a field this version does not know is refused: it may have been a condition.
//
// The package also derives the handle, by which a venue knows a person again
// without a name; see [Handle]. It reads no clock.
package policy

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// The errors of this package. A signature that does not match is
// [cwt.ErrSignature] or [cwt.ErrAlgorithm].
var (
	ErrMalformed = errors.New("policy: malformed catalogue")
	ErrTooLarge  = errors.New("policy: catalogue over its caps")
	ErrRollback  = errors.New("policy: catalogue older than one already seen")
)

// The tiers of a card.
const (
	TierLight = "light"
	TierFull  = "full"
)

// The claims a purpose may ask for, by the names used everywhere outside a card.
const (
	ClaimName    = "name"
	ClaimID      = "id" // number of the identity document
	ClaimBirth   = "birth"
	ClaimSex     = "sex"
	ClaimAddress = "address"
	ClaimPhoto   = "photo"
	ClaimOver18  = "over18" // yes or no instead of a date of birth
)

// The factors by which a holder was proven when the card was issued, as bits.
const (
	FactorFace     uint8 = 1 << iota
	FactorVoice          // spoken digits
	FactorFinger         // fingerprint
	FactorPIN8           // a PIN of eight digits
	FactorTerminal       // in person, at a listed terminal
)

// Catalogue is the list of purposes.
type Catalogue struct {
	Sequence uint64    // 1 or more; grows by each catalogue published
	IssuedAt time.Time // whole seconds
	Expires  time.Time // from then on it is stale
	Purposes []Purpose
}

// Purpose is one row of the catalogue. Lists of claims and classes are in the
// order of the constants above and of the alphabet.
type Purpose struct {
	Code   string // such as internet-cafe: a–z, 0–9 and hyphens
	NameZh string
	NameEn string
	Users  []string // kinds of relying party it is for, as the operator registered them; empty for all

	Tier         string        // least tier of the card
	Factors      uint8         // factor bits that all have to be set
	FactorMaxAge time.Duration // since the holder was proven; 0 for no limit
	Classes      []string      // classes of proof accepted, of "A" to "D"
	MinAge       int           // in years, by China time; 0 for none

	// Compare says that staff hold the signed portrait against the person
	// whenever the card shows one. Without a portrait a class A or B answer is
	// accepted without a look. Classes C and D always need one, whatever stands
	// here. [Purpose.AsksPerson] is the rule in full.
	Compare bool

	Request   []string      // claims asked for, all of which have to be shown
	Optional  []string      // claims that may be shown besides; others are over-disclosure
	Show      []string      // claims staff get to see
	Seal      []string      // claims sealed into the register
	Handle    bool          // whether the venue gets a handle of the person
	Retention time.Duration // how long the sealed claims stay readable; 0 when none are sealed

	// Rule is the rule that asking rests on. Empty for none; [Purpose.Basis] then
	// says so.
	Rule string
}

// Find returns the purpose with this code.
func (c *Catalogue) Find(code string) (Purpose, bool) {
	for _, p := range c.Purposes {
		if p.Code == code {
			return p, true
		}
	}
	return Purpose{}, false
}

// Stale reports whether the catalogue is past its exp.
func (c *Catalogue) Stale(at time.Time) bool { return !at.Before(c.Expires) }

// Newer returns an error that wraps [ErrRollback] when the sequence is below the
// highest one this verifier has seen. The same sequence passes.
func (c *Catalogue) Newer(highest uint64) error {
	if c.Sequence < highest {
		return fmt.Errorf("%w: sequence %d after %d", ErrRollback, c.Sequence, highest)
	}
	return nil
}

// OpenTo reports whether a relying party of this kind may use the purpose.
func (p Purpose) OpenTo(kind string) bool {
	return len(p.Users) == 0 || slices.Contains(p.Users, kind)
}

// CoveredBy reports whether a card of this tier is enough. Full covers light.
func (p Purpose) CoveredBy(tier string) bool {
	return tier == p.Tier || tier == TierFull && p.Tier == TierLight
}

// MissingFactors returns the bits that the purpose requires and have lacks; 0
// when it has them all.
func (p Purpose) MissingFactors(have uint8) uint8 { return p.Factors &^ have }

// FactorsFresh reports whether factors proven at proofed still count. It is true
// where the purpose requires none or sets no limit.
func (p Purpose) FactorsFresh(proofed, at time.Time) bool {
	return p.Factors == 0 || p.FactorMaxAge == 0 || !at.After(proofed.Add(p.FactorMaxAge))
}

// Accepts reports whether a proof of this class, "A" to "D", is enough.
func (p Purpose) Accepts(class string) bool { return slices.Contains(p.Classes, class) }

// MayShow reports whether showing the claim is not over-disclosure.
func (p Purpose) MayShow(claim string) bool {
	return slices.Contains(p.Request, claim) || slices.Contains(p.Optional, claim)
}

// AsksPerson reports whether staff have to look at the person before the verdict
// can be accepted. portrait says whether the presentation showed a portrait.
//
// Classes C and D prove no phone at the counter, so somebody always has to look.
// For A and B it is asked where the purpose says so and there is a portrait to
// hold against the person.
func (p Purpose) AsksPerson(class string, portrait bool) bool {
	switch class {
	case "A", "B":
		return p.Compare && portrait
	}
	return true
}
