package cwt

import "fmt"

// Algorithm is a COSE algorithm number of the IANA registry, or a private one
// below -65536.
type Algorithm int64

// The algorithms that are accepted. ESP256 and Ed25519 are the fully specified
// names (RFC 9864) of what ES256 on P-256 and EdDSA on Ed25519 are.
const (
	ES256   Algorithm = -7
	EdDSA   Algorithm = -8
	ESP256  Algorithm = -9
	Ed25519 Algorithm = -19
	ES384   Algorithm = -35
	SM2SM3  Algorithm = -65560 // SM2 signature with SM3, GB/T 32918.2; private label, none is registered
)

// base folds the two names of one algorithm into the older one.
func (a Algorithm) base() Algorithm {
	switch a {
	case ESP256:
		return ES256
	case Ed25519:
		return EdDSA
	}
	return a
}

// signatureLen is the exact length in bytes of a signature, 0 for an algorithm
// that is not accepted.
func (a Algorithm) signatureLen() int {
	switch a.base() {
	case ES256, EdDSA, SM2SM3:
		return 64
	case ES384:
		return 96
	}
	return 0
}

// Accepted reports whether a is one of the algorithms above.
func (a Algorithm) Accepted() bool { return a.signatureLen() > 0 }

func (a Algorithm) String() string {
	switch a {
	case ES256:
		return "ES256"
	case ESP256:
		return "ESP256"
	case ES384:
		return "ES384"
	case EdDSA:
		return "EdDSA"
	case Ed25519:
		return "Ed25519"
	case SM2SM3:
		return "SM2-with-SM3"
	}
	return fmt.Sprintf("alg(%d)", int64(a))
}
