package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// labelled is one line of a manifest.json: an image and what it says.
type labelled struct {
	File    string   `json:"file"`
	Kind    string   `json:"kind"`    // "qr", or "none" for an image without a code
	Texts   []string `json:"texts"`   // of the symbols in it
	Partial bool     `json:"partial"` // holds symbols that Texts does not list
	Class   string   `json:"cls"`
	Clip    string   `json:"clip"` // of which it is a frame, in the order of the manifest

	group string // the folder, where a corpus has several
	path  string // of the image
}

// corpus is one directory of labelled images.
type corpus struct {
	name   string
	images []labelled
}

// readCorpus reads the manifest of a directory, or those of its subfolders.
func readCorpus(dir string) (corpus, error) {
	c := corpus{name: filepath.Base(dir)}
	manifests := []string{filepath.Join(dir, "manifest.json")}
	if _, err := os.Stat(manifests[0]); err != nil {
		if manifests, err = filepath.Glob(filepath.Join(dir, "*", "manifest.json")); err != nil {
			return c, err
		}
	}
	if len(manifests) == 0 {
		return c, fmt.Errorf("%s: no manifest.json in it or in its folders", dir)
	}
	for _, manifest := range manifests {
		data, err := os.ReadFile(manifest)
		if err != nil {
			return c, err
		}
		var images []labelled
		if err := json.Unmarshal(data, &images); err != nil {
			return c, fmt.Errorf("%s: %w", manifest, err)
		}
		folder := filepath.Dir(manifest)
		for _, image := range images {
			if folder != filepath.Clean(dir) {
				image.group = filepath.Base(folder)
			}
			image.path = filepath.Join(folder, image.File)
			c.images = append(c.images, image)
		}
	}
	return c, nil
}

// verdict is what an answer is worth.
type verdict int

const (
	missed   verdict = iota
	right            // the text of a symbol in the image
	wrong            // another text
	unknown          // of a symbol that the manifest does not list
	invented         // any text, of an image without a code
)

// judge compares an answer, nil for none, with what the image says.
func (l labelled) judge(text *string) verdict {
	same := func(want string) bool { return plainText(want) == plainText(*text) }
	switch {
	case text == nil:
		return missed
	case l.Kind == "none":
		return invented
	case slices.ContainsFunc(l.Texts, same):
		return right
	case l.Partial:
		return unknown
	default:
		return wrong
	}
}

// plainText drops what text files, in which labels were kept, do to line ends.
func plainText(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
