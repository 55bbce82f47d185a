// Icons draws the mark of web/styles/mark.svg as the pictures that an installed app
// needs, into web/icons/:
//
//	icon-192.png, icon-512.png   the mark as it is
//	maskable-512.png             on a full square, for systems that cut icons themselves
//	touch-180.png                the same, for iOS
//
// It is run from the root of the repository: go run ./scripts/icons
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
)

// picture is one of the files.
type picture struct {
	name string
	size int
	full bool // the ground fills the square and the mark keeps to its safe inner circle
}

var pictures = []picture{
	{"icon-192.png", 192, false},
	{"icon-512.png", 512, false},
	{"maskable-512.png", 512, true},
	{"touch-180.png", 180, true},
}

// line is a stroke through points of the mark's square of 64, with round ends.
type line struct {
	width  float64
	points [][2]float64
}

// The mark, as in web/styles/mark.svg.
const (
	square = 64
	corner = 14
	safe   = 0.78 // part of the square that the mark keeps to when the ground is full
)

var (
	ground = color.NRGBA{0x0B, 0x5C, 0xAD, 0xFF}
	lines  = []line{
		{5, [][2]float64{{12, 22}, {12, 12}, {22, 12}}},
		{5, [][2]float64{{42, 12}, {52, 12}, {52, 22}}},
		{5, [][2]float64{{52, 42}, {52, 52}, {42, 52}}},
		{5, [][2]float64{{22, 52}, {12, 52}, {12, 42}}},
		{6, [][2]float64{{22, 33}, {30, 41}, {44, 24}}},
	}
)

func main() {
	for _, p := range pictures {
		var file bytes.Buffer
		err := png.Encode(&file, p.draw())
		if err == nil {
			err = os.WriteFile(filepath.Join("web", "icons", p.name), file.Bytes(), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "icons:", err)
			os.Exit(1)
		}
	}
}

// draw fills each pixel by how far its middle is from the edges of the mark.
func (p picture) draw() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, p.size, p.size))
	scale := float64(p.size) / square // pixels for one unit
	if p.full {
		scale *= safe
	}
	for y := range p.size {
		for x := range p.size {
			at := func(i int) float64 { return (float64(i)+0.5-float64(p.size)/2)/scale + square/2 }
			px, py := at(x), at(y)
			white := 0.0
			for _, l := range lines {
				white = max(white, cover((l.width/2-l.distance(px, py))*scale))
			}
			alpha := 1.0
			if !p.full {
				alpha = cover(-outside(px, py) * scale)
			}
			mix := func(c uint8) uint8 { return uint8(math.Round(float64(c) + (255-float64(c))*white)) }
			img.SetNRGBA(x, y, color.NRGBA{mix(ground.R), mix(ground.G), mix(ground.B), uint8(math.Round(alpha * 255))})
		}
	}
	return img
}

// cover is the part of a pixel inside an edge that is so many pixels away.
func cover(inside float64) float64 { return min(1, max(0, inside+0.5)) }

// outside is the distance to the rounded square, negative inside.
func outside(x, y float64) float64 {
	dx, dy := math.Abs(x-square/2)-(square/2-corner), math.Abs(y-square/2)-(square/2-corner)
	return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - corner
}

// distance is that from the middle of the stroke.
func (l line) distance(x, y float64) float64 {
	least := math.Inf(1)
	for i, a := range l.points[1:] {
		b := l.points[i]
		dx, dy := a[0]-b[0], a[1]-b[1]
		t := min(1, max(0, ((x-b[0])*dx+(y-b[1])*dy)/(dx*dx+dy*dy)))
		least = min(least, math.Hypot(x-b[0]-t*dx, y-b[1]-t*dy))
	}
	return least
}
