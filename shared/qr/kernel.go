package qr

import "unsafe"

// Kernel does loops over pixels that the processor does faster than Go compiles
// them, on addresses in the memory of Go. Each does what a function of this
// package does, for rows of sixteen pixels or more.
type Kernel struct {
	// Half fills h rows of w pixels, w at least 16, each the mean of four of the
	// input, whose rows are stride bytes apart.
	Half func(out, in unsafe.Pointer, w, h, stride int32)
	// Blocks writes contrast << 8 | average, 4 bytes each, of pairs of blocks of 8×8
	// pixels side by side. With all not 0, what 64 white pixels add up to, averages
	// are those of the pixels inverted.
	Blocks func(sums, in unsafe.Pointer, pairs, stride, all int32)
	// Cut writes a bit for each of pairs of blocks 8 pixels wide and rows high, 1
	// where a pixel, exclusive or invert, is below the threshold of its block. Rows of
	// bits are row bytes apart.
	Cut func(out unsafe.Pointer, row int32, in unsafe.Pointer, stride, rows int32, thresholds unsafe.Pointer, pairs, invert int32)
}

// kernel is zero where there is nothing but Go.
var kernel Kernel

// Accelerate has every [Decoder] use a kernel. It is called before the first is
// used; all of its functions are set.
func Accelerate(k Kernel) { kernel = k }

const whiteBlock = 64 * 255
