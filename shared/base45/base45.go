// Package base45 turns bytes into the text a QR symbol stores best, and back,
// strictly as RFC 9285 says.
//
// It refuses what the RFC leaves to the reader's goodwill: lower case is not
// folded, white space is not skipped, and a group above its range is an error,
// so that one byte string has exactly one text.
package base45

import (
	"errors"
	"fmt"
	"slices"
)

// alphabet is table 1 of RFC 9285, which is also the alphanumeric set of
// ISO/IEC 18004.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// Errors that [Decode] wraps.
var (
	ErrAlphabet = errors.New("base45: character outside the alphabet")
	ErrLength   = errors.New("base45: impossible length or group")
)

// notInAlphabet marks the bytes that are no Base45 character.
const notInAlphabet = 0xff

var values = func() (v [256]byte) {
	for i := range v {
		v[i] = notInAlphabet
	}
	for i := range alphabet {
		v[alphabet[i]] = byte(i)
	}
	return v
}()

// pairs are the two characters, least significant first, of the numbers below
// 45²: one division for three characters instead of three.
var pairs = func() (all [45 * 45][2]byte) {
	for n := range all {
		all[n] = [2]byte{alphabet[n%45], alphabet[n/45]}
	}
	return all
}()

// EncodedLen is the length in characters of the Base45 text of n bytes.
func EncodedLen(n int) int { return n/2*3 + n%2*2 }

// Encode writes b as Base45 text (RFC 9285, section 4): three characters for
// two bytes, least significant first, and two for a last odd byte.
func Encode(b []byte) string {
	return string(AppendEncode(make([]byte, 0, EncodedLen(len(b))), b))
}

// AppendEncode is [Encode] behind what stands in out.
func AppendEncode(out, b []byte) []byte {
	at := len(out)
	out = slices.Grow(out, EncodedLen(len(b)))[:at+EncodedLen(len(b))]
	for ; len(b) >= 2; b, at = b[2:], at+3 {
		n := uint32(b[0])<<8 | uint32(b[1])
		high := n / (45 * 45)
		low := &pairs[n-high*45*45]
		out[at], out[at+1], out[at+2] = low[0], low[1], alphabet[high]
	}
	if len(b) == 1 {
		out[at], out[at+1] = alphabet[b[0]%45], alphabet[b[0]/45]
	}
	return out
}

// Decode reads Base45 text (RFC 9285, section 4) into bytes.
//
// Three characters give two bytes and a final pair gives one, so the result
// has len(text)/3*2 + len(text)%3/2 bytes. Lower case is refused, not folded.
// The error wraps [ErrAlphabet] or [ErrLength] and names the offset in text.
func Decode(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, fmt.Errorf("%w: %d characters", ErrLength, len(text))
	}
	out := make([]byte, 0, len(text)/3*2+len(text)%3/2)
	for i := 0; i < len(text); i += 3 {
		group := text[i:min(i+3, len(text))]
		n, weight := 0, 1
		for j := range len(group) {
			v := values[group[j]]
			if v == notInAlphabet {
				return nil, fmt.Errorf("%w at offset %d", ErrAlphabet, i+j)
			}
			n += int(v) * weight
			weight *= 45
		}
		switch {
		case len(group) == 3 && n <= 0xffff:
			out = append(out, byte(n>>8), byte(n))
		case len(group) == 2 && n <= 0xff:
			out = append(out, byte(n))
		default:
			return nil, fmt.Errorf("%w: group of value %d at offset %d", ErrLength, n, i)
		}
	}
	return out, nil
}
