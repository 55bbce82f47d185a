// Package luma turns the pixels that a canvas gives into the grey that package qr reads.
package luma

import "encoding/binary"

// The weights of red, green and blue in luma, in 256ths (BT.601).
const (
	redWeight   = 77
	greenWeight = 150
	blueWeight  = 29
)

// FromRGBA writes the luma of the pixels of rgba, 4 bytes each and not
// premultiplied, to luma, which holds len(rgba)/4 bytes. What is transparent
// counts as white.
//
// A uint64 holds two pixels. A weighted sum of three bytes stays below 1<<16, so
// one multiplication serves both and they never touch.
func FromRGBA(luma, rgba []byte) {
	const opaque = 0xff000000_ff000000
	for len(rgba) >= 32 && len(luma) >= 8 {
		a := binary.LittleEndian.Uint64(rgba)
		b := binary.LittleEndian.Uint64(rgba[8:])
		c := binary.LittleEndian.Uint64(rgba[16:])
		d := binary.LittleEndian.Uint64(rgba[24:])
		if a&b&c&d&opaque == opaque {
			binary.LittleEndian.PutUint32(luma, order(weigh(a)|weigh(b)<<16))
			binary.LittleEndian.PutUint32(luma[4:], order(weigh(c)|weigh(d)<<16))
		} else {
			overWhite(luma[:8], rgba[:32])
		}
		luma, rgba = luma[8:], rgba[32:]
	}
	overWhite(luma, rgba)
}

// weigh returns the luma of two pixels in bits 0 to 7 and 32 to 39.
func weigh(p uint64) uint64 {
	const (
		low  = 0x000000ff_000000ff
		half = 0x00000080_00000080
	)
	return ((p&low)*redWeight + (p>>8&low)*greenWeight + (p>>16&low)*blueWeight + half) >> 8 & low
}

// order brings four bytes, at bits 0, 32, 16 and 48, beside one another.
func order(p uint64) uint32 { return uint32(p | p>>24) }

// overWhite is FromRGBA one pixel after another, for any alpha.
func overWhite(luma, rgba []byte) {
	for i := range min(len(luma), len(rgba)/4) {
		p := rgba[4*i:][:4]
		v := (uint32(p[0])*redWeight + uint32(p[1])*greenWeight + uint32(p[2])*blueWeight + 128) >> 8
		alpha := uint32(p[3])
		luma[i] = byte((v*alpha + 255*(255-alpha) + 127) / 255)
	}
}
