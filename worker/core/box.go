package core

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/reason"
)

// BoxGrace is how long a box outlives its challenge: an answer that came in the
// last second can still be fetched, also by a page that is being loaded again.
// Together with [challenge.Honoured] nothing is kept longer than 120 s.
const BoxGrace = 60 * time.Second

// BoxState is how far a challenge has come on way A.
type BoxState string

const (
	BoxWaiting   BoxState = "waiting"   // nobody has posted
	BoxOpened    BoxState = "opened"    // a phone shows the request to its holder
	BoxAnswered  BoxState = "answered"  // an answer lies there
	BoxDelivered BoxState = "delivered" // the page has it; it was deleted here
	BoxExpired   BoxState = "expired"   // too late for everything
)

// Box is what an endpoint keeps of one challenge on way A: a state and, between
// post and delivery, bytes that only the page can open. It has no lock; whoever
// keeps it lets one event after another at it.
//
//	waiting --opened--> opened --response--> answered --deliver--> delivered
//	   \________________response_______________/
//
// A response before opened is in order: a phone need not say that it opened.
type Box struct {
	State      BoxState
	Ciphertext []byte
	Ends       time.Time // from then on it is expired, whatever its state
}

// NewBox is the box of a challenge that a phone posted to or a page listens to.
func NewBox(ends time.Time) Box { return Box{State: BoxWaiting, Ends: ends} }

// At is the state at now.
func (b *Box) At(now time.Time) BoxState {
	if !now.Before(b.Ends) {
		return BoxExpired
	}
	return b.State
}

// Put takes a post of a phone. The first response wins: another is refused with
// [reason.NonceUsed]. To have been opened before changes nothing.
func (b *Box) Put(p Post, now time.Time) error {
	switch b.At(now) {
	case BoxExpired:
		return refuse(reason.NonceExpired, "nonce: no longer honoured")
	case BoxAnswered, BoxDelivered:
		if p.Ciphertext != nil {
			return refuse(reason.NonceUsed, "nonce: answered before")
		}
	case BoxWaiting, BoxOpened:
		b.State = BoxOpened
		if p.Ciphertext != nil {
			b.State, b.Ciphertext = BoxAnswered, p.Ciphertext
		}
	}
	return nil
}

// Deliver forgets the answer, which the page has. The state stays, so that no
// second answer is taken.
func (b *Box) Deliver() { b.State, b.Ciphertext = BoxDelivered, nil }

// Post is what a phone posted to the box of a challenge.
type Post struct {
	ID         string
	Ends       time.Time // of the box
	Ciphertext []byte    // nil where the phone only says that it opened the challenge
}

// MaxPostBytes caps the body of a response: an answer as base64url and what
// stands beside it.
const MaxPostBytes = answer.MaxBytes*4/3 + 1024

// Opened checks a body of POST /v1/challenges/{id}/opened:
//
//	{"nonce": base64url, "party": id, "purpose": code}
//
// The nonce's own MAC shows that its challenge was issued here, so a stranger
// can fill no boxes. The error is a [*Refusal].
func (e *Endpoint) Opened(id string, body []byte, now time.Time) (Post, error) {
	return e.post(id, body, false, now)
}

// Response checks a body of POST /v1/challenges/{id}/response, which is that of
// [Endpoint.Opened] with "ciphertext" as well: what answer.Seal made, base64url.
// What it holds cannot be checked here.
func (e *Endpoint) Response(id string, body []byte, now time.Time) (Post, error) {
	return e.post(id, body, true, now)
}

func (e *Endpoint) post(id string, body []byte, response bool, now time.Time) (Post, error) {
	var nonceText, party, purpose, text string
	members := map[string]any{"nonce": &nonceText, "party": &party, "purpose": &purpose}
	if response {
		members["ciphertext"] = &text
	}
	seen, err := ReadObject(body, members)
	if err != nil {
		return Post{}, err
	}
	for name := range members {
		if !seen[name] {
			return Post{}, malformed(name)
		}
	}
	nonce, err := ReadBase64(nonceText)
	if err != nil || len(nonce) != challenge.NonceSize {
		return Post{}, malformed("nonce")
	}
	if !challenge.IsPartyID(party) {
		return Post{}, malformed("party")
	}
	if !challenge.IsPurpose(purpose) {
		return Post{}, malformed("purpose")
	}
	if answer.ID(nonce) != id {
		return Post{}, refuse(reason.NonceUnknown, "nonce: of another box")
	}
	if err := e.checkNonce(nonce, party, purpose, now); err != nil {
		return Post{}, err
	}
	expires, err := challenge.NonceExpiry(nonce)
	if err != nil {
		return Post{}, err
	}
	p := Post{ID: id, Ends: expires.Add(BoxGrace)}
	if !response {
		return p, nil
	}
	if len(text) > base64.RawURLEncoding.EncodedLen(answer.MaxBytes) {
		return Post{}, refuse(reason.BodyTooLarge, "ciphertext")
	}
	if p.Ciphertext, err = ReadBase64(text); err != nil || !answer.Plausible(p.Ciphertext) {
		return Post{}, malformed("ciphertext")
	}
	return p, nil
}

// Pickup is a checked right to empty a box.
type Pickup struct {
	ID   string
	Ends time.Time // of the box
}

// A pickup shows that the page asked for the challenge. It holds all that is
// needed to check it, so that nothing has to be kept for a page that listens:
//
//	base64url( exp(4) ‖ HMAC-SHA-256(secret, context ‖ id ‖ exp)[:16] )
//
// where exp is that of the challenge, as in its nonce.
const (
	pickupContext = "jianzheng pickup 1\x00"
	pickupExpiry  = 4
	pickupTag     = 16
)

func (e *Endpoint) makePickup(id string, expires time.Time) string {
	exp := binary.BigEndian.AppendUint32(nil, uint32(expires.Unix()))
	mac := e.sealer.MAC(pickupContext, append([]byte(id), exp...))
	return base64.RawURLEncoding.EncodeToString(append(exp, mac[:pickupTag]...))
}

// Pickup checks what a page shows to listen to the box id. It is refused with
// [reason.NonceUnknown] or [reason.NonceExpired].
func (e *Endpoint) Pickup(id, pickup string, now time.Time) (Pickup, error) {
	b, err := ReadBase64(pickup)
	if err != nil || len(b) != pickupExpiry+pickupTag || !answer.IsID(id) ||
		!e.sealer.Recognises(pickupContext, append([]byte(id), b[:pickupExpiry]...), b[pickupExpiry:]) {
		return Pickup{}, refuse(reason.NonceUnknown, "pickup: not of this box")
	}
	ends := time.Unix(int64(binary.BigEndian.Uint32(b)), 0).UTC().Add(BoxGrace)
	if !now.Before(ends) {
		return Pickup{}, refuse(reason.NonceExpired, "box: over")
	}
	return Pickup{id, ends}, nil
}
