// Package reason holds the closed list of reason codes: every verdict, and
// every refusal of the challenge endpoint, carries exactly one of them.
//
// A code has a [Class], which fixes what the outcome of a check with that
// reason may be, and a stable number that is shown to people as a short code
// such as S-12. Sentences for people live in web/i18n; a test there checks that
// each code has one in every language.
//
// New codes go at the end of [table]. Old ones keep their number.
package reason

import "fmt"

// Code names one reason. The zero value is not a reason.
type Code string

// Class says what a reason means for the outcome of a check.
type Class uint8

// The classes. Unknown is never success and never fraud: whatever could not be
// found out is Undetermined.
const (
	Accepted     Class = iota + 1 // the check passed
	Conditional                   // a person has to look before it passes
	Rejected                      // something is known to be wrong
	Undetermined                  // could not be found out now
	Unreadable                    // not a card this verifier reads
	Request                       // an HTTP request was refused; never a verdict
)

// The reasons of a verdict.
const (
	OK                  Code = "ok"
	StaticCard          Code = "static-card"          // a screenshot could show this code too
	NoCode              Code = "no-code"              // the image holds no code
	OtherCode           Code = "other-code"           // a code, but not a card: payment, link, text
	Malformed           Code = "malformed"            // starts like a card and is not one
	TooLarge            Code = "too-large"            // over the cap of its format
	SignatureInvalid    Code = "signature-invalid"    // content and signature do not match
	AlgorithmRefused    Code = "algorithm-refused"    // not the algorithm pinned to the key
	IssuerUnknown       Code = "issuer-unknown"       // no key of that id on the trust list
	IssuerRole          Code = "issuer-role"          // the key is listed, but for something else
	IssuerExpired       Code = "issuer-expired"       // the key's window of validity is over or not begun
	Expired             Code = "expired"              // exp has passed
	NotYetValid         Code = "not-yet-valid"        // nbf or iat lies ahead
	Revoked             Code = "revoked"              // status 1
	Suspended           Code = "suspended"            // status 2: phone reported lost
	StatusInvalid       Code = "status-invalid"       // index outside the list, or a list signed by a stranger
	StatusMissing       Code = "status-missing"       // no status list for this card at hand
	StatusOld           Code = "status-old"           // the status list is past its exp
	ListOld             Code = "list-old"             // the trust list is past its exp
	ListRollback        Code = "list-rollback"        // a trust list older than one already seen
	ListInvalid         Code = "list-invalid"         // the trust list does not carry the anchor's signature
	ClockWrong          Code = "clock-wrong"          // this computer's clock cannot be right
	KeyBindingMissing   Code = "key-binding-missing"  // a phone card without proof of its key
	KeyBindingInvalid   Code = "key-binding-invalid"  // the proof is by another key
	AudienceWrong       Code = "audience-wrong"       // answered to somebody else
	NonceWrong          Code = "nonce-wrong"          // answered to another challenge
	NonceExpired        Code = "nonce-expired"        // answered too late
	NonceUsed           Code = "nonce-used"           // answered before
	ChallengeMissing    Code = "challenge-missing"    // an answer, but no challenge to hold it against
	ChallengeInvalid    Code = "challenge-invalid"    // the challenge is not signed by a listed operator
	PurposeUnknown      Code = "purpose-unknown"      // not in the catalogue
	PurposeWrong        Code = "purpose-wrong"        // challenge and check differ in purpose
	UnderAge            Code = "under-age"            // the purpose has a least age
	TierTooLow          Code = "tier-too-low"         // a light card where a full one is needed
	FactorMissing       Code = "factor-missing"       // face, voice, finger, PIN or terminal not proven
	FactorOld           Code = "factor-old"           // proven too long ago for the purpose
	ClaimMissing        Code = "claim-missing"        // a claim the purpose needs was not shown
	OverDisclosed       Code = "over-disclosed"       // more was shown than asked for
	ClassRefused        Code = "class-refused"        // the purpose asks for a stronger proof
	RedeemUnreachable   Code = "redeem-unreachable"   // the endpoint that keeps used nonces did not answer
	PersonDifferent     Code = "person-different"     // staff: not the person of the portrait
	PersonUnsure        Code = "person-unsure"        // staff: not sure
	TerminalRevoked     Code = "terminal-revoked"     // this terminal was taken off the list
	EngineCrashed       Code = "engine-crashed"       // a fault of this program
	PolicyMissing       Code = "policy-missing"       // no purpose catalogue with a good signature
	ComparePerson       Code = "compare-person"       // the purpose asks staff to compare the portrait
	PresentationExpired Code = "presentation-expired" // a shown code past its own exp
	UnsignedCard        Code = "unsigned-card"        // a card without any signature
	IssuerRevoked       Code = "issuer-revoked"       // the issuer's key was withdrawn
)

// The reasons of the challenge endpoint, in addition to those above.
const (
	BodyTooLarge     Code = "body-too-large"
	BodyMalformed    Code = "body-malformed"
	MediaType        Code = "media-type"
	NotFound         Code = "not-found"
	MethodNotAllowed Code = "method-not-allowed"
	NonceUnknown     Code = "nonce-unknown"
	StoreUnavailable Code = "store-unavailable"
	RateLimited      Code = "rate-limited"
	Internal         Code = "internal"
	Unauthorized     Code = "unauthorized"      // no token of a terminal, or one that does not count
	PurposeRefused   Code = "purpose-refused"   // not open to this relying party
	EnrolmentInvalid Code = "enrolment-invalid" // a ticket that was used, has ended or was not made here
	CheckpointOld    Code = "checkpoint-old"    // the register has not grown since the last one signed
)

