package sdcwt

import (
	"fmt"
	"math"
	"slices"

	"jianzheng/shared/cwt"
)

// A tree is a decoded claim set: map[any]any with int64 and string keys, []any,
// cwt.Tag, int64, string, []byte, bool, float64, nil, and for the standard tags
// time.Time and big.Int.
// Two things appear only before disclosures are matched: the map key
// redactedKeys with a []digest, and the array element hiddenElement.

// hiddenElement is an array element that was redacted (tag 60).
type hiddenElement digest

// decodeTree decodes one CBOR item strictly and checks it with [normalise].
func decodeTree(b []byte, plain bool) (any, error) {
	var v any
	if err := cwt.Decode(b, &v); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStructure, err)
	}
	return normalise(v, 1, plain)
}

// normalise turns what the decoder gave into a tree, in place, and checks keys,
// tags and the form of redaction marks at every level ("Allowed types of CBOR map keys"
// and the CDDL of legal values). With plain set, no redaction mark may occur.
// The error wraps ErrStructure.
func normalise(v any, level int, plain bool) (any, error) {
	if level > maxLevels+1 {
		return nil, fmt.Errorf("%w: nested deeper than %d levels", ErrStructure, maxLevels)
	}
	switch v := v.(type) {
	case map[any]any:
		return normaliseMap(v, level, plain)
	case []any:
		for i, element := range v {
			var err error
			if tag, ok := element.(cwt.Tag); ok && tag.Number == tagRedactedElement && !plain {
				var d digest
				d, err = readDigest(tag.Content)
				v[i] = hiddenElement(d)
			} else {
				v[i], err = normalise(element, level+1, plain)
			}
			if err != nil {
				return nil, err
			}
		}
		return v, nil
	case cwt.Tag:
		switch v.Number {
		case tagToBeRedacted, tagRedactedElement, tagToBeDecoy:
			return nil, fmt.Errorf("%w: tag %d out of place", ErrStructure, v.Number)
		}
		content, err := normalise(v.Content, level+1, plain)
		return cwt.Tag{Number: v.Number, Content: content}, err
	case cwt.SimpleValue:
		if v == redactedKeys {
			return nil, fmt.Errorf("%w: simple value %d out of place", ErrStructure, v)
		}
		return v, nil
	default:
		return v, nil
	}
}

// normaliseMap does the work of [normalise] for one map.
func normaliseMap(m map[any]any, level int, plain bool) (map[any]any, error) {
	for k, v := range m {
		if k == redactedKeys {
			if plain {
				return nil, fmt.Errorf("%w: redaction where none is allowed", ErrStructure)
			}
			digests, err := readDigests(v)
			if err != nil {
				return nil, err
			}
			m[redactedKeys] = digests
			continue
		}
		// The decoder gives keys as int64 and string already.
		if _, err := normaliseKey(k); err != nil {
			return nil, err
		}
		value, err := normalise(v, level+1, plain)
		if err != nil {
			return nil, err
		}
		m[k] = value
	}
	return m, nil
}

// redacted tells whether a redaction mark stands anywhere in a tree.
func redacted(v any) bool {
	switch v := v.(type) {
	case map[any]any:
		for k, value := range v {
			if k == redactedKeys || redacted(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, redacted)
	case cwt.Tag:
		return redacted(v.Content)
	case hiddenElement:
		return true
	}
	return false
}

// normaliseKey gives an integer key as int64 and a text key of 1 to 255 bytes as
// string, and refuses every other map key with ErrStructure.
func normaliseKey(k any) (any, error) {
	switch k := k.(type) {
	case int:
		return int64(k), nil
	case int64:
		return k, nil
	case uint64:
		if k <= math.MaxInt64 {
			return int64(k), nil
		}
	case string:
		if len(k) > 0 && len(k) <= maxKeyBytes {
			return k, nil
		}
		return nil, fmt.Errorf("%w: text map key of %d bytes", ErrStructure, len(k))
	}
	return nil, fmt.Errorf("%w: map key of type %T", ErrStructure, k)
}

// readDigests reads the value of simple(59): an array of hashes.
func readDigests(v any) ([]digest, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%w: redacted claim keys are not an array", ErrStructure)
	}
	digests := make([]digest, len(list))
	for i, item := range list {
		var err error
		if digests[i], err = readDigest(item); err != nil {
			return nil, err
		}
	}
	return digests, nil
}

// readDigest reads one hash, a byte string of exactly 32 bytes.
func readDigest(v any) (digest, error) {
	b, ok := v.([]byte)
	if !ok || len(b) != len(digest{}) {
		return digest{}, fmt.Errorf("%w: redacted hash is not %d bytes", ErrStructure, len(digest{}))
	}
	return digest(b), nil
}
