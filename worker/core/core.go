// Package core decides what the challenge endpoint answers: it issues
// challenges, checks what a terminal wants to redeem, and signs receipts.
//
// It does no I/O and starts no goroutine; time, randomness and bodies come in
// as arguments. The native server and the edge share it. That a nonce is
// redeemed once is not decided here but by the store, in one atomic step.
//
// Nothing that names a person can pass: every field of a body is a number, a
// hash, an entry of a closed list, or covered by the nonce's own MAC.
package core

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
)

// Caps of bodies, in bytes. A full redemption has about 400.
const MaxBodyBytes = 4096

// Config is what an operator sets.
type Config struct {
	Operator    string           // iss of challenges and receipts, an https URL
	Key         *cwt.PrivateKey  // signs both; the trust list names it with the role challenge
	Secret      []byte           // for nonces, tickets and tokens, at least 32 random bytes
	Former      [][]byte         // earlier secrets, or the next one: what they made is good too
	Party       string           // relying party of a request that names none
	Parties     []Party          // who may ask
	Revoked     []string         // terminals out of service, as party/terminal
	Purposes    []policy.Purpose // the catalogue
	ResponseURI string           // where boxes for answers are (see box.go); empty without way A
}

// Endpoint issues and redeems for one operator. It is not changed after [New]
// and may be used from many goroutines.
type Endpoint struct {
	config   Config
	sealer   *challenge.Sealer
	parties  registry
	purposes map[string]bool // all codes of the catalogue
	origins  map[string]bool
	revoked  map[string]bool // by name of the caller

	templates atomic.Int32 // how many are kept
	receipts  *challenge.ReceiptTemplate
}

// New checks a configuration. The error wraps [challenge.ErrSecret] or names
// what is missing.
func New(c Config) (*Endpoint, error) {
	sealer, err := challenge.NewSealer(c.Secret, c.Former...)
	if err != nil {
		return nil, err
	}
	if c.Key == nil || len(c.Key.ID) == 0 {
		return nil, errors.New("core: the operator's key is missing or has no kid")
	}
	if len(c.Purposes) == 0 {
		return nil, errors.New("core: no purposes")
	}
	receipts, err := challenge.NewReceiptTemplate(c.Key.Public())
	if err != nil {
		return nil, err
	}
	e := &Endpoint{sealer: sealer, receipts: receipts, purposes: map[string]bool{}, origins: map[string]bool{}, revoked: map[string]bool{}}
	if e.parties, err = newRegistry(c.Parties, c.Purposes); err != nil {
		return nil, err
	}
	if _, ok := e.parties[c.Party]; !ok {
		return nil, fmt.Errorf("core: relying party %q is not registered", c.Party)
	}
	for _, p := range e.parties {
		for _, origin := range p.Origins {
			e.origins[origin] = true
		}
	}
	for _, p := range c.Purposes {
		e.purposes[p.Code] = true
	}
	for _, name := range c.Revoked {
		e.revoked[name] = true
	}
	// What was read is in the fields above.
	c.Secret, c.Former, c.Parties, c.Revoked, c.Purposes = nil, nil, nil, nil, nil
	e.config = c
	return e, e.rehearse()
}

// rehearse issues the longest challenge for each purpose, so that a name too
// long for a symbol shows at the start and not at the counter.
func (e *Endpoint) rehearse() error {
	longest := map[string]*member{}
	for _, m := range e.parties {
		for code := range m.asks {
			// The text grows with the sum of both, wherever its bytes stand.
			if l := longest[code]; l == nil || len(m.ID)+len(m.Name) > len(l.ID)+len(l.Name) {
				longest[code] = m
			}
		}
	}
	for _, purpose := range slices.Sorted(maps.Keys(longest)) {
		m := longest[purpose]
		if _, err := e.template(m, m.asks[purpose], purpose, make([]byte, answer.KeySize)); err != nil {
			return fmt.Errorf("core: challenge of %q for %q: %w", m.ID, purpose, err)
		}
	}
	return nil
}

// Issued is the answer to a request for a challenge.
type Issued struct {
	Challenge  string    `json:"challenge"` // CH1 text
	Nonce      string    `json:"nonce"`     // base64url
	Issued     time.Time `json:"issued"`
	Expires    time.Time `json:"expires"`
	RenewAfter int       `json:"renewAfter"`       // seconds
	ID         string    `json:"id,omitempty"`     // of the box on way A; absent without a page key
	Pickup     string    `json:"pickup,omitempty"` // lets the page, and nobody else, empty it
}

// Issue answers a body of POST /v1/challenges from nobody in particular. It
// draws 12 bytes from rand and writes nothing anywhere. The error is a
// [*Refusal], or says that rand or the key failed.
func (e *Endpoint) Issue(body []byte, now time.Time, rand io.Reader) (Issued, error) {
	r, err := ParseIssue(body)
	if err != nil {
		return Issued{}, err
	}
	return e.IssueTo(Caller{}, r, now, rand)
}

// IssueTo answers a request of the caller, as [Endpoint.Issue] does. Where it
// names no party, the caller's own is meant, or the operator's default.
func (e *Endpoint) IssueTo(c Caller, r IssueRequest, now time.Time, rand io.Reader) (Issued, error) {
	issued, d, err := e.issue(c, r, now, rand, challenge.Draft{})
	if err != nil {
		return Issued{}, err
	}
	signature, err := e.config.Key.Sign(d.ToBeSigned)
	if err != nil {
		return Issued{}, err
	}
	issued.Challenge = challenge.Text(d.Finish(signature))
	return issued, nil
}

