// Command decoder is the scanner alone, for programs in JavaScript that want the
// text of a QR code and nothing of cards. web/engine/decoder.js is its one caller.
//
// RGBA comes in strips, so that what is four times as large as what is read is
// never in memory as a whole: begin, add for each strip, read, and text are the
// calls for one image. Luma is written at once to where plane says, in place of
// the strips. A stream of frames is read in the same way with watch.
package main

import (
	"unsafe"

	"jianzheng/shared/qr"
	"jianzheng/shared/qr/guess"
	"jianzheng/wasm/decoder/luma"
	"jianzheng/wasm/simd/edge"
)

// stripBytes is a piece of RGBA that stays in a processor's cache.
const stripBytes = 1 << 16

// maxText caps the text of one span of bytes: a symbol holds 2953 bytes, each at
// most one character of three bytes.
const maxText = 3 * 3000

var (
	decoder = qr.Decoder{Charset: charset}
	pixels  [stripBytes]byte
	frame   qr.Luma
	filled  int // bytes of frame.Pix
	answer  string
	foreign [maxText]byte
)

// strip is the address of the stripBytes bytes into which JavaScript writes pixels.
//
//go:wasmexport strip
func strip() unsafe.Pointer { return unsafe.Pointer(&pixels) }

// begin makes room for an image of width by height pixels. It returns the size of
// the strip in bytes, or 0 for a size that is not read.
//
//go:wasmexport begin
func begin(width, height int32) int32 {
	w, h := int(width), int(height)
	if w <= 0 || h <= 0 || w > qr.MaxSide || h > qr.MaxSide || w*h > qr.MaxPixels {
		return 0
	}
	if w*h > cap(frame.Pix) {
		frame.Pix = nil // may be collected before the larger one is made
		frame.Pix = make([]byte, w*h)
	}
	frame = qr.Luma{Pix: frame.Pix[:w*h], Width: w, Height: h, Stride: w}
	filled = 0
	return stripBytes
}

// add takes n bytes of RGBA from the strip as the next pixels, in rows.
//
//go:wasmexport add
func add(n int32) {
	count := min(max(int(n), 0)/4, stripBytes/4, len(frame.Pix)-filled)
	luma.FromRGBA(frame.Pix[filled:][:count], pixels[:4*count])
	filled += count
}

// plane is the address of the luma of the image begun: a byte a pixel, in rows
// without gaps.
//
//go:wasmexport plane
func plane() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(frame.Pix)) }

// read looks for a symbol as in a still image, and returns the length of its
// text in bytes of UTF-8, or -1.
//
//go:wasmexport read
func read() int32 { return look(qr.Still) }

// watch is read for the next frame of a video.
//
//go:wasmexport watch
func watch() int32 { return look(qr.Video) }

func look(mode qr.Mode) (length int32) {
	defer func() {
		if recover() != nil {
			decoder, length = qr.Decoder{Charset: charset}, -1
		}
	}()
	s, err := decoder.Decode(frame, mode)
	if err != nil {
		return -1
	}
	answer = s.Text
	return int32(len(answer))
}

// text is the address of the text last read.
//
//go:wasmexport text
func text() unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(answer)) }

// decodeText has JavaScript, which knows these sets, write text in the character
// set of number eci as UTF-8 into out. It returns the length, or -1 for a set
// that it does not know and, if strict is not 0, for bytes that are not in the set.
//
//go:wasmimport jianzheng decodeText
func decodeText(eci int32, bytes unsafe.Pointer, length int32, strict int32, out unsafe.Pointer, room int32) int32

// charset is a [qr.Charset].
func charset(eci int, b []byte) (string, bool) {
	if len(b) == 0 {
		return "", true
	}
	strict := int32(0)
	if eci == qr.Undeclared {
		var ok bool
		if eci, ok = guess.Set(b); !ok {
			return "", false
		}
		strict = 1
	}
	n := decodeText(int32(eci), unsafe.Pointer(unsafe.SliceData(b)), int32(len(b)), strict, unsafe.Pointer(&foreign), maxText)
	if n < 0 {
		return "", false
	}
	return string(foreign[:n]), true
}

func main() {
	edge.Use()
	select {} // the exports are called while main waits
}
