package cwt

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

// JWK is a private key as other programs take it (RFC 7518 §6.2, RFC 8037 §2).
// Numbers are base64url.
type JWK struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y,omitempty"`
	D     string `json:"d"`
}

// JWK is k in that form; false for SM2, which no registry has.
func (k *PrivateKey) JWK() (JWK, bool) {
	names := map[Algorithm][2]string{ES256: {"EC", "P-256"}, ES384: {"EC", "P-384"}, EdDSA: {"OKP", "Ed25519"}}
	name, ok := names[k.Alg.base()]
	if !ok {
		return JWK{}, false
	}
	text := base64.RawURLEncoding.EncodeToString
	j := JWK{Type: name[0], Curve: name[1], X: text(k.point), D: text(k.d)}
	if half := len(k.point) / 2; j.Type == "EC" {
		j.X, j.Y = text(k.point[:half]), text(k.point[half:])
	}
	return j, true
}

// RawSignature is the COSE form of a signature that another program made with k's
// private part: of ECDSA and SM2 it is mostly given as DER. The error wraps [ErrKey] or
// [ErrSignature].
func (k *Key) RawSignature(made []byte) ([]byte, error) {
	if k.Alg.base() == EdDSA {
		if len(made) != k.SignatureSize() {
			return nil, fmt.Errorf("%w: %d bytes", ErrSignature, len(made))
		}
		return bytes.Clone(made), nil
	}
	return signatureFromDER(made, k.SignatureSize()/2)
}
