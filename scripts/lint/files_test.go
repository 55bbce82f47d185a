package lint

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

const maxLines = 500

// long names files over maxLines that are one table or one algorithm.
var long = map[string]bool{
	"web/i18n/zh.js": true,
	"web/i18n/en.js": true,
}

// written tells whether people write files of this name; lock files, images
// and the like they do not.
func written(name string) bool {
	switch path.Ext(name) {
	case ".go", ".js", ".mjs", ".ts", ".html", ".css", ".md", ".wat", ".c", ".capnp":
		return true
	}
	return path.Base(name) == "Makefile" || name == ".ci/run"
}

// eachFile calls f with every file that people write.
func eachFile(t *testing.T, f func(name string, text []byte)) {
	t.Helper()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			switch {
			case name == "dist", name == "data", name == ".git", name == ".cache",
				entry.Name() == "node_modules", entry.Name() == "testdata":
				return fs.SkipDir
			}
			return nil
		}
		if !written(name) {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err == nil {
			f(name, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreShort(t *testing.T) {
	eachFile(t, func(name string, text []byte) {
		test := strings.HasSuffix(name, "_test.go") || strings.Contains(path.Base(name), ".test.")
		table := strings.HasSuffix(name, "table.go") || strings.HasSuffix(name, "tables.go")
		if lines := bytes.Count(text, []byte("\n")); lines > maxLines && !test && !table && !long[name] {
			t.Errorf("%s has %d lines, over %d; a table or one algorithm goes on the list", name, lines, maxLines)
		}
	})
}

func TestNothingIsLeftToDo(t *testing.T) {
	// Put together so that this file does not hold them.
	words := []string{"TO" + "DO", "FIX" + "ME"}
	eachFile(t, func(name string, text []byte) {
		for i, line := range strings.Split(string(text), "\n") {
			for _, word := range words {
				if strings.Contains(line, word) {
					t.Errorf("%s:%d says %s: do it, or say what is missing in an issue", name, i+1, word)
				}
			}
		}
	})
}
