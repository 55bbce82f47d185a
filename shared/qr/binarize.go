package qr

import (
	"encoding/binary"
	"unsafe"
)

// plane is a luma image that belongs to the decoder or, at full size, to its caller.
type plane struct {
	pix          []byte
	w, h, stride int
}

// row returns the w pixels of row y.
func (p *plane) row(y int) []byte { return p.pix[y*p.stride:][:p.w] }

// bitmap is a black-white image: 64 pixels a word, the leftmost in the lowest
// bit, 1 black. Bits past the width are 0.
type bitmap struct {
	words []uint64
	w, h  int
	row   int // words a row
}

// at reports whether a pixel is black. Outside the image everything is white.
func (b *bitmap) at(x, y int) bool {
	if uint(x) >= uint(b.w) || uint(y) >= uint(b.h) {
		return false
	}
	return b.words[y*b.row+x>>6]>>(uint(x)&63)&1 != 0
}

// binarizer cuts luma into black and white by blocks of 8×8 pixels: the local
// threshold is the mean of the block averages around, counting only blocks with
// contrast. Far from contrast everything is white, so that noise on a plain
// wall costs nothing.
type binarizer struct {
	bits       bitmap
	bw, bh     int      // blocks
	sums       []uint32 // a block: how far its pixels differ << 8 | their average
	rows       []uint32 // the same summed over 5 blocks of a row
	columns    []uint32 // that again over 5 rows, for one
	thresholds []byte   // a block: a pixel below is black; 0 is all white
}

const (
	evenBytes = 0x00ff_00ff_00ff_00ff
	ninthBits = 0x0100_0100_0100_0100
	lowBits   = 0x0001_0001_0001_0001
)

// atLeast returns 0xff in each 16-bit lane where a >= b, 0 elsewhere. Lanes hold bytes.
func atLeast(a, b uint64) uint64 {
	return ((a | ninthBits) - b) >> 8 & lowBits * 0xff
}

// local fills bits from p. contrast is the least difference of the lightest and
// the darkest pixel of a block that counts as one with an edge in it; invert is
// ^0 to read light on dark, else 0. p is at least minSide wide and high.
func (z *binarizer) local(p *plane, contrast int, invert uint64) {
	z.size(p)
	from, pairs := 0, p.w/16
	if kernel.Blocks != nil && pairs > 0 {
		blocks := func(by, y, n int) {
			kernel.Blocks(unsafe.Pointer(&z.sums[by*z.bw]), int32(4*z.bw), unsafe.Pointer(&p.pix[y*p.stride]), int32(p.stride),
				int32(pairs), int32(n), int32(invert&whiteBlock))
		}
		blocks(0, 0, p.h/8)
		if p.h%8 != 0 {
			blocks(z.bh-1, p.h-8, 1)
		}
		from = 2 * pairs
	}
	for by := 0; by < z.bh && from < z.bw; by++ {
		y := min(by*8, p.h-8)
		for bx := from; bx < z.bw; bx++ {
			x := min(bx*8, p.w-8)
			z.sums[by*z.bw+bx] = blockSum(p.pix[y*p.stride+x:], p.stride, invert)
		}
	}
	z.smooth(z.aboveNoise(contrast))
	z.cut(p, invert)
}

// blockSum returns the entry of sums for the block that pix starts with.
func blockSum(pix []byte, stride int, invert uint64) uint32 {
	w := binary.LittleEndian.Uint64(pix) ^ invert
	even, odd := w&evenBytes, w>>8&evenBytes
	sum := even + odd // at most 8 × 2 × 255 a lane
	lowE, lowO, highE, highO := even, odd, even, odd
	for i := 1; i < 8; i++ {
		w := binary.LittleEndian.Uint64(pix[i*stride:]) ^ invert
		even, odd := w&evenBytes, w>>8&evenBytes
		sum += even + odd
		m := atLeast(even, highE)
		highE = even&m | highE&^m
		m = atLeast(odd, highO)
		highO = odd&m | highO&^m
		m = atLeast(even, lowE)
		lowE = lowE&m | even&^m
		m = atLeast(odd, lowO)
		lowO = lowO&m | odd&^m
	}
	m := atLeast(highE, highO)
	high := highE&m | highO&^m
	m = atLeast(lowE, lowO)
	low := lowO&m | lowE&^m
	lightest := max(high&0xff, high>>16&0xff, high>>32&0xff, high>>48)
	darkest := min(low&0xff, low>>16&0xff, low>>32&0xff, low>>48)
	return uint32(lightest-darkest)<<8 | uint32(sum*lowBits>>48+32)>>6
}

// aboveNoise returns a contrast that is more than that of the quietest quarter of the
// blocks: in a noisy picture these show what noise alone makes, and would be full
// of edges. Where all of the picture is a symbol even these are far apart, so the
// contrast is not raised by much.
func (z *binarizer) aboveNoise(contrast int) int {
	var histogram [256]int
	n := 0
	for i := 0; i < len(z.sums); i += 3 {
		histogram[z.sums[i]>>8&0xff]++
		n++
	}
	quiet, below := 0, 0
	for ; quiet < maxNoise && below < n/4; quiet++ {
		below += histogram[quiet]
	}
	return max(contrast, min(quiet*5/4, maxNoise))
}

// maxNoise is the most that contrast is raised to.
const maxNoise = 60

