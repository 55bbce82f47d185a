package qr

import (
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	_ "golang.org/x/image/webp"

	"jianzheng/shared/qr/charset"
)

// corpusLeast is the least number of images that must be read per folder of the
// developer images. It may only go up.
var corpusLeast = map[string]int{
	"boofcv":    58,
	"dgc":       66,
	"gozxing":   3,
	"jsqr":      19,
	"zxing":     81,
	"zxing-cpp": 37,
	"no-code":   0,
}

// corpusImage is one line of a folder's manifest.json.
type corpusImage struct {
	File    string   `json:"file"`
	Texts   []string `json:"texts"`   // of the symbols in it
	Partial bool     `json:"partial"` // holds symbols that texts does not list
}

// corpusDir returns the directory of the developer images, or "" with a line
// in the test's output.
func corpusDir(t testing.TB) string {
	dir := os.Getenv("CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus", "qr")
	}
	if _, err := os.Stat(dir); err != nil {
		fmt.Println("shared/qr: no developer images at", dir, "(CORPUS): corpus test not run")
		return ""
	}
	return dir
}

// TestCorpus reads every developer image once, as a still. Under js it reads
// each eighth, to save time, and holds only that nothing is read wrongly.
func TestCorpus(t *testing.T) {
	dir := corpusDir(t)
	if dir == "" {
		t.Skip("no developer images")
	}
	sampled := runtime.GOOS == "js"
	d := NewDecoder()
	d.Charset = charset.Text
	for folder, least := range corpusLeast {
		t.Run(folder, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, folder, "manifest.json"))
			if err != nil {
				t.Fatal(err)
			}
			var images []corpusImage
			if err := json.Unmarshal(data, &images); err != nil {
				t.Fatal(err)
			}
			read, shown, missed := 0, 0, []string{}
			for i, m := range images {
				if sampled && i%8 != 0 {
					continue
				}
				l := loadLuma(t, filepath.Join(dir, folder, m.File))
				shown++
				s, err := d.Decode(l, Still)
				switch {
				case err == ErrNone:
					missed = append(missed, m.File)
				case err != nil:
					t.Errorf("%s: %v", m.File, err)
				case slices.ContainsFunc(m.Texts, func(want string) bool { return sameText(s.Text, want) }):
					read++
				case m.Partial: // a symbol whose text the manifest does not know
				default:
					t.Errorf("%s: read %q, want one of %q", m.File, s.Text, m.Texts)
				}
			}
			fmt.Printf("shared/qr: corpus %s: read %d of %d images, at least %d of all %d expected\n",
				folder, read, shown, least, len(images))
			t.Logf("missed %v", missed)
			if read < least && !sampled {
				t.Errorf("read %d, want at least %d; missed %v", read, least, missed)
			}
		})
	}
}

// sameText compares as the labels were kept: in text files with plain line ends.
func sameText(got, want string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(got) == plain(want)
}

// loadLuma reads an image file.
func loadLuma(t testing.TB, path string) Luma {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return FromImage(img)
}
