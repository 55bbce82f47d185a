// Package luma turns the pixels that a canvas gives into the grey that package qr reads.
package luma

import "unsafe"

// The weights of red, green and blue in luma, in 256ths (BT.601).
const (
	redWeight   = 77
	greenWeight = 150
	blueWeight  = 29
)

// FromRGBA writes the luma of the pixels of rgba, 4 bytes each and not
// premultiplied, to luma, as far as both go. What is transparent counts as white.
// It wants a little-endian processor, as WebAssembly is.
//
// In Go a uint64 holds two pixels. A weighted sum of three bytes stays below 1<<16, so
// one multiplication serves both and they never touch.
//
// Eight pixels are read and written through pointers: the loop's condition is the
// one check of bounds, which makes it a third faster as WebAssembly.
func FromRGBA(luma, rgba []byte) {
	n := min(len(luma), len(rgba)/4)
	i := 0
	for kernel != nil && n-i >= 16 {
		i += int(kernel(unsafe.Pointer(&luma[i]), unsafe.Pointer(&rgba[4*i]), int32((n-i)&^15)))
		if n-i >= 16 { // a pixel that is not opaque
			overWhite(luma[i:i+16], rgba[4*i:4*i+64])
			i += 16
		}
	}
	inGo(luma[i:n], rgba[4*i:4*n])
}

// kernel is what [Accelerate] was given.
var kernel func(luma, rgba unsafe.Pointer, n int32) int32

// Accelerate has [FromRGBA] use a faster loop for rows of n pixels, n a multiple
// of 16, at two addresses. It returns how many are done: at the first sixteen that
// are not all opaque it stops.
func Accelerate(loop func(luma, rgba unsafe.Pointer, n int32) int32) { kernel = loop }

// inGo is FromRGBA for slices of one length.
func inGo(luma, rgba []byte) {
	const opaque = 0xff000000_ff000000
	n := len(luma)
	from, to := unsafe.Pointer(unsafe.SliceData(rgba)), unsafe.Pointer(unsafe.SliceData(luma))
	i := 0
	for ; i+8 <= n; i += 8 {
		p := (*[4]uint64)(unsafe.Add(from, 4*i))
		a, b, c, d := p[0], p[1], p[2], p[3]
		if a&b&c&d&opaque != opaque {
			overWhite(luma[i:i+8], rgba[4*i:4*i+32])
			continue
		}
		// The bytes of each pair of sums are at bits 0, 32, 16 and 48.
		ab, cd := weigh(a)|weigh(b)<<16, weigh(c)|weigh(d)<<16
		*(*uint64)(unsafe.Add(to, i)) = (ab|ab>>24)&0xffffffff | (cd|cd>>24)<<32
	}
	overWhite(luma[i:n], rgba[4*i:])
}

// weigh returns the luma of two pixels in bits 0 to 7 and 32 to 39.
func weigh(p uint64) uint64 {
	const (
		low  = 0x000000ff_000000ff
		half = 0x00000080_00000080
	)
	return ((p&low)*redWeight + (p>>8&low)*greenWeight + (p>>16&low)*blueWeight + half) >> 8 & low
}

// overWhite is FromRGBA one pixel after another, for any alpha.
func overWhite(luma, rgba []byte) {
	for i := range min(len(luma), len(rgba)/4) {
		p := rgba[4*i:][:4]
		v := (uint32(p[0])*redWeight + uint32(p[1])*greenWeight + uint32(p[2])*blueWeight + 128) >> 8
		alpha := uint32(p[3])
		luma[i] = byte((v*alpha + 255*(255-alpha) + 127) / 255)
	}
}
