package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What staff practise with is what this source makes.
func TestPracticeIsReproducible(t *testing.T) {
	want, err := makePractice()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(practiceFile)))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs or is missing (%v): run `make vectors`", practiceFile, err)
	}
}

// What lies in testdata/vectors is what this source makes, twice the same.
func TestVectorsAreReproducible(t *testing.T) {
	files, n, err := all()
	if err != nil {
		t.Fatal(err)
	}
	different, err := differences(filepath.Join("..", "..", filepath.FromSlash(folder)), files)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range different {
		t.Errorf("%s differs, is missing or belongs to nothing: run `make vectors` and look at the difference", name)
	}
	if 2*n.bad < n.vectors {
		t.Errorf("%d of %d vectors are bad; at least half should be", n.bad, n.vectors)
	}
}
