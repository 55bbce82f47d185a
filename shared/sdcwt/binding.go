package sdcwt

import (
	"fmt"
	"time"

	"jianzheng/shared/cwt"
)

// Binding is what the holder signs beside the card. Times have whole seconds;
// a zero time or nil bytes is a claim that is absent. iat or cti must be there,
// and exp and nbf only together with iat.
type Binding struct {
	Audience  string    // aud, required
	IssuedAt  time.Time // iat
	Nonce     []byte    // cnonce, the challenge answered
	TokenID   []byte    // cti
	NotBefore time.Time // nbf; rare, but where present it counts
	Expires   time.Time // exp
}

// check tells whether a binding is complete. The error wraps ErrBinding.
func (b Binding) check() error {
	switch {
	case b.Audience == "":
		return fmt.Errorf("%w: aud missing", ErrBinding)
	case b.IssuedAt.IsZero() && len(b.TokenID) == 0:
		return fmt.Errorf("%w: neither iat nor cti", ErrBinding)
	case b.IssuedAt.IsZero() && !(b.Expires.IsZero() && b.NotBefore.IsZero()):
		return fmt.Errorf("%w: exp or nbf without iat", ErrBinding)
	}
	if wrong := contradiction(b.NotBefore, b.IssuedAt, b.Expires); wrong != "" {
		return fmt.Errorf("%s: %w: %w", wrong, ErrBinding, ErrTime)
	}
	return nil
}

// BuildPresentation prepares the key binding token (draft, "Creating a Key
// Binding Token") that shows card, with the disclosures it has now, to one
// audience. The holder signs with alg what ToBeSigned of the result gives. The
// error wraps [ErrBinding], or is that of [ParseCard].
func BuildPresentation(card []byte, alg cwt.Algorithm, b Binding) (*cwt.Unsigned, error) {
	if _, err := ParseCard(card); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	claims := map[any]any{cwt.Audience: b.Audience}
	for label, at := range map[int64]time.Time{
		cwt.IssuedAt: b.IssuedAt, cwt.NotBefore: b.NotBefore, cwt.Expires: b.Expires,
	} {
		if !at.IsZero() {
			claims[label] = at.Unix()
		}
	}
	if len(b.TokenID) > 0 {
		claims[cwt.TokenID] = b.TokenID
	}
	if len(b.Nonce) > 0 {
		claims[cwt.Nonce] = b.Nonce
	}
	payload, err := cwt.Encode(claims)
	if err != nil {
		return nil, err
	}
	header := cwt.Header{
		Alg:   alg,
		Type:  typePresentation,
		Extra: cwt.Claims{headerCard: card},
	}
	return cwt.Build(header, map[any]any{}, payload)
}

// Presentation is a key binding token with the card in it. Nothing of it is
// verified until [Presentation.Verify], [Card.Verify] and [Card.Reveal].
type Presentation struct {
	Card    *Card
	Binding Binding

	message *cwt.Message
}

// ParsePresentation reads a key binding token and its card. b is not changed,
// and must not be changed later. The error wraps [ErrStructure], [ErrBinding]
// where claims of the token are missing, forbidden or contradictory, or is that
// of [ParseCard].
func ParsePresentation(b []byte) (*Presentation, error) {
	message, err := parseMessage(b)
	if err != nil {
		return nil, err
	}
	header := message.Header
	if header.Type != typePresentation && header.Type != typePresentationText {
		return nil, fmt.Errorf("%w: typ is not that of a key binding token", ErrStructure)
	}
	if len(message.Unprotected) > 0 {
		return nil, fmt.Errorf("%w: key binding token with unprotected headers", ErrStructure)
	}
	raw, ok := header.Extra[headerCard]
	if !ok {
		return nil, fmt.Errorf("%w: no card in the key binding token", ErrStructure)
	}
	for label, value := range header.Extra {
		switch label {
		case headerCard:
		case headerClaims, headerDisclosures, headerHash, headerEncrypted, headerEncryptionAlg:
			return nil, fmt.Errorf("%w: protected header %v in a key binding token", ErrStructure, label)
		default:
			if _, err := decodeTree(value, true); err != nil {
				return nil, fmt.Errorf("protected header: %w", err)
			}
		}
	}
	p := &Presentation{message: message}
	if p.Binding, err = parseBinding(message.Payload); err != nil {
		return nil, fmt.Errorf("key binding token: %w", err)
	}
	if p.Card, err = ParseCard(raw); err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	return p, nil
}

