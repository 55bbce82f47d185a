// Package store keeps which nonces were redeemed: the one fact about a check
// that must not be known twice. A redemption is one atomic step, whatever
// number of requests race for it, and it is on disk before it is answered.
//
// Rows hold a nonce, a time and a receipt, none of which names a person. They
// are swept some time after their nonce has ended, when the nonce's own expiry
// refuses it anyway.
package store

import (
	"context"
	"errors"
	"time"
)

// Errors of a [Store].
var (
	ErrUsed        = errors.New("store: nonce was redeemed before")
	ErrSwept       = errors.New("store: nonce ended before the last clean-up")
	ErrUnavailable = errors.New("store: unavailable")
)

// Grace is how long after its expiry a row is kept. It covers servers whose
// clocks differ.
const Grace = 60 * time.Second

// Redemption is one row. Nonce is the key: challenge.NonceSize bytes that
// begin with the expiry, so rows sort by the moment they may be swept.
type Redemption struct {
	Nonce    []byte
	Redeemed time.Time
	Receipt  []byte
}

// Store remembers redeemed nonces. Its methods may be called from many
// goroutines at once.
type Store interface {
	// Redeem keeps r unless its nonce is there already. When it returns nil,
	// no other call for the nonce ever did or will, and r survives a crash of
	// the process and of the machine. Otherwise the error wraps [ErrUsed],
	// [ErrSwept] or [ErrUnavailable]; after the last of these the nonce may
	// have been consumed or not, and a caller must take it as consumed.
	Redeem(ctx context.Context, r Redemption) error

	// Receipt returns the receipt kept for a nonce, and false when there is
	// none (never redeemed, or swept).
	Receipt(ctx context.Context, nonce []byte) ([]byte, bool, error)

	// Sweep removes rows whose nonce ended before t and returns how many.
	// From then on it refuses, with [ErrSwept], every nonce that ends no later
	// than the last one removed: a clock that is set back cannot bring a used
	// nonce back to life.
	Sweep(ctx context.Context, t time.Time) (int, error)

	// Ping tells whether the store answers.
	Ping(ctx context.Context) error

	// Close waits for what is under way. Later calls give [ErrUnavailable].
	Close() error
}
