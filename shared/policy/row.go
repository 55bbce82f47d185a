package policy

import (
	"fmt"
	"slices"
	"time"
)

// row checks a Purpose and turns it into a row of the wire. The error wraps
// [ErrMalformed].
func (p Purpose) row() (purposeMap, error) {
	if err := p.checkTexts(); err != nil {
		return purposeMap{}, err
	}
	if err := p.checkSense(); err != nil {
		return purposeMap{}, err
	}
	pm := purposeMap{
		Code: p.Code, NameZh: p.NameZh, NameEn: p.NameEn, Users: p.Users,
		Tier:      uint64(slices.Index(tiers, p.Tier) + 1),
		Factors:   uint64(p.Factors),
		FactorAge: uint64(p.FactorMaxAge / time.Second),
		MinAge:    uint64(p.MinAge),
		Compare:   p.Compare,
		Handle:    p.Handle,
		Retention: uint64(p.Retention / time.Second),
		Rule:      p.Rule,
	}
	for _, f := range []struct {
		into  *uint64
		names []string
		rows  []string
	}{
		{&pm.Classes, p.Classes, classes},
		{&pm.Request, p.Request, claims},
		{&pm.Optional, p.Optional, claims},
		{&pm.Show, p.Show, claims},
		{&pm.Seal, p.Seal, claims},
	} {
		var err error
		if *f.into, err = packBits(f.names, f.rows); err != nil {
			return purposeMap{}, err
		}
	}
	return pm, nil
}

// checkTexts holds the texts to their form and caps.
func (p Purpose) checkTexts() error {
	switch {
	case !isCode(p.Code):
		return fmt.Errorf("%w: code %q", ErrMalformed, p.Code)
	case p.NameZh == "" || p.NameEn == "" || len(p.NameZh) > maxNameBytes || len(p.NameEn) > maxNameBytes:
		return fmt.Errorf("%w: a name is empty or too long", ErrMalformed)
	case len(p.Rule) > maxRuleBytes:
		return fmt.Errorf("%w: rule of %d bytes", ErrMalformed, len(p.Rule))
	case len(p.Users) > maxUsers:
		return fmt.Errorf("%w: %d users", ErrMalformed, len(p.Users))
	}
	for _, u := range p.Users {
		if !isCode(u) {
			return fmt.Errorf("%w: user %q", ErrMalformed, u)
		}
	}
	return nil
}

// isCode reports whether s is made of a–z, 0–9 and hyphens.
func isCode(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxCodeBytes
}

// checkSense refuses rows that no check could follow, or that would keep what
// must not be kept.
func (p Purpose) checkSense() error {
	switch {
	case !slices.Contains(tiers, p.Tier):
		return fmt.Errorf("%w: tier %q", ErrMalformed, p.Tier)
	case p.Factors&^allFactors != 0:
		return fmt.Errorf("%w: factor bits %#x", ErrMalformed, p.Factors)
	case p.FactorMaxAge < 0 || p.FactorMaxAge > maxLength*time.Second || p.FactorMaxAge%time.Second != 0:
		return fmt.Errorf("%w: greatest age of factors", ErrMalformed)
	case p.FactorMaxAge > 0 && p.Factors == 0:
		return fmt.Errorf("%w: greatest age without factors", ErrMalformed)
	case len(p.Classes) == 0:
		return fmt.Errorf("%w: no class accepted", ErrMalformed)
	case p.MinAge < 0 || p.MinAge > maxMinAge:
		return fmt.Errorf("%w: least age %d", ErrMalformed, p.MinAge)
	case p.MinAge > 0 && !slices.Contains(p.Request, ClaimBirth) && (p.MinAge > 18 || !slices.Contains(p.Request, ClaimOver18)):
		return fmt.Errorf("%w: least age without a claim that shows it", ErrMalformed)
	case p.Compare && !p.MayShow(ClaimPhoto):
		return fmt.Errorf("%w: compare without a portrait", ErrMalformed)
	case p.Retention < 0 || p.Retention > maxLength*time.Second || p.Retention%time.Second != 0:
		return fmt.Errorf("%w: retention", ErrMalformed)
	case (p.Retention > 0) != (len(p.Seal) > 0):
		return fmt.Errorf("%w: retention without sealed claims, or the reverse", ErrMalformed)
	case slices.Contains(p.Seal, ClaimPhoto):
		return fmt.Errorf("%w: portraits are never kept", ErrMalformed)
	}
	for _, c := range p.Optional {
		if slices.Contains(p.Request, c) {
			return fmt.Errorf("%w: %s both asked for and optional", ErrMalformed, c)
		}
	}
	for _, c := range slices.Concat(p.Show, p.Seal) {
		if !p.MayShow(c) {
			return fmt.Errorf("%w: %s shown or sealed, but not asked for", ErrMalformed, c)
		}
	}
	return nil
}
