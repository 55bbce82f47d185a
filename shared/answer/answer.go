// Package answer seals a holder's answer for way A: the phone encrypts its
// presentation to the one-time key of the page that asked, posts it to the
// endpoint, and the page alone opens it. The endpoint relays bytes.
//
// It is HPKE (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and
// AES-256-GCM; the nonce of the challenge is the associated data, so an answer
// opens for its own challenge only:
//
//	encapsulated key(32) ‖ AEAD(length(2, big endian) ‖ presentation ‖ zeros)
//
// The zeros fill up to a multiple of 256 bytes: the length that the endpoint
// sees tells nothing of the length of a name. Who sent an answer is not proven
// here but by the presentation's own key binding.
package answer

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sizes in bytes.
const (
	KeySize  = 32       // of a page's key, private and public
	MaxBytes = 16 << 10 // of a sealed answer

	encapsulationSize = 32
	tagSize           = 16
	padSize           = 256
	// maxPlain is the longest presentation: what is left of MaxBytes, without
	// the length, in whole pads.
	maxPlain = (MaxBytes-encapsulationSize-tagSize)/padSize*padSize - 2
	minBytes = encapsulationSize + padSize + tagSize
)

const (
	info           = "jianzheng way A 1"
	compareContext = "jianzheng compare 1\x00"
)

// Errors.
var (
	ErrKey      = errors.New("answer: not a key of a page")
	ErrTooLarge = errors.New("answer: too large")
	ErrSealed   = errors.New("answer: does not open")
)

// Key is the one-time key of a page.
type Key struct{ key hpke.PrivateKey }

// GenerateKey makes a key from [KeySize] bytes of rand: the same bytes give the
// same key.
func GenerateKey(rand io.Reader) (*Key, error) {
	b := make([]byte, KeySize)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, fmt.Errorf("answer: generate key: %w", err)
	}
	return ParseKey(b)
}

// ParseKey reads what [Key.Bytes] gave. The error wraps [ErrKey].
func ParseKey(b []byte) (*Key, error) {
	if len(b) != KeySize {
		return nil, fmt.Errorf("%w: %d bytes", ErrKey, len(b))
	}
	k, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &Key{k}, nil
}

// Bytes is the private key.
func (k *Key) Bytes() ([]byte, error) { return k.key.Bytes() }

// Public is the key that a challenge names.
func (k *Key) Public() []byte { return k.key.PublicKey().Bytes() }

// Seal encrypts a presentation for the page whose key the challenge of nonce
// names. The encapsulation draws on the system's randomness: crypto/hpke takes
// no other. The error wraps [ErrKey] or [ErrTooLarge].
func Seal(pageKey, nonce, presentation []byte) ([]byte, error) {
	if len(presentation) == 0 || len(presentation) > maxPlain {
		return nil, fmt.Errorf("%w: %d bytes to seal", ErrTooLarge, len(presentation))
	}
	if len(pageKey) != KeySize {
		return nil, fmt.Errorf("%w: %d bytes", ErrKey, len(pageKey))
	}
	public, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(pageKey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	// A point of low order fails here (RFC 9180 §7.1.4).
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	plain := append(binary.BigEndian.AppendUint16(nil, uint16(len(presentation))), presentation...)
	plain = append(plain, make([]byte, (padSize-len(plain)%padSize)%padSize)...)
	ciphertext, err := sender.Seal(nonce, plain)
	if err != nil {
		return nil, fmt.Errorf("answer: seal: %w", err)
	}
	return append(enc, ciphertext...), nil
}

// Open decrypts an answer to the challenge of nonce, which named this key. The
// error wraps [ErrTooLarge] or [ErrSealed] and says nothing of the content.
func (k *Key) Open(nonce, sealed []byte) ([]byte, error) {
	if len(sealed) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(sealed))
	}
	if !Plausible(sealed) {
		return nil, fmt.Errorf("%w: %d bytes", ErrSealed, len(sealed))
	}
	recipient, err := hpke.NewRecipient(sealed[:encapsulationSize], k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	plain, err := recipient.Open(nonce, sealed[encapsulationSize:])
	if err != nil {
		return nil, fmt.Errorf("%w: other key, other nonce, or altered", ErrSealed)
	}
	n := int(binary.BigEndian.Uint16(plain))
	plain = plain[2:]
	// The least number of zeros, so that one answer has one form.
	if n == 0 || n > len(plain) || len(plain)-n >= padSize || len(bytes.Trim(plain[n:], "\x00")) > 0 {
		return nil, fmt.Errorf("%w: padding", ErrSealed)
	}
	return plain[:n], nil
}

// Plausible reports whether bytes have a length that a sealed answer can have.
// More cannot be seen without the key.
func Plausible(sealed []byte) bool {
	return len(sealed) >= minBytes && len(sealed) <= MaxBytes && (len(sealed)-encapsulationSize-tagSize)%padSize == 0
}

// Compare is the code of four digits that phone and counter show for one
// answer, for staff to compare: an answer that came from elsewhere has another.
func Compare(nonce, sealed []byte) string {
	h := sha256.New()
	h.Write([]byte(compareContext))
	h.Write(nonce)
	h.Write(sealed)
	return fmt.Sprintf("%04d", binary.BigEndian.Uint64(h.Sum(nil))%10000)
}

// idSize is how much of the hash of a nonce names its box, in bytes.
const idSize = 12

// ID names the box of a challenge at the endpoint: base64url of the first 12
// bytes of SHA-256 over the nonce. It stands in addresses and gives away
// neither nonce nor answer.
func ID(nonce []byte) string {
	sum := sha256.Sum256(nonce)
	return base64.RawURLEncoding.EncodeToString(sum[:idSize])
}

// IsID reports whether text has the form of an [ID].
func IsID(text string) bool {
	if len(text) != base64.RawURLEncoding.EncodedLen(idSize) {
		return false
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
