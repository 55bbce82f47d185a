// Package challenge builds and reads CH1, the message a counter shows as a QR
// code: who asks, for what purpose, for which claims, and a nonce that lives
// seconds and that the answer must contain.
//
// It is a CWT (RFC 8392) in a tagged COSE_Sign1, as Base45 text (RFC 9285)
// after the prefix "CH1:". The operator signs it, and the trust list names the
// operator's key with the role "challenge". A page without a network signs its
// own with a key that the challenge carries in cnf (RFC 8747): that proves
// nothing about who asks, and readers say so.
//
// There is one text for one challenge: unknown claims and headers, other
// encodings of the same values, and values over their cap are refused. The
// package reads no clock: whether a challenge has ended is for the caller to
// decide, as is whether the purpose may ask for the claims.
package challenge

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/cwt"
)

// Prefix begins the text of a challenge.
const Prefix = "CH1:"

// MaxText is the greatest length of a challenge's text, in characters: more
// than a version 18-L symbol holds would not be read in a dim room.
const MaxText = 1024

// The arithmetic of time: the counter draws a new code every [Rotation], and
// an answer is honoured for [Honoured] after its challenge was issued, so an
// answer under way is never dropped by a renewal. No reader accepts a
// challenge that claims to live longer than [MaxLife].
const (
	Rotation = 10 * time.Second
	Honoured = 60 * time.Second
	MaxLife  = 10 * time.Minute
)

// Audience is the aud of every challenge: any wallet (SIOP v2, static).
const Audience = "https://self-issued.me/v2"

// mediaType is the typ of a challenge (RFC 9596), so that nothing else the
// operator signs can be read as one.
const mediaType = "challenge+cwt"

// Errors. Those of the signature are [cwt.ErrSignature] and [cwt.ErrAlgorithm].
var (
	ErrPrefix    = errors.New("challenge: text lacks the prefix CH1")
	ErrMalformed = errors.New("challenge: malformed")
	ErrTooLarge  = errors.New("challenge: too large")
)

// Challenge is what a counter asks.
type Challenge struct {
	Operator    string    // iss: who signed; empty exactly when Offline
	Issued      time.Time // whole seconds
	Expires     time.Time // whole seconds; equals the expiry within Nonce
	Nonce       []byte    // NonceSize bytes
	PartyID     string    // relying party
	PartyName   string    // its registered name, shown to the holder
	Purpose     string    // code in the catalogue of purposes
	ResponseURI string    // where to post an answer; empty when it can only be shown
	PageKey     []byte    // one-time HPKE public key of the page; empty when there is none
	Claims      []string  // claims asked for, in the order shown
	KeyID       []byte    // kid of the signer; empty exactly when Offline
	Offline     bool      // signed by the page itself, whose key is in cnf
}

// Signed is a challenge that was read, with its signature not yet checked.
type Signed struct {
	Challenge
	message *cwt.Message
	self    *cwt.Key

	verified *cwt.Key // the key that verified it last
}

// Sign makes the text of a challenge signed by an operator. KeyID may be left
// empty: it is the key's. A challenge that [Parse] would refuse gives the same
// error here.
func Sign(c Challenge, k *cwt.PrivateKey) (string, error) {
	c.Offline = false
	if len(c.KeyID) == 0 {
		c.KeyID = k.ID
	}
	return sign(c, k, nil)
}

// SignOffline makes the text of a challenge that a page signs for itself. The
// public half of k travels in cnf; Operator and KeyID are not sent.
func SignOffline(c Challenge, k *cwt.PrivateKey) (string, error) {
	c.Offline, c.Operator, c.KeyID = true, "", nil
	self := *k.Public()
	self.ID = nil // whoever holds the key needs no name for it
	return sign(c, k, &self)
}

