package cwt

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// signatureToDER turns r ‖ s (RFC 9053, section 2.1) into the
// SEQUENCE { r INTEGER, s INTEGER } that the curve libraries read.
func signatureToDER(sig []byte) []byte {
	half := len(sig) / 2
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, n := range [][]byte{sig[:half], sig[half:]} {
			b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(derInteger(n)) })
		}
	})
	return b.BytesOrPanic()
}

// derInteger is the content of a non-negative INTEGER: no needless leading
// zero, and one where the top bit would make it negative.
func derInteger(n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	if n[0]&0x80 != 0 {
		return append([]byte{0}, n...)
	}
	return n
}

// signatureFromDER is the reverse, with size bytes for each number.
func signatureFromDER(der []byte, size int) ([]byte, error) {
	var inner cryptobyte.String
	var r, s []byte
	in := cryptobyte.String(der)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !in.Empty() ||
		!inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() ||
		len(r) > size || len(s) > size {
		return nil, fmt.Errorf("%w: signer returned no signature", ErrKey)
	}
	sig := make([]byte, 2*size)
	copy(sig[size-len(r):size], r)
	copy(sig[2*size-len(s):], s)
	return sig, nil
}
