package document

import (
	"fmt"
	"slices"
	"time"

	"jianzheng/shared/policy"
)

// Policy is a purpose catalogue as it is edited.
type Policy struct {
	Sequence uint64    `json:"sequence"` // of the catalogue signed last; 0 before the first
	Purposes []Purpose `json:"purposes"`
}

// Purpose is one purpose; see policy.Purpose for what each field asks.
type Purpose struct {
	Code         string   `json:"code"`
	Zh           string   `json:"zh"`
	En           string   `json:"en"`
	Users        []string `json:"users,omitempty"`
	Tier         string   `json:"tier"`
	Factors      []string `json:"factors,omitempty"`
	FactorMaxAge Length   `json:"factorMaxAge,omitzero"`
	Classes      []string `json:"classes"`
	MinAge       int      `json:"minAge,omitempty"`
	Compare      bool     `json:"compare,omitempty"`
	Request      []string `json:"request,omitempty"`
	Optional     []string `json:"optional,omitempty"`
	Show         []string `json:"show,omitempty"`
	Seal         []string `json:"seal,omitempty"`
	Handle       bool     `json:"handle,omitempty"`
	Retention    Length   `json:"retention,omitzero"`
	Rule         string   `json:"rule,omitempty"`
}

// FromPolicy is the document of a catalogue.
func FromPolicy(c *policy.Catalogue) *Policy {
	d := &Policy{Sequence: c.Sequence}
	for _, p := range c.Purposes {
		d.Purposes = append(d.Purposes, Purpose{
			Code: p.Code, Zh: p.NameZh, En: p.NameEn, Users: p.Users, Tier: p.Tier,
			Factors: factorNames(p.Factors), FactorMaxAge: Length(p.FactorMaxAge),
			Classes: p.Classes, MinAge: p.MinAge, Compare: p.Compare,
			Request: p.Request, Optional: p.Optional, Show: p.Show, Seal: p.Seal,
			Handle: p.Handle, Retention: Length(p.Retention), Rule: p.Rule,
		})
	}
	return d
}

// Catalogue is the catalogue to be signed. The error wraps [ErrMalformed]; what
// else is wrong is found by policy.Sign.
func (d *Policy) Catalogue(sequence uint64, issued, expires time.Time) (*policy.Catalogue, error) {
	c := &policy.Catalogue{Sequence: sequence, IssuedAt: issued, Expires: expires}
	for _, p := range d.Purposes {
		factors, err := factorBits(p.Factors)
		if err != nil {
			return nil, fmt.Errorf("purpose %q: %w", p.Code, err)
		}
		c.Purposes = append(c.Purposes, policy.Purpose{
			Code: p.Code, NameZh: p.Zh, NameEn: p.En, Users: p.Users, Tier: p.Tier,
			Factors: factors, FactorMaxAge: time.Duration(p.FactorMaxAge),
			Classes: p.Classes, MinAge: p.MinAge, Compare: p.Compare,
			Request: p.Request, Optional: p.Optional, Show: p.Show, Seal: p.Seal,
			Handle: p.Handle, Retention: time.Duration(p.Retention), Rule: p.Rule,
		})
	}
	return c, nil
}

// factors are the names of the factor bits, from the lowest.
var factors = []string{"face", "voice", "finger", "pin8", "terminal"}

func factorNames(bits uint8) []string {
	var names []string
	for i, name := range factors {
		if bits>>i&1 == 1 {
			names = append(names, name)
		}
	}
	return names
}

func factorBits(names []string) (bits uint8, err error) {
	for _, name := range names {
		i := slices.Index(factors, name)
		if i < 0 {
			return 0, fmt.Errorf("%w: factor %q is none of %v", ErrMalformed, name, factors)
		}
		bits |= 1 << i
	}
	return bits, nil
}