func sign(c Challenge, k *cwt.PrivateKey, self *cwt.Key) (string, error) {
	c.Issued, c.Expires = c.Issued.Truncate(time.Second), c.Expires.Truncate(time.Second)
	if err := c.check(); err != nil {
		return "", err
	}
	payload, err := c.payload(self)
	if err != nil {
		return "", err
	}
	unsigned, err := cwt.Build(header(k.Alg, c.KeyID), nil, payload)
	if err != nil {
		return "", fmt.Errorf("challenge: %w", err)
	}
	signature, err := k.Sign(unsigned.ToBeSigned())
	if err != nil {
		return "", fmt.Errorf("challenge: %w", err)
	}
	message, err := unsigned.Finish(signature)
	if err != nil {
		return "", fmt.Errorf("challenge: %w", err)
	}
	text := Prefix + base45.Encode(message)
	if len(text) > MaxText {
		return "", fmt.Errorf("%w: %d characters", ErrTooLarge, len(text))
	}
	return text, nil
}

// Parse reads the text of a challenge: structure, caps and encoding, but
// neither signature nor clock. The error wraps [ErrPrefix], [ErrTooLarge] or
// [ErrMalformed] and names the place.
func Parse(text string) (*Signed, error) {
	if !strings.HasPrefix(text, Prefix) {
		return nil, ErrPrefix
	}
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w: %d characters", ErrTooLarge, len(text))
	}
	raw, err := base45.Decode(text[len(Prefix):])
	if err != nil {
		return nil, fmt.Errorf("%w: text: %w", ErrMalformed, err)
	}
	message, err := cwt.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: message: %w", ErrMalformed, err)
	}
	if typ, ok := message.Header.Type.(string); !ok || typ != mediaType {
		return nil, fmt.Errorf("%w: typ is not that of a challenge", ErrMalformed)
	}
	s := &Signed{message: message}
	if err := s.read(message); err != nil {
		return nil, err
	}
	if err := s.Challenge.check(); err != nil {
		return nil, err
	}
	// What was read is encoded again and must give the same bytes. That
	// refuses, in one place, unknown claims and headers, unprotected headers
	// and every encoding but the deterministic one (RFC 8949 §4.2.1).
	again, err := s.encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, raw) {
		return nil, fmt.Errorf("%w: unknown members or not the deterministic encoding", ErrMalformed)
	}
	return s, nil
}

// Verify checks the signature against a key: the operator's from the trust
// list or, for an offline challenge, [Signed.SelfKey]. It returns
// [cwt.ErrSignature] or [cwt.ErrAlgorithm].
//
// A success is remembered for that very key: a counter holds each answer against
// every challenge it shows. It is not safe for use by several goroutines.
func (s *Signed) Verify(k *cwt.Key) error {
	if k != nil && s.verified == k {
		return nil
	}
	if err := s.message.Verify(k); err != nil {
		return err
	}
	s.verified = k
	return nil
}

// SelfKey is the page's own key that an offline challenge carries, and nil for
// one signed by an operator.
func (s *Signed) SelfKey() *cwt.Key { return s.self }