// parseBinding reads the payload of a key binding token.
func parseBinding(payload []byte) (Binding, error) {
	var b Binding
	if _, err := decodeTree(payload, true); err != nil {
		return b, err
	}
	claims, err := cwt.ParseClaims(payload)
	if err != nil {
		return b, fmt.Errorf("%w: %w", ErrStructure, err)
	}
	for _, label := range []int64{cwt.Issuer, cwt.Subject} {
		if _, ok := claims[label]; ok {
			return b, fmt.Errorf("%w: claim %d must be absent", ErrBinding, label)
		}
	}
	if b.NotBefore, b.IssuedAt, b.Expires, err = dates(claims); err != nil {
		return b, fmt.Errorf("%w: %w", ErrBinding, err)
	}
	if b.Audience, _, err = claims.Text(cwt.Audience); err != nil {
		return b, fmt.Errorf("aud: %w: %w", ErrBinding, err)
	}
	if b.TokenID, _, err = claims.Bytes(cwt.TokenID); err != nil {
		return b, fmt.Errorf("cti: %w: %w", ErrBinding, err)
	}
	if b.Nonce, _, err = claims.Bytes(cwt.Nonce); err != nil {
		return b, fmt.Errorf("cnonce: %w: %w", ErrBinding, err)
	}
	return b, b.check()
}

// Message gives the signed message of the key binding token.
func (p *Presentation) Message() *cwt.Message { return p.message }

// Verify checks the holder's signature with the key in the card's cnf, and that
// the token is not dated outside the card's own validity (draft, verifier
// validation, steps 5 and 6). Without the issuer's signature on the card
// ([Card.Verify]) it proves nothing. The error wraps [ErrBinding], beside
// cwt.ErrAlgorithm, cwt.ErrSignature or [ErrTime].
func (p *Presentation) Verify() error {
	if p.message == nil {
		return fmt.Errorf("%w: a card without a key binding token", ErrBinding)
	}
	key, err := p.Card.HolderKey()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBinding, err)
	}
	if err := p.message.Verify(key); err != nil {
		return fmt.Errorf("%w: %w", ErrBinding, err)
	}
	notBefore, issued, expires, err := dates(p.Card.claims)
	if err != nil {
		return fmt.Errorf("card: %w: %w", ErrBinding, err)
	}
	if wrong := contradiction(notBefore, issued, expires); wrong != "" {
		return fmt.Errorf("card: %s: %w: %w", wrong, ErrBinding, ErrTime)
	}
	b := p.Binding
	for _, pair := range []struct {
		early, late time.Time
		strict      bool // early must be before late, not only not after it
		words       string
	}{
		{b.Expires, expires, false, "token ends after the card"},
		{notBefore, b.NotBefore, false, "token begins before the card"},
		{issued, b.IssuedAt, false, "token issued before the card"},
		{b.NotBefore, expires, true, "token begins when the card has ended"},
		{b.IssuedAt, expires, true, "token issued when the card has ended"},
		{notBefore, b.IssuedAt, false, "token issued before the card begins"},
	} {
		if pair.early.IsZero() || pair.late.IsZero() {
			continue
		}
		if pair.early.After(pair.late) || pair.strict && pair.early.Equal(pair.late) {
			return fmt.Errorf("%s: %w: %w", pair.words, ErrBinding, ErrTime)
		}
	}
	return nil
}
