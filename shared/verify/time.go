package verify

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/trust"
)

// ErrTime says that bytes are no time that a verifier may go by.
var ErrTime = errors.New("verify: not a time to go by")

// Time reads a signed time: what an operator of the trust list said the time was
// when it was asked with this nonce. The caller draws a nonce for each question,
// so that an old answer, with which an expired card would be good again, answers
// none.
//
// A time before the lists were made is refused: the key of an operator that was
// taken off the list, or whose window is over, could name the days when it counted.
// The error wraps [ErrTime].
func (l *Lists) Time(b, nonce []byte) (time.Time, error) {
	if l.Trust == nil {
		return time.Time{}, fmt.Errorf("%w: no trust list", ErrTime)
	}
	m, err := cwt.Parse(b)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrTime, err)
	}
	claims, err := cwt.ParseClaims(m.Payload)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrTime, err)
	}
	at, _, err := claims.Time(cwt.IssuedAt) // not authentic before OpenTime
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrTime, err)
	}
	entry, key, err := l.Trust.Find(m.Header.KeyID, trust.RoleChallenge, at)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrTime, err)
	}
	said, err := challenge.OpenTime(b, key)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("%w: %w", ErrTime, err)
	case said.Operator != entry.ID:
		return time.Time{}, fmt.Errorf("%w: in the name of another operator", ErrTime)
	case len(nonce) == 0 || !bytes.Equal(said.Nonce, nonce):
		return time.Time{}, fmt.Errorf("%w: answers another question", ErrTime)
	case said.At.Before(l.Trust.IssuedAt.Add(-clockSkew)), l.Policy != nil && said.At.Before(l.Policy.IssuedAt.Add(-clockSkew)):
		return time.Time{}, fmt.Errorf("%w: before the lists were made", ErrTime)
	}
	return said.At, nil
}
