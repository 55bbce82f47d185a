package cwt

import (
	"fmt"
	"time"
)

// Claims is a CBOR map whose values are still encoded. Keys are int64, string
// or [SimpleValue]; any other key is refused.
type Claims map[any]RawMessage

// maxDate is the latest NumericDate that is read, in the year 9999.
const maxDate = 253402300799

// ParseClaims reads a claims set (RFC 8392, section 3) or any other map with
// labels for keys, such as a COSE_Key. The error wraps [ErrMalformed] or
// [ErrTooLarge].
func ParseClaims(payload []byte) (Claims, error) {
	return parseClaims(payload, Decode)
}

// ParseListClaims is [ParseClaims] for the payload of a list of at most
// maxBytes bytes.
func ParseListClaims(payload []byte, maxBytes int) (Claims, error) {
	return parseClaims(payload, func(b []byte, v any) error { return DecodeList(b, v, maxBytes) })
}

func parseClaims(payload []byte, decode func([]byte, any) error) (Claims, error) {
	// The decoder would take null for an empty map.
	if len(payload) == 0 || majorType(payload) != majorMap {
		return nil, fmt.Errorf("%w: not a map", ErrMalformed)
	}
	var m map[any]RawMessage
	if err := decode(payload, &m); err != nil {
		return nil, err
	}
	for k := range m {
		switch k.(type) {
		case int64, string, SimpleValue:
		default:
			return nil, fmt.Errorf("%w: map key of type %T", ErrMalformed, k)
		}
	}
	return m, nil
}

// The major types of RFC 8949, section 3.1.
const (
	majorUint  = 0
	majorNint  = 1
	majorBytes = 2
	majorText  = 3
	majorArray = 4
	majorMap   = 5
)

// majorType is the major type of a not empty CBOR item.
func majorType(raw []byte) byte { return raw[0] >> 5 }

// item finds the value of label and checks its major type.
func (c Claims) item(label any, majors ...byte) (RawMessage, bool, error) {
	raw, ok := c[label]
	if !ok {
		return nil, false, nil
	}
	if len(raw) > 0 {
		for _, m := range majors {
			if majorType(raw) == m {
				return raw, true, nil
			}
		}
	}
	return nil, false, fmt.Errorf("%w: wrong type at label %v", ErrMalformed, label)
}

// Text is the text string at label; ok is false where there is none. The error
// wraps [ErrMalformed] for a value of another type.
func (c Claims) Text(label any) (s string, ok bool, err error) {
	raw, ok, err := c.item(label, majorText)
	if !ok {
		return "", false, err
	}
	if s, err = textString(raw); err != nil {
		return "", false, fmt.Errorf("label %v: %w", label, err)
	}
	return s, true, nil
}

// Bytes is the byte string at label, a copy.
func (c Claims) Bytes(label any) (b []byte, ok bool, err error) {
	raw, ok, err := c.item(label, majorBytes)
	if !ok {
		return nil, false, err
	}
	if b, err = Content(raw); err != nil {
		return nil, false, fmt.Errorf("label %v: %w", label, err)
	}
	return b, true, nil
}

// Int is the integer at label; one that does not fit an int64 is refused.
func (c Claims) Int(label any) (n int64, ok bool, err error) {
	raw, ok, err := c.item(label, majorUint, majorNint)
	if !ok {
		return 0, false, err
	}
	if n, err = integer(raw); err != nil {
		return 0, false, fmt.Errorf("label %v: %w", label, err)
	}
	return n, true, nil
}

// Time is the NumericDate at label in UTC: whole seconds from 1970 to 9999.
// Fractions, which RFC 8392 allows, are refused: nobody here issues them.
func (c Claims) Time(label any) (time.Time, bool, error) {
	n, ok, err := c.Int(label)
	if !ok || err != nil {
		return time.Time{}, false, err
	}
	if n < 0 || n > maxDate {
		return time.Time{}, false, fmt.Errorf("%w: date out of range at label %v", ErrMalformed, label)
	}
	return time.Unix(n, 0).UTC(), true, nil
}

// Map is the map at label.
func (c Claims) Map(label any) (Claims, bool, error) {
	raw, ok, err := c.item(label, majorMap)
	if !ok {
		return nil, false, err
	}
	m, err := ParseClaims(raw)
	return m, err == nil, err
}

// Value decodes whatever stands at label into v.
func (c Claims) Value(label any, v any) (ok bool, err error) {
	raw, ok := c[label]
	if !ok {
		return false, nil
	}
	if err := Decode(raw, v); err != nil {
		return false, fmt.Errorf("label %v: %w", label, err)
	}
	return true, nil
}
