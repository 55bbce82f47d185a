package verify

import (
	"jianzheng/shared/policy"
	"jianzheng/shared/register"
)

// Sheet is what a register keeps of a result. Seal names the claims that the
// purpose has sealed, see [policy.Purpose]; a result without claims seals none.
// Seat, staff, presentation hash and portrait answer are the caller's to add.
func (r *Result) Sheet(seal []string) (register.Check, *register.Person) {
	c := register.Check{
		Outcome: string(r.Outcome), Reason: string(r.Reason), Class: string(r.Class),
		Purpose: r.PurposeCode, Rule: r.Rule, Handle: r.Handle,
	}
	var p register.Person
	for _, name := range seal {
		switch name {
		case policy.ClaimName:
			p.Name = r.Claims.Name
		case policy.ClaimID:
			p.ID = r.Claims.ID
		case policy.ClaimBirth:
			p.Birth = r.Claims.Birth
		case policy.ClaimSex:
			p.Sex = r.Claims.Sex
		case policy.ClaimAddress:
			p.Address = r.Claims.Address
		}
	}
	if p == (register.Person{}) {
		return c, nil
	}
	return c, &p
}