// DraftIssue is [Endpoint.IssueTo] up to the signature. The draft is made in s;
// where that is nil, in memory of its own.
func (e *Endpoint) DraftIssue(c Caller, r IssueRequest, now time.Time, rand io.Reader, s *Scratch) (Draft, error) {
	if s == nil {
		s = &Scratch{}
	}
	issued, d, err := e.issue(c, r, now, rand, s.draft.Draft)
	if err != nil {
		return Draft{}, err
	}
	s.draft = Draft{d, issued.appendRest(s.draft.Rest[:0], &s.times)}
	return s.draft, nil
}

// Sign makes the signature of a draft with the operator's key.
func (e *Endpoint) Sign(d Draft) ([]byte, error) { return e.config.Key.Sign(d.ToBeSigned) }

// issue makes all of an answer but the challenge's signature, the draft in the memory of into.
func (e *Endpoint) issue(c Caller, r IssueRequest, now time.Time, rand io.Reader, into challenge.Draft) (issued Issued, d challenge.Draft, err error) {
	if r.Party == "" {
		r.Party = cmp.Or(c.Party, e.config.Party)
	}
	if err := e.permit(c, r.Party); err != nil {
		return issued, d, err
	}
	m := e.parties[r.Party]
	what, ok := m.asks[r.Purpose]
	switch {
	case !ok && !e.purposes[r.Purpose]:
		return issued, d, refuse(reason.PurposeUnknown, "purpose: not in the catalogue")
	case !ok:
		return issued, d, refuse(reason.PurposeRefused, "purpose: not open to this relying party")
	}
	template, err := e.template(m, what, r.Purpose, r.PageKey)
	if err != nil {
		return issued, d, err
	}
	issued.Issued = now.UTC().Truncate(time.Second)
	issued.Expires = issued.Issued.Add(challenge.Honoured)
	issued.RenewAfter = int(challenge.Rotation / time.Second)
	nonce, err := e.sealer.Nonce(rand, issued.Expires, r.Party, r.Purpose)
	if err != nil {
		return issued, d, err
	}
	issued.Nonce = base64.RawURLEncoding.EncodeToString(nonce)
	if len(r.PageKey) > 0 && e.config.ResponseURI != "" {
		issued.ID = answer.ID(nonce)
		issued.Pickup = e.makePickup(issued.ID, issued.Expires)
	}
	d, err = template.Draft(into, issued.Issued, issued.Expires, nonce, r.PageKey)
	return issued, d, err
}

// Redemption is a checked request to redeem: what the store has to keep, if it
// finds the nonce unused.
type Redemption struct {
	Nonce    []byte
	Redeemed time.Time // whole seconds, UTC
	Receipt  []byte
}

// Redeem checks a body of POST /v1/redeem from nobody in particular and signs
// the receipt that is given out once the store has taken the nonce. The error is
// a [*Refusal], or says that the key failed.
func (e *Endpoint) Redeem(body []byte, now time.Time) (Redemption, error) {
	r, err := ParseRedeem(body)
	if err != nil {
		return Redemption{}, err
	}
	return e.RedeemFor(Caller{}, r, now)
}

// RedeemFor checks a request of the caller, as [Endpoint.Redeem] does.
func (e *Endpoint) RedeemFor(c Caller, r RedeemRequest, now time.Time) (Redemption, error) {
	d, err := e.DraftRedeem(c, r, now)
	if err != nil {
		return Redemption{}, err
	}
	signature, err := e.Sign(d)
	if err != nil {
		return Redemption{}, err
	}
	return Redemption{Nonce: r.Nonce, Redeemed: now.UTC().Truncate(time.Second), Receipt: d.Finish(signature)}, nil
}

// DraftRedeem is [Endpoint.RedeemFor] up to the signature of the receipt.
func (e *Endpoint) DraftRedeem(c Caller, r RedeemRequest, now time.Time) (Draft, error) {
	if err := e.checkNonce(r.Nonce, r.Party, r.Purpose, now); err != nil {
		return Draft{}, err
	}
	if err := e.permit(c, r.Party); err != nil {
		return Draft{}, err
	}
	at := now.UTC().Truncate(time.Second)
	d := e.receipts.Draft(challenge.Receipt{
		Operator: e.config.Operator, Redeemed: at, NonceHash: sha256.Sum256(r.Nonce), Party: r.Party, Purpose: r.Purpose,
		Reason: r.Reason, Class: r.Class, Labels: r.Labels, Hash: r.Hash, Sequence: r.Sequence,
	})
	return Draft{d, restOfReceipt(at)}, nil
}

// checkNonce refuses a nonce that was not issued here for the party and purpose,
// or is no longer honoured.
func (e *Endpoint) checkNonce(nonce []byte, party, purpose string, now time.Time) error {
	switch err := e.sealer.Check(nonce, party, purpose, now); {
	case errors.Is(err, challenge.ErrNonceExpired):
		return refuse(reason.NonceExpired, "nonce: no longer honoured")
	case err != nil:
		return refuse(reason.NonceUnknown, "nonce: not issued here for this party and purpose")
	}
	return nil
}

// Redeemed is the answer to a redemption that the store has taken.
type Redeemed struct {
	Receipt  string    `json:"receipt"` // base64url of the CWT
	Redeemed time.Time `json:"redeemed"`
}

// Answer is what the terminal gets for r.
func (r Redemption) Answer() Redeemed {
	return Redeemed{Receipt: base64.RawURLEncoding.EncodeToString(r.Receipt), Redeemed: r.Redeemed}
}
