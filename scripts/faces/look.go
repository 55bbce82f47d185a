package main

import (
	"image"
	"image/color"
)

// look says what a face is drawn of. Lengths are shares of the picture's width.
type look struct {
	paper, skin, hair, shirt uint32 // colours

	long    bool    // hair down to the shoulders
	fringe  float64 // how far the hair comes down the forehead
	parting float64 // where it parts, from the middle; beyond a half it does not
	glasses bool
	beard   bool
	smile   float64
	wide    float64 // of the head

	carried bool // the card on the phone has a portrait too, a larger one
}

var looks = map[string]look{
	"valid":          {paper: 0xDCE6F0, skin: 0xF2CDA9, hair: 0x22262B, shirt: 0x2F5D8C, fringe: .07, parting: -.12, smile: .035, wide: .235},
	"expires-soon":   {paper: 0xEFE3EC, skin: 0xF6D6B8, hair: 0x3A2A24, shirt: 0x8C4A6B, long: true, fringe: .09, parting: .1, smile: .03, wide: .22},
	"expired":        {paper: 0xE4EADF, skin: 0xE6BC94, hair: 0x2A2A2A, shirt: 0x55663F, fringe: .05, parting: 1, glasses: true, smile: .02, wide: .24},
	"under-18":       {paper: 0xF3EBD8, skin: 0xF7D9BC, hair: 0x2B211E, shirt: 0xC0732F, long: true, fringe: .12, parting: 1, smile: .045, wide: .225},
	"revoked":        {paper: 0xE2E4E8, skin: 0xEFC9A4, hair: 0x30343A, shirt: 0x4A4F58, fringe: .04, parting: .14, beard: true, smile: .015, wide: .245},
	"suspended":      {paper: 0xDFEAE8, skin: 0xF1CFAE, hair: 0x5A5A5E, shirt: 0x2E7268, long: true, fringe: .06, parting: -.14, glasses: true, smile: .03, wide: .225},
	"unknown-issuer": {paper: 0xEDE2D9, skin: 0xE9C19B, hair: 0x1F1B1A, shirt: 0x7A4B33, fringe: .1, parting: 1, smile: .025, wide: .235},
	"altered":        {paper: 0xE6E2F0, skin: 0xF5D4B4, hair: 0x33241F, shirt: 0x5B4A8C, long: true, fringe: .05, parting: 0, smile: .04, wide: .22},
	"full":           {paper: 0xDDE7E0, skin: 0xF0CCA8, hair: 0x26221F, shirt: 0x7C2F3A, long: true, fringe: .08, parting: 1, glasses: true, smile: .035, wide: .225},
	"portrait":       {paper: 0xE0EAF2, skin: 0xEEC6A0, hair: 0x241F1C, shirt: 0x1F6F8B, fringe: .06, parting: .1, beard: true, smile: .04, wide: .24, carried: true},
}

// draw draws the face on w by h pixels.
func (l look) draw(w, h int) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{rgb(l.paper), rgb(l.skin), rgb(l.hair), rgb(l.shirt)})
	for y := range h {
		for x := range w {
			// From the middle of the face, in widths of the picture.
			u, v := (float64(x)+.5)/float64(w)-.5, (float64(y)+.5)/float64(w)-.5
			img.SetColorIndex(x, y, l.at(u, v))
		}
	}
	l.mark(img)
	return img
}

// inside tells whether a point lies in an ellipse.
func inside(u, v, middleU, middleV, a, b float64) bool {
	du, dv := (u-middleU)/a, (v-middleV)/b
	return du*du+dv*dv <= 1
}

// at is the colour of a point.
func (l look) at(u, v float64) uint8 {
	side := max(u, -u) // faces are the same on both sides, but for the parting
	if c, ok := l.features(u, v, side); ok {
		return c
	}
	inHead := inside(u, v, 0, 0, l.wide, .29)
	crown := inside(u, v, 0, -.06, l.wide+.045, .3)
	hairline := -.2 + l.fringe
	if l.parting < .5 && l.parting > -.5 {
		hairline += .22*max(0, .14-max(u-l.parting, l.parting-u)) - .06 + .04
		hairline -= .6 * max(0, .1-max(u-l.parting, l.parting-u))
	}
	switch {
	case inHead && v > hairline:
		if l.beard && v > .13 && !inside(u, v, 0, .02, l.wide*.86, .2) {
			return hair
		}
		return skin
	case crown && v < .02:
		return hair
	case l.long && side < l.wide+.06 && side > l.wide-.09 && v > -.1 && v < .4:
		return hair
	case inside(u, v, 0, 0, l.wide+.025, .06) && !l.long: // ears
		return skin
	case side < .085 && v > .2 && v < .37:
		return skin
	case inside(u, v, 0, .72, .43, .38):
		return shirt
	}
	return paper
}

// features are what stands on the skin: eyes, brows, nose, mouth, glasses.
func (l look) features(u, v, side float64) (uint8, bool) {
	switch {
	case inside(side, v, .095, -.01, .024, .022):
		return hair, true
	case v > -.075 && v < -.055 && side > .055 && side < .14:
		return hair, true
	case l.glasses && inside(side, v, .095, -.01, .075, .06) && !inside(side, v, .095, -.01, .058, .043):
		return shirt, true
	case l.glasses && v > -.025 && v < -.005 && (side < .022 || side > .17 && side < l.wide):
		return shirt, true
	case u > 0 && u < .028 && v > .055 && v < .075:
		return hair, true
	}
	// The mouth is a band that bends up to the sides.
	bend := .155 - l.smile*(side/.09)*(side/.09)
	if side < .09 && v > bend-.011 && v < bend+.011 {
		return shirt, true
	}
	return 0, false
}

// letters are five by five pixels, from the top, most significant bit first.
var letters = [][5]uint8{
	{0b11110, 0b10001, 0b10001, 0b10001, 0b11110},
	{0b11111, 0b10000, 0b11110, 0b10000, 0b11111},
	{0b10001, 0b11011, 0b10101, 0b10001, 0b10001},
	{0b01110, 0b10001, 0b10001, 0b10001, 0b01110},
}

// mark writes DEMO across the shirt.
func (l look) mark(img *image.Paletted) {
	size := img.Rect.Size()
	scale := max(1, size.X/40)
	width := len(letters)*6 - 1
	left, top := (size.X-width*scale)/2, size.Y-7*scale
	for i, letter := range letters {
		for row, bits := range letter {
			for column := range 5 {
				if bits>>(4-column)&1 == 0 {
					continue
				}
				for dy := range scale {
					for dx := range scale {
						img.SetColorIndex(left+(i*6+column)*scale+dx, top+row*scale+dy, paper)
					}
				}
			}
		}
	}
}
