// Test runs the tests of the project in stages and ends with one line that
// counts them, alone on its line: "N passed, N failed", with ", N skipped" when
// there are any.
//
// It is run from the root of the repository:
//
//	go run ./scripts/test [-show] [-conformance] [-run regexp] stage...
//
//	lint     gofmt, go vet for both targets, staticcheck, tsc, imports and file sizes
//	go       Go tests, natively
//	wasm     Go tests of shared/, wasm/ and worker/ under GOOS=js GOARCH=wasm in node
//	js       plain JavaScript modules with node --test
//	browser  the pages in Chromium of today and of 2023, Firefox and WebKitGTK
//
// Nothing is skipped in silence. What a stage needs and this machine lacks is
// installed (npm packages; on Debian as root the browsers and a Chinese font) or
// named exactly, and the stage fails; a stage that finds no test fails too;
// every skipped test is printed with its reason.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// tally counts results, one for each test, subtest or lint check.
type tally struct {
	passed, failed, skipped int
}

func (t *tally) add(o tally) {
	t.passed += o.passed
	t.failed += o.failed
	t.skipped += o.skipped
}

// String gives the closing line.
func (t tally) String() string {
	line := fmt.Sprintf("%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		line += fmt.Sprintf(", %d skipped", t.skipped)
	}
	return line
}

// options are what the command line asks of the Go stages.
type options struct {
	run  string // only tests that match, as go test -run takes it
	show bool   // print the log of passing tests too

	out         io.Writer // where the Go stages write what they print; nil is standard output
	conformance *report   // takes the lines of published vectors; nil prints them as they come
}

// A stage returns an error when it could not run its tests at all.
var stages = map[string]func(options) (tally, error){
	"lint":    lint,
	"go":      goNative,
	"wasm":    goWasm,
	"js":      node,
	"browser": browser,
}

func main() {
	var o options
	flag.StringVar(&o.run, "run", "", "only Go tests that match `regexp`")
	flag.BoolVar(&o.show, "show", false, "print what passing Go tests log")
	conformance := flag.Bool("conformance", false, "end with a table of the published vectors; implies -show")
	flag.Parse()
	if *conformance {
		o.show, o.conformance = true, &report{out: os.Stdout}
	}
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "test: name a stage: lint go wasm js browser")
		os.Exit(2)
	}
	var total tally
	for _, name := range flag.Args() {
		stage, ok := stages[name]
		if !ok {
			fmt.Fprintf(os.Stderr, "test: no stage is called %q\n", name)
			os.Exit(2)
		}
		fmt.Printf("== %s\n", name)
		start := time.Now()
		result, err := stage(o)
		if err == nil && result == (tally{}) {
			err = fmt.Errorf("no test was found")
		}
		if err != nil {
			fmt.Printf("FAIL %s: %v\n", name, err)
			result.failed++
		}
		fmt.Printf("%s: %v, %.1f s\n\n", name, result, time.Since(start).Seconds())
		total.add(result)
	}
	if o.conformance != nil {
		if n := o.conformance.table(os.Stdout); n > 0 {
			fmt.Printf("%d cases are unexplained\n", n)
			total.failed++
		}
		fmt.Println()
	}
	fmt.Println(total)
	if total.failed > 0 {
		os.Exit(1)
	}
}
