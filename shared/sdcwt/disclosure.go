package sdcwt

import (
	"fmt"

	"jianzheng/shared/cwt"
)

// disclosure is one entry of sd_claims. Its CDDL is
//
//	bstr .cbor ([salt, value, key] / [salt, value] / [salt])
//
// for a claim of a map, an element of an array, and a decoy.
type disclosure struct {
	raw   cwt.RawMessage // the byte string with its head, as it stood in the card
	hash  digest
	kind  int // disclosureOfClaim, disclosureOfElement or disclosureOfDecoy: the array's length
	value any // tree; nil for a decoy
	key   any // int64 or string; nil unless of a claim
}

// parseDisclosures reads the sd_claims header parameter. Its absence (nil) is a
// card that shows nothing; an empty array is refused. The error wraps
// ErrStructure, or ErrDisclosure where the same disclosure stands twice.
func parseDisclosures(header cwt.RawMessage) ([]disclosure, error) {
	if header == nil {
		return nil, nil
	}
	var list []cwt.RawMessage
	if err := cwt.Decode(header, &list); err != nil {
		return nil, fmt.Errorf("disclosures: %w: %w", ErrStructure, err)
	}
	if len(list) == 0 || len(list) > maxDisclosures {
		return nil, fmt.Errorf("%w: %d disclosures, want 1 to %d", ErrStructure, len(list), maxDisclosures)
	}
	disclosures := make([]disclosure, len(list))
	for i, raw := range list {
		d, err := parseDisclosure(raw)
		if err != nil {
			return nil, fmt.Errorf("disclosure %d: %w", i, err)
		}
		disclosures[i] = d
	}
	seen := make(map[digest]bool, len(disclosures))
	for i, d := range disclosures {
		if seen[d.hash] {
			return nil, fmt.Errorf("disclosure %d: %w: given twice", i, ErrDisclosure)
		}
		seen[d.hash] = true
	}
	return disclosures, nil
}

// parseDisclosure reads one byte string of sd_claims.
func parseDisclosure(raw cwt.RawMessage) (disclosure, error) {
	d := disclosure{raw: raw, hash: hashDisclosure(raw)}
	content, err := cwt.Content(raw)
	if err != nil {
		return d, fmt.Errorf("%w: %w", ErrStructure, err)
	}
	var parts []cwt.RawMessage
	if err := cwt.Decode(content, &parts); err != nil {
		return d, fmt.Errorf("%w: %w", ErrStructure, err)
	}
	d.kind = len(parts)
	if d.kind < disclosureOfDecoy || d.kind > disclosureOfClaim {
		return d, fmt.Errorf("%w: array of %d", ErrStructure, len(parts))
	}
	if salt, err := cwt.Content(parts[0]); err != nil || len(salt) != saltBytes {
		return d, fmt.Errorf("%w: salt is not %d bytes", ErrStructure, saltBytes)
	}
	if d.kind >= disclosureOfElement {
		if d.value, err = decodeTree(parts[1], false); err != nil {
			return d, fmt.Errorf("value: %w", err)
		}
	}
	if d.kind == disclosureOfClaim {
		key, err := cwt.Label(parts[2])
		if err != nil {
			return d, fmt.Errorf("key: %w: %w", ErrStructure, err)
		}
		if d.key, err = normaliseKey(key); err != nil {
			return d, fmt.Errorf("key: %w", err)
		}
	}
	return d, nil
}
