package register

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"jianzheng/shared/cwt"
)

// The core of a line, deterministic CBOR. All hashes are SHA-256.
//
//	core        = { 0: number, 1: hash of the core before, 2: time,
//	                ? 3: first, ? 4: check, ? 5: opening, ? 6: destruction,
//	                ? 7: hash of the sealed part }
//	first       = { 0: party id, 1: party name, 2: inspector's key,
//	                3: from, 4: to, 5: retention }
//	check       = { ? 0: seat, ? 1: staff, 2: outcome, 3: reason, ? 4: class,
//	                ? 5: purpose, ? 6: rule, ? 7: handle, ? 8: hash of the
//	                presentation, ? 9: portrait answer }
//	opening     = { 0: number, 1: reader, 2: ground }
//	destruction = { 0: before }
//
// One of 3 to 6 is there, and 7 only with 4. Times are seconds since 1970, the
// retention seconds.
type (
	core struct {
		Number     uint64           `cbor:"0,keyasint"`
		Prev       []byte           `cbor:"1,keyasint"`
		Time       uint64           `cbor:"2,keyasint"`
		First      *firstPart       `cbor:"3,keyasint,omitempty"`
		Check      *checkPart       `cbor:"4,keyasint,omitempty"`
		Opening    *openingPart     `cbor:"5,keyasint,omitempty"`
		Destroyed  *destructionPart `cbor:"6,keyasint,omitempty"`
		SealedHash []byte           `cbor:"7,keyasint,omitempty"`
	}
	firstPart struct {
		PartyID   string `cbor:"0,keyasint"`
		PartyName string `cbor:"1,keyasint"`
		Inspector []byte `cbor:"2,keyasint"`
		From      uint64 `cbor:"3,keyasint"`
		To        uint64 `cbor:"4,keyasint"`
		Retention uint64 `cbor:"5,keyasint"`
	}
	checkPart struct {
		Seat     string `cbor:"0,keyasint,omitempty"`
		Staff    string `cbor:"1,keyasint,omitempty"`
		Outcome  string `cbor:"2,keyasint"`
		Reason   string `cbor:"3,keyasint"`
		Class    string `cbor:"4,keyasint,omitempty"`
		Purpose  string `cbor:"5,keyasint,omitempty"`
		Rule     string `cbor:"6,keyasint,omitempty"`
		Handle   string `cbor:"7,keyasint,omitempty"`
		Hash     Hex    `cbor:"8,keyasint,omitempty"`
		Portrait string `cbor:"9,keyasint,omitempty"`
	}
	openingPart struct {
		Line   uint64 `cbor:"0,keyasint"`
		Reader string `cbor:"1,keyasint"`
		Ground string `cbor:"2,keyasint"`
	}
	destructionPart struct {
		Before uint64 `cbor:"0,keyasint"`
	}
)

const (
	maxSeconds = 253402300799 // the last second of the year 9999
	maxDigits  = 14           // in a row: an identity number has 15 or 18
	hashBytes  = len(Hash{})
)

var (
	outcomes = []string{"accepted", "conditional", "rejected", "undetermined", "unreadable"}
	classes  = []string{"", "A", "B", "C", "D"}
	answers  = []string{"", "same", "unsure", "different"}
)

// core is the encoding of l. With sealed false the hash of the sealed part is
// left out: those bytes are what the sealed part is bound to.
func (l *Line) core(sealed bool) ([]byte, error) {
	c := core{Number: l.Number, Prev: l.Prev[:], Time: uint64(l.Time.Unix())}
	switch {
	case l.First != nil:
		f := l.First
		c.First = &firstPart{f.PartyID, f.PartyName, f.Inspector, uint64(f.From.Unix()), uint64(f.To.Unix()), uint64(f.Retention / time.Second)}
	case l.Check != nil:
		p := checkPart(*l.Check)
		c.Check = &p
	case l.Opening != nil:
		o := openingPart(*l.Opening)
		c.Opening = &o
	default:
		c.Destroyed = &destructionPart{uint64(l.Before.Unix())}
	}
	if sealed {
		c.SealedHash = l.SealedHash
	}
	return cwt.Encode(c)
}

