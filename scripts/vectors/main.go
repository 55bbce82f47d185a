// Vectors makes the project's own test vectors in testdata/vectors: cards,
// presentations, challenges, lists and receipts of invented people, more than
// half of them bad on purpose, with a manifest that says what is to come out of
// each. Keys, salts and clock are fixed, so the same source makes the same bytes;
// a difference in git is a change of the format.
//
// It is run from the root of the repository:
//
//	go run ./scripts/vectors [-check]
//
// Beside them it makes what the practice of the staff page works from. It also
// records what the engine answers to each, which every target must
// reproduce byte for byte, and ends with status 1 when an answer is not what the
// manifest expects; then nothing is written. With -check it only says whether the
// files are as they would be made.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"jianzheng/wasm/app/replay"
)

// folder is where the vectors lie, from the root of the repository.
const folder = "testdata/vectors"

//go:embed readme.md
var readme []byte

func main() {
	check := flag.Bool("check", false, "write nothing; end with status 1 when a file differs")
	flag.Parse()
	if err := run(folder, *check); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	files, counts, err := all()
	if err != nil {
		return err
	}
	different, err := differences(dir, files)
	if err != nil {
		return err
	}
	world, err := makePractice()
	if err != nil {
		return err
	}
	old, _ := os.ReadFile(practiceFile) // one that is missing differs
	switch {
	case !check:
		err = errors.Join(write(dir, files, different), os.WriteFile(practiceFile, world, 0o644))
	case len(different) > 0:
		err = fmt.Errorf("%d files differ: %v", len(different), different)
	case !bytes.Equal(old, world):
		err = fmt.Errorf("%s differs", practiceFile)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%d vectors, %d of them bad, in %d files of %d bytes; %d files differed\n",
		counts.vectors, counts.bad, len(files), counts.bytes, len(different))
	return nil
}

// counts is what all made.
type counts struct{ vectors, bad, bytes int }

// all makes every file, by its path within the folder. The error names each
// vector from which something else comes out than it expects.
func all() (map[string][]byte, counts, error) {
	m, files, err := build()
	if err != nil {
		return nil, counts{}, err
	}
	n := counts{vectors: len(m.Vectors)}
	read := func(name string) ([]byte, error) {
		if b, ok := files[name]; ok {
			return b, nil
		}
		return nil, fs.ErrNotExist
	}
	var results replay.Results
	var wrong []error
	for _, v := range m.Vectors {
		o, err := m.Play(v, read)
		if err == nil && (o.Said != v.Expect || o.Class != v.Class) {
			err = fmt.Errorf("%s: %s, class %q; want %s, class %q: %.300s", v.Name, o.Said, o.Class, v.Expect, v.Class, o.Answer)
		}
		wrong = append(wrong, err)
		results.Add(v, o)
		if v.Bad() {
			n.bad++
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, n, err
	}
	if files[replay.ManifestFile], err = marshal(m); err != nil {
		return nil, n, err
	}
	files[replay.ResultsFile] = results.Lines
	files[replay.ReadmeFile] = readme
	for _, b := range files {
		n.bytes += len(b)
	}
	return files, n, nil
}

// marshal writes a manifest with one vector a line.
func marshal(m replay.Manifest) ([]byte, error) {
	sets, err := json.MarshalIndent(m.Lists, "", " ")
	if err != nil {
		return nil, err
	}
	out := fmt.Appendf(nil, "{\"version\":%d,\n\"lists\":%s,\n\"vectors\":[", m.Version, sets)
	for i, v := range m.Vectors {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), b...)
	}
	return append(out, "\n]}\n"...), nil
}

// differences lists the paths below dir that are missing, differ from files, or
// belong to nothing.
func differences(dir string, files map[string][]byte) ([]string, error) {
	different := map[string]bool{}
	for name, b := range files {
		old, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || !bytes.Equal(old, b) {
			different[name] = true
		}
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil && files[filepath.ToSlash(name)] == nil {
			different[filepath.ToSlash(name)] = true
		}
		return err
	})
	return slices.Sorted(maps.Keys(different)), err
}

// write brings dir to the state of files.
func write(dir string, files map[string][]byte, different []string) error {
	for _, name := range different {
		path := filepath.Join(dir, filepath.FromSlash(name))
		b, ok := files[name]
		if !ok {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
