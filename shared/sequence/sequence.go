// Package sequence carries a text that is too long for one QR symbol, as an
// answer with a portrait, in several that are shown in turn. The format is our
// own, since none is published for texts:
//
//	SQ1: 03 07 ABCDEFGHIJKLMNO piece
//	     |  |  |               └ of the text, in order
//	     |  |  └ Base45 of the first 10 bytes of the text's SHA-256
//	     |  └ number of parts, 02 to 40
//	     └ number of this part, from 01
//
// without the spaces: all in the alphanumeric mode of ISO/IEC 18004. The hash tells
// one sequence from another, and that all pieces are there and right. It proves
// nothing of who made them; what the text proves, its own signature does.
//
// A [Collector] takes parts in any order, as often as they come. It refuses what is
// over its caps and keeps nothing of a text once it is whole.
package sequence

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"jianzheng/shared/base45"
)

// Prefix begins the text of each part.
const Prefix = "SQ1:"

// Caps.
const (
	MaxParts = 40
	MaxText  = 16 << 10 // characters of the whole

	// pieceSize is the most characters that Split puts into a part: with what
	// stands before them they fit version 13-M, which a webcam reads at once.
	pieceSize = 450
	// maxPiece is the most that is taken from others.
	maxPiece = 2000
)

// The errors of this package.
var (
	ErrOther     = errors.New("sequence: not a part")
	ErrMalformed = errors.New("sequence: malformed part")
	ErrText      = errors.New("sequence: text cannot be carried")
)

const (
	digits     = "0123456789"
	alphabet   = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:" // of Base45 and of the alphanumeric mode
	hashBytes  = 10
	hashSize   = hashBytes / 2 * 3 // characters
	headerSize = len(Prefix) + 2 + 2 + hashSize
)

// Is tells whether a text begins like a part.
func Is(text string) bool { return strings.HasPrefix(text, Prefix) }

// Split makes the parts of a text, two at least, of about the same length. The
// error wraps [ErrText] for a text that is too short or too long for that, or has
// characters outside the alphanumeric mode.
func Split(text string) ([]string, error) {
	switch {
	case len(text) < 2 || len(text) > MaxText:
		return nil, fmt.Errorf("%w: %d characters", ErrText, len(text))
	case strings.Trim(text, alphabet) != "":
		return nil, fmt.Errorf("%w: characters outside the alphanumeric mode", ErrText)
	}
	n := max(2, (len(text)+pieceSize-1)/pieceSize)
	hash := hashOf(text)
	parts := make([]string, n)
	from := 0
	for i := range parts {
		to := (i + 1) * len(text) / n
		// A piece that ends in a space would lose it where texts are trimmed.
		for i < n-1 && to > from+1 && text[to-1] == ' ' {
			to--
		}
		parts[i] = fmt.Sprintf("%s%02d%02d%s%s", Prefix, i+1, n, hash, text[from:to])
		from = to
	}
	return parts, nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base45.Encode(sum[:hashBytes])
}

// part is one part as it was read.
type part struct {
	number, of int
	hash       string
	piece      string
}

// parse reads a part. The error wraps [ErrOther] or [ErrMalformed].
func parse(text string) (part, error) {
	var p part
	if !Is(text) {
		return p, ErrOther
	}
	if n := len(text) - headerSize; n < 1 || n > maxPiece {
		return p, fmt.Errorf("%w: %d characters", ErrMalformed, len(text))
	}
	if strings.Trim(text, alphabet) != "" {
		return p, fmt.Errorf("%w: characters outside the alphanumeric mode", ErrMalformed)
	}
	var ok, right bool
	p.number, ok = number(text[len(Prefix):])
	p.of, right = number(text[len(Prefix)+2:])
	if !ok || !right || p.of < 2 || p.of > MaxParts || p.number < 1 || p.number > p.of {
		return p, fmt.Errorf("%w: part %.2q of %.2q", ErrMalformed, text[len(Prefix):], text[len(Prefix)+2:])
	}
	p.hash, p.piece = text[headerSize-hashSize:headerSize], text[headerSize:]
	return p, nil
}

// number reads two digits.
func number(s string) (n int, ok bool) {
	tens, ones := strings.IndexByte(digits, s[0]), strings.IndexByte(digits, s[1])
	return tens*10 + ones, tens >= 0 && ones >= 0
}
