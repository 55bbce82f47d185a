package replay

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/shared/reason"
)

var dir = filepath.Join("..", "..", "..", "testdata", "vectors")

func read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
}

func manifest(t testing.TB) Manifest {
	t.Helper()
	b, err := read(ManifestFile)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The whole set gives what each vector expects, and byte for byte the answers on
// record. This test runs natively and under GOOS=js.
func TestVectors(t *testing.T) {
	m := manifest(t)
	want, err := read(ResultsFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(want, []byte("\n"))
	if len(lines) != len(m.Vectors)+1 {
		t.Fatalf("%d lines of results for %d vectors", len(lines)-1, len(m.Vectors))
	}
	var results Results
	for i, v := range m.Vectors {
		o, err := m.Play(v, read)
		if err != nil {
			t.Error(err)
			continue
		}
		if o.Said != v.Expect || o.Class != v.Class {
			t.Errorf("%s: %s, class %q; want %s, class %q", v.Name, o.Said, o.Class, v.Expect, v.Class)
		}
		from := len(results.Lines)
		results.Add(v, o)
		if got := results.Lines[from:]; !bytes.Equal(got, lines[i]) {
			t.Errorf("%s: answer differs from the record:\n%s\n%s%s", v.Name, o.Answer, got, lines[i])
		}
	}
	t.Logf("%d vectors played", len(m.Vectors))
}

// Every file belongs to a vector, and every reason of a verdict has a vector but
// those that no text can give.
func TestVectorsAreComplete(t *testing.T) {
	m := manifest(t)
	named := m.Files()
	for _, name := range []string{ManifestFile, ResultsFile, ReadmeFile} {
		named[name] = true
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil && !named[filepath.ToSlash(name)] {
			t.Errorf("%s belongs to no vector", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	bad := 0
	for _, v := range m.Vectors {
		said[v.Expect] = true
		if v.Bad() {
			bad++
		}
	}
	if 2*bad < len(m.Vectors) {
		t.Errorf("%d of %d vectors are bad; at least half should be", bad, len(m.Vectors))
	}
	elsewhere := map[reason.Code]string{
		reason.NoCode:           "an image",
		reason.EngineCrashed:    "a fault",
		reason.ChallengeMissing: "a caller without challenges; the attack table has it",
	}
	for _, c := range reason.All() {
		if _, ok := elsewhere[c]; ok || c.Class() == reason.Request {
			continue
		}
		if !said[c.Class().String()+" "+string(c)] {
			t.Errorf("no vector for %s", c)
		}
	}
}

// A vector that says something unknown is not played.
func TestUnknownIsRefused(t *testing.T) {
	m := manifest(t)
	good := m.Vectors[0]
	for name, edit := range map[string]func(*Vector){
		"expectation":      func(v *Vector) { v.Expect = "rejected looks-funny" },
		"outcome":          func(v *Vector) { v.Expect = "accepted revoked" },
		"refused check":    func(v *Vector) { v.Expect = "refused malformed" },
		"kind":             func(v *Vector) { v.Kind = "guess" },
		"class":            func(v *Vector) { v.Class = "E" },
		"class with space": func(v *Vector) { v.Class = " " },
		"staff":            func(v *Vector) { v.Staff = "maybe" },
		"lists":            func(v *Vector) { v.Lists = "none of these" },
		"input":            func(v *Vector) { v.Input = "texts/none.txt" },
		"challenge":        func(v *Vector) { v.Challenge = good.Input },
		"clock":            func(v *Vector) { v.Now = "noon" },
	} {
		v := good
		edit(&v)
		if _, err := m.Play(v, read); !errors.Is(err, ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse([]byte(`{"version":1,"surprise":1}`)); !errors.Is(err, ErrManifest) {
		t.Errorf("unknown field: %v", err)
	}
	if good.Bad() == strings.HasPrefix(good.Expect, "accepted") {
		t.Error("Bad")
	}
}
