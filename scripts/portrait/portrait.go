// Package portrait draws the portrait of nobody, for sample cards: a head and
// shoulders of plain shapes, which no person can be taken for.
package portrait

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// Size of the picture in pixels, 4 to 5 as on cards.
const (
	Width  = 96
	Height = 120
)

var colours = color.Palette{
	color.RGBA{0xcf, 0xdc, 0xe6, 255}, // background
	color.RGBA{0xe4, 0xb8, 0x94, 255}, // skin
	color.RGBA{0x2b, 0x24, 0x20, 255}, // hair, eyes, mouth
	color.RGBA{0x3d, 0x5a, 0x80, 255}, // shirt
}

// PNG is the picture as a file of some hundred bytes, always the same.
func PNG() ([]byte, error) {
	img := image.NewPaletted(image.Rect(0, 0, Width, Height), colours)
	for y := range Height {
		for x := range Width {
			img.SetColorIndex(x, y, at(x, y))
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("portrait: %w", err)
	}
	return b.Bytes(), nil
}

// at is the colour of a pixel.
func at(x, y int) uint8 {
	inside := func(cx, cy, rx, ry int) bool {
		dx, dy := float64(x-cx)/float64(rx), float64(y-cy)/float64(ry)
		return dx*dx+dy*dy < 1
	}
	switch {
	case inside(38, 50, 3, 3), inside(58, 50, 3, 3), inside(48, 70, 9, 2):
		return 2
	case inside(48, 56, 24, 30) && y > 36:
		return 1
	case inside(48, 46, 28, 30):
		return 2
	case inside(48, 128, 44, 40):
		return 3
	}
	return 0
}
