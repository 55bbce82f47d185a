package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"jianzheng/scripts/jz/document"
)

// Of many that write one new file at once, one does; all leave nothing else.
func TestWriteFileOnce(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() { errs[i] = writeFile(file, fmt.Appendf(nil, "content %02d", i), modePrivate, false) })
	}
	wg.Wait()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range errs {
		if wrote := string(b) == fmt.Sprintf("content %02d", i); wrote != (err == nil) {
			t.Errorf("writer %d: %v, and the file holds %q", i, err, b)
		} else if err != nil && !strings.Contains(err.Error(), "--force") {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	if err := writeFile(file, []byte("new"), modePrivate, true); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// A file that cannot be written leaves neither itself nor a part.
func TestWriteFileFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(filepath.Join(dir, "x"), nil, modePrivate, true); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// Many at once take places of one status list: those that succeed take one
// each, and the others say that somebody is at work.
func TestEditDocumentAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "status.json")
	d, err := document.NewStatus("https://id.example/v1/status/1", 2, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeDocument(file, d, false); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() {
			errs[i] = editStatus(file, func(d *document.Status) error {
				_, err := d.Allocate(1, zeros{})
				return err
			})
		})
	}
	wg.Wait()
	succeeded := uint64(0)
	for _, err := range errs {
		switch {
		case err == nil:
			succeeded++
		case !strings.Contains(err.Error(), "another jz"):
			t.Error(err)
		}
	}
	if d, err = readDocument[document.Status](file); err != nil || d.Size-d.Free() != succeeded || succeeded == 0 {
		t.Errorf("%d succeeded, %d places taken, %v", succeeded, d.Size-d.Free(), err)
	}
}

// zeros is a source that always draws the first free place.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
