// Package store keeps which nonces were redeemed: the one fact about a check
// that must not be known twice. It also keeps how far the registers went that
// were signed for. A redemption is one atomic step, whatever
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
	ErrBehind      = errors.New("store: count is not above the last one")
	ErrUnavailable = errors.New("store: unavailable")
)

// Grace is how long after its expiry a row is kept. So long its receipt can be
// fetched; it also covers servers whose clocks differ.
const Grace = 24 * time.Hour

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

	// Advance keeps count under key when it is greater than the one kept there
	// (0 at first), in one atomic step that survives a crash. Otherwise the error
	// wraps [ErrBehind] or [ErrUnavailable]; after the latter it may be kept or
	// not. Counts are never swept.
	Advance(ctx context.Context, key string, count uint64) error

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
