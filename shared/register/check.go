package register

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"sort"
	"time"

	"jianzheng/shared/cwt"
)

// Checker checks a register that is written to it piece by piece, as it lies in
// a file. It keeps 16 bytes of a line that sealed something, and one line whole.
//
// A line that was altered is named even where its own hash was made to fit,
// because the next line holds the old one. Where that cannot tell which of two
// neighbours was altered, both are named. What follows a missing line is linked
// to nothing, but a checkpoint behind it still says whether it is the same.
type Checker struct {
	// Visit is called with each line that is sound in itself, in the order of
	// the file; raw counts during the call only. It may be nil.
	Visit func(raw []byte, l *Line)

	report    Report
	operators Operators
	stored    [][]byte // checkpoints in the file
	given     int      // checkpoints in all
	marks     []mark   // ascending by count, from the first line on

	buf   []byte
	read  int64 // bytes written so far
	at    int64 // where the item at hand begins
	whole bool  // its sealed part is there
	lines bool  // the checkpoints before the lines are over

	next     uint64 // the number expected
	heads    []Hash // of the line before: as computed and as stated
	suspect  bool   // the line before did not fit the one before it
	damaged  bool   // bytes that are no line came since the last one
	cut      bool   // the end is in the middle of a line
	seen     *numbers
	wrecked  *numbers // not seen, with bytes in their place that are no line
	first    Hash
	period   First
	parts    []part
	before   time.Time // the latest destruction
	verified uint64    // marks up to this count fit
}

// Operators finds the key that a checkpoint must be signed with; nil when its
// operator is none that counts. The checkpoint is not verified yet.
type Operators func(c Checkpoint, keyID []byte) *cwt.Key

// mark is a checkpoint under comparison.
type mark struct {
	Checkpoint
	signed bool
}

// part is one sealed part, there or removed.
type part struct {
	time   int64 // s
	number uint32
	gone   bool
}

