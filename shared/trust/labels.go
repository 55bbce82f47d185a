package trust

import (
	"fmt"
	"slices"

	"jianzheng/shared/cwt"
)

// The payload, deterministic CBOR. Labels below −65536 are private (RFC 8392
// §9.1); the small ones count only inside their own map.
//
//	list  = { 4: exp, 6: iat, -70020: sequence, -70021: [ + entry ] }
//	entry = { 0: id, ? 1: region, ? 2: name zh, ? 3: name en, 4: roles,
//	          ? 5: [ + type ], ? 6: [ + key ], ? 7: [ + status uri ] }
//	key   = { 0: COSE_Key, 1: nbf, 2: exp, ? 3: roles, ? 4: true }   ; 4: revoked
//	roles = uint                                     ; bit i for row i of roleBits
//
// Times are whole seconds since 1970. What is marked ? is left out when empty.
type (
	listMap struct {
		Expires  uint64     `cbor:"4,keyasint"`
		IssuedAt uint64     `cbor:"6,keyasint"`
		Sequence uint64     `cbor:"-70020,keyasint"`
		Entries  []entryMap `cbor:"-70021,keyasint"`
	}
	entryMap struct {
		ID         string   `cbor:"0,keyasint"`
		Region     string   `cbor:"1,keyasint,omitempty"`
		NameZh     string   `cbor:"2,keyasint,omitempty"`
		NameEn     string   `cbor:"3,keyasint,omitempty"`
		Roles      uint64   `cbor:"4,keyasint"`
		Types      []string `cbor:"5,keyasint,omitempty"`
		Keys       []keyMap `cbor:"6,keyasint,omitempty"`
		StatusURIs []string `cbor:"7,keyasint,omitempty"`
	}
	keyMap struct {
		Key       cwt.RawMessage `cbor:"0,keyasint"`
		NotBefore uint64         `cbor:"1,keyasint"`
		NotAfter  uint64         `cbor:"2,keyasint"`
		Roles     uint64         `cbor:"3,keyasint,omitempty"`
		Revoked   bool           `cbor:"4,keyasint,omitempty"`
	}
)

// contentType is the typ (RFC 9596) of a trust list. A list of a later, other
// layout gets another one.
const contentType = "application/vnd.jianzheng.trust-list+cwt"

// Role is something a key may be used for.
type Role string

// The roles.
const (
	RoleCardLight Role = "card-light" // signs cards of the light tier
	RoleCardFull  Role = "card-full"  // signs cards of the full tier
	RoleStatus    Role = "status"     // signs status lists of its own entry's cards
	RoleChallenge Role = "challenge"  // an operator: signs challenges and receipts
	RoleTerminal  Role = "terminal"   // a terminal that is allowed to check
	RoleRegister  Role = "register"   // signs checkpoints of a sealed register
)

// roleBits gives each role its bit on the wire: row i is bit i. New roles go at
// the end.
var roleBits = []Role{RoleCardLight, RoleCardFull, RoleStatus, RoleChallenge, RoleTerminal, RoleRegister}

// packRoles turns roles into bits. Order and repetition do not matter.
func packRoles(roles []Role) (uint64, error) {
	var bits uint64
	for _, r := range roles {
		i := slices.Index(roleBits, r)
		if i < 0 {
			return 0, fmt.Errorf("%w: no role %q", ErrMalformed, string(r))
		}
		bits |= 1 << i
	}
	return bits, nil
}

// unpackRoles is the reverse of packRoles. A bit without a row is refused: it
// may stand for less than it seems.
func unpackRoles(bits uint64) ([]Role, error) {
	if bits>>len(roleBits) != 0 {
		return nil, fmt.Errorf("%w: role bits %#x", ErrMalformed, bits)
	}
	var roles []Role
	for i, r := range roleBits {
		if bits>>i&1 == 1 {
			roles = append(roles, r)
		}
	}
	return roles, nil
}
