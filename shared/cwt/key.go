package cwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// Labels and values of a COSE_Key (RFC 9052, section 7; RFC 9053, section 7).
const (
	keyType  int64 = 1
	keyID    int64 = 2
	keyAlg   int64 = 3
	keyCurve int64 = -1
	keyX     int64 = -2
	keyY     int64 = -3
	keyD     int64 = -4

	typeOKP int64 = 1
	typeEC2 int64 = 2

	curveP256    int64 = 1
	curveP384    int64 = 2
	curveEd25519 int64 = 6
	curveSM2     int64 = -65560 // sm2p256v1; private value, none is registered
)

const (
	maxKeyIDBytes = 64
	uncompressed  = 4 // first byte of an uncompressed point, SEC 1 §2.3.3
)

// Key is a public key together with the one algorithm it may be used with.
// A nil ID is allowed; lists that look keys up demand one.
type Key struct {
	ID  []byte
	Alg Algorithm

	pub   any    // *ecdsa.PublicKey (also SM2) or ed25519.PublicKey
	point []byte // x, for EC2 followed by y
}

// SignatureSize is the length in bytes of k's raw signatures.
func (k *Key) SignatureSize() int { return k.Alg.signatureLen() }

// family says how the keys of an algorithm are written as a COSE_Key.
type family struct {
	kty, crv int64
	size     int // bytes of a coordinate
	curve    func() elliptic.Curve
}

func familyOf(a Algorithm) (family, bool) {
	switch a.base() {
	case ES256:
		return family{typeEC2, curveP256, 32, elliptic.P256}, true
	case ES384:
		return family{typeEC2, curveP384, 48, elliptic.P384}, true
	case SM2SM3:
		return family{typeEC2, curveSM2, 32, sm2.P256}, true
	case EdDSA:
		return family{typeOKP, curveEd25519, 32, nil}, true
	}
	return family{}, false
}

// algorithmOf is the algorithm of a COSE_Key without label 3.
func algorithmOf(kty, crv int64) (Algorithm, bool) {
	for _, a := range []Algorithm{ES256, ES384, SM2SM3, EdDSA} {
		if f, _ := familyOf(a); f.kty == kty && f.crv == crv {
			return a, true
		}
	}
	return 0, false
}

// ParseKey reads the public part of a COSE_Key: EC2 on P-256, P-384 or SM2 with
// both coordinates, or OKP on Ed25519. Where label 3 (alg) is missing, the
// algorithm of the curve is pinned. The error wraps [ErrKey] or [ErrMalformed].
func ParseKey(cose []byte) (*Key, error) {
	k, _, err := parseKey(cose)
	return k, err
}

func parseKey(cose []byte) (*Key, Claims, error) {
	m, err := ParseClaims(cose)
	if err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	kty, _, err := m.Int(keyType)
	if err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	crv, _, err := m.Int(keyCurve)
	if err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	pinned, ok := algorithmOf(kty, crv)
	if !ok {
		return nil, nil, fmt.Errorf("%w: type %d, curve %d", ErrKey, kty, crv)
	}
	if alg, given, err := m.Int(keyAlg); err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	} else if given {
		if Algorithm(alg).base() != pinned {
			return nil, nil, fmt.Errorf("%w: %v does not belong to curve %d", ErrKey, Algorithm(alg), crv)
		}
		pinned = Algorithm(alg)
	}
	id, _, err := m.Bytes(keyID)
	if err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	if len(id) > maxKeyIDBytes {
		return nil, nil, fmt.Errorf("%w: id of %d bytes", ErrKey, len(id))
	}
	x, _, err := m.Bytes(keyX)
	if err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	var y []byte
	if kty == typeEC2 {
		// A compressed y is a boolean and fails here: it would give one key two texts.
		if y, _, err = m.Bytes(keyY); err != nil {
			return nil, nil, fmt.Errorf("key: %w", err)
		}
	}
	k, err := newKey(id, pinned, x, y)
	return k, m, err
}

