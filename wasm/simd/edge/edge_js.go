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
func blocks(sums, in unsafe.Pointer, pairs, stride, all int32)

//go:wasmimport kernel cut
func cut(out unsafe.Pointer, row int32, in unsafe.Pointer, stride, rows int32, thresholds unsafe.Pointer, pairs, invert int32)

// Use has the packages of the scanner use the kernel, if there is one.
func Use() {
	if present() != 0 {
		qr.Accelerate(qr.Kernel{Half: half, Blocks: blocks, Cut: cut})
		luma.Accelerate(lumaOf)
	}
}
