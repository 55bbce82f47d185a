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
	if len(raw) == 0 || raw[0]>>5 != byteStringMajor {
		return d, fmt.Errorf("%w: not a byte string", ErrStructure)
	}
	var content []byte
	if err := cwt.Decode(raw, &content); err != nil {
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
	var salt any
	if err := cwt.Decode(parts[0], &salt); err != nil {
		return d, fmt.Errorf("salt: %w: %w", ErrStructure, err)
	}
	if b, ok := salt.([]byte); !ok || len(b) != saltBytes {
		return d, fmt.Errorf("%w: salt is not %d bytes", ErrStructure, saltBytes)
	}
	var err error
	if d.kind >= disclosureOfElement {
		if d.value, err = decodeTree(parts[1], false); err != nil {
			return d, fmt.Errorf("value: %w", err)
		}
	}
	if d.kind == disclosureOfClaim {
		var key any
		if err := cwt.Decode(parts[2], &key); err != nil {
			return d, fmt.Errorf("key: %w: %w", ErrStructure, err)
		}
		if d.key, err = normaliseKey(key); err != nil {
			return d, fmt.Errorf("key: %w", err)
		}
	}
	return d, nil
}

// matcher puts disclosures back where their hashes stand. Every hash may occur
// once in the whole card, so each disclosure is placed once, and the work is
// linear in the size of the card.
type matcher struct {
	disclosures []disclosure
	byHash      map[digest]int  // index of a disclosure
	met         map[digest]bool // every hash seen so far
	placed      []placement     // one for each disclosure
}

// placement says where a disclosure belongs.
type placement struct {
	found  bool
	path   []any // int64 or string for a map key, int for an array position as issued
	parent int   // the disclosure in whose value the hash stood, or inPayload
}

// inPayload is the parent of a disclosure whose hash the issuer's payload holds.
const inPayload = -1

// match resolves the payload against the disclosures. All errors wrap
// ErrDisclosure: a hash that occurs twice, a disclosure without its hash or of
// the wrong kind, a key that is there already, a claim that must not be
// redacted, too many levels.
func match(payload map[any]any, disclosures []disclosure) (map[any]any, []placement, error) {
	m := &matcher{
		disclosures: disclosures,
		byHash:      make(map[digest]int, len(disclosures)),
		met:         make(map[digest]bool),
		placed:      make([]placement, len(disclosures)),
	}
	for i, d := range disclosures {
		m.byHash[d.hash] = i
	}
	tree, err := m.openMap(payload, 1, nil, inPayload)
	if err != nil {
		return nil, nil, err
	}
	for i, p := range m.placed {
		if !p.found {
			return nil, nil, fmt.Errorf("disclosure %d: %w: its hash is not in the card", i, ErrDisclosure)
		}
	}
	return tree, m.placed, nil
}

// open resolves one value whose contents are at the given level.
func (m *matcher) open(v any, level int, path []any, parent int) (any, error) {
	switch v := v.(type) {
	case map[any]any:
		return m.openMap(v, level, path, parent)
	case []any:
		return m.openArray(v, level, path, parent)
	case cwt.Tag:
		content, err := m.open(v.Content, level+1, path, parent)
		return cwt.Tag{Number: v.Number, Content: content}, err
	default:
		if level > maxLevels+1 {
			return nil, errTooDeep()
		}
		return v, nil
	}
}

// openMap resolves the values of a map, then the claims redacted from it.
func (m *matcher) openMap(v map[any]any, level int, path []any, parent int) (map[any]any, error) {
	if level > maxLevels {
		return nil, errTooDeep()
	}
	out := make(map[any]any, len(v))
	for key, value := range v {
		if key == redactedKeys {
			continue
		}
		child, err := m.open(value, level+1, join(path, key), parent)
		if err != nil {
			return nil, err
		}
		out[key] = child
	}
	digests, _ := v[redactedKeys].([]digest)
	for _, hash := range digests {
		i, d, err := m.take(hash, disclosureOfClaim)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		at := join(path, d.key)
		m.placed[i] = placement{found: true, path: at, parent: parent}
		if d.kind == disclosureOfDecoy {
			m.placed[i].path = nil
			continue
		}
		if _, there := out[d.key]; there {
			return nil, fmt.Errorf("disclosure %d: %w: the map has that key already", i, ErrDisclosure)
		}
		if len(path) == 0 && neverRedacted[d.key] {
			return nil, fmt.Errorf("disclosure %d: %w: claim %v must not be redacted", i, ErrDisclosure, d.key)
		}
		if out[d.key], err = m.open(d.value, level+1, at, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// openArray resolves the elements of an array. Elements that stay hidden are
// left out, so the result may be shorter than the array issued.
func (m *matcher) openArray(v []any, level int, path []any, parent int) ([]any, error) {
	if level > maxLevels {
		return nil, errTooDeep()
	}
	out := make([]any, 0, len(v))
	for position, element := range v {
		at, from := join(path, position), parent
		if hidden, ok := element.(hiddenElement); ok {
			i, d, err := m.take(digest(hidden), disclosureOfElement)
			if err != nil {
				return nil, err
			}
			if d == nil {
				continue
			}
			m.placed[i] = placement{found: true, path: at, parent: parent}
			if d.kind == disclosureOfDecoy {
				m.placed[i].path = nil
				continue
			}
			element, from = d.value, i
		}
		child, err := m.open(element, level+1, at, from)
		if err != nil {
			return nil, err
		}
		out = append(out, child)
	}
	return out, nil
}

// take finds the disclosure of a hash, nil if it was not disclosed, and checks
// that the hash is new and the disclosure a decoy or of the kind wanted.
func (m *matcher) take(hash digest, kind int) (int, *disclosure, error) {
	if m.met[hash] {
		return 0, nil, fmt.Errorf("%w: a redacted hash stands twice in the card", ErrDisclosure)
	}
	m.met[hash] = true
	i, ok := m.byHash[hash]
	if !ok {
		return 0, nil, nil
	}
	d := &m.disclosures[i]
	if d.kind != kind && d.kind != disclosureOfDecoy {
		return 0, nil, fmt.Errorf("disclosure %d: %w: claim and array element confused", i, ErrDisclosure)
	}
	return i, d, nil
}

// join gives path with one more step, never sharing memory with it.
func join(path []any, step any) []any {
	return append(path[:len(path):len(path)], step)
}

func errTooDeep() error {
	return fmt.Errorf("%w: nested deeper than %d levels", ErrDisclosure, maxLevels)
}
