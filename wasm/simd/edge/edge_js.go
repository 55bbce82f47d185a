// Package edge joins the engine to the kernel of package simd, which JavaScript
// hands it as imports. Only commands import it: a program that does must be given these.
package edge

import (
	"unsafe"

	"jianzheng/shared/qr"
	"jianzheng/wasm/decoder/luma"
)

// present tells whether there is a kernel: 1 or 0.
//
//go:wasmimport kernel present
func present() int32

//go:wasmimport kernel luma
func lumaOf(out, in unsafe.Pointer, n int32) int32

//go:wasmimport kernel half
func half(out, in unsafe.Pointer, w, h, stride int32)

//go:wasmimport kernel blocks
func blocks(sums unsafe.Pointer, row int32, in unsafe.Pointer, stride, pairs, n, all int32)

//go:wasmimport kernel smooth
func smooth(thresholds, sums unsafe.Pointer, w, h, contrast int32, line unsafe.Pointer)

//go:wasmimport kernel cut
func cut(out unsafe.Pointer, row int32, in unsafe.Pointer, stride, h int32, thresholds unsafe.Pointer, blocks, pairs, invert int32)

//go:wasmimport kernel scan
func scan(out, head, words unsafe.Pointer, row, w, h, y, step, room int32)

//go:wasmimport kernel soften
func soften(out, in unsafe.Pointer, w, h, stride, r, scale int32, sums unsafe.Pointer)

//go:wasmimport kernel boost
func boost(out unsafe.Pointer, row int32, in unsafe.Pointer, stride int32, around unsafe.Pointer, w, h, times int32)

// Use has the packages of the scanner use the kernel, if there is one.
func Use() {
	if present() != 0 {
		qr.Accelerate(qr.Kernel{Half: half, Blocks: blocks, Smooth: smooth, Cut: cut, Scan: scan, Soften: soften, Boost: boost})
		luma.Accelerate(lumaOf)
	}
}
