package sdcwt

import (
	"crypto/sha256"

	"jianzheng/shared/cwt"
)

// The draft still moves, so everything that it numbers, and the way it hashes,
// stands in this file and nowhere else.

// COSE header labels (draft, "COSE Header Parameters"; kcwt is RFC 9528).
const (
	headerCard          int64 = 13  // kcwt: the card inside a key binding token, protected
	headerClaims        int64 = 15  // CWT Claims (RFC 9597): not supported here
	headerDisclosures   int64 = 17  // sd_claims: [+ bstr], unprotected
	headerHash          int64 = 170 // sd_alg: COSE algorithm of the hash, protected
	headerEncrypted     int64 = 171 // sd_aead_encrypted_claims: not supported here
	headerEncryptionAlg int64 = 172 // sd_aead: not supported here
)

// hashSHA256 is the value of sd_alg that is accepted, and the default.
const hashSHA256 int64 = -16

// Redaction marks (draft, "CBOR Simple Values" and "CBOR Tags").
const (
	redactedKeys       = cwt.SimpleValue(59) // map key of the hashes of redacted claims
	tagToBeRedacted    = 58                  // only before issuing
	tagRedactedElement = 60                  // around the hash of an array element
	tagToBeDecoy       = 62                  // only before issuing
)

// Lengths of the array that a disclosure is.
const (
	disclosureOfDecoy   = 1 // [salt]
	disclosureOfElement = 2 // [salt, value]
	disclosureOfClaim   = 3 // [salt, value, key]
)

// Limits. The draft gives all but the number of disclosures.
const (
	saltBytes      = 16
	maxKeyBytes    = 255 // of a text map key, "Allowed types of CBOR map keys"
	maxLevels      = 16  // "Level of Nesting of Claims"
	maxDisclosures = 64
)

// CBOR and RFC 8747.
const (
	coseSign1Head         = 0xd2 // tag 18 in one byte
	confirmationKey int64 = 1    // COSE_Key inside cnf, RFC 8747 §3.2
)

// Values of typ (header 16), as CoAP content format and as media type.
const (
	typeCard             int64 = 293
	typeCardText               = "application/sd-cwt"
	typePresentation     int64 = 294
	typePresentationText       = "application/kb+cwt"
)

// neverRedacted holds the top-level claims that must be readable in every
// presentation. The draft names iss, aud, exp, nbf, iat, cti, cnf and cnonce;
// vct and the status reference are added because a holder who could withhold
// them would choose what the card is and whether it can be revoked.
var neverRedacted = map[any]bool{
	cwt.Issuer: true, cwt.Audience: true, cwt.Expires: true, cwt.NotBefore: true,
	cwt.IssuedAt: true, cwt.TokenID: true, cwt.Confirmation: true, cwt.Nonce: true,
	cwt.VerifiableType: true, cwt.StatusClaim: true,
}

// digest is a Redacted Claim Hash.
type digest [sha256.Size]byte

// hashDisclosure hashes one disclosure: the whole byte string, head included,
// as it stands in sd_claims. (The draft's lone figure first-blinded-hash.txt
// leaves the head out; all of its signed examples have it in.)
func hashDisclosure(byteString []byte) digest { return sha256.Sum256(byteString) }
