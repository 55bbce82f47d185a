package cwt

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	cose "github.com/veraison/go-cose"
)

// Header is the protected header of a message.
type Header struct {
	Alg   Algorithm // 0 where the header names none
	KeyID []byte
	Type  any // int64 or string, label 16; nil where the header has none

	// Extra holds every other label of the protected header.
	Extra Claims
}

// Message is a COSE_Sign1 that was read, not yet verified.
//
//	18([ protected: bstr .cbor map, unprotected: map, payload: bstr, signature: bstr ])
type Message struct {
	Header      Header
	Unprotected Claims
	Payload     []byte
	Signature   []byte

	// Raw is the message as it was read, with its tags.
	Raw []byte

	protected []byte // content of the protected byte string, as signed
}

// sign1 is the array inside the tag. The fields stay encoded so that their
// types can be checked: the decoder would take an array of numbers for bytes.
type sign1 struct {
	_           struct{} `cbor:",toarray"`
	Protected   RawMessage
	Unprotected RawMessage
	Payload     RawMessage
	Signature   RawMessage
}

// Parse reads a tagged COSE_Sign1, alone or inside the CWT tag, of at most
// [MaxBytes]. It checks structure only. The error wraps [ErrMalformed],
// [ErrTooLarge] or [ErrUnsupported] (critical headers, detached payload).
func Parse(b []byte) (*Message, error) { return ParseMax(b, MaxBytes) }

// ParseMax is [Parse] with another cap, for lists.
func ParseMax(b []byte, maxBytes int) (*Message, error) {
	if len(b) > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), maxBytes)
	}
	inner := b
	if bytes.HasPrefix(inner, []byte{0xd8, tagCWT}) {
		inner = inner[2:]
	}
	if len(inner) == 0 || inner[0] != 0xc0|tagSign1 {
		return nil, fmt.Errorf("%w: no COSE_Sign1 tag", ErrMalformed)
	}
	return parseSign1(b, inner[1:], maxBytes)
}

func parseSign1(raw, array []byte, maxBytes int) (*Message, error) {
	if len(array) == 0 || array[0] != majorArray<<5|4 {
		return nil, fmt.Errorf("%w: not an array of four", ErrMalformed)
	}
	var s sign1
	if err := decode(strict, array, &s, maxBytes); err != nil {
		return nil, err
	}
	m := &Message{Raw: raw}
	var err error
	if m.protected, err = Content(s.Protected); err != nil {
		return nil, fmt.Errorf("protected header: %w", err)
	}
	if bytes.Equal(s.Payload, []byte{0xf6}) {
		return nil, fmt.Errorf("%w: detached payload", ErrUnsupported)
	}
	if m.Payload, err = Content(s.Payload); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	if m.Signature, err = Content(s.Signature); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if m.Unprotected, err = parseHeaderMap(s.Unprotected); err != nil {
		return nil, fmt.Errorf("unprotected header: %w", err)
	}
	if m.Header, err = parseHeader(m.protected); err != nil {
		return nil, fmt.Errorf("protected header: %w", err)
	}
	if err := m.checkLabels(); err != nil {
		return nil, err
	}
	return m, nil
}

// parseHeaderMap reads a header map: labels are int or tstr.
func parseHeaderMap(raw []byte) (Claims, error) {
	m, err := ParseClaims(raw)
	if err != nil {
		return nil, err
	}
	for k := range m {
		if _, ok := k.(SimpleValue); ok {
			return nil, fmt.Errorf("%w: simple value as label", ErrMalformed)
		}
	}
	return m, nil
}

func parseHeader(protected []byte) (h Header, err error) {
	if len(protected) == 0 { // RFC 9052, section 3: an empty map is an empty string
		return Header{Extra: Claims{}}, nil
	}
	m, err := parseHeaderMap(protected)
	if err != nil {
		return h, err
	}
	if _, ok := m[headerCrit]; ok {
		return h, fmt.Errorf("%w: critical header labels", ErrUnsupported)
	}
	if _, isText, _ := m.Text(headerAlg); isText {
		return h, fmt.Errorf("%w: algorithm by name", ErrUnsupported)
	}
	alg, _, err := m.Int(headerAlg)
	if err != nil {
		return h, err
	}
	h.Alg = Algorithm(alg)
	if h.KeyID, _, err = m.Bytes(headerKID); err != nil {
		return h, err
	}
	if raw, ok := m[headerType]; ok {
		if majorType(raw) == majorText {
			h.Type, _, err = m.Text(headerType)
		} else {
			h.Type, _, err = m.Int(headerType)
		}
		if err != nil {
			return h, err
		}
	}
	for _, label := range []int64{headerAlg, headerKID, headerType} {
		delete(m, label)
	}
	h.Extra = m
	return h, nil
}

// checkLabels refuses a label that stands in both headers (RFC 9052, section 3)
// and crit where it is not signed.
func (m *Message) checkLabels() error {
	if _, ok := m.Unprotected[headerCrit]; ok {
		return fmt.Errorf("%w: crit outside the protected header", ErrMalformed)
	}
	for label := range m.Unprotected {
		_, twice := m.Header.Extra[label]
		switch label {
		case headerAlg:
			twice = m.Header.Alg != 0
		case headerKID:
			twice = m.Header.KeyID != nil
		case headerType:
			twice = m.Header.Type != nil
		}
		if twice {
			return fmt.Errorf("%w: label %v in both headers", ErrMalformed, label)
		}
	}
	return nil
}