// smooth makes thresholds of sums: the mean over those of 5×5 blocks, edges cut
// off, whose pixels differ by contrast or more.
func (z *binarizer) smooth(contrast int) {
	if kernel.Smooth != nil && z.bw >= 4 {
		z.columns = grow(z.columns, z.bw+4)
		clear(z.columns)
		kernel.Smooth(unsafe.Pointer(&z.thresholds[0]), unsafe.Pointer(&z.sums[0]), int32(z.bw), int32(z.bh), int32(contrast), unsafe.Pointer(&z.columns[0]))
		return
	}
	z.rows, z.columns = grow(z.rows, z.bw*z.bh), grow(z.columns, z.bw)
	for by := range z.bh {
		in, out := z.sums[by*z.bw:][:z.bw], z.rows[by*z.bw:][:z.bw]
		for bx, v := range in {
			if int(v>>8) < contrast {
				in[bx] = 0
			} else {
				in[bx] = 1<<16 | v&0xff
			}
		}
		var s uint32
		for bx := range min(2, z.bw) {
			s += in[bx]
		}
		for bx := range out {
			if bx+2 < z.bw {
				s += in[bx+2]
			}
			if bx >= 3 {
				s -= in[bx-3]
			}
			out[bx] = s
		}
	}
	clear(z.columns)
	for y := range min(2, z.bh) {
		for bx, v := range z.rows[y*z.bw:][:z.bw] {
			z.columns[bx] += v
		}
	}
	for by := range z.bh {
		columns, out := z.columns, z.thresholds[by*z.bw:][:z.bw]
		if by+2 < z.bh {
			for bx, v := range z.rows[(by+2)*z.bw:][:len(columns)] {
				columns[bx] += v
			}
		}
		if by >= 3 {
			for bx, v := range z.rows[(by-3)*z.bw:][:len(columns)] {
				columns[bx] -= v
			}
		}
		for bx, s := range columns {
			out[bx] = byte(uint64(s&0xffff) * reciprocals[s>>16] >> 32)
		}
	}
}

// reciprocals holds 1/n in 2⁻³², rounded up, for how many blocks there are around one; 0 for
// none. Sums of 25 averages are small enough for the quotient to be exact.
var reciprocals = func() (r [26]uint64) {
	for n := 1; n < len(r); n++ {
		r[n] = (1<<32 + uint64(n) - 1) / uint64(n)
	}
	return r
}()

// global fills bits with one threshold for the whole of p, the one that leaves
// the two sides least spread (Otsu). It reads flat renderings whose modules
// are much larger than a block.
func (z *binarizer) global(p *plane, invert uint64) {
	z.size(p)
	var histogram [256]int
	for y := range p.h {
		for _, v := range p.row(y) {
			histogram[v^byte(invert)]++
		}
	}
	total, sum := p.w*p.h, 0
	for v, n := range histogram {
		sum += v * n
	}
	best, threshold := -1.0, 128
	below, belowSum := 0, 0
	for v, n := range histogram[:255] {
		below += n
		belowSum += v * n
		if below == 0 || below == total {
			continue
		}
		d := float64(belowSum)/float64(below) - float64(sum-belowSum)/float64(total-below)
		if s := d * d * float64(below) * float64(total-below); s > best {
			best, threshold = s, v+1
		}
	}
	for i := range z.thresholds {
		z.thresholds[i] = byte(threshold)
	}
	z.cut(p, invert)
}

// size makes room for p.
func (z *binarizer) size(p *plane) {
	z.bw, z.bh = (p.w+7)/8, (p.h+7)/8
	z.bits.w, z.bits.h, z.bits.row = p.w, p.h, (p.w+63)/64
	z.bits.words = grow(z.bits.words, z.bits.row*p.h)
	z.sums = grow(z.sums, z.bw*z.bh)
	z.thresholds = grow(z.thresholds, z.bw*z.bh)
}

// cut compares each pixel with the threshold of its block.
func (z *binarizer) cut(p *plane, invert uint64) {
	from, pairs := 0, p.w/16
	if kernel.Cut != nil && pairs > 0 {
		kernel.Cut(unsafe.Pointer(&z.bits.words[0]), int32(8*z.bits.row), unsafe.Pointer(&p.pix[0]), int32(p.stride), int32(p.h),
			unsafe.Pointer(&z.thresholds[0]), int32(z.bw), int32(pairs), int32(invert))
		if p.w%64 == 0 {
			return
		}
		from = 2 * pairs
	}
	for y := range p.h {
		cutRow(z.bits.words[y*z.bits.row:][:z.bits.row], p.row(y), z.thresholds[y/8*z.bw:][:z.bw], from, invert)
	}
}

// cutRow does one row, eight pixels at a time, from a block on. The bits of those
// before are kept.
func cutRow(out []uint64, row, thresholds []byte, from int, invert uint64) {
	if from*8 >= 64*len(out) {
		return
	}
	word := out[from/8] & (1<<(from*8&63) - 1)
	if from == len(thresholds) {
		out[from/8] = word
		return
	}
	last := len(thresholds) - 1
	for bx := from; bx <= last; bx++ {
		x, t := bx*8, thresholds[bx]
		var black uint64
		if t != 0 {
			skip := 0
			if bx == last { // the last load is moved left to stay inside the row
				skip = x - (len(row) - 8)
			}
			black = blackOf(binary.LittleEndian.Uint64(row[x-skip:])^invert, t) >> skip
		}
		word |= black << (x & 63)
		if x&63 == 56 || bx == last {
			out[x>>6] = word
			word = 0
		}
	}
}

// blackOf returns a bit for each of the eight bytes of w that is below t.
func blackOf(w uint64, t byte) uint64 {
	t4 := uint64(t) * lowBits
	even := ((w&evenBytes|ninthBits)-t4)>>8&lowBits ^ lowBits
	odd := ((w>>8&evenBytes|ninthBits)-t4)>>8&lowBits ^ lowBits
	// The product brings bit 8i to bit 56+i.
	return (even | odd<<8) * 0x0102_0408_1020_4080 >> 56
}

// grow returns s with length n, anew only if it lacks the room. The content is undefined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
