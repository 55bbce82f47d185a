package sdcwt

import (
	"fmt"
	"time"

	"jianzheng/shared/cwt"
)

// Card is an SD-CWT, as issued or with some disclosures dropped. Its signature
// and its disclosures are unchecked until [Card.Verify] and [Card.Reveal].
type Card struct {
	message     *cwt.Message
	claims      cwt.Claims
	payload     map[any]any // tree, redaction marks still in it
	disclosures []disclosure
	holder      *cwt.Key
}

// Claims is what a card shows once its disclosures are in place.
type Claims struct {
	// Tree holds all readable claims. Map keys are int64 or string; values are
	// map[any]any, []any, cwt.Tag, int64, string, []byte, bool, float64, nil, or
	// time.Time and big.Int where a standard tag says so.
	// Claims and elements that stay hidden are absent. It shares memory with the
	// card and must not be changed.
	Tree map[any]any
	// Disclosed holds the path of each disclosure, in the order of the card: an
	// int64 or string for each map key, an int for each array position as issued.
	Disclosed [][]any
}

// ParseCard reads a card and checks its form: types, labels, definite lengths,
// sizes, levels, and that cnf holds a key and sub is readable or redacted. It
// checks no signature and matches no disclosure. b is not changed, and must not
// be changed later. The error wraps [ErrStructure], or [ErrDisclosure] for a
// disclosure given twice, beside the error of package cwt.
func ParseCard(b []byte) (*Card, error) {
	message, err := parseMessage(b)
	if err != nil {
		return nil, err
	}
	header := message.Header
	if header.Type != typeCard && header.Type != typeCardText {
		return nil, fmt.Errorf("%w: typ is not that of a card", ErrStructure)
	}
	for label, value := range header.Extra {
		switch label {
		case headerHash:
			var alg any
			if err := cwt.Decode(value, &alg); err != nil {
				return nil, fmt.Errorf("sd_alg: %w: %w", ErrStructure, err)
			}
			if alg != hashSHA256 {
				return nil, fmt.Errorf("%w: sd_alg is not SHA-256: %w", ErrStructure, cwt.ErrUnsupported)
			}
		case headerClaims, headerEncryptionAlg, headerDisclosures, headerEncrypted, headerCard:
			return nil, fmt.Errorf("%w: protected header %v: %w", ErrStructure, label, cwt.ErrUnsupported)
		default:
			if _, err := decodeTree(value, true); err != nil {
				return nil, fmt.Errorf("protected header: %w", err)
			}
		}
	}
	// The issuer does not sign the unprotected header, so nothing else is let in.
	for label := range message.Unprotected {
		if label != headerDisclosures {
			return nil, fmt.Errorf("%w: unprotected header other than the disclosures", ErrStructure)
		}
	}
	card := &Card{message: message}
	if card.disclosures, err = parseDisclosures(message.Unprotected[headerDisclosures]); err != nil {
		return nil, err
	}
	if err := card.parsePayload(); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	return card, nil
}

// parseMessage reads a COSE_Sign1 that stands directly under tag 18.
func parseMessage(b []byte) (*cwt.Message, error) {
	if len(b) == 0 || b[0] != coseSign1Head {
		return nil, fmt.Errorf("%w: not a tagged COSE_Sign1", ErrStructure)
	}
	message, err := cwt.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStructure, err)
	}
	return message, nil
}

// parsePayload reads the claims that the issuer signed.
func (c *Card) parsePayload() error {
	claims, err := cwt.ParseClaims(c.message.Payload)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStructure, err)
	}
	c.claims = claims
	tree, err := decodeTree(c.message.Payload, false)
	if err != nil {
		return err
	}
	payload, ok := tree.(map[any]any)
	if !ok {
		return fmt.Errorf("%w: claims are not a map", ErrStructure)
	}
	c.payload = payload
	// What may not be redacted may not be redacted in part either.
	for key := range neverRedacted {
		if redacted(payload[key]) {
			return fmt.Errorf("claim %v: %w: redaction where none is allowed", key, ErrStructure)
		}
	}
	_, subject := payload[cwt.Subject]
	if digests, _ := payload[redactedKeys].([]digest); !subject && len(digests) == 0 {
		return fmt.Errorf("%w: sub is neither present nor redacted", ErrStructure)
	}
	for _, label := range []int64{cwt.Expires, cwt.NotBefore, cwt.IssuedAt} {
		if _, _, err := claims.Time(label); err != nil {
			return fmt.Errorf("claim %d: %w: %w", label, ErrStructure, err)
		}
	}
	if c.holder, err = parseConfirmation(claims[cwt.Confirmation]); err != nil {
		return fmt.Errorf("cnf: %w", err)
	}
	return nil
}

