package qr_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"regexp"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"jianzheng/shared/qr"
)

// rectangle is a dark run as SVG writes it.
var rectangle = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// render draws an SVG of [qr.Modules.SVG] with scale pixels a module.
func render(t *testing.T, svg []byte, scale int) *image.Gray {
	t.Helper()
	var document struct {
		ViewBox string `xml:"viewBox,attr"`
		Path    []struct {
			D    string `xml:"d,attr"`
			Fill string `xml:"fill,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(svg, &document); err != nil {
		t.Fatal(err)
	}
	var side int
	if _, err := fmt.Sscanf(document.ViewBox, "0 0 %d", &side); err != nil || len(document.Path) != 2 {
		t.Fatalf("view box %q, %d paths", document.ViewBox, len(document.Path))
	}
	if white := fmt.Sprintf("M0 0h%dv%dH0z", side, side); document.Path[0].D != white || document.Path[0].Fill != "#fff" {
		t.Fatalf("the ground is %+v", document.Path[0])
	}
	if rest := rectangle.ReplaceAllString(document.Path[1].D, ""); rest != "" {
		t.Fatalf("a path holds %.40q", rest)
	}
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	for _, m := range rectangle.FindAllStringSubmatch(document.Path[1].D, -1) {
		var x, y, run, back int
		if _, err := fmt.Sscan(m[1]+" "+m[2]+" "+m[3]+" "+m[4], &x, &y, &run, &back); err != nil || run != back {
			t.Fatalf("%s: %v", m[0], err)
		}
		draw.Draw(img, image.Rect(x*scale, y*scale, (x+run)*scale, (y+1)*scale), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return img
}

// What is drawn as SVG is what is drawn as pixels, and both our decoder and
// gozxing read it.
func TestSVGReadsBack(t *testing.T) {
	for _, chars := range []int{10, 560, 1074} {
		for _, level := range []qr.Level{qr.L, qr.M, qr.H} {
			want := answer(chars)
			m, err := qr.Encode(want, level)
			if err != nil {
				t.Fatal(err)
			}
			img := render(t, m.SVG(4), 3)
			if !bytes.Equal(img.Pix, m.Image(3, 4).Pix) {
				t.Errorf("%d-%v: SVG and image differ", m.Version, level)
			}
			if s, err := qr.NewDecoder().Decode(qr.FromImage(img), qr.Still); err != nil || s.Text != want {
				t.Errorf("%d-%v: read %.20q, %v", m.Version, level, s.Text, err)
			}
			bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
			if err != nil {
				t.Fatal(err)
			}
			pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
			if r, err := qrcode.NewQRCodeReader().Decode(bitmap, pure); err != nil || r.GetText() != want {
				t.Errorf("%d-%v: gozxing: %v", m.Version, level, err)
			}
		}
	}
	m, err := qr.Encode("A", qr.L)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(render(t, m.SVG(-1), 1).Pix, m.Image(1, 0).Pix) {
		t.Error("a quiet zone below 0 is not 0")
	}
}
