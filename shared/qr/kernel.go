package qr

import "unsafe"

// Kernel does loops over pixels that the processor does faster than Go compiles
// them, on addresses in the memory of Go. Each does what a function of this
// package does, for rows of sixteen pixels or more.
type Kernel struct {
	// Half fills h rows of w pixels, w at least 16, each the mean of four of the
	// input, whose rows are stride bytes apart.
	Half func(out, in unsafe.Pointer, w, h, stride int32)
	// Blocks writes contrast << 8 | average, 4 bytes each, of n rows of pairs of blocks
	// of 8×8 pixels side by side; rows of results are row bytes apart. With all not
	// 0, what 64 white pixels add up to, averages are those of the pixels inverted.
	Blocks func(sums unsafe.Pointer, row int32, in unsafe.Pointer, stride, pairs, n, all int32)
	// Smooth writes the thresholds of w times h blocks, w at least 4, from what Blocks
	// wrote, which it changes: the mean over those of 5×5 blocks around that have contrast or
	// more; 0 for none. line is room for w + 4 numbers of 4 bytes, all 0.
	Smooth func(thresholds, sums unsafe.Pointer, w, h, contrast int32, line unsafe.Pointer)
	// Cut writes a bit for each pixel of pairs of blocks 8 pixels wide, h rows of
	// pixels, 1 where it, exclusive or invert, is below the threshold of its block. Rows of
	// bits are row bytes apart, rows of thresholds blocks bytes.
	Cut func(out unsafe.Pointer, row int32, in unsafe.Pointer, stride, h int32, thresholds unsafe.Pointer, blocks, pairs, invert int32)
	// Scan writes a crossing for each place in every step-th row from y on where runs
	// across and down are those of a finder pattern, until after a row there are room
	// or more. Rows of bits are row bytes apart. At head it says how many,
	// the next row, and how many places it looked at, 4 bytes each.
	Scan func(out, head, words unsafe.Pointer, row, w, h, y, step, room int32)
	// Soften fills h rows of w pixels, w at least 16, with means over squares of
	// 2r+1 pixels, of which scale is the share of one in 2⁻¹⁶. The rows of the input are
	// stride bytes apart. sums is room for w + 2r numbers of 2 bytes, all 0.
	Soften func(out, in unsafe.Pointer, w, h, stride, r, scale int32, sums unsafe.Pointer)
	// Boost fills h rows of w pixels, a multiple of 16 and not 0, with those of the
	// input plus times what they differ by from those of around. row and stride are the
	// bytes from one row to the next, row also for around, which may be the output, as may the input.
	Boost func(out unsafe.Pointer, row int32, in unsafe.Pointer, stride int32, around unsafe.Pointer, w, h, times int32)
}

// kernel is zero where there is nothing but Go.
var kernel Kernel

// Accelerate has every [Decoder] use a kernel. It is called before the first is
// used; all of its functions are set.
func Accelerate(k Kernel) { kernel = k }

const whiteBlock = 64 * 255
