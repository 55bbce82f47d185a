package register

import (
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"time"
)

// Log is the end of a register, to which lines are added. It holds no line: the
// caller stores what the methods return, in that order, before anything else is
// done with it. A line that was not stored must be followed by [Resume].
type Log struct {
	first     *First
	firstHash Hash
	key       hpke.PublicKey
	count     uint64
	head      Hash
}

// Start begins a register and returns its first line. The error wraps
// [ErrMalformed], [ErrPersonal] or [ErrKey].
func Start(first First, at time.Time) (*Log, []byte, error) {
	log := &Log{first: &first}
	line, err := log.add(&Line{First: &first}, at, nil)
	if err != nil {
		return nil, nil, err
	}
	if log.key, err = publicKey(first.Inspector); err != nil {
		return nil, nil, err
	}
	log.firstHash = log.head
	return log, line, nil
}

// Resume continues a register from its first and its last stored line, which
// may be the same. What lies between them is for [Checker]. The error wraps
// [ErrMalformed], [ErrTooLarge], [ErrPersonal] or [ErrKey].
func Resume(first, last []byte) (*Log, error) {
	f, head, err := wholeFrame(first)
	if err != nil {
		return nil, fmt.Errorf("first line: %w", err)
	}
	if head.First == nil {
		return nil, fmt.Errorf("%w: line %d is not the first", ErrMalformed, head.Number)
	}
	log := &Log{first: head.First, firstHash: sha256.Sum256(f.core)}
	if log.key, err = publicKey(head.First.Inspector); err != nil {
		return nil, err
	}
	f, end, err := wholeFrame(last)
	if err != nil {
		return nil, fmt.Errorf("last line: %w", err)
	}
	log.count, log.head = end.Number+1, sha256.Sum256(f.core)
	return log, nil
}

// First is what the first line says.
func (log *Log) First() First { return *log.first }

// Count is the number of lines, the first among them.
func (log *Log) Count() uint64 { return log.count }

// Append returns the line of a check at that time, with p sealed in it; nil
// seals nothing. The error wraps [ErrPeriod], [ErrPersonal], [ErrMalformed] or
// [ErrTooLarge].
func (log *Log) Append(c Check, p *Person, at time.Time) ([]byte, error) {
	if at.Before(log.first.From) || !at.Before(log.first.To) {
		return nil, ErrPeriod
	}
	if p != nil && *p == (Person{}) {
		p = nil
	}
	if p != nil && c.leaks(p) {
		return nil, ErrPersonal
	}
	return log.add(&Line{Check: &c}, at, p)
}

// Open reads the sealed part of one line with the inspector's key, and returns
// a line that says so. The caller stores that line before it shows the person.
// The error wraps [ErrKey] when k is not the register's, [ErrDestroyed],
// [ErrNotSealed], [ErrSealed], or is that of [ParseLine]; then no line is added.
func (log *Log) Open(k *PrivateKey, line []byte, o Opening, at time.Time) (Person, []byte, error) {
	if string(k.Public()) != string(log.first.Inspector) {
		return Person{}, nil, fmt.Errorf("%w of this register", ErrKey)
	}
	f, l, err := wholeFrame(line)
	switch {
	case err != nil:
		return Person{}, nil, err
	case l.SealedHash == nil:
		return Person{}, nil, fmt.Errorf("%w: line %d", ErrNotSealed, l.Number)
	case f.sealed == nil:
		return Person{}, nil, fmt.Errorf("%w: line %d", ErrDestroyed, l.Number)
	}
	aad, err := l.core(false)
	if err != nil {
		return Person{}, nil, err
	}
	p, err := k.unseal(log.firstHash, aad, f.sealed)
	if err != nil {
		return Person{}, nil, fmt.Errorf("line %d: %w", l.Number, err)
	}
	o.Line = l.Number
	note, err := log.add(&Line{Opening: &o}, at, nil)
	if err != nil {
		return Person{}, nil, err
	}
	return p, note, nil
}

// Destroy returns the line that ends the retention of everything older than
// before. The caller stores it and then replaces each line by what [Strip] gives.
func (log *Log) Destroy(at time.Time) (line []byte, before time.Time, err error) {
	before = at.Truncate(time.Second).Add(-log.first.Retention).UTC()
	line, err = log.add(&Line{Before: before}, at, nil)
	return line, before, err
}

// add puts l behind the last line.
func (log *Log) add(l *Line, at time.Time, p *Person) ([]byte, error) {
	l.Number, l.Prev, l.Time = log.count, log.head, at.Truncate(time.Second).UTC()
	if err := l.valid(); err != nil {
		return nil, err
	}
	var sealed []byte
	if p != nil {
		aad, err := l.core(false)
		if err != nil {
			return nil, err
		}
		if sealed, err = seal(log.key, log.firstHash, aad, p); err != nil {
			return nil, err
		}
		hash := sha256.Sum256(sealed)
		l.SealedHash = hash[:]
	}
	b, err := l.core(true)
	if err != nil {
		return nil, err
	}
	if len(b) > maxCoreBytes {
		return nil, fmt.Errorf("%w: core of %d bytes", ErrTooLarge, len(b))
	}
	log.count, log.head = log.count+1, sha256.Sum256(b)
	return appendFrame(nil, b, sealed), nil
}
