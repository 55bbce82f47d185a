package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
)

// suites are the published vectors that have to report, in the order of the
// table. A test of a package prints one line for each:
//
//	conformance NAME: cases N, passed N, refused as expected N, unsupported N (REASON N, ...)
//	conformance NAME: not run, WHY
var suites = []string{
	"sd-cwt", "cose", "token-status-list", "base45", "sm2",
	"wycheproof ES256", "wycheproof ES384", "wycheproof EdDSA", "claim-169",
}

// suite is one row of the table.
type suite struct {
	cases, passed, refused, unsupported int

	explained int    // of the unsupported
	reasons   string // for those
	notRun    string // why, for a suite without vectors
}

var (
	suiteLine   = regexp.MustCompile(`^conformance (.+): cases (\d+), passed (\d+), refused as expected (\d+), unsupported (\d+)(?: \((.*)\))?$`)
	notRunLine  = regexp.MustCompile(`^conformance (.+): not run, (.*)$`)
	reasonCount = regexp.MustCompile(` (\d+)(?:, |$)`)
)

// report collects the lines of the suites from what tests print, and hands the
// other lines on.
type report struct {
	out  io.Writer
	rest []byte
	rows map[string]suite
}

// Write takes part of the output; lines may come in pieces.
func (r *report) Write(b []byte) (int, error) {
	r.rest = append(r.rest, b...)
	for {
		line, rest, ok := bytes.Cut(r.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		r.rest = rest
		if !r.take(string(line)) {
			if _, err := fmt.Fprintf(r.out, "%s\n", line); err != nil {
				return 0, err
			}
		}
	}
}

// take keeps a line of a suite.
func (r *report) take(line string) bool {
	if r.rows == nil {
		r.rows = map[string]suite{}
	}
	line = strings.TrimSpace(line)
	if m := notRunLine.FindStringSubmatch(line); m != nil {
		r.rows[m[1]] = suite{notRun: m[2]}
		return true
	}
	m := suiteLine.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	var s suite
	for i, into := range []*int{&s.cases, &s.passed, &s.refused, &s.unsupported} {
		*into, _ = strconv.Atoi(m[i+2]) // digits, by the pattern
	}
	s.reasons = m[6]
	for _, n := range reasonCount.FindAllStringSubmatch(m[6], -1) {
		count, _ := strconv.Atoi(n[1])
		s.explained += count
	}
	r.rows[m[1]] = s
	return true
}

// unexplained are cases of which nothing is said, or no reason given.
func (s suite) unexplained() int {
	return s.cases - s.passed - s.refused - s.explained
}

// table writes the suites and reports how many cases are unexplained; a suite
// that printed nothing counts as one.
func (r *report) table(out io.Writer) int {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "suite\tcases\tpassed\trefused as expected\tunsupported\tunexplained\t")
	var notes strings.Builder
	total, sum := 0, suite{}
	for _, name := range suites {
		s, ok := r.rows[name]
		switch {
		case !ok:
			total++
			fmt.Fprintf(w, "%s\t-\t-\t-\t-\tnot reported\t\n", name)
			continue
		case s.notRun != "":
			fmt.Fprintf(w, "%s\t-\t-\t-\t-\tnot run\t\n", name)
			fmt.Fprintf(&notes, "%s is not run: %s\n", name, s.notRun)
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", name, s.cases, s.passed, s.refused, s.unsupported, s.unexplained())
		if s.reasons != "" {
			fmt.Fprintf(&notes, "%s, unsupported: %s\n", name, s.reasons)
		}
		total += max(s.unexplained(), -s.unexplained())
		sum.cases, sum.passed, sum.refused, sum.unsupported = sum.cases+s.cases, sum.passed+s.passed, sum.refused+s.refused, sum.unsupported+s.unsupported
	}
	fmt.Fprintf(w, "all\t%d\t%d\t%d\t%d\t%d\t\n", sum.cases, sum.passed, sum.refused, sum.unsupported, total)
	w.Flush()
	fmt.Fprint(out, notes.String())
	return total
}
