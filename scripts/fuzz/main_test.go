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
