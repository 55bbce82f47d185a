package register

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A register is a CBOR sequence (RFC 8742) of checkpoints, if there are any, and
// then lines:
//
//	register = *checkpoint 1*line
//	checkpoint = 1247429425(bstr .cbor COSE_Sign1)
//	line     = 1247433265([ bstr .cbor core, hash of the core: bstr,
//	                        sealed part: bstr / null ])
//
// The hash is there to tell which of two lines is wrong where they do not fit.
// The tag numbers read JZC1 and JZR1 in ASCII; their five bytes are not UTF-8, so
// that reading can go on at the next line after a damaged stretch.
var (
	marker           = []byte{0xda, 'J', 'Z', 'R', '1'}
	checkpointMarker = []byte{0xda, 'J', 'Z', 'C', '1'}
)

const (
	arrayOfThree = 0x83
	null         = 0xf6
	majorBytes   = 0x40 // high bits of a head: byte string
	majorMask    = 0xe0
	oneByte      = 24 // low bits of a head: the length follows in one byte
	twoBytes     = 25
)

// errShort says that a frame goes on behind the bytes at hand.
var errShort = errors.New("register: cut off")

// frame is a line as it lies in a file. The slices alias what was read.
type frame struct {
	raw    []byte
	core   []byte
	stated []byte // hash of core, as the file has it
	sealed []byte // nil where there is none
}

// appendFrame writes a line.
func appendFrame(b, core, sealed []byte) []byte {
	b = append(append(b, marker...), arrayOfThree)
	b = appendBytes(b, core)
	hash := sha256.Sum256(core)
	b = appendBytes(b, hash[:])
	if sealed == nil {
		return append(b, null)
	}
	return appendBytes(b, sealed)
}

// appendBytes writes a CBOR byte string of at most 65,535 bytes.
func appendBytes(b, content []byte) []byte {
	switch n := len(content); {
	case n < oneByte:
		b = append(b, majorBytes|byte(n))
	case n < 1<<8:
		b = append(b, majorBytes|oneByte, byte(n))
	default:
		b = binary.BigEndian.AppendUint16(append(b, majorBytes|twoBytes), uint16(n))
	}
	return append(b, content...)
}

// cutBytes reads a CBOR byte string with the shortest head. The error is
// errShort or [ErrMalformed].
func cutBytes(b []byte) (content, rest []byte, err error) {
	if len(b) == 0 {
		return nil, nil, errShort
	}
	n, head := int(b[0]&^majorMask), 1
	switch {
	case b[0]&majorMask != majorBytes || n > twoBytes:
		return nil, nil, ErrMalformed
	case n == oneByte && len(b) > 1:
		n, head = int(b[1]), 2
		if n < oneByte {
			return nil, nil, ErrMalformed
		}
	case n == twoBytes && len(b) > 2:
		n, head = int(binary.BigEndian.Uint16(b[1:])), 3
		if n < 1<<8 {
			return nil, nil, ErrMalformed
		}
	case n >= oneByte:
		return nil, nil, errShort
	}
	switch {
	case n > maxCoreBytes:
		return nil, nil, ErrMalformed
	case len(b)-head < n:
		return nil, nil, errShort
	}
	return b[head : head+n], b[head+n:], nil
}

// parseFrame reads the line at the start of b. The error is errShort when more
// bytes are needed, or wraps [ErrMalformed].
func parseFrame(b []byte) (f frame, err error) {
	head := append(marker[:len(marker):len(marker)], arrayOfThree)
	if n := min(len(b), len(head)); !bytes.Equal(b[:n], head[:n]) {
		return f, fmt.Errorf("%w: not a line", ErrMalformed)
	}
	if len(b) < len(head) {
		return f, errShort
	}
	rest := b[len(head):]
	if f.core, rest, err = cutBytes(rest); err != nil {
		return f, err
	}
	if f.stated, rest, err = cutBytes(rest); err != nil {
		return f, err
	}
	switch {
	case len(f.stated) != hashBytes:
		return f, fmt.Errorf("%w: hash of %d bytes", ErrMalformed, len(f.stated))
	case len(rest) == 0:
		return f, errShort
	case rest[0] == null:
		rest = rest[1:]
	default:
		if f.sealed, rest, err = cutBytes(rest); err != nil {
			return f, err
		}
		if len(f.sealed) > maxSealedBytes {
			return f, fmt.Errorf("%w: sealed part of %d bytes", ErrMalformed, len(f.sealed))
		}
	}
	f.raw = b[:len(b)-len(rest)]
	return f, nil
}

// wholeFrame is a frame that holds: its core is one, and the hashes fit.
func wholeFrame(b []byte) (frame, *Line, error) {
	f, err := parseFrame(b)
	if err == nil && len(f.raw) != len(b) {
		err = errors.New("bytes behind the line")
	}
	if err != nil {
		return f, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	l, err := parseCore(f.core)
	if err != nil {
		return f, nil, err
	}
	if hash := sha256.Sum256(f.core); !bytes.Equal(hash[:], f.stated) {
		return f, nil, fmt.Errorf("%w: hash of line %d", ErrMalformed, l.Number)
	}
	if f.sealed != nil {
		if hash := sha256.Sum256(f.sealed); !bytes.Equal(hash[:], l.SealedHash) {
			return f, nil, fmt.Errorf("%w: sealed part of line %d", ErrMalformed, l.Number)
		}
	}
	return f, l, nil
}

// ParseLine reads the readable part of one line, checking its own hashes, and
// says whether its sealed part is there. The error wraps [ErrMalformed],
// [ErrTooLarge] or [ErrPersonal].
func ParseLine(b []byte) (l *Line, sealed bool, err error) {
	f, l, err := wholeFrame(b)
	return l, err == nil && f.sealed != nil, err
}

// Strip returns a line without its sealed part if the line is older than
// before, and otherwise the line as it is. The error is that of [ParseLine].
func Strip(line []byte, before time.Time) ([]byte, error) {
	f, l, err := wholeFrame(line)
	if err != nil {
		return nil, err
	}
	if f.sealed == nil || !l.Time.Before(before) {
		return line, nil
	}
	return appendFrame(nil, f.core, nil), nil
}
