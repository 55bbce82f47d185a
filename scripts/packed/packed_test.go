package packed

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "engine.wasm")
	first := bytes.Repeat([]byte("first "), 1000)
	if err := os.WriteFile(name, first, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := File(name); err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		if !f.holds(name+f.suffix, first) {
			t.Errorf("%s does not unpack to the file", f.suffix)
		}
	}

	second := bytes.Repeat([]byte("second"), 1000)
	if err := os.WriteFile(name, second, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		if f.holds(name+f.suffix, second) {
			t.Errorf("%s of an older file is taken for a copy of the newer", f.suffix)
		}
	}
	if err := File(name); err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		if !f.holds(name+f.suffix, second) {
			t.Errorf("%s was not made again", f.suffix)
		}
	}
}