// entry is one row of the list.
type entry struct {
	code   Code
	class  Class
	letter byte // first letter of the short code: which part of the check it belongs to
}

// table is the list, in the order of the stable numbers: row i has number i+1.
//
// Letters: A accepted, C compare, R reading, S signature and issuer, D dates and
// lists, V revocation, K key binding, N nonce, P purpose, X this program, H HTTP.
var table = []entry{
	{OK, Accepted, 'A'},
	{StaticCard, Conditional, 'C'},
	{NoCode, Unreadable, 'R'},
	{OtherCode, Unreadable, 'R'},
	{Malformed, Unreadable, 'R'},
	{TooLarge, Unreadable, 'R'},
	{SignatureInvalid, Rejected, 'S'},
	{AlgorithmRefused, Rejected, 'S'},
	{IssuerUnknown, Rejected, 'S'},
	{IssuerRole, Rejected, 'S'},
	{IssuerExpired, Rejected, 'S'},
	{Expired, Rejected, 'D'},
	{NotYetValid, Rejected, 'D'},
	{Revoked, Rejected, 'V'},
	{Suspended, Rejected, 'V'},
	{StatusInvalid, Rejected, 'V'},
	{StatusMissing, Undetermined, 'V'},
	{StatusOld, Undetermined, 'V'},
	{ListOld, Undetermined, 'D'},
	{ListRollback, Undetermined, 'D'},
	{ListInvalid, Undetermined, 'D'},
	{ClockWrong, Undetermined, 'D'},
	{KeyBindingMissing, Rejected, 'K'},
	{KeyBindingInvalid, Rejected, 'K'},
	{AudienceWrong, Rejected, 'K'},
	{NonceWrong, Rejected, 'N'},
	{NonceExpired, Rejected, 'N'},
	{NonceUsed, Rejected, 'N'},
	{ChallengeMissing, Undetermined, 'N'},
	{ChallengeInvalid, Rejected, 'N'},
	{PurposeUnknown, Undetermined, 'P'},
	{PurposeWrong, Rejected, 'P'},
	{UnderAge, Rejected, 'P'},
	{TierTooLow, Rejected, 'P'},
	{FactorMissing, Rejected, 'P'},
	{FactorOld, Rejected, 'P'},
	{ClaimMissing, Rejected, 'P'},
	{OverDisclosed, Rejected, 'P'},
	{ClassRefused, Rejected, 'P'},
	{RedeemUnreachable, Undetermined, 'N'},
	{PersonDifferent, Rejected, 'C'},
	{PersonUnsure, Undetermined, 'C'},
	{TerminalRevoked, Rejected, 'N'},
	{EngineCrashed, Undetermined, 'X'},
	{PolicyMissing, Undetermined, 'P'},
	{ComparePerson, Conditional, 'C'},
	{PresentationExpired, Rejected, 'N'},
	{UnsignedCard, Rejected, 'S'},
	{BodyTooLarge, Request, 'H'},
	{BodyMalformed, Request, 'H'},
	{MediaType, Request, 'H'},
	{NotFound, Request, 'H'},
	{MethodNotAllowed, Request, 'H'},
	{NonceUnknown, Request, 'H'},
	{StoreUnavailable, Request, 'H'},
	{RateLimited, Request, 'H'},
	{Internal, Request, 'H'},
	{IssuerRevoked, Rejected, 'S'},
	{Unauthorized, Request, 'H'},
	{PurposeRefused, Request, 'H'},
	{EnrolmentInvalid, Request, 'H'},
	{CheckpointOld, Request, 'H'},
}

var byCode = func() map[Code]int {
	m := make(map[Code]int, len(table))
	for i, e := range table {
		m[e.code] = i
	}
	return m
}()

// All lists every code in the order of its number.
func All() []Code {
	out := make([]Code, len(table))
	for i, e := range table {
		out[i] = e.code
	}
	return out
}

// Known reports whether c is on the list.
func (c Code) Known() bool { _, ok := byCode[c]; return ok }

// Number is the stable number of c, or 0 for a code that is not on the list.
func (c Code) Number() int {
	i, ok := byCode[c]
	if !ok {
		return 0
	}
	return i + 1
}

// Class is the class of c. A code that is not on the list is a fault of this
// program and therefore Undetermined.
func (c Code) Class() Class {
	i, ok := byCode[c]
	if !ok {
		return Undetermined
	}
	return table[i].class
}

// Short is the code as people read it aloud: a letter for the part of the
// check and the stable number, as in S-12.
func (c Code) Short() string {
	i, ok := byCode[c]
	if !ok {
		return "X-0"
	}
	return fmt.Sprintf("%c-%d", table[i].letter, i+1)
}

func (c Class) String() string {
	switch c {
	case Accepted:
		return "accepted"
	case Conditional:
		return "conditional"
	case Rejected:
		return "rejected"
	case Undetermined:
		return "undetermined"
	case Unreadable:
		return "unreadable"
	case Request:
		return "request"
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}
