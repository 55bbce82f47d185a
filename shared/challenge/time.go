package challenge

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"jianzheng/shared/cwt"
)

// timeType is the typ (RFC 9596) of a signed time: nothing else that the same
// key signs can be read as one.
const timeType = "time+cwt"

// ErrTime says that bytes are not a signed time.
var ErrTime = errors.New("challenge: not a signed time")

// Sizes of what a client may send along to know that a time is fresh, in bytes.
const (
	MinTimeNonce = 8
	MaxTimeNonce = 64
)

// SignedTime is an operator's word for what time it was when it was asked. With
// the nonce of the one who asks it cannot be an old word.
type SignedTime struct {
	Operator string
	At       time.Time // whole seconds
	Nonce    []byte    // MinTimeNonce to MaxTimeNonce bytes, or empty
}

// payload is { 1: operator, 6: iat, 39: nonce }; the nonce is absent, not empty.
func (t SignedTime) payload() ([]byte, error) {
	claims := map[int64]any{cwt.Issuer: t.Operator, cwt.IssuedAt: t.At.Unix()}
	if n := len(t.Nonce); n > 0 {
		if n < MinTimeNonce || n > MaxTimeNonce {
			return nil, fmt.Errorf("%w: nonce of %d bytes", ErrTime, n)
		}
		claims[cwt.Nonce] = t.Nonce
	}
	return cwt.Encode(claims)
}

// Sign makes the CWT.
func (t SignedTime) Sign(k *cwt.PrivateKey) ([]byte, error) {
	payload, err := t.payload()
	if err != nil {
		return nil, err
	}
	b, err := cwt.Sign(k, cwt.Header{Type: timeType}, nil, payload)
	if err != nil {
		return nil, fmt.Errorf("challenge: time: %w", err)
	}
	return b, nil
}

// OpenTime checks the signature with the operator's key and reads a signed
// time. The error wraps [ErrTime], [cwt.ErrSignature] or [cwt.ErrAlgorithm].
func OpenTime(b []byte, k *cwt.Key) (SignedTime, error) {
	m, err := cwt.Parse(b)
	if err != nil {
		return SignedTime{}, fmt.Errorf("%w: %w", ErrTime, err)
	}
	if typ, ok := m.Header.Type.(string); !ok || typ != timeType {
		return SignedTime{}, fmt.Errorf("%w: typ", ErrTime)
	}
	if err := m.Verify(k); err != nil {
		return SignedTime{}, err
	}
	claims, err := cwt.ParseClaims(m.Payload)
	if err != nil {
		return SignedTime{}, fmt.Errorf("%w: %w", ErrTime, err)
	}
	var t SignedTime
	var errs [3]error
	t.Operator, _, errs[0] = claims.Text(cwt.Issuer)
	t.At, _, errs[1] = claims.Time(cwt.IssuedAt)
	t.Nonce, _, errs[2] = claims.Bytes(cwt.Nonce)
	t.At = t.At.UTC()
	if err := errors.Join(errs[:]...); err != nil {
		return SignedTime{}, fmt.Errorf("%w: %w", ErrTime, err)
	}
	// Whatever was missing, unknown or encoded otherwise shows in the bytes.
	if again, err := t.payload(); err != nil || !bytes.Equal(again, m.Payload) {
		return SignedTime{}, fmt.Errorf("%w: unknown members or not the deterministic encoding", ErrTime)
	}
	return t, nil
}
