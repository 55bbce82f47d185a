package sdcwt

import (
	"fmt"
	"maps"
	"slices"

	"jianzheng/shared/cwt"
)

// matcher puts disclosures back where their hashes stand. Every hash may occur
// once in the whole card, so each disclosure is placed once, and the work is
// linear in the size of the card. Parts without any redaction are not copied.
type matcher struct {
	disclosures []disclosure
	byHash      map[digest]int  // index of a disclosure
	met         map[digest]bool // every hash seen so far
	placed      []placement     // one for each disclosure
	path        []any           // of the value being opened
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
	tree, _, err := m.openMap(payload, 1, inPayload)
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

// open resolves the value at m.path, whose contents are at the given level, and
// which came with the disclosure parent. It reports whether the result is
// another value than v; v itself is never changed.
func (m *matcher) open(v any, level, parent int) (any, bool, error) {
	if level > maxLevels+1 {
		return nil, false, errTooDeep()
	}
	switch v := v.(type) {
	case map[any]any:
		return m.openMap(v, level, parent)
	case []any:
		return m.openArray(v, level, parent)
	case cwt.Tag:
		content, changed, err := m.open(v.Content, level+1, parent)
		return cwt.Tag{Number: v.Number, Content: content}, changed, err
	default:
		return v, false, nil
	}
}

// openAt is open for what stands one step further down the path.
func (m *matcher) openAt(step, v any, level, parent int) (any, bool, error) {
	m.path = append(m.path, step)
	out, changed, err := m.open(v, level, parent)
	m.path = m.path[:len(m.path)-1]
	return out, changed, err
}

// openMap resolves the values of a map, then the claims redacted from it.
func (m *matcher) openMap(v map[any]any, level, parent int) (map[any]any, bool, error) {
	out := v
	digests, changed := v[redactedKeys].([]digest)
	if changed {
		out = maps.Clone(v)
		delete(out, redactedKeys)
	}
	for key, value := range v {
		if key == redactedKeys {
			continue
		}
		child, opened, err := m.openAt(key, value, level+1, parent)
		if err != nil {
			return nil, false, err
		}
		if opened {
			if !changed {
				out, changed = maps.Clone(v), true
			}
			out[key] = child
		}
	}
	for _, hash := range digests {
		i, d, err := m.take(hash, disclosureOfClaim)
		if err != nil {
			return nil, false, err
		}
		if d == nil || d.kind == disclosureOfDecoy {
			continue
		}
		if _, there := out[d.key]; there {
			return nil, false, fmt.Errorf("disclosure %d: %w: the map has that key already", i, ErrDisclosure)
		}
		if len(m.path) == 0 && neverRedacted[d.key] {
			return nil, false, fmt.Errorf("disclosure %d: %w: claim %v must not be redacted", i, ErrDisclosure, d.key)
		}
		m.place(i, d.key, parent)
		if out[d.key], _, err = m.openAt(d.key, d.value, level+1, i); err != nil {
			return nil, false, err
		}
	}
	return out, changed, nil
}

// openArray resolves the elements of an array. Elements that stay hidden are
// left out, so the result may be shorter than the array issued.
func (m *matcher) openArray(v []any, level, parent int) ([]any, bool, error) {
	out, changed := v, false
	for position, element := range v {
		from := parent
		hidden, isHidden := element.(hiddenElement)
		if isHidden {
			if !changed {
				out, changed = slices.Clone(v[:position]), true
			}
			i, d, err := m.take(digest(hidden), disclosureOfElement)
			if err != nil {
				return nil, false, err
			}
			if d == nil || d.kind == disclosureOfDecoy {
				continue
			}
			m.place(i, position, parent)
			element, from = d.value, i
		}
		child, opened, err := m.openAt(position, element, level+1, from)
		if err != nil {
			return nil, false, err
		}
		if opened && !changed {
			out, changed = slices.Clone(v[:position]), true
		}
		if changed {
			out = append(out, child)
		}
	}
	return out, changed, nil
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
	m.placed[i].found = true
	return i, d, nil
}

// place notes where disclosure i belongs: one step below m.path.
func (m *matcher) place(i int, step any, parent int) {
	path := append(slices.Clone(m.path), step)
	m.placed[i] = placement{found: true, path: path, parent: parent}
}

func errTooDeep() error {
	return fmt.Errorf("%w: nested deeper than %d levels", ErrDisclosure, maxLevels)
}
