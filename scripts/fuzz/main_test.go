package main

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestFind(t *testing.T) {
	got, err := find(fstest.MapFS{
		"shared/a/a.go":               {Data: []byte("func FuzzNotATest(f *testing.F) {}\n")},
		"shared/a/a_test.go":          {Data: []byte("package a\n\nfunc FuzzOne(f *testing.F) {\n}\nfunc FuzzTwo(f *testing.F) {}\n")},
		"shared/b/b_test.go":          {Data: []byte("func TestB(t *testing.T) {}\n// func FuzzComment(f *testing.F)\n")},
		"dist/c/c_test.go":            {Data: []byte("func FuzzDist(f *testing.F) {}\n")},
		"shared/d/testdata/d_test.go": {Data: []byte("func FuzzData(f *testing.F) {}\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []target{{"./shared/a", "FuzzOne"}, {"./shared/a", "FuzzTwo"}}
	if !slices.Equal(got, want) {
		t.Errorf("find = %v, want %v", got, want)
	}
}

func TestEndedLate(t *testing.T) {
	for out, want := range map[string]bool{
		"--- FAIL: FuzzX (1.07s)\n    context deadline exceeded\nFAIL\n":                                                            true,
		"--- FAIL: FuzzX (0.01s)\n    x_test.go:5: context deadline exceeded\n    Failing input written to testdata/fuzz/FuzzX/1\n": false,
		"--- FAIL: FuzzX (0.01s)\n    panic: no\n":                                                                                  false,
	} {
		if got := endedLate(out); got != want {
			t.Errorf("%q: %v", out, got)
		}
	}
}