// parseConfirmation reads the value of cnf, which must be {1: COSE_Key} and
// nothing else (RFC 8747 §3.2; one confirmation method only, §3.1).
func parseConfirmation(raw cwt.RawMessage) (*cwt.Key, error) {
	if raw == nil {
		return nil, fmt.Errorf("%w: missing", ErrStructure)
	}
	methods, err := cwt.ParseClaims(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStructure, err)
	}
	if len(methods) != 1 || methods[confirmationKey] == nil {
		return nil, fmt.Errorf("%w: want one COSE_Key", ErrStructure)
	}
	key, err := cwt.ParseKey(methods[confirmationKey])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStructure, err)
	}
	return key, nil
}

// Confirmation gives the value of the claim cnf for the holder's public key.
func Confirmation(holder *cwt.Key) (map[any]any, error) {
	key, err := holder.MarshalCBOR()
	if err != nil {
		return nil, err
	}
	return map[any]any{confirmationKey: cwt.RawMessage(key)}, nil
}

// Verify checks the issuer's signature with the issuer's key. The error is that
// of package cwt: cwt.ErrAlgorithm or cwt.ErrSignature.
func (c *Card) Verify(issuer *cwt.Key) error { return c.message.Verify(issuer) }

// Message gives the signed message: its header, payload and bytes.
func (c *Card) Message() *cwt.Message { return c.message }

// Claims gives the claims of the payload that were never redacted.
func (c *Card) Claims() cwt.Claims { return c.claims }

// HolderKey gives the public key in cnf. [ParseCard] refuses cards without one,
// so the error is nil for every card that it returned.
func (c *Card) HolderKey() (*cwt.Key, error) {
	if c.holder == nil {
		return nil, fmt.Errorf("cnf: %w: missing", ErrStructure)
	}
	return c.holder, nil
}

// Reveal matches the disclosures with the hashes in the card (draft, verifier
// validation, step 7). Every disclosure must have its place. The error wraps
// [ErrDisclosure].
func (c *Card) Reveal() (*Claims, error) {
	tree, placed, err := match(c.payload, c.disclosures)
	if err != nil {
		return nil, err
	}
	claims := &Claims{Tree: tree}
	for i, p := range placed {
		if c.disclosures[i].kind != disclosureOfDecoy {
			claims.Disclosed = append(claims.Disclosed, p.path)
		}
	}
	return claims, nil
}

// Value follows path through maps (by integer or text key) and arrays (by int
// position among the readable elements) and reports whether there is a value.
func (c *Claims) Value(path ...any) (any, bool) {
	var v any = c.Tree
	for _, step := range path {
		switch at := v.(type) {
		case map[any]any:
			key, err := normaliseKey(step)
			if err != nil {
				return nil, false
			}
			var ok bool
			if v, ok = at[key]; !ok {
				return nil, false
			}
		case []any:
			i, ok := step.(int)
			if !ok || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// Text is [Claims.Value] for a text string; false as well for another type.
func (c *Claims) Text(path ...any) (string, bool) {
	v, _ := c.Value(path...)
	s, ok := v.(string)
	return s, ok
}

// contradiction reports in words the first pair of dates that is out of order,
// or "". A zero time is a date that is absent (draft, verifier validation, step 3).
func contradiction(notBefore, issued, expires time.Time) string {
	switch after := func(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.After(b) }; {
	case after(notBefore, issued):
		return "nbf after iat"
	case !notBefore.IsZero() && !expires.IsZero() && !notBefore.Before(expires):
		return "nbf not before exp"
	case !issued.IsZero() && !expires.IsZero() && !issued.Before(expires):
		return "iat not before exp"
	}
	return ""
}

// dates gives nbf, iat and exp of a claim set, zero where absent.
func dates(claims cwt.Claims) (notBefore, issued, expires time.Time, err error) {
	for _, d := range []struct {
		label int64
		to    *time.Time
	}{{cwt.NotBefore, &notBefore}, {cwt.IssuedAt, &issued}, {cwt.Expires, &expires}} {
		at, ok, err := claims.Time(d.label)
		if err != nil {
			return notBefore, issued, expires, fmt.Errorf("claim %d: %w", d.label, err)
		}
		if ok {
			*d.to = at
		}
	}
	return notBefore, issued, expires, nil
}