// Verify checks the signature with k. The algorithm of the protected header
// must be the one pinned to k, under either of its two names. The error wraps
// [ErrAlgorithm], [ErrSignature] or [ErrKey].
func (m *Message) Verify(k *Key) error { return m.verify(k, nil) }

func (m *Message) verify(k *Key, external []byte) error {
	if m.Header.Alg.base() != k.Alg.base() || !m.Header.Alg.Accepted() {
		return fmt.Errorf("%w: header %v, key %v", ErrAlgorithm, m.Header.Alg, k.Alg)
	}
	msg, err := m.sig()
	if err != nil {
		return err
	}
	// go-cose calls an empty signature an error of its own.
	if len(m.Signature) == 0 {
		return fmt.Errorf("%w: empty", ErrSignature)
	}
	msg.Signature = m.Signature
	if err := msg.Verify(external, keyVerifier{k, m.Header.Alg}); err != nil {
		if errors.Is(err, ErrKey) || errors.Is(err, ErrSignature) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// sig is the message as go-cose takes it: it builds the Sig_structure
// (RFC 9052, section 4.4) from the protected bytes as they were read.
func (m *Message) sig() (*cose.Sign1Message, error) {
	raw, err := Encode(m.protected)
	if err != nil {
		return nil, err
	}
	return &cose.Sign1Message{
		Headers: cose.Headers{
			RawProtected: raw,
			Protected:    cose.ProtectedHeader{headerAlg: int64(m.Header.Alg)},
		},
		Payload: m.Payload,
	}, nil
}

// keyVerifier lets go-cose verify with algorithms that it has no number for.
type keyVerifier struct {
	key *Key
	alg Algorithm
}

func (v keyVerifier) Algorithm() cose.Algorithm        { return cose.Algorithm(v.alg) }
func (v keyVerifier) Verify(content, sig []byte) error { return v.key.Verify(content, sig) }

// Unsigned is a message that lacks only its signature: what a phone signs with
// a key that does not leave it.
type Unsigned struct {
	msg         Message
	unprotected []byte
	toBeSigned  []byte
}

// Build puts a message together. Labels of unprotected are int64 or string;
// nil stands for an empty map. h.Alg must be set.
func Build(h Header, unprotected map[any]any, payload []byte) (*Unsigned, error) {
	if !h.Alg.Accepted() {
		return nil, fmt.Errorf("%w: %v", ErrUnsupported, h.Alg)
	}
	fields := map[any]any{headerAlg: int64(h.Alg)}
	if h.KeyID != nil {
		fields[headerKID] = h.KeyID
	}
	if h.Type != nil {
		fields[headerType] = h.Type
	}
	for label, raw := range h.Extra {
		fields[label] = raw
	}
	protected, err := Encode(fields)
	if err != nil {
		return nil, err
	}
	if unprotected == nil {
		unprotected = map[any]any{}
	}
	u := &Unsigned{msg: Message{Header: h, Payload: payload, protected: protected}}
	if u.unprotected, err = Encode(unprotected); err != nil {
		return nil, err
	}
	msg, err := u.msg.sig()
	if err != nil {
		return nil, err
	}
	// The signer is only asked for its algorithm and handed the Sig_structure.
	if err := msg.Sign(nil, nil, capture{h.Alg, &u.toBeSigned}); err != nil {
		return nil, fmt.Errorf("cwt: build: %w", err)
	}
	return u, nil
}

// capture is a signer that keeps what it was asked to sign.
type capture struct {
	alg  Algorithm
	into *[]byte
}

func (c capture) Algorithm() cose.Algorithm { return cose.Algorithm(c.alg) }

func (c capture) Sign(_ io.Reader, content []byte) ([]byte, error) {
	*c.into = content
	return make([]byte, c.alg.signatureLen()), nil
}

// ToBeSigned is the encoded Sig_structure.
func (u *Unsigned) ToBeSigned() []byte { return u.toBeSigned }

// Finish adds the raw signature and returns the tagged message. The error wraps
// [ErrSignature] when its length cannot be right.
func (u *Unsigned) Finish(sig []byte) ([]byte, error) {
	if n := u.msg.Header.Alg.signatureLen(); len(sig) != n {
		return nil, fmt.Errorf("%w: %d bytes, %v has %d", ErrSignature, len(sig), u.msg.Header.Alg, n)
	}
	return Encode(Tag{Number: tagSign1, Content: []any{
		u.msg.protected, RawMessage(u.unprotected), u.msg.Payload, sig,
	}})
}

// Open is the tagged message up to its signature, the last of its parts: with a
// raw signature behind it, it is what Finish returns.
func (u *Unsigned) Open() ([]byte, error) {
	size := u.msg.Header.Alg.signatureLen()
	whole, err := u.Finish(make([]byte, size))
	if err != nil {
		return nil, err
	}
	return whole[:len(whole)-size], nil
}

// Sign builds and signs a message with k. Where h names no algorithm or key id,
// those of k are used.
func Sign(k *PrivateKey, h Header, unprotected map[any]any, payload []byte) ([]byte, error) {
	if h.Alg == 0 {
		h.Alg = k.Alg
	}
	if h.Alg.base() != k.Alg.base() {
		return nil, fmt.Errorf("%w: header %v, key %v", ErrAlgorithm, h.Alg, k.Alg)
	}
	if h.KeyID == nil && len(k.ID) > 0 {
		h.KeyID = k.ID
	}
	u, err := Build(h, unprotected, payload)
	if err != nil {
		return nil, err
	}
	sig, err := k.Sign(u.ToBeSigned())
	if err != nil {
		return nil, err
	}
	return u.Finish(sig)
}
