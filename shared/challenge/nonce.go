package challenge

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"sync"
	"time"
)

// The nonce authenticates itself, so issuing one writes nothing anywhere:
//
//	exp(4) ‖ random(12) ‖ HMAC-SHA-256(secret, context ‖ exp ‖ random ‖ party ‖ purpose)[:12]
//
// exp is Unix time in seconds, big-endian, so nonces sort by the moment they
// end. Party and purpose are each preceded by their length (2 bytes).
const (
	NonceSize  = expirySize + randomSize + tagSize
	expirySize = 4
	randomSize = 12
	tagSize    = 12

	// MinSecretSize is the least length of a sealer's secret, in bytes.
	MinSecretSize = 32

	nonceContext = "jianzheng nonce 1\x00"
)

// Errors of a [Sealer].
var (
	ErrSecret       = errors.New("challenge: secret shorter than 32 bytes")
	ErrNonceUnknown = errors.New("challenge: nonce was not made here for this party and purpose")
	ErrNonceExpired = errors.New("challenge: nonce has expired")
)

// Sealer makes nonces and recognises its own. A server keeps one secret for
// all its challenges, and for a while the one before it; a page without a
// network makes one for itself.
type Sealer struct{ secrets []*secret } // the first makes, all recognise

// NewSealer takes a secret of at least [MinSecretSize] random bytes, with which
// nonces are made, and others whose nonces are recognised too: what was issued
// before a change of the secret stays good. All are copied. A shorter one is
// refused with [ErrSecret].
func NewSealer(secret []byte, former ...[]byte) (*Sealer, error) {
	s := &Sealer{}
	for _, key := range append([][]byte{secret}, former...) {
		if len(key) < MinSecretSize {
			return nil, fmt.Errorf("%w: %d", ErrSecret, len(key))
		}
		s.secrets = append(s.secrets, newSecret(key))
	}
	return s, nil
}

// MAC is HMAC-SHA-256 over the message with the secret that makes nonces. The
// context keeps uses apart: it is a constant that ends with a zero byte, is no
// other's beginning, and differs from that of the nonces.
func (s *Sealer) MAC(context string, message []byte) [sha256.Size]byte {
	return s.secrets[0].mac(context, message)
}

// Recognises reports whether mac is the beginning of the MAC of the message
// under any of the secrets. How much of it stands there is for the caller to
// demand.
func (s *Sealer) Recognises(context string, message, mac []byte) bool {
	for _, secret := range s.secrets {
		if want := secret.mac(context, message); len(mac) <= len(want) && hmac.Equal(mac, want[:len(mac)]) {
			return true
		}
	}
	return false
}

// secret is a key of HMAC-SHA-256. Hashes of it that are not in use are kept:
// starting anew from the key takes half of the time of a short message.
type secret struct{ idle sync.Pool }

// keyed is a hash with a key, and room for a message.
type keyed struct {
	hash.Hash
	message, sum []byte
}

func newSecret(key []byte) *secret {
	key = bytes.Clone(key)
	s := &secret{}
	s.idle.New = func() any { return &keyed{Hash: hmac.New(sha256.New, key)} }
	return s
}

func (s *secret) mac(context string, message []byte) [sha256.Size]byte {
	k := s.idle.Get().(*keyed)
	defer s.idle.Put(k)
	k.message = append(append(k.message[:0], context...), message...)
	k.Reset()
	k.Write(k.message)
	k.sum = k.Sum(k.sum[:0])
	return [sha256.Size]byte(k.sum)
}

// Nonce makes a nonce of [NonceSize] bytes that ends at exp (whole seconds,
// before the year 2106) and is good for this relying party and purpose only.
// It draws 12 bytes from rand.
func (s *Sealer) Nonce(rand io.Reader, exp time.Time, party, purpose string) ([]byte, error) {
	seconds := exp.Unix()
	if seconds <= 0 || seconds > math.MaxUint32 {
		return nil, fmt.Errorf("challenge: expiry %d does not fit a nonce", seconds)
	}
	nonce := make([]byte, NonceSize)
	binary.BigEndian.PutUint32(nonce, uint32(seconds))
	if _, err := io.ReadFull(rand, nonce[expirySize:expirySize+randomSize]); err != nil {
		return nil, fmt.Errorf("challenge: randomness: %w", err)
	}
	mac := s.MAC(nonceContext, sealed(nonce, party, purpose))
	copy(nonce[expirySize+randomSize:], mac[:])
	return nonce, nil
}

// OwnNonce makes the nonce of a page without a network: the expiry and 24 random
// bytes. It has the form of the others and no MAC; no endpoint will redeem it.
func OwnNonce(rand io.Reader, exp time.Time) ([]byte, error) {
	nonce, err := NonceBound(exp)
	if err != nil {
		return nil, err
	}
	nonce = append(nonce, make([]byte, NonceSize-expirySize)...)
	if _, err := io.ReadFull(rand, nonce[expirySize:]); err != nil {
		return nil, fmt.Errorf("challenge: randomness: %w", err)
	}
	return nonce, nil
}

// Check tells whether the nonce is one of this sealer's for the party and the
// purpose, and still honoured at now. It returns [ErrNonceUnknown] or
// [ErrNonceExpired]; a nonce ends at its expiry, not after it (RFC 8392 §3.1.4).
// Whether it was used before is not known here: that is the store's one job.
func (s *Sealer) Check(nonce []byte, party, purpose string, now time.Time) error {
	if len(nonce) != NonceSize {
		return fmt.Errorf("%w: %d bytes", ErrNonceUnknown, len(nonce))
	}
	if !s.Recognises(nonceContext, sealed(nonce, party, purpose), nonce[expirySize+randomSize:]) {
		return ErrNonceUnknown
	}
	exp, err := NonceExpiry(nonce)
	if err != nil {
		return err
	}
	if !now.Before(exp) {
		return ErrNonceExpired
	}
	return nil
}

// NonceExpiry reads when a nonce ends, without checking who made it. A nonce
// of another length gives [ErrNonceUnknown].
func NonceExpiry(nonce []byte) (time.Time, error) {
	if len(nonce) != NonceSize {
		return time.Time{}, fmt.Errorf("%w: %d bytes", ErrNonceUnknown, len(nonce))
	}
	return time.Unix(int64(binary.BigEndian.Uint32(nonce)), 0).UTC(), nil
}

// NonceBound is the least nonce that ends at t or later: those that compare
// lower (bytes.Compare) end before t.
func NonceBound(t time.Time) ([]byte, error) {
	if t.Unix() < 0 || t.Unix() > math.MaxUint32 {
		return nil, fmt.Errorf("challenge: time %d does not fit a nonce", t.Unix())
	}
	return binary.BigEndian.AppendUint32(nil, uint32(t.Unix())), nil
}

// sealed is what the MAC of a nonce covers.
func sealed(nonce []byte, party, purpose string) []byte {
	b := make([]byte, 0, expirySize+randomSize+2+len(party)+2+len(purpose))
	b = append(b, nonce[:expirySize+randomSize]...)
	// Lengths keep ("ab", "c") and ("a", "bc") apart.
	for _, text := range []string{party, purpose} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(text)))
		b = append(b, text...)
	}
	return b
}
