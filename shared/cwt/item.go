package cwt

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"
)

// Single integers and strings are read here and not by the decoder for whole
// structures: a card holds dozens of them, and it takes ten times as long to
// begin and end.

// head takes the head of an item apart (RFC 8949, section 3): major type,
// argument, and the bytes behind it. ok is false where it is cut, reserved or of
// indefinite length.
func head(raw []byte) (major byte, argument uint64, rest []byte, ok bool) {
	if len(raw) == 0 {
		return 0, 0, nil, false
	}
	major, argument, rest = majorType(raw), uint64(raw[0]&0x1f), raw[1:]
	if argument < 24 {
		return major, argument, rest, true
	}
	if argument > 27 {
		return major, 0, nil, false
	}
	n := 1 << (argument - 24)
	if len(rest) < n {
		return major, 0, nil, false
	}
	argument = 0
	for _, b := range rest[:n] {
		argument = argument<<8 | uint64(b)
	}
	return major, argument, rest[n:], true
}

// text is the content of an encoded string of the major type, without a copy.
func text(raw []byte, want byte) ([]byte, error) {
	major, size, rest, ok := head(raw)
	if !ok || major != want || size != uint64(len(rest)) {
		return nil, fmt.Errorf("%w: not one string of major type %d", ErrMalformed, want)
	}
	return rest, nil
}

// Content is what the one encoded byte string in raw holds, a copy. The
// error wraps [ErrMalformed].
func Content(raw RawMessage) ([]byte, error) {
	b, err := text(raw, majorBytes)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(b), nil
}

// textString is the content of the one encoded text string in raw.
func textString(raw RawMessage) (string, error) {
	b, err := text(raw, majorText)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("%w: text is not UTF-8", ErrMalformed)
	}
	return string(b), nil
}

// integer is the one encoded integer in raw; it must fit an int64.
func integer(raw RawMessage) (int64, error) {
	major, n, rest, ok := head(raw)
	if !ok || len(rest) > 0 || n > math.MaxInt64 || major != majorUint && major != majorNint {
		return 0, fmt.Errorf("%w: not one integer of 64 bits", ErrMalformed)
	}
	if major == majorNint {
		return -1 - int64(n), nil
	}
	return int64(n), nil
}

// Label is the one encoded integer, an int64, or text string in raw: what a map
// may have for a key. The error wraps [ErrMalformed].
func Label(raw RawMessage) (any, error) {
	if len(raw) > 0 && majorType(raw) == majorText {
		return textString(raw)
	}
	return integer(raw)
}
