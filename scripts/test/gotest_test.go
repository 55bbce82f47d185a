package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestReadEvents(t *testing.T) {
	tests := []struct {
		name   string
		events string
		show   bool
		want   tally
		output []string // each is in what is printed
		silent []string // none is
	}{
		{
			name: "passed with a subtest",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA/x","Output":"    a_test.go:1: a log line\n"}
{"Action":"pass","Package":"p","Test":"TestA/x","Elapsed":0}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"pass","Package":"p","Elapsed":0.5}`,
			want:   tally{passed: 2},
			output: []string{"ok   p"},
			silent: []string{"a log line"},
		},
		{
			name: "shown",
			show: true,
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: a log line\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}`,
			want:   tally{passed: 1},
			output: []string{"a log line"},
		},
		{
			name: "failed and skipped",
			events: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: VECTORS is not there\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p"}`,
			want:   tally{failed: 1, skipped: 1},
			output: []string{"got 1, want 2", "VECTORS is not there", "FAIL p"},
		},
		{
			name: "does not compile",
			events: `{"ImportPath":"p [p.test]","Action":"build-output","Output":"p/a.go:1:1: expected declaration\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p [p.test]"}`,
			want:   tally{failed: 1},
			output: []string{"expected declaration", "build failed", "FAIL p"},
		},
		{
			name: "no test files",
			events: `{"Action":"output","Package":"p","Output":"?   \tp\t[no test files]\n"}
{"Action":"skip","Package":"p"}`,
			silent: []string{"p"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			got, err := readEvents(strings.NewReader(test.events), &out, test.show)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("tally = %v, want %v", got, test.want)
			}
			for _, s := range test.output {
				if !strings.Contains(out.String(), s) {
					t.Errorf("output lacks %q:\n%s", s, &out)
				}
			}
			for _, s := range test.silent {
				if strings.Contains(out.String(), s) {
					t.Errorf("output holds %q:\n%s", s, &out)
				}
			}
		})
	}
}

func TestReadTAP(t *testing.T) {
	report := "TAP version 13\n# Subtest: a\nok 1 - a\n1..1\n# tests 9\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 2\n# duration_ms 40.1\n"
	got, ok := readTAP(report)
	if want := (tally{passed: 3, failed: 2, skipped: 4}); !ok || got != want {
		t.Errorf("readTAP = %v, %v, want %v", got, ok, want)
	}
	if _, ok := readTAP("TAP version 13\nnot ok 1\n"); ok {
		t.Error("a report without summary was accepted")
	}
}

func TestNodeTests(t *testing.T) {
	got, err := nodeTests(fstest.MapFS{
		"web/lib/flow.js":           {},
		"web/lib/flow.test.js":      {},
		"worker/edge/hub.test.mjs":  {},
		"node_modules/x/x.test.js":  {},
		"dist/web/lib/flow.test.js": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "web/lib/flow.test.js worker/edge/hub.test.mjs"; strings.Join(got, " ") != want {
		t.Errorf("nodeTests = %q, want %q", got, want)
	}
}

func TestTally(t *testing.T) {
	if got, want := (tally{passed: 3, failed: 1}).String(), "3 passed, 1 failed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (tally{passed: 3, skipped: 2}).String(), "3 passed, 0 failed, 2 skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
