// Package qr reads and draws QR codes: a grey image in, text out; text in,
// modules out. It follows ISO/IEC 18004 and knows nothing of what the text means.
//
// Reading finds the three finder patterns, fits the sampling grid to all
// function patterns, samples the modules, corrects errors and takes the segments
// apart: all versions, levels, masks and modes, mirrored and inverted symbols too.
// Micro QR and rMQR are not read, and there are no tables of large character sets; see
// [Charset].
//
// One [Decoder] serves one stream of images and keeps its buffers between them.
package qr

import (
	"errors"
	"image"
	"image/color"
	"strconv"
)

// The caps on an image, checked before anything is read from it.
const (
	MaxSide   = 8192       // pixels, width or height
	MaxPixels = 40_000_000 // width times height
)

// minSide is the width in pixels of the smallest symbol at one pixel a module.
const minSide = 21

var (
	// ErrNone says that no symbol could be read. It does not say that there is none.
	ErrNone = errors.New("qr: no symbol read")
	// ErrTooLarge says that an image is over [MaxSide] or [MaxPixels].
	ErrTooLarge = errors.New("qr: image too large")
	// ErrLuma says that width, height, stride and length of an image do not fit together.
	ErrLuma = errors.New("qr: luma dimensions do not fit the pixels")
	// ErrTooLong says that a text does not fit the largest symbol of its level.
	ErrTooLong = errors.New("qr: text too long")
	// ErrText says that a text to be drawn is empty or not UTF-8.
	ErrText = errors.New("qr: text empty or not UTF-8")
	// ErrLevel says that an error correction level is none of L, M, Q and H.
	ErrLevel = errors.New("qr: unknown error correction level")
)

// Luma is an 8-bit grey image, row-major, 0 black. Pixel (x, y) is
// Pix[y*Stride+x]. The caller owns Pix; a [Decoder] neither changes nor keeps it.
type Luma struct {
	Pix                   []byte
	Width, Height, Stride int // pixels; Stride in bytes
}

// check returns an error that wraps [ErrLuma] or [ErrTooLarge].
func (l Luma) check() error {
	switch {
	case l.Width <= 0 || l.Height <= 0 || l.Stride < l.Width:
		return &fault{ErrLuma, extent(l.Width, l.Height) + ", stride " + strconv.Itoa(l.Stride)}
	case l.Width > MaxSide || l.Height > MaxSide || l.Width*l.Height > MaxPixels:
		return &fault{ErrTooLarge, extent(l.Width, l.Height)}
	case len(l.Pix) < l.Width, l.Height > 1 && (len(l.Pix)-l.Width)/(l.Height-1) < l.Stride:
		return &fault{ErrLuma, strconv.Itoa(len(l.Pix)) + " bytes for " + extent(l.Width, l.Height) + ", stride " + strconv.Itoa(l.Stride)}
	}
	return nil
}

// FromImage returns the luma of an image. Grey images and the Y plane of JPEGs
// are shared, not copied; what is transparent counts as white.
func FromImage(img image.Image) Luma {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	switch m := img.(type) {
	case *image.Gray:
		if w > 0 && h > 0 {
			return Luma{m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], w, h, m.Stride}
		}
	case *image.YCbCr:
		if w > 0 && h > 0 {
			return Luma{m.Y[m.YOffset(b.Min.X, b.Min.Y):], w, h, m.YStride}
		}
	}
	l := Luma{make([]byte, max(w, 0)*max(h, 0)), w, h, w}
	for y := range h {
		row := l.Pix[y*w:][:w]
		switch m := img.(type) {
		case *image.NRGBA:
			p := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range row {
				q := p[4*x:][:4]
				v, a := weigh(uint32(q[0]), uint32(q[1]), uint32(q[2])), uint32(q[3])
				row[x] = byte((v*a + 255*(255-a) + 127) / 255)
			}
		case *image.RGBA:
			p := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range row {
				q := p[4*x:][:4] // premultiplied, so the white below only has to be added
				row[x] = byte(min(255, weigh(uint32(q[0]), uint32(q[1]), uint32(q[2]))+255-uint32(q[3])))
			}
		default:
			for x := range row {
				row[x] = grey(img.At(b.Min.X+x, b.Min.Y+y))
			}
		}
	}
	return l
}

// grey is the luma of one colour over white.
func grey(c color.Color) byte {
	r, g, b, a := c.RGBA()
	return byte(min(0xffff, weigh(r, g, b)+0xffff-a) >> 8)
}

// weigh returns the luma of red, green and blue by the weights of JPEG (BT.601).
func weigh(r, g, b uint32) uint32 {
	return (19595*r + 38470*g + 7471*b + 1<<15) >> 16
}

// Point is a place in an image, in pixels from its top left corner.
type Point struct{ X, Y float64 }

// Symbol is one QR code that was read.
type Symbol struct {
	// Text is the content. Bytes are taken as the character set that the symbol
	// declares (ECI). If it declares none, they are UTF-8 where they are valid as
	// such, else what [Decoder.Charset] takes them for, else ISO-8859-1.
	//
	// Character sets other than UTF-8, UTF-16, ASCII and ISO-8859-1, and the modes
	// for Kanji and Hanzi, need [Decoder.Charset]. Without it Text has U+FFFD for
	// each character of these modes and for each byte of these sets that is not
	// UTF-8; so all that is ASCII in them is kept.
	Text string
	// Corners are the outer corners: top left, top right, bottom right and
	// bottom left as the symbol stands, in pixels of the image given.
	Corners  []Point
	Version  int // 1 to 40
	Level    Level
	Inverted bool // light modules on dark
	Mirrored bool // seen from behind, or in a mirror

	Append      Append // Total is 0 for a symbol that stands alone
	FNC1        FNC1
	Application string // the indicator of [AIM]: two digits or a letter
}

// Append says which part of a longer text a symbol holds (structured append,
// ISO/IEC 18004, clause 8). Putting parts together is left to the caller.
type Append struct {
	Index  int  // from 0
	Total  int  // symbols, up to 16
	Parity byte // exclusive or of all bytes of the whole text, in its original character set
}

// FNC1 says by whose rules the text is made up, as the symbol tells with the
// function character of that name (ISO/IEC 18004, 7.4.8).
type FNC1 uint8

// The rules.
const (
	NoFNC1 FNC1 = iota
	GS1         // GS1 General Specifications; fields are separated by U+001D
	AIM         // those of an industry, named by [Symbol.Application]
)
