package qr

import (
	"image"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Level is how much of a symbol may be lost (ISO/IEC 18004, table 12). The zero
// value is none of them.
type Level uint8

// The levels, with the share of codewords that can be restored.
const (
	L Level = iota + 1 // 7 %
	M                  // 15 %
	Q                  // 25 %
	H                  // 30 %
)

// ParseLevel reads one letter L, M, Q or H. The error wraps [ErrLevel].
func ParseLevel(s string) (Level, error) {
	if i := strings.Index("LMQH", s); len(s) == 1 && i >= 0 {
		return Level(i + 1), nil
	}
	return 0, &fault{ErrLevel, strconv.Quote(s)}
}

// String returns the letter of the level.
func (l Level) String() string {
	if l < L || l > H {
		return "Level(" + strconv.Itoa(int(l)) + ")"
	}
	return "LMQH"[l-1 : l]
}

// maxDigits is the most any symbol holds: digits in version 40-L (ISO/IEC 18004, table 7).
const maxDigits = 7089

// Modules is a drawn symbol, without quiet zone. It is not changed after [Encode].
type Modules struct {
	Size    int // modules a side, 17 + 4 × Version
	Version int // 1 to 40
	Level   Level

	packed []byte
}

// Encode draws text as the smallest symbol that holds it at a level, divided into
// numeric, alphanumeric and byte segments so that it takes the fewest bits. Bytes
// are UTF-8 and not declared as such, which is what readers expect.
// The error is [ErrText] or wraps [ErrLevel] or [ErrTooLong].
func Encode(text string, level Level) (*Modules, error) {
	if level < L || level > H {
		return nil, &fault{ErrLevel, strconv.Itoa(int(level))}
	}
	if len(text) > maxDigits {
		return nil, &fault{ErrTooLong, strconv.Itoa(len(text)) + " bytes"}
	}
	if text == "" || !utf8.ValidString(text) {
		return nil, ErrText
	}
	p, ok := planFor(text, level)
	if !ok {
		return nil, &fault{ErrTooLong, strconv.Itoa(len(text)) + " bytes at level " + level.String()}
	}
	b := blocksOf(p.version, level)
	drawn := draw(interleave(p.write(text, b.dataCodewords()), b), p.version, level)
	m := &Modules{Size: drawn.size, Version: p.version, Level: level}
	m.packed = make([]byte, (m.Size*m.Size+7)/8)
	for i, v := range drawn.modules {
		m.packed[i/8] |= v << (7 - i%8)
	}
	return m, nil
}

// At reports whether a module is dark. Outside the symbol everything is light.
func (m *Modules) At(x, y int) bool {
	if x < 0 || y < 0 || x >= m.Size || y >= m.Size {
		return false
	}
	i := y*m.Size + x
	return m.packed[i/8]&(0x80>>(i%8)) != 0
}

// Packed returns a copy of the modules, row-major, 1 dark, most significant bit
// first, rows not padded: (Size*Size+7)/8 bytes.
func (m *Modules) Packed() []byte { return append([]byte(nil), m.packed...) }

// Image draws the symbol black on white with scale pixels a module and quiet
// modules of white around; the standard asks for 4. Less than 1 and 0 count as 1 and 0.
func (m *Modules) Image(scale, quiet int) *image.Gray {
	scale, quiet = max(scale, 1), max(quiet, 0)
	side := (m.Size + 2*quiet) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		row := img.Pix[y*img.Stride:][:side]
		if y%scale != 0 {
			copy(row, img.Pix[(y-1)*img.Stride:][:side])
			continue
		}
		for x := range row {
			if !m.At(x/scale-quiet, y/scale-quiet) {
				row[x] = 0xff
			}
		}
	}
	return img
}
