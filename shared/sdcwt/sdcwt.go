// Package sdcwt issues, presents and verifies selectively disclosable CBOR Web
// Tokens (draft-ietf-spice-sd-cwt): a card whose claims are hidden behind
// salted hashes, and the key binding token by which the phone that holds the
// card shows some of them to one relying party.
//
// A card is a COSE_Sign1 by the issuer. Hashes of redacted claims stand in the
// signed payload; the claims themselves, the disclosures, stand in the
// unprotected header, where the holder drops those that are nobody's business:
//
//	18([<<{1: alg, 4: kid, 16: 293}>>, {17: [<<[salt, value, key]>>, ...]}, <<claims>>, signature])
//
// A presentation is a COSE_Sign1 by the holder, with the card in its protected
// header, so that the choice of disclosures is signed too:
//
//	18([<<{1: alg, 13: card, 16: 294}>>, {}, <<{3: audience, 6: iat, 39: nonce}>>, signature])
//
// The package is stricter than the draft where the draft leaves room: it
// refuses unprotected headers other than the disclosures, the CWT Claims
// header, encrypted disclosures, hashes other than SHA-256, confirmation by
// anything but a COSE_Key, tag 61, and more than 64 disclosures. It reads no
// clock: whether a date has passed is decided in package verify.
package sdcwt

import "errors"

// The errors of this package. They are wrapped with the place; the message
// never holds a claim's value. Errors of package cwt may be wrapped beside them.
var (
	// ErrStructure: the bytes are not a card or a presentation of the form required.
	ErrStructure = errors.New("sdcwt: wrong structure")
	// ErrDisclosure: disclosures and redacted hashes do not belong together.
	ErrDisclosure = errors.New("sdcwt: disclosure does not fit")
	// ErrBinding: the key binding token does not bind the card.
	ErrBinding = errors.New("sdcwt: key binding does not hold")
	// ErrTime: dates contradict each other, whatever the clock says. It always
	// comes together with ErrBinding (reading) or ErrStructure (issuing).
	ErrTime = errors.New("sdcwt: dates contradict each other")
)
