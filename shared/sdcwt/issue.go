package sdcwt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"jianzheng/shared/cwt"
)

// Redacted is a claim value or array element that [Issue] hides behind a hash.
type Redacted struct{ value any }

// Redact marks a map value, and with it its key, or an array element to be
// hidden. The value may hold further marks: those are hidden once more inside.
// A group, claims that only ever travel together, is one redacted map of
// unmarked claims: {"home": Redact(map[any]any{8: birth, 10: address})}.
func Redact(value any) Redacted { return Redacted{value} }

// MarshalCBOR refuses: it is called only for a mark in a place that Issue does
// not look into, where silence would put the claim's absence down to chance.
func (Redacted) MarshalCBOR() ([]byte, error) {
	return nil, errors.New("sdcwt: Redact inside something other than map[any]any or []any")
}

// Decoy asks for a hash with nothing behind it, so that the number of hidden
// claims does not show: as a map key with the value nil, or as an array
// element. The number only keeps several in one map apart.
type Decoy uint

// MarshalCBOR refuses, as [Redacted.MarshalCBOR] does.
func (Decoy) MarshalCBOR() ([]byte, error) {
	return nil, errors.New("sdcwt: Decoy inside something other than map[any]any or []any")
}

// IssueHeader is what the issuer chooses beside the claims.
type IssueHeader struct {
	KeyID []byte // kid; the key's own if empty
}

// Issue signs a card with k and returns it with all disclosures, decoys
// included, for the holder. claims are map[any]any and []any with values that
// package cwt encodes, and marks by [Redact] and [Decoy]; they must hold cnf
// ([Confirmation]) and sub. Each salt takes 16 bytes from rand, in an order
// that depends on the claims alone. The error wraps [ErrStructure] for claims
// that no verifier would accept, with [ErrTime] if dates are why, or
// [ErrDisclosure] for a mark on a claim that must stay readable.
func Issue(k *cwt.PrivateKey, h IssueHeader, claims map[any]any, rand io.Reader) ([]byte, error) {
	issuer := &issuer{rand: rand}
	hidden, err := issuer.hide(claims)
	if err != nil {
		return nil, err
	}
	payload, err := cwt.Encode(hidden)
	if err != nil {
		return nil, err
	}
	unprotected := map[any]any{}
	if len(issuer.disclosures) > 0 {
		unprotected[headerDisclosures] = issuer.disclosures
	}
	header := cwt.Header{KeyID: h.KeyID, Type: typeCard}
	signed, err := cwt.Sign(k, header, unprotected, payload)
	if err != nil {
		return nil, err
	}
	// Nothing leaves that this package would not take in.
	card, err := ParseCard(signed)
	if err != nil {
		return nil, fmt.Errorf("card to issue: %w", err)
	}
	if _, err := card.Reveal(); err != nil {
		return nil, fmt.Errorf("card to issue: %w", err)
	}
	notBefore, issued, expires, err := dates(card.claims)
	if err != nil {
		return nil, fmt.Errorf("card to issue: %w: %w", ErrStructure, err)
	}
	if wrong := contradiction(notBefore, issued, expires); wrong != "" {
		return nil, fmt.Errorf("card to issue: %s: %w: %w", wrong, ErrStructure, ErrTime)
	}
	return signed, nil
}

// issuer collects disclosures while claims are hidden.
type issuer struct {
	rand        io.Reader
	disclosures []cwt.RawMessage
}

// hide replaces the marks in v by hashes. Disclosures of inner claims come
// before the one that holds them.
func (s *issuer) hide(v any) (any, error) {
	switch v := v.(type) {
	case map[any]any:
		return s.hideMap(v)
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			var err error
			switch element := element.(type) {
			case Redacted:
				out[i], err = s.hideElement(element)
			case Decoy:
				out[i], err = s.element()
			default:
				out[i], err = s.hide(element)
			}
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	case Redacted:
		return nil, fmt.Errorf("%w: nothing to hide this value in", ErrStructure)
	default:
		return v, nil
	}
}

// hideMap hides the marked claims of one map.
func (s *issuer) hideMap(m map[any]any) (any, error) {
	// Salts are drawn in the order of the encoded keys, so that the same claims
	// and the same rand give the same card.
	type entry struct {
		key, value any
		order      []byte
	}
	entries := make([]entry, 0, len(m))
	for key, value := range m {
		e := entry{key: key, value: value}
		if decoy, ok := key.(Decoy); ok {
			if value != nil {
				return nil, fmt.Errorf("%w: a decoy has a value", ErrStructure)
			}
			key = []any{uint64(decoy)} // an array head sorts after integers and text
		} else if normal, err := normaliseKey(key); err != nil {
			return nil, err
		} else {
			e.key, key = normal, normal
		}
		var err error
		if e.order, err = cwt.Encode(key); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.order, b.order) })

	out := make(map[any]any, len(m))
	var digests [][]byte
	for i, e := range entries {
		if i > 0 && bytes.Equal(e.order, entries[i-1].order) {
			return nil, fmt.Errorf("%w: a map key occurs twice", ErrStructure)
		}
		redacted, marked := e.value.(Redacted)
		_, decoy := e.key.(Decoy)
		var hash digest
		var err error
		switch {
		case decoy:
			hash, err = s.disclose()
		case marked:
			var value any
			if value, err = s.hide(redacted.value); err == nil {
				hash, err = s.disclose(value, e.key)
			}
		default:
			out[e.key], err = s.hide(e.value)
		}
		if err != nil {
			return nil, err
		}
		if decoy || marked {
			digests = append(digests, hash[:])
		}
	}
	if len(digests) > 0 {
		// Sorted by hash, the order says nothing of which claim is which.
		slices.SortFunc(digests, bytes.Compare)
		out[redactedKeys] = digests
	}
	return out, nil
}

// hideElement hides one array element.
func (s *issuer) hideElement(e Redacted) (any, error) {
	value, err := s.hide(e.value)
	if err != nil {
		return nil, err
	}
	return s.element(value)
}

// element makes the mark of a hidden element, or of a decoy without a value.
func (s *issuer) element(value ...any) (any, error) {
	hash, err := s.disclose(value...)
	return cwt.Tag{Number: tagRedactedElement, Content: hash[:]}, err
}

// disclose makes one disclosure of a salt and the parts given and returns its hash.
func (s *issuer) disclose(parts ...any) (digest, error) {
	if len(s.disclosures) == maxDisclosures {
		return digest{}, fmt.Errorf("%w: more than %d disclosures", ErrStructure, maxDisclosures)
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(s.rand, salt); err != nil {
		return digest{}, fmt.Errorf("salt: %w", err)
	}
	content, err := cwt.Encode(append([]any{salt}, parts...))
	if err != nil {
		return digest{}, err
	}
	raw, err := cwt.Encode(content)
	if err != nil {
		return digest{}, err
	}
	s.disclosures = append(s.disclosures, raw)
	return hashDisclosure(raw), nil
}