// NewChecker begins a check. Checkpoints may come from elsewhere, for example
// from the operator; those in the file are added. With nil for operators,
// checkpoints are compared with the lines but prove nothing. The error wraps [ErrCheckpoint] or [ErrTooLarge].
func NewChecker(checkpoints [][]byte, operators Operators) (*Checker, error) {
	c := &Checker{operators: operators, report: Report{Faults: []Fault{}}, seen: new(numbers), wrecked: new(numbers)}
	for _, b := range checkpoints {
		if err := c.mark(b); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// CheckAll reads a whole register. The error is that of [NewChecker], or r's.
func CheckAll(r io.Reader, checkpoints [][]byte, operators Operators) (*Report, error) {
	c, err := NewChecker(checkpoints, operators)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(c, r); err != nil {
		return nil, err
	}
	return c.Report(), nil
}

// mark takes a checkpoint.
func (c *Checker) mark(b []byte) error {
	m, checkpoint, err := readCheckpoint(b)
	if err != nil {
		return err
	}
	if c.given++; c.given > MaxCheckpoints {
		return fmt.Errorf("%w: over %d checkpoints", ErrTooLarge, MaxCheckpoints)
	}
	if c.operators == nil {
		c.report.Unsigned++
	} else if k := c.operators(checkpoint, m.Header.KeyID); k == nil || m.Verify(k) != nil {
		c.report.add(CheckpointForged, 0, checkpoint.Count-1)
		return nil
	}
	at := len(c.marks)
	for at > 0 && c.marks[at-1].Count > checkpoint.Count {
		at--
	}
	c.marks = slices.Insert(c.marks, at, mark{checkpoint, c.operators != nil})
	return nil
}

// Write takes the next bytes of the register. It never fails: what is wrong
// goes into the report.
func (c *Checker) Write(p []byte) (int, error) {
	c.buf = append(c.buf, p...)
	c.read += int64(len(p))
	rest := c.eat(c.buf, false)
	c.buf = append(c.buf[:0], rest...)
	return len(p), nil
}

// eat takes what is complete from b and returns the rest. With final set
// nothing comes behind b.
func (c *Checker) eat(b []byte, final bool) []byte {
	for len(b) > 0 {
		c.at = c.read - int64(len(b))
		rest, err := c.item(b)
		switch {
		case err == nil:
			b = rest
			continue
		case err == errShort && !final && len(b) < MaxLineBytes:
			return b
		}
		// Go on at the next line there is. A marker may begin in the last bytes.
		c.cut = err == errShort
		c.damaged = true
		at := bytes.Index(b[1:], marker)
		switch {
		case at >= 0:
			b = b[1+at:]
		case final:
			return nil
		default:
			return b[max(1, len(b)-len(marker)+1):]
		}
	}
	return nil
}

// item takes a line or, before the lines, a checkpoint from the start of b. The
// error is errShort or wraps [ErrMalformed].
func (c *Checker) item(b []byte) (rest []byte, err error) {
	if !c.lines && bytes.HasPrefix(b, checkpointMarker) {
		content, rest, err := cutBytes(b[len(checkpointMarker):])
		if err != nil {
			return nil, err
		}
		if c.mark(content) != nil {
			return nil, ErrMalformed
		}
		c.stored = append(c.stored, bytes.Clone(content))
		return rest, nil
	}
	if !c.lines && bytes.HasPrefix(checkpointMarker, b) {
		return nil, errShort
	}
	f, err := parseFrame(b)
	if err != nil {
		return nil, err
	}
	c.line(f)
	return b[len(f.raw):], nil
}

// line takes one line with a sound frame.
func (c *Checker) line(f frame) {
	c.lines = true
	if c.next >= MaxLines {
		c.report.add(Unreadable, c.next, c.next)
		return
	}
	hash := sha256.Sum256(f.core)
	stated := Hash(f.stated)
	l, err := parseCore(f.core)
	if err != nil || hash != stated {
		// Its number cannot be trusted: it counts as the one that is due.
		c.gap(c.next)
		c.report.add(Altered, c.next, c.next)
		c.advance(hash, stated)
		c.suspect = false
		return
	}
	if c.whole = f.sealed != nil; c.Visit != nil {
		c.Visit(f.raw, l)
	}
	if l.Number < c.next {
		if c.seen.has(l.Number) {
			c.report.add(Duplicate, l.Number, l.Number)
		} else {
			c.report.add(Reordered, l.Number, l.Number)
			c.seen.add(l.Number)
			c.content(l, hash, f)
		}
		c.damaged = false
		return
	}
	c.gap(l.Number)
	if len(c.heads) > 0 {
		fits := slices.Contains(c.heads, l.Prev)
		if !fits {
			c.report.add(Altered, c.next-1, c.next-1)
		}
		c.suspect = !fits
	}
	c.content(l, hash, f)
	c.advance(hash, stated)
}

// gap makes n the number that is due, and names what is missing before it.
func (c *Checker) gap(n uint64) {
	switch {
	case n > c.next:
		c.lift()
		for ; c.next < n; c.next++ {
			if c.damaged {
				c.wrecked.add(c.next)
			}
		}
		c.heads = nil
	case c.damaged:
		c.report.add(Inserted, n, n)
	}
	c.damaged, c.cut = false, false
}

// lift names the line before when no line behind it can vouch for it.
func (c *Checker) lift() {
	if c.suspect {
		c.report.add(Altered, c.next-1, c.next-1)
	}
	c.suspect = false
}

// start takes the first line. Only a line with First set has the number 0.
func (c *Checker) start(l *Line, hash Hash) {
	r, f := &c.report, l.First
	c.first, c.period = hash, *f
	r.PartyID, r.PartyName, r.From, r.To = f.PartyID, f.PartyName, &f.From, &f.To
	r.Days = f.Retention.Hours() / 24
	if l.Prev != (Hash{}) {
		r.add(Altered, 0, 0)
	}
}

// begins tells whether the first line was seen and holds.
func (c *Checker) begins() bool { return c.first != (Hash{}) }

// content checks what a line says, wherever it stands.
func (c *Checker) content(l *Line, hash Hash, f frame) {
	n := l.Number
	if l.First != nil {
		c.start(l, hash)
	}
	if l.Opening != nil {
		c.report.Openings++
	}
	if !l.Before.IsZero() {
		if c.begins() && l.Before.After(l.Time.Add(-c.period.Retention)) {
			c.report.add(DestroyedEarly, n, n)
		}
		if l.Before.After(c.before) {
			c.before = l.Before
		}
	}
	if l.Check != nil && c.begins() && (l.Time.Before(c.period.From) || !l.Time.Before(c.period.To)) {
		c.report.add(OutsidePeriod, n, n)
	}
	if f.sealed != nil {
		if hash := sha256.Sum256(f.sealed); !bytes.Equal(hash[:], l.SealedHash) {
			c.report.add(SealedAltered, n, n)
		}
	}
	if l.SealedHash != nil {
		c.parts = append(c.parts, part{l.Time.Unix(), uint32(n), f.sealed == nil})
	}
}

// advance goes on behind the line that was due.
func (c *Checker) advance(hash, stated Hash) {
	c.heads = append(c.heads[:0], hash, stated)
	c.seen.add(c.next)
	c.next++
	for len(c.marks) > 0 && c.marks[0].Count <= c.next {
		m := c.marks[0]
		c.marks = c.marks[1:]
		switch {
		case m.Count < c.next: // the line it covers is missing, which is named
		case c.begins() && m.Register != c.first:
			c.report.add(CheckpointForeign, 0, m.Count-1)
		case !slices.Contains(c.heads, m.Head):
			c.report.add(Rewritten, c.verified, m.Count-1)
		default:
			c.verified = m.Count
			if m.signed {
				c.report.Covered = m.Count
			}
		}
	}
}

// At is where the line that Visit was called with begins, in bytes from the
// start of what was written.
func (c *Checker) At() int64 { return c.at }

// Sealed tells whether that line has its sealed part.
func (c *Checker) Sealed() bool { return c.whole }

// Checkpoints are those that stood in the file, as they are.
func (c *Checker) Checkpoints() [][]byte { return c.stored }

// Report ends the check.
func (c *Checker) Report() *Report {
	c.eat(c.buf, true)
	c.buf = nil
	r := &c.report
	c.lift()
	switch {
	case c.cut || c.next == 0 && !c.damaged:
		r.add(Truncated, c.next, c.next)
	case c.damaged:
		r.add(Unreadable, c.next, c.next)
	}
	for _, m := range c.marks {
		if c.begins() && m.Register != c.first {
			r.add(CheckpointForeign, 0, m.Count-1)
		} else {
			r.add(Truncated, c.next, m.Count-1)
		}
	}
	c.marks = nil
	for n := range c.next {
		switch {
		case c.seen.has(n):
		case c.wrecked.has(n):
			r.add(Unreadable, n, n)
		default:
			r.add(Missing, n, n)
		}
	}
	for _, p := range c.parts {
		over := p.time < c.before.Unix()
		switch n := uint64(p.number); {
		case p.gone && !over:
			r.add(SealedMissing, n, n)
		case !p.gone && over:
			r.add(SealedKept, n, n)
		}
		if p.gone {
			r.Destroyed++
		} else {
			r.Sealed++
		}
	}
	c.parts = nil
	r.Lines = c.next
	if len(c.heads) > 0 {
		r.Head = c.heads[0][:]
	}
	r.Intact = len(r.Faults) == 0
	sort.Sort(byLine(r.Faults))
	return r
}