// encode builds the message again from what was read and its signature.
func (s *Signed) encode() ([]byte, error) {
	payload, err := s.Challenge.payload(s.self)
	if err != nil {
		return nil, err
	}
	unsigned, err := cwt.Build(header(s.message.Header.Alg, s.KeyID), nil, payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	again, err := unsigned.Finish(s.message.Signature)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return again, nil
}

func header(alg cwt.Algorithm, kid []byte) cwt.Header {
	if len(kid) == 0 {
		kid = nil // absent, not empty
	}
	return cwt.Header{Alg: alg, KeyID: kid, Type: mediaType}
}

// The claims of a challenge. Labels below -65536 are for private use (RFC 8392
// §9.1). Optional ones are absent, never empty.
//
//	{ 1: operator,                  ; absent offline
//	  3: "https://self-issued.me/v2",
//	  4: exp, 6: iat,
//	  8: {1: COSE_Key},             ; offline only
//	 39: nonce,
//	 -70001: [party id, registered name],
//	 -70002: purpose,
//	 -70003: response URI,          ; optional
//	 -70004: page key,              ; optional
//	 -70005: [claim, ...] }         ; absent where a purpose asks for none
const (
	labelParty       int64 = -70001
	labelPurpose     int64 = -70002
	labelResponseURI int64 = -70003
	labelPageKey     int64 = -70004
	labelClaims      int64 = -70005

	cnfKey int64 = 1 // COSE_Key within cnf (RFC 8747 §3.2)
)

func (c *Challenge) payload(self *cwt.Key) ([]byte, error) {
	claims := map[int64]any{
		cwt.Audience: Audience,
		cwt.Expires:  c.Expires.Unix(),
		cwt.IssuedAt: c.Issued.Unix(),
		cwt.Nonce:    c.Nonce,
		labelParty:   []string{c.PartyID, c.PartyName},
		labelPurpose: c.Purpose,
	}
	if len(c.Claims) > 0 {
		claims[labelClaims] = c.Claims
	}
	if c.Offline {
		key, err := self.MarshalCBOR()
		if err != nil {
			return nil, fmt.Errorf("challenge: cnf: %w", err)
		}
		claims[cwt.Confirmation] = map[int64]cwt.RawMessage{cnfKey: key}
	} else {
		claims[cwt.Issuer] = c.Operator
	}
	if c.ResponseURI != "" {
		claims[labelResponseURI] = c.ResponseURI
	}
	if len(c.PageKey) > 0 {
		claims[labelPageKey] = c.PageKey
	}
	return cwt.Encode(claims)
}

// read takes the fields out of the claims. Which combinations and values are
// allowed is the matter of check.
func (s *Signed) read(m *cwt.Message) error {
	claims, err := cwt.ParseClaims(m.Payload)
	if err != nil {
		return fmt.Errorf("%w: claims: %w", ErrMalformed, err)
	}
	r := reader{claims: claims}
	var party []string
	var confirmation map[int64]cwt.RawMessage
	audience := r.text(cwt.Audience)
	s.Operator = r.text(cwt.Issuer)
	s.Issued = r.time(cwt.IssuedAt)
	s.Expires = r.time(cwt.Expires)
	s.Nonce = r.bytes(cwt.Nonce)
	r.value(labelParty, &party)
	s.Purpose = r.text(labelPurpose)
	s.ResponseURI = r.text(labelResponseURI)
	s.PageKey = r.bytes(labelPageKey)
	asks := r.value(labelClaims, &s.Claims)
	s.Offline = r.value(cwt.Confirmation, &confirmation)
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, r.err)
	}
	if audience != Audience {
		return fmt.Errorf("%w: aud", ErrMalformed)
	}
	if asks && len(s.Claims) == 0 {
		return fmt.Errorf("%w: empty list of claims", ErrMalformed)
	}
	if len(party) != 2 {
		return fmt.Errorf("%w: relying party is not a pair", ErrMalformed)
	}
	s.PartyID, s.PartyName = party[0], party[1]
	s.KeyID = m.Header.KeyID
	if s.Offline {
		if s.self, err = cwt.ParseKey(confirmation[cnfKey]); err != nil {
			return fmt.Errorf("%w: cnf: %w", ErrMalformed, err)
		}
	}
	return nil
}

// reader takes claims by label and keeps the first error.
type reader struct {
	claims cwt.Claims
	err    error
}

func (r *reader) keep(label int64, err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("claim %d: %w", label, err)
	}
}

func (r *reader) text(label int64) string {
	v, _, err := r.claims.Text(label)
	r.keep(label, err)
	return v
}

func (r *reader) bytes(label int64) []byte {
	v, _, err := r.claims.Bytes(label)
	r.keep(label, err)
	return v
}

func (r *reader) time(label int64) time.Time {
	v, _, err := r.claims.Time(label)
	r.keep(label, err)
	return v.UTC()
}

func (r *reader) value(label int64, v any) bool {
	ok, err := r.claims.Value(label, v)
	r.keep(label, err)
	return ok
}
