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
	hashSHA256          int64 = -16 // COSE algorithm SHA-256, the only hash accepted and the default
	confirmationKey     int64 = 1   // COSE_Key inside cnf (RFC 8747 §3.2)
	coseSign1Head             = 0xd2
	byteStringMajor           = 2
	maxDisclosures            = 64
	maxLevels                 = 16  // draft, "Level of Nesting of Claims"
	maxKeyBytes               = 255 // text map keys, draft "Allowed types of CBOR map keys"
	saltBytes                 = 16
	disclosureOfDecoy         = 1 // [salt]
	disclosureOfElement       = 2 // [salt, value]
	disclosureOfClaim         = 3 // [salt, value, key]
	tagToBeRedacted           = 58
	tagRedactedElement        = 60
	tagToBeDecoy              = 62
	redactedKeys              = cwt.SimpleValue(59) // map key of the hashes of redacted claims
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
