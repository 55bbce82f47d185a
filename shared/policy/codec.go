package policy

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"jianzheng/shared/cwt"
)

// Caps on a catalogue.
const (
	MaxBytes    = cwt.MaxBytes
	MaxPurposes = 256

	maxCodeBytes = 40
	maxNameBytes = 200
	maxRuleBytes = 400
	maxUsers     = 32
	maxMinAge    = 150
	maxTime      = 253402300799             // last second of the year 9999
	maxLength    = 100 * 365 * 24 * 60 * 60 // seconds, a hundred years
)

// Sign returns the catalogue as a COSE_Sign1 signed by k. Times are cut to whole
// seconds. It is held to all that [Open] asks, with the same errors.
func Sign(c *Catalogue, k *cwt.PrivateKey) ([]byte, error) {
	payload, err := c.encode()
	if err != nil {
		return nil, err
	}
	// Read it back, so that nothing is published that no verifier would open.
	if _, err := decode(payload); err != nil {
		return nil, err
	}
	b, err := cwt.Sign(k, cwt.Header{Type: contentType}, nil, payload)
	if err != nil {
		return nil, fmt.Errorf("policy: sign: %w", err)
	}
	return b, nil
}

// Open reads a signed catalogue and checks it with k, the key its reader trusts
// for it. It does not ask whether the catalogue is stale or rolled back.
//
// The error wraps [ErrTooLarge] above [MaxBytes] or [MaxPurposes],
// [cwt.ErrSignature] or [cwt.ErrAlgorithm] when k did not sign it, and
// [ErrMalformed] for everything else. The signature is checked before the
// payload is looked at.
func Open(b []byte, k *cwt.Key) (*Catalogue, error) {
	m, err := cwt.ParseMax(b, MaxBytes)
	if errors.Is(err, cwt.ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := m.Verify(k); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if m.Header.Type != any(contentType) {
		return nil, fmt.Errorf("%w: typ %v", ErrMalformed, m.Header.Type)
	}
	return decode(m.Payload)
}

// decode reads a payload and refuses any that is not the encoding of what it
// read.
func decode(payload []byte) (*Catalogue, error) {
	var w catalogueMap
	if err := cwt.Decode(payload, &w); err != nil {
		if errors.Is(err, cwt.ErrTooLarge) {
			return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if w.IssuedAt > maxTime || w.Expires > maxTime {
		return nil, fmt.Errorf("%w: time out of range", ErrMalformed)
	}
	c := &Catalogue{
		Sequence: w.Sequence,
		IssuedAt: time.Unix(int64(w.IssuedAt), 0).UTC(),
		Expires:  time.Unix(int64(w.Expires), 0).UTC(),
	}
	for i, pm := range w.Purposes {
		p, err := pm.purpose()
		if err != nil {
			return nil, fmt.Errorf("purpose %d: %w", i, err)
		}
		c.Purposes = append(c.Purposes, p)
	}
	again, err := c.encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, payload) {
		return nil, fmt.Errorf("%w: payload is not the deterministic encoding of known fields", ErrMalformed)
	}
	return c, nil
}

// purpose turns one row of the wire into a Purpose. What it lets through is
// checked when the row is encoded again.
func (pm purposeMap) purpose() (Purpose, error) {
	if pm.Tier < 1 || pm.Tier > uint64(len(tiers)) {
		return Purpose{}, fmt.Errorf("%w: tier %d", ErrMalformed, pm.Tier)
	}
	if pm.Factors > uint64(allFactors) || pm.MinAge > maxMinAge || pm.FactorAge > maxLength || pm.Retention > maxLength {
		return Purpose{}, fmt.Errorf("%w: factors, ages or retention out of range", ErrMalformed)
	}
	p := Purpose{
		Code: pm.Code, NameZh: pm.NameZh, NameEn: pm.NameEn, Users: pm.Users,
		Tier:         tiers[pm.Tier-1],
		Factors:      uint8(pm.Factors),
		FactorMaxAge: time.Duration(pm.FactorAge) * time.Second,
		MinAge:       int(pm.MinAge),
		Compare:      pm.Compare,
		Handle:       pm.Handle,
		Retention:    time.Duration(pm.Retention) * time.Second,
		Rule:         pm.Rule,
	}
	for _, f := range []struct {
		into *[]string
		bits uint64
		rows []string
	}{
		{&p.Classes, pm.Classes, classes},
		{&p.Request, pm.Request, claims},
		{&p.Optional, pm.Optional, claims},
		{&p.Show, pm.Show, claims},
		{&p.Seal, pm.Seal, claims},
	} {
		var err error
		if *f.into, err = unpackBits(f.bits, f.rows); err != nil {
			return Purpose{}, err
		}
	}
	return p, nil
}

// encode checks every row and returns the payload.
func (c *Catalogue) encode() ([]byte, error) {
	iat, exp := c.IssuedAt.Unix(), c.Expires.Unix()
	switch {
	case c.Sequence == 0:
		return nil, fmt.Errorf("%w: no sequence", ErrMalformed)
	case iat <= 0 || exp <= iat || exp > maxTime:
		return nil, fmt.Errorf("%w: iat and exp out of order or range", ErrMalformed)
	case len(c.Purposes) == 0:
		return nil, fmt.Errorf("%w: no purposes", ErrMalformed)
	case len(c.Purposes) > MaxPurposes:
		return nil, fmt.Errorf("%w: %d purposes", ErrTooLarge, len(c.Purposes))
	}
	w := catalogueMap{Expires: uint64(exp), IssuedAt: uint64(iat), Sequence: c.Sequence}
	seen := map[string]bool{}
	for i, p := range c.Purposes {
		if seen[p.Code] {
			return nil, fmt.Errorf("%w: purpose %d listed twice", ErrMalformed, i)
		}
		seen[p.Code] = true
		pm, err := p.row()
		if err != nil {
			return nil, fmt.Errorf("purpose %d: %w", i, err)
		}
		w.Purposes = append(w.Purposes, pm)
	}
	b, err := cwt.Encode(w)
	if err != nil {
		return nil, fmt.Errorf("policy: encode: %w", err)
	}
	return b, nil
}
