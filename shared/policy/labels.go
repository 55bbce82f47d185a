package policy

import (
	"fmt"
	"slices"
)

// The payload, deterministic CBOR. Labels below −65536 are private (RFC 8392
// §9.1); the small ones count only inside their own map.
//
//	catalogue = { 4: exp, 6: iat, -70030: sequence, -70031: [ + purpose ] }
//	purpose   = { 0: code, 1: name zh, 2: name en, ? 3: [ + user ], 4: tier,
//	              ? 5: factors, ? 6: greatest age, 7: classes, ? 8: least age,
//	              ? 9: true, ? 10: request, ? 11: optional, ? 12: show,
//	              ? 13: seal, ? 14: true, ? 15: retention, ? 16: rule }
//
// 9 is compare and 14 is handle. tier is 1 + its row in tiers; classes, request,
// optional, show and seal are bits, bit i for row i of classes or claims; factors
// are the bits of the Factor constants. Times are whole seconds, since 1970 or as
// a length. What is marked ? is left out when empty, zero or false.
type (
	catalogueMap struct {
		Expires  uint64       `cbor:"4,keyasint"`
		IssuedAt uint64       `cbor:"6,keyasint"`
		Sequence uint64       `cbor:"-70030,keyasint"`
		Purposes []purposeMap `cbor:"-70031,keyasint"`
	}
	purposeMap struct {
		Code      string   `cbor:"0,keyasint"`
		NameZh    string   `cbor:"1,keyasint"`
		NameEn    string   `cbor:"2,keyasint"`
		Users     []string `cbor:"3,keyasint,omitempty"`
		Tier      uint64   `cbor:"4,keyasint"`
		Factors   uint64   `cbor:"5,keyasint,omitempty"`
		FactorAge uint64   `cbor:"6,keyasint,omitempty"`
		Classes   uint64   `cbor:"7,keyasint"`
		MinAge    uint64   `cbor:"8,keyasint,omitempty"`
		Compare   bool     `cbor:"9,keyasint,omitempty"`
		Request   uint64   `cbor:"10,keyasint,omitempty"`
		Optional  uint64   `cbor:"11,keyasint,omitempty"`
		Show      uint64   `cbor:"12,keyasint,omitempty"`
		Seal      uint64   `cbor:"13,keyasint,omitempty"`
		Handle    bool     `cbor:"14,keyasint,omitempty"`
		Retention uint64   `cbor:"15,keyasint,omitempty"`
		Rule      string   `cbor:"16,keyasint,omitempty"`
	}
)

// contentType is the typ (RFC 9596) of a catalogue.
const contentType = "application/vnd.jianzheng.purposes+cwt"

// The rows of the bit fields. New ones go at the end.
var (
	tiers   = []string{TierLight, TierFull}
	classes = []string{"A", "B", "C", "D"}
	claims  = []string{ClaimName, ClaimID, ClaimBirth, ClaimSex, ClaimAddress, ClaimPhoto, ClaimOver18}
)

const allFactors = FactorFace | FactorVoice | FactorFinger | FactorPIN8 | FactorTerminal

// packBits turns names into bits of their rows.
func packBits(names, rows []string) (uint64, error) {
	var bits uint64
	for _, n := range names {
		i := slices.Index(rows, n)
		if i < 0 {
			return 0, fmt.Errorf("%w: %q is none of %v", ErrMalformed, n, rows)
		}
		bits |= 1 << i
	}
	return bits, nil
}

// unpackBits is the reverse of packBits. A bit without a row is refused.
func unpackBits(bits uint64, rows []string) ([]string, error) {
	if bits>>len(rows) != 0 {
		return nil, fmt.Errorf("%w: bits %#x beyond %v", ErrMalformed, bits, rows)
	}
	var names []string
	for i, r := range rows {
		if bits>>i&1 == 1 {
			names = append(names, r)
		}
	}
	return names, nil
}
