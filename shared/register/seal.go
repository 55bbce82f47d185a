package register

import (
	"bytes"
	"crypto/hpke"
	"encoding/binary"
	"fmt"
	"io"

	"jianzheng/shared/cwt"
)

// Sizes of keys and of the encapsulation in bytes (draft-ietf-hpke-pq,
// MLKEM768-X25519).
const (
	PublicKeyBytes  = 1216
	PrivateKeyBytes = 32

	encapsulationBytes = 1120
	// padBytes is what the sealed person is filled up to a multiple of, so that
	// the length of a line tells nothing of the length of a name.
	padBytes = 128
)

// infoLabel begins the info of HPKE; the hash of the first line follows, so
// that a sealed part opens in its own register only.
const infoLabel = "jianzheng register 1 "

func info(first Hash) []byte { return append([]byte(infoLabel), first[:]...) }

// PrivateKey is an inspector's.
type PrivateKey struct{ key hpke.PrivateKey }

// GenerateKey makes a key from 32 bytes of rand: the same bytes give the same
// key.
func GenerateKey(rand io.Reader) (*PrivateKey, error) {
	seed := make([]byte, PrivateKeyBytes)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, fmt.Errorf("register: generate key: %w", err)
	}
	return ParsePrivateKey(seed)
}

// ParsePrivateKey reads what [PrivateKey.Bytes] gave. The error wraps [ErrKey].
func ParsePrivateKey(b []byte) (*PrivateKey, error) {
	if len(b) != PrivateKeyBytes {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrKey, len(b), PrivateKeyBytes)
	}
	k, err := hpke.MLKEM768X25519().NewPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &PrivateKey{k}, nil
}

// Bytes is the key as 32 bytes, to be kept by the inspector alone.
func (k *PrivateKey) Bytes() ([]byte, error) { return k.key.Bytes() }

// Public is the public key as 1,216 bytes, which the first line names.
func (k *PrivateKey) Public() []byte { return k.key.PublicKey().Bytes() }

func publicKey(b []byte) (hpke.PublicKey, error) {
	if len(b) != PublicKeyBytes {
		return nil, fmt.Errorf("%w: public key of %d bytes, want %d", ErrKey, len(b), PublicKeyBytes)
	}
	k, err := hpke.MLKEM768X25519().NewPublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return k, nil
}

// seal encrypts p:
//
//	encapsulation ‖ AES-256-GCM(length(2, big endian) ‖ CBOR of p ‖ zeros)
func seal(key hpke.PublicKey, first Hash, aad []byte, p *Person) ([]byte, error) {
	content, err := cwt.Encode(p)
	if err != nil {
		return nil, err
	}
	if len(content) > maxPlainBytes {
		return nil, fmt.Errorf("%w: %d bytes to seal", ErrTooLarge, len(content))
	}
	plain := append(binary.BigEndian.AppendUint16(nil, uint16(len(content))), content...)
	plain = append(plain, make([]byte, (padBytes-len(plain)%padBytes)%padBytes)...)
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES256GCM(), info(first))
	if err != nil {
		return nil, fmt.Errorf("register: seal: %w", err)
	}
	ciphertext, err := sender.Seal(aad, plain)
	if err != nil {
		return nil, fmt.Errorf("register: seal: %w", err)
	}
	return append(enc, ciphertext...), nil
}

// unseal is the reverse of seal. The error wraps [ErrSealed]; it says nothing
// of the content.
func (k *PrivateKey) unseal(first Hash, aad, sealed []byte) (p Person, err error) {
	if len(sealed) < encapsulationBytes {
		return p, fmt.Errorf("%w: %d bytes", ErrSealed, len(sealed))
	}
	recipient, err := hpke.NewRecipient(sealed[:encapsulationBytes], k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), info(first))
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	plain, err := recipient.Open(aad, sealed[encapsulationBytes:])
	if err != nil {
		return p, fmt.Errorf("%w: other key, line or register", ErrSealed)
	}
	n := 0
	if len(plain) >= 2 {
		n = int(binary.BigEndian.Uint16(plain))
		plain = plain[2:]
	}
	if n == 0 || n > len(plain) || len(bytes.Trim(plain[n:], "\x00")) > 0 {
		return p, fmt.Errorf("%w: padding", ErrSealed)
	}
	if err := cwt.Decode(plain[:n], &p); err != nil {
		return Person{}, fmt.Errorf("%w: content", ErrSealed)
	}
	return p, nil
}
