package qr

import (
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"jianzheng/shared/qr/charset"
)

// Wherever gozxing and this package both read a developer image, they read the same
// text, or texts of two symbols that are both in it.
func TestCorpusAgrees(t *testing.T) {
	dir := corpusDir(t)
	if dir == "" || runtime.GOOS == "js" {
		if dir != "" {
			fmt.Println("shared/qr: gozxing takes minutes under js: it is compared natively only")
		}
		t.Skip("no developer images, or under js")
	}
	d := NewDecoder()
	d.Charset = charset.Text
	both, all := 0, 0
	for folder := range corpusLeast {
		data, err := os.ReadFile(filepath.Join(dir, folder, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var images []corpusImage
		if err := json.Unmarshal(data, &images); err != nil {
			t.Fatal(err)
		}
		for _, m := range images {
			all++
			l := loadLuma(t, filepath.Join(dir, folder, m.File))
			theirs, ok := oracleStill(t, l)
			if !ok {
				continue
			}
			s, err := d.Decode(l, Still)
			if err != nil {
				continue
			}
			both++
			if !sameText(s.Text, theirs) && len(m.Texts) < 2 && !m.Partial {
				t.Errorf("%s/%s: %q, gozxing %q", folder, m.File, s.Text, theirs)
			}
		}
	}
	fmt.Printf("shared/qr: gozxing agrees on all %d images, of %d, that both read\n", both, all)
}

// oracleStill reads a still with gozxing.
func oracleStill(t *testing.T, l Luma) (text string, ok bool) {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(&image.Gray{Pix: l.Pix, Stride: l.Stride, Rect: image.Rect(0, 0, l.Width, l.Height)})
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}
