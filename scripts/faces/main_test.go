package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// The portraits that lie there are those that are drawn, and no others.
func TestFacesAreUpToDate(t *testing.T) {
	all, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join("../..", folder))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(all) {
		t.Errorf("%d files, want %d", len(entries), len(all))
	}
	for name, want := range all {
		got, err := os.ReadFile(filepath.Join("../..", folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is of another drawing: go run ./scripts/faces", name)
		}
		if img, err := png.Decode(bytes.NewReader(got)); err != nil || img.Bounds().Dx() < 40 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// No two people look alike: staff are to tell them apart.
func TestFacesDiffer(t *testing.T) {
	all, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for name, b := range all {
		if other, ok := names[string(b)]; ok {
			t.Errorf("%s and %s are the same", name, other)
		}
		names[string(b)] = name
	}
}
