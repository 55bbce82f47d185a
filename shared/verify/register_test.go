package verify

import (
	"testing"

	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/register"
)

// A sheet seals what the purpose names and nothing else, and of a card that was
// refused nothing at all.
func TestSheet(t *testing.T) {
	r := newResult()
	r.set(reason.OK)
	r.Class, r.Handle, r.PurposeCode, r.Rule = Bound, "abc", "hotel", "rule"
	r.Claims = Claims{Name: "演示·张三", ID: "demo-1", Birth: "2000-01-02", Sex: "male", Address: "演示路 1", Photo: "AAAA"}
	all := register.Person{Name: r.Claims.Name, ID: r.Claims.ID, Birth: r.Claims.Birth, Sex: r.Claims.Sex, Address: r.Claims.Address}
	for _, test := range []struct {
		seal []string
		want *register.Person
	}{
		{nil, nil},
		{[]string{policy.ClaimPhoto}, nil},
		{[]string{policy.ClaimName}, &register.Person{Name: all.Name}},
		{[]string{policy.ClaimName, policy.ClaimID, policy.ClaimBirth, policy.ClaimSex, policy.ClaimAddress}, &all},
	} {
		c, p := r.Sheet(test.seal)
		if (p == nil) != (test.want == nil) || p != nil && *p != *test.want {
			t.Errorf("%v: %v", test.seal, p)
		}
		if c.Outcome != "accepted" || c.Reason != "ok" || c.Class != "A" || c.Handle != "abc" || c.Purpose != "hotel" || c.Rule != "rule" {
			t.Errorf("%+v", c)
		}
	}
	if _, p := Failure(reason.Expired).Sheet([]string{policy.ClaimName}); p != nil {
		t.Error("a refused card left a name")
	}
}
