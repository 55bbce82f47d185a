package main

import (
	"io"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	var passedOn strings.Builder
	r := &report{out: &passedOn}
	for _, piece := range []string{
		"conformance base45: cases 10, passed 7, refused as exp", "ected 3, unsupported 0\nok  a package\n",
		"conformance cose: cases 31, passed 7, refused as expected 1, unsupported 23 (ES512 P-521 3, not COSE_Sign1 20)\n",
		"conformance wycheproof ES384: not run, no vectors at x.json\n",
		"conformance sm2: cases 9, passed 4, refused as expected 4, unsupported 1\n",
	} {
		if _, err := io.WriteString(r, piece); err != nil {
			t.Fatal(err)
		}
	}
	if got := passedOn.String(); got != "ok  a package\n" {
		t.Errorf("passed on %q", got)
	}
	if s := r.rows["cose"]; s.cases != 31 || s.unsupported != 23 || s.unexplained() != 0 {
		t.Errorf("cose %+v", s)
	}
	if s := r.rows["sm2"]; s.unexplained() != 1 {
		t.Errorf("sm2 has an unsupported case without a reason: %+v", s)
	}
	var table strings.Builder
	// sm2's case, and one for each suite that is silent.
	if got, want := r.table(&table), 1+len(suites)-4; got != want {
		t.Errorf("%d unexplained, want %d:\n%s", got, want, &table)
	}
	for _, line := range []string{"sd-cwt", "not reported", "no vectors at x.json", "ES512 P-521 3"} {
		if !strings.Contains(table.String(), line) {
			t.Errorf("the table lacks %q:\n%s", line, &table)
		}
	}
}