// parseCore reads a core and refuses every encoding but the one that [Line.core]
// writes. The error wraps [ErrMalformed], [ErrTooLarge] or [ErrPersonal].
func parseCore(b []byte) (*Line, error) {
	if len(b) > maxCoreBytes {
		return nil, fmt.Errorf("%w: core of %d bytes", ErrTooLarge, len(b))
	}
	var c core
	if err := cwt.Decode(b, &c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	l := &Line{Number: c.Number, Time: seconds(c.Time), SealedHash: c.SealedHash}
	kinds := 0
	if f := c.First; f != nil {
		kinds++
		if f.Retention > maxSeconds/64 { // over a century
			return nil, fmt.Errorf("%w: retention", ErrMalformed)
		}
		l.First = &First{f.PartyID, f.PartyName, f.Inspector, seconds(f.From), seconds(f.To), time.Duration(f.Retention) * time.Second}
	}
	if c.Check != nil {
		kinds++
		p := Check(*c.Check)
		l.Check = &p
	}
	if c.Opening != nil {
		kinds++
		o := Opening(*c.Opening)
		l.Opening = &o
	}
	if c.Destroyed != nil {
		kinds++
		l.Before = seconds(c.Destroyed.Before)
	}
	copy(l.Prev[:], c.Prev)
	if kinds != 1 {
		return nil, fmt.Errorf("%w: %d kinds of line in one", ErrMalformed, kinds)
	}
	if err := l.valid(); err != nil {
		return nil, err
	}
	// Whatever was missing, of another length or encoded otherwise shows here.
	again, err := l.core(true)
	if err != nil || !bytes.Equal(again, b) {
		return nil, fmt.Errorf("%w: not the deterministic encoding", ErrMalformed)
	}
	return l, nil
}

func seconds(n uint64) time.Time {
	// A time beyond the calendar shows as another encoding.
	return time.Unix(int64(min(n, maxSeconds)), 0).UTC()
}

// valid checks the members of l, but not its place.
func (l *Line) valid() error {
	var err error
	switch {
	case l.Number >= MaxLines:
		return fmt.Errorf("%w: line %d", ErrTooLarge, l.Number)
	case l.Time.Unix() < 0 || l.Time.Unix() > maxSeconds:
		return fmt.Errorf("%w: time", ErrMalformed)
	case (l.First != nil) != (l.Number == 0):
		return fmt.Errorf("%w: a register has one first line", ErrMalformed)
	case l.SealedHash != nil && (l.Check == nil || len(l.SealedHash) != hashBytes):
		return fmt.Errorf("%w: hash of the sealed part", ErrMalformed)
	case l.First != nil:
		err = l.First.valid()
	case l.Check != nil:
		err = l.Check.valid()
	case l.Opening != nil:
		if l.Opening.Line >= l.Number {
			return fmt.Errorf("%w: opening of a later line", ErrMalformed)
		}
		if err = readable("reader", l.Opening.Reader, maxShortBytes); err == nil {
			err = readable("ground", l.Opening.Ground, maxTextBytes)
		}
	}
	return err
}

func (f *First) valid() error {
	if !f.From.Before(f.To) || f.From.Unix() < 0 || f.To.Unix() > maxSeconds {
		return fmt.Errorf("%w: period", ErrMalformed)
	}
	if f.Retention < time.Second || f.Retention%time.Second != 0 {
		return fmt.Errorf("%w: retention", ErrMalformed)
	}
	if _, err := publicKey(f.Inspector); err != nil {
		return err
	}
	if err := text("party id", f.PartyID, maxTextBytes); err != nil {
		return err
	}
	return text("party name", f.PartyName, maxTextBytes)
}

func (c *Check) valid() error {
	switch {
	case !slices.Contains(outcomes, c.Outcome):
		return fmt.Errorf("%w: outcome", ErrMalformed)
	case !isCode(c.Reason):
		return fmt.Errorf("%w: reason", ErrMalformed)
	case !slices.Contains(classes, c.Class):
		return fmt.Errorf("%w: class", ErrMalformed)
	case c.Purpose != "" && !isCode(c.Purpose):
		return fmt.Errorf("%w: purpose", ErrMalformed)
	case c.Handle != "" && !isCode(c.Handle):
		return fmt.Errorf("%w: handle", ErrMalformed)
	case c.Hash != nil && len(c.Hash) != hashBytes:
		return fmt.Errorf("%w: hash of the presentation", ErrMalformed)
	case !slices.Contains(answers, c.Portrait):
		return fmt.Errorf("%w: portrait answer", ErrMalformed)
	}
	for _, f := range []struct {
		name, text string
		max        int
	}{{"seat", c.Seat, maxShortBytes}, {"staff", c.Staff, maxShortBytes}, {"rule", c.Rule, maxTextBytes}} {
		if f.text == "" {
			continue
		}
		if err := readable(f.name, f.text, f.max); err != nil {
			return err
		}
	}
	return nil
}

// leaks tells whether a readable member of c holds what p seals.
func (c *Check) leaks(p *Person) bool {
	for _, open := range []string{c.Seat, c.Staff, c.Purpose, c.Rule, c.Handle} {
		for _, secret := range []string{p.Name, p.ID, p.Address} {
			if secret != "" && strings.Contains(strings.ToUpper(open), strings.ToUpper(secret)) {
				return true
			}
		}
	}
	return false
}

// text checks one line of printable text.
func text(name, s string, max int) error {
	if s == "" || len(s) > max || !utf8.ValidString(s) || strings.TrimSpace(s) != s ||
		strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%w: %s", ErrMalformed, name)
	}
	return nil
}

// readable is text that cannot hold an identity number either.
func readable(name, s string, max int) error {
	if err := text(name, s, max); err != nil {
		return err
	}
	run := 0
	for _, r := range s {
		if !unicode.IsDigit(r) {
			run = 0
			continue
		}
		if run++; run > maxDigits {
			return fmt.Errorf("%w: %s", ErrPersonal, name)
		}
	}
	return nil
}

// isCode tells a name of lower case letters, digits and hyphens.
func isCode(s string) bool {
	if s == "" || len(s) > maxShortBytes {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return readable("code", s, maxShortBytes) == nil
}
