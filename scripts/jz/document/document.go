// Package document holds what an issuer or operator edits and signs: the trust
// list, the purpose catalogue, a status list and the request for a card, each as
// JSON that a person can read and change.
//
// Each document becomes what the packages under shared/ sign, and comes back from
// it. Reading is strict: a field with an unknown name is refused, since a
// misspelt restriction would otherwise be none. Errors of a card request hold no
// value of it. The package reads no clock and touches no file.
package document

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"jianzheng/shared/cwt"
)

// The errors of this package.
var (
	ErrMalformed = errors.New("malformed document")
	ErrNotFound  = errors.New("not in the document")
	ErrTaken     = errors.New("already in the document")
	ErrFull      = errors.New("not enough free places in the status list")
)

// Decode reads one JSON document into v, which points to a type of this package.
// The error wraps [ErrMalformed].
func Decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something stands behind its end", ErrMalformed)
	}
	return nil
}

// Encode writes a document with indents and a final line feed.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// Time is a moment in whole seconds. It is written as RFC 3339 in UTC; a date
// alone is read as the beginning of that day in UTC.
type Time time.Time

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(time.RFC3339)), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Time) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, string(text)); err == nil {
			*t = Time(at.UTC().Truncate(time.Second))
			return nil
		}
	}
	return errors.New("a time is written 2026-03-01 or 2026-03-01T04:00:00Z")
}

const day = 24 * time.Hour

// Length is a length of time, written as days ("60d") or as hours, minutes and
// seconds ("12h", "1h30m").
type Length time.Duration

// MarshalText implements encoding.TextMarshaler.
func (l Length) MarshalText() ([]byte, error) {
	d := time.Duration(l)
	if d%day == 0 {
		return fmt.Appendf(nil, "%dd", d/day), nil
	}
	text := d.String() // such as 12h0m0s
	for _, zero := range [][2]string{{"m", "0s"}, {"h", "0m"}} {
		if strings.HasSuffix(text, zero[0]+zero[1]) {
			text = strings.TrimSuffix(text, zero[1])
		}
	}
	return []byte(text), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Length) UnmarshalText(text []byte) error {
	wrong := errors.New("a length of time is written 60d or 12h")
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return wrong
		}
		*l = Length(time.Duration(n) * day)
		return nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d%time.Second != 0 {
		return wrong
	}
	*l = Length(d)
	return nil
}

// algorithms are those a key can be made for, by the names used here.
var algorithms = []struct {
	name string
	alg  cwt.Algorithm
}{
	{"ES256", cwt.ES256}, {"ES384", cwt.ES384}, {"Ed25519", cwt.Ed25519}, {"SM2", cwt.SM2SM3},
}

// Algorithms are the names that [ParseAlgorithm] reads.
func Algorithms() []string {
	var names []string
	for _, a := range algorithms {
		names = append(names, a.name)
	}
	return names
}

// ParseAlgorithm reads the name of an algorithm. The error wraps [ErrMalformed].
func ParseAlgorithm(name string) (cwt.Algorithm, error) {
	for _, a := range algorithms {
		if a.name == name {
			return a.alg, nil
		}
	}
	return 0, fmt.Errorf("%w: no algorithm %q, only %s", ErrMalformed, name, strings.Join(Algorithms(), ", "))
}

// AlgorithmName is the name of an algorithm in documents.
func AlgorithmName(alg cwt.Algorithm) string {
	for _, a := range algorithms {
		if a.alg == alg {
			return a.name
		}
	}
	return alg.String()
}

// Key ids are bytes. Those that look like a name are written as it, all others
// in hexadecimal behind hexPrefix.
const hexPrefix = "0x"

var plainKeyID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)

// KeyIDText writes a key id.
func KeyIDText(id []byte) string {
	s := string(id)
	if plainKeyID.MatchString(s) && !strings.HasPrefix(s, hexPrefix) {
		return s
	}
	return hexPrefix + hex.EncodeToString(id)
}

// ParseKeyID reads what [KeyIDText] wrote. The error wraps [ErrMalformed].
func ParseKeyID(s string) ([]byte, error) {
	if digits, ok := strings.CutPrefix(s, hexPrefix); ok {
		id, err := hex.DecodeString(digits)
		if err != nil || len(id) == 0 || len(id) > 64 {
			return nil, fmt.Errorf("%w: key id %q", ErrMalformed, s)
		}
		return id, nil
	}
	if !plainKeyID.MatchString(s) {
		return nil, fmt.Errorf("%w: key id %q: letters, digits and . _ : - are allowed, or 0x and hexadecimal", ErrMalformed, s)
	}
	return []byte(s), nil
}
