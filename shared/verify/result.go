package verify

import (
	"jianzheng/shared/credential"
	"jianzheng/shared/reason"
)

// Outcome is the answer to "may this person".
type Outcome string

// The five outcomes. They are the classes of the reasons, in words.
const (
	Accepted     Outcome = "accepted"
	Conditional  Outcome = "conditional"
	Rejected     Outcome = "rejected"
	Undetermined Outcome = "undetermined"
	Unreadable   Outcome = "unreadable"
)

// State is how one check ended.
type State string

// The states of a check.
const (
	Passed     State = "passed"
	Failed     State = "failed"
	Unknown    State = "unknown"
	NotReached State = "not-reached"
)

// The checks, in the order in which they run and are shown.
const (
	CheckRead       = "read"
	CheckIssuer     = "issuer"
	CheckSignature  = "signature"
	CheckDates      = "dates"
	CheckRevocation = "revocation"
	CheckBinding    = "binding"
	CheckFreshness  = "freshness"
	CheckPurpose    = "purpose"
	CheckRedeem     = "redeem"
)

var order = []string{CheckRead, CheckIssuer, CheckSignature, CheckDates, CheckRevocation,
	CheckBinding, CheckFreshness, CheckPurpose, CheckRedeem}

// Check is one rung of the ladder.
type Check struct {
	ID     string      `json:"id"`
	State  State       `json:"state"`
	Reason reason.Code `json:"reason,omitempty"` // of a check that failed or is unknown
}

// Class is how much the presentation proves.
type Class string

// The classes of DESIGN "three ways to check".
const (
	Bound   Class = "A" // answered this counter's nonce
	Fresh   Class = "B" // signed by the phone within 90 s, for any counter
	Day     Class = "C" // signed by the phone within a day
	OnPaper Class = "D" // the issuer's signature only
)

// Redeemed says who made sure that the answer is used once.
type Redeemed string

// Where an answer was redeemed.
const (
	ByServer Redeemed = "server" // the challenge endpoint, for every counter
	ByPage   Redeemed = "page"   // this page alone: the challenge was made without a network
	Nobody   Redeemed = "none"
)

// Result is the whole answer. Its JSON form is the same in browser, mini app,
// edge and command line. Claims are empty unless the outcome is accepted or
// conditional: nobody needs the name on a card that is refused.
type Result struct {
	Outcome Outcome     `json:"outcome"`
	Class   Class       `json:"class"`
	Reason  reason.Code `json:"reason"`
	Code    string      `json:"code"` // short form of Reason
	Checks  []Check     `json:"checks"`
	Claims  Claims      `json:"claims"`

	Issuer   *Issuer  `json:"issuer,omitempty"`
	Tier     string   `json:"tier,omitempty"`
	Expires  string   `json:"expires,omitempty"` // RFC 3339
	Purpose           // from the catalogue
	Detail   *Detail  `json:"detail,omitempty"`
	Redeemed Redeemed `json:"redeemed"`
	Offline  bool     `json:"offline"`           // the challenge was made without a network
	Handle   string   `json:"handle,omitempty"`  // where the purpose uses one
	Receipt  string   `json:"receipt,omitempty"` // base64url of the endpoint's receipt
	Demo     bool     `json:"demo,omitempty"`    // the issuer is a demonstration

	answered []byte // nonce
	tokenID  []byte // cti
}

// Answered is the nonce of the challenge that was answered, or nil.
func (r *Result) Answered() []byte { return r.answered }

// TokenID is the cti of a shown code that counts once, class B, or nil. Where the
// result lets the holder in, the caller keeps it for [Options].Seen; after
// [SeenFor] the code has ended anyway.
func (r *Result) TokenID() []byte { return r.tokenID }

// Claims is what a card showed, in plain text. Only [Result] carries it.
type Claims struct {
	Name    string `json:"name,omitempty"`
	ID      string `json:"id,omitempty"`
	Over18  *bool  `json:"over18,omitempty"`
	Birth   string `json:"birth,omitempty"` // YYYY-MM-DD
	Sex     string `json:"sex,omitempty"`   // male, female or other
	Address string `json:"address,omitempty"`
	Photo   string `json:"photo,omitempty"` // base64url of an image file
}

// Issuer names who signed the card, from the trust list, never from the card.
type Issuer struct {
	ID     string `json:"id"`
	Zh     string `json:"zh"`
	En     string `json:"en"`
	Region string `json:"region,omitempty"`
}

// Purpose names what the check is for, from the catalogue.
type Purpose struct {
	PurposeCode string `json:"purpose,omitempty"`
	PurposeZh   string `json:"purposeZh,omitempty"`
	PurposeEn   string `json:"purposeEn,omitempty"`
	Rule        string `json:"rule,omitempty"` // empty: no legal basis configured
}

// Detail fills the gaps in the sentence of a reason.
type Detail struct {
	Date    string `json:"date,omitempty"`    // a day, YYYY-MM-DD by China time
	Days    int    `json:"days,omitempty"`    // age of a list
	Minutes int    `json:"minutes,omitempty"` // error of the clock
	Kind    string `json:"kind,omitempty"`    // of a text that is no card, see credential.Kind
	Claim   string `json:"claim,omitempty"`   // name of a claim missing or in excess
}

// newResult is a result in which nothing has been checked.
func newResult() *Result {
	r := &Result{Checks: make([]Check, len(order)), Redeemed: Nobody}
	for i, id := range order {
		r.Checks[i] = Check{ID: id, State: NotReached}
	}
	return r
}

func (r *Result) check(id string) *Check {
	for i := range r.Checks {
		if r.Checks[i].ID == id {
			return &r.Checks[i]
		}
	}
	panic("verify: no check " + id)
}

// set gives the result its reason, and with it outcome and short code.
func (r *Result) set(code reason.Code) {
	r.Reason, r.Code, r.Outcome = code, code.Short(), Outcome(code.Class().String())
}

// withhold takes the person out of a result that does not let them in.
func (r *Result) withhold() {
	if r.Outcome != Accepted && r.Outcome != Conditional {
		r.Claims, r.Handle = Claims{}, ""
	}
}

// Failure is the result for a fault outside the check itself: an image without
// a code, an engine that had to be restarted.
func Failure(code reason.Code) *Result {
	r := newResult()
	if code.Class() == reason.Unreadable {
		*r.check(CheckRead) = Check{CheckRead, Failed, code}
	}
	r.set(code)
	return r
}

// ClaimsOf writes what a card showed in plain text.
func ClaimsOf(p credential.Person) Claims {
	return Claims{
		Name: p.Name, ID: p.ID, Over18: p.Over18, Birth: p.Birth.String(),
		Sex: p.Sex.String(), Address: p.Address, Photo: encodeBytes(p.Photo),
	}
}
