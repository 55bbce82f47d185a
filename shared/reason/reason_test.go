package reason

import (
	"regexp"
	"testing"
)

func TestTableIsClosedAndUnique(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[Code]bool{}
	for i, c := range All() {
		if seen[c] {
			t.Errorf("%s stands twice", c)
		}
		seen[c] = true
		if !form.MatchString(string(c)) {
			t.Errorf("%q is not lower case words joined by hyphens", c)
		}
		if got, want := c.Number(), i+1; got != want {
			t.Errorf("%s: number %d, want %d", c, got, want)
		}
		if s := c.Class().String(); len(s) > 5 && s[:5] == "class" {
			t.Errorf("%s has no class", c)
		}
	}
}

// The numbers are printed on screens and in logs: they never move.
func TestNumbersStay(t *testing.T) {
	for c, want := range map[Code]string{OK: "A-1", SignatureInvalid: "S-7", Expired: "D-12",
		Revoked: "V-14", NonceUsed: "N-28", UnderAge: "P-33", EngineCrashed: "X-44", BodyTooLarge: "H-49", Internal: "H-57"} {
		if got := c.Short(); got != want {
			t.Errorf("%s: %s, want %s", c, got, want)
		}
	}
}

func TestStrangerIsUndetermined(t *testing.T) {
	c := Code("made-up")
	if c.Known() || c.Number() != 0 || c.Class() != Undetermined || c.Short() != "X-0" {
		t.Errorf("a code off the list: known %v number %d class %v short %s", c.Known(), c.Number(), c.Class(), c.Short())
	}
}