// newKey checks that the point lies on the curve of alg.
func newKey(id []byte, alg Algorithm, x, y []byte) (*Key, error) {
	f, ok := familyOf(alg)
	if !ok {
		return nil, fmt.Errorf("%w: %v", ErrKey, alg)
	}
	if len(x) != f.size || (f.kty == typeEC2 && len(y) != f.size) {
		return nil, fmt.Errorf("%w: coordinates of %d and %d bytes", ErrKey, len(x), len(y))
	}
	k := &Key{ID: bytes.Clone(id), Alg: alg, point: append(bytes.Clone(x), y...)}
	if f.kty == typeOKP {
		k.pub = ed25519.PublicKey(k.point)
		return k, nil
	}
	point := append([]byte{uncompressed}, k.point...)
	var pub *ecdsa.PublicKey
	var err error
	if alg == SM2SM3 {
		pub, err = sm2.NewPublicKey(point)
	} else {
		pub, err = ecdsa.ParseUncompressedPublicKey(f.curve(), point)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	k.pub = pub
	return k, nil
}

func (k *Key) fields() (map[int64]any, error) {
	f, ok := familyOf(k.Alg)
	if !ok || len(k.point) < f.size {
		return nil, fmt.Errorf("%w: empty", ErrKey)
	}
	m := map[int64]any{keyType: f.kty, keyAlg: int64(k.Alg), keyCurve: f.crv, keyX: k.point[:f.size]}
	if len(k.ID) > 0 {
		m[keyID] = k.ID
	}
	if f.kty == typeEC2 {
		m[keyY] = k.point[f.size:]
	}
	return m, nil
}

// MarshalCBOR writes the public COSE_Key, deterministic, with alg and kid.
func (k *Key) MarshalCBOR() ([]byte, error) {
	m, err := k.fields()
	if err != nil {
		return nil, err
	}
	return Encode(m)
}

// Thumbprint is the COSE Key Thumbprint of the key with SHA-256 (RFC 9679): it
// covers the type, the curve and the point, not kid and alg.
func (k *Key) Thumbprint() ([32]byte, error) {
	m, err := k.fields()
	if err != nil {
		return [32]byte{}, err
	}
	delete(m, keyID)
	delete(m, keyAlg)
	b, err := Encode(m)
	if err != nil {
		return [32]byte{}, err
	}
	return sha256.Sum256(b), nil
}

// Equal reports whether both are the same point with the same algorithm. The
// ids may differ.
func (k *Key) Equal(o *Key) bool {
	if k == nil || o == nil || k.pub == nil || o.pub == nil {
		return false
	}
	return k.Alg.base() == o.Alg.base() && bytes.Equal(k.point, o.point)
}

// Verify checks sig, the raw COSE form, over the bytes toBeSigned. The error
// wraps [ErrSignature] or [ErrKey].
func (k *Key) Verify(toBeSigned, sig []byte) error {
	if n := k.Alg.signatureLen(); len(sig) != n {
		return fmt.Errorf("%w: %d bytes, %v has %d", ErrSignature, len(sig), k.Alg, n)
	}
	ok := false
	switch p := k.pub.(type) {
	case ed25519.PublicKey:
		ok = ed25519.Verify(p, toBeSigned, sig)
	case *ecdsa.PublicKey:
		switch k.Alg.base() {
		case ES256:
			digest := sha256.Sum256(toBeSigned)
			ok = ecdsa.VerifyASN1(p, digest[:], signatureToDER(sig))
		case ES384:
			digest := sha512.Sum384(toBeSigned)
			ok = ecdsa.VerifyASN1(p, digest[:], signatureToDER(sig))
		case SM2SM3:
			ok = sm2.VerifyASN1WithSM2(p, nil, toBeSigned, signatureToDER(sig))
		}
	default:
		return fmt.Errorf("%w: empty", ErrKey)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}
