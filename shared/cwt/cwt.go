// Package cwt reads and writes signed CBOR: COSE_Sign1 (RFC 9052, section 4.2)
// and the claims of a CWT (RFC 8392) in it.
//
// It is for every package that handles cards, answers, challenges and lists.
// The algorithm is taken from the protected header alone and must be the one
// pinned to the key; a signature has exactly the length of its algorithm.
// Indefinite lengths, duplicate keys, deep nesting and trailing bytes are
// refused. It knows no clock, no trust and no purpose: whether a token is
// accepted is decided in shared/verify.
package cwt

import "errors"

// The errors that the functions of this package wrap.
var (
	ErrMalformed   = errors.New("cwt: malformed")
	ErrTooLarge    = errors.New("cwt: too large")
	ErrAlgorithm   = errors.New("cwt: algorithm is not the one of the key")
	ErrSignature   = errors.New("cwt: signature does not match")
	ErrKey         = errors.New("cwt: not a usable key")
	ErrUnsupported = errors.New("cwt: not supported")
)

// Claim labels of the IANA CWT registry that this project uses.
const (
	Issuer         int64 = 1
	Subject        int64 = 2
	Audience       int64 = 3
	Expires        int64 = 4
	NotBefore      int64 = 5
	IssuedAt       int64 = 6
	TokenID        int64 = 7  // cti
	Confirmation   int64 = 8  // cnf
	VerifiableType int64 = 11 // vct
	Nonce          int64 = 39 // cnonce
	Claim169       int64 = 169
	StatusClaim    int64 = 65535
)

// Header labels of the IANA COSE registry.
const (
	headerAlg  int64 = 1
	headerCrit int64 = 2
	headerKID  int64 = 4
	headerType int64 = 16
)

// Tags around a message.
const (
	tagSign1 = 18 // COSE_Sign1, RFC 9052
	tagCWT   = 61 // CWT, RFC 8392, section 6
)
