package cwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm2"
)

// PrivateKey is a [Key] that can sign.
type PrivateKey struct {
	Key
	priv any // *ecdsa.PrivateKey, *sm2.PrivateKey or ed25519.PrivateKey
	d    []byte
}

// maxDraws bounds the search for a scalar below the order of the curve. One
// draw fails with a chance below 2^-30 on every curve here.
const maxDraws = 16

// GenerateKey makes a key from the bytes of rand: the same bytes give the same
// key, which the standard library's own generators no longer promise. The error
// wraps [ErrKey], or is rand's.
func GenerateKey(alg Algorithm, kid []byte, rand io.Reader) (*PrivateKey, error) {
	f, ok := familyOf(alg)
	if !ok {
		return nil, fmt.Errorf("%w: %v", ErrKey, alg)
	}
	d := make([]byte, f.size)
	for range maxDraws {
		if _, err := io.ReadFull(rand, d); err != nil {
			return nil, fmt.Errorf("cwt: generate key: %w", err)
		}
		k, err := newPrivateKey(alg, kid, d)
		if err == nil {
			return k, nil
		}
	}
	return nil, fmt.Errorf("%w: no scalar in %d draws", ErrKey, maxDraws)
}

// newPrivateKey is the key with the scalar, or for Ed25519 the seed, d.
func newPrivateKey(alg Algorithm, kid, d []byte) (*PrivateKey, error) {
	f, ok := familyOf(alg)
	if !ok || len(d) != f.size {
		return nil, fmt.Errorf("%w: private part of %d bytes", ErrKey, len(d))
	}
	k := &PrivateKey{Key: Key{ID: bytes.Clone(kid), Alg: alg}, d: bytes.Clone(d)}
	switch alg.base() {
	case EdDSA:
		p := ed25519.NewKeyFromSeed(d)
		k.priv, k.pub, k.point = p, p.Public(), p[ed25519.SeedSize:]
	case SM2SM3:
		p, err := sm2.NewPrivateKey(d)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKey, err)
		}
		public, err := p.ECDH()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKey, err)
		}
		k.priv, k.pub, k.point = p, &p.PublicKey, public.PublicKey().Bytes()[1:]
	default:
		p, err := ecdsa.ParseRawPrivateKey(f.curve(), d)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKey, err)
		}
		point, err := p.PublicKey.Bytes()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKey, err)
		}
		k.priv, k.pub, k.point = p, &p.PublicKey, point[1:]
	}
	return k, nil
}

// ParsePrivateKey reads a COSE_Key with its private part (label -4). A public
// part that belongs to another private part is refused. The error wraps
// [ErrKey] or [ErrMalformed].
func ParsePrivateKey(cose []byte) (*PrivateKey, error) {
	pub, m, err := parseKey(cose)
	if err != nil {
		return nil, err
	}
	d, ok, err := m.Bytes(keyD)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: no private part", ErrKey)
	}
	k, err := newPrivateKey(pub.Alg, pub.ID, d)
	if err != nil {
		return nil, err
	}
	if !k.Equal(pub) {
		return nil, fmt.Errorf("%w: private and public part differ", ErrKey)
	}
	return k, nil
}

// MarshalCBOR writes the COSE_Key with its private part.
func (k *PrivateKey) MarshalCBOR() ([]byte, error) {
	m, err := k.fields()
	if err != nil {
		return nil, err
	}
	m[keyD] = k.d
	return Encode(m)
}

// Public is the public part of k.
func (k *PrivateKey) Public() *Key { return &k.Key }

// Sign signs toBeSigned and returns the raw COSE form. It draws no randomness:
// ECDSA after RFC 6979, SM2 by the same construction, Ed25519 by definition.
func (k *PrivateKey) Sign(toBeSigned []byte) ([]byte, error) {
	f, _ := familyOf(k.Alg)
	var der []byte
	var err error
	switch p := k.priv.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(p, toBeSigned), nil
	case *sm2.PrivateKey:
		var digest []byte
		if digest, err = sm2.CalculateSM2Hash(&p.PublicKey, toBeSigned, nil); err == nil {
			der, err = sm2.SignDeterministic(p, digest, nil)
		}
	case *ecdsa.PrivateKey:
		if k.Alg == ES384 {
			digest := sha512.Sum384(toBeSigned)
			der, err = p.Sign(nil, digest[:], crypto.SHA384)
		} else {
			digest := sha256.Sum256(toBeSigned)
			der, err = p.Sign(nil, digest[:], crypto.SHA256)
		}
	default:
		err = errors.New("empty")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return signatureFromDER(der, f.size)
}
