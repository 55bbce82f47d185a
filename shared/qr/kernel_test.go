package qr

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// plainKernel does one pixel after another what a kernel does.
var plainKernel = Kernel{
	Half: func(out, in unsafe.Pointer, w, h, stride int32) {
		n, s := int(w), int(stride)
		to, from := unsafe.Slice((*byte)(out), n*int(h)), unsafe.Slice((*byte)(in), s*(2*int(h)-1)+2*n)
		for i := range to {
			p := from[i/n*2*s+i%n*2:]
			to[i] = byte((int(p[0]) + int(p[1]) + int(p[s]) + int(p[s+1]) + 2) / 4)
		}
	},
	Blocks: func(sums, in unsafe.Pointer, pairs, stride, all int32) {
		to, from := unsafe.Slice((*uint32)(sums), 2*pairs), unsafe.Slice((*byte)(in), 7*stride+16*pairs)
		for i := range to {
			low, high, sum := 255, 0, 0
			for k := range 64 {
				v := int(from[k/8*int(stride)+8*i+k%8] ^ byte(all/64))
				low, high, sum = min(low, v), max(high, v), sum+v
			}
			to[i] = uint32(high-low)<<8 | uint32(sum+32)/64
		}
	},
	Cut: func(out unsafe.Pointer, row int32, in unsafe.Pointer, stride, rows int32, thresholds unsafe.Pointer, pairs, invert int32) {
		from, t := unsafe.Slice((*byte)(in), (rows-1)*stride+16*pairs), unsafe.Slice((*byte)(thresholds), 2*pairs)
		to := unsafe.Slice((*byte)(out), (rows-1)*row+2*pairs)
		for y := range int(rows) {
			for b := range t {
				to[y*int(row)+b] = 0
				for x := range 8 {
					if from[y*int(stride)+8*b+x]^byte(invert) < t[b] {
						to[y*int(row)+b] |= 1 << x
					}
				}
			}
		}
	},
}

// TestKernel compares Go with a kernel that Go leaves all but the ends of rows to,
// for all widths up to some words, and with bits of another image before.
func TestKernel(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var plain, fast binarizer
	var small, smaller plane
	defer Accelerate(Kernel{})
	for w := minSide; w < 300; w++ {
		h := minSide + r.IntN(20)
		p := plane{make([]byte, (w+r.IntN(9))*h), w, h, 0}
		p.stride = len(p.pix) / h
		for i := range p.pix {
			p.pix[i] = byte(r.Uint32())
		}
		invert := -uint64(w & 1)
		Accelerate(Kernel{})
		plain.local(&p, 24, invert)
		half(&small, &p)
		Accelerate(plainKernel)
		for i := range fast.bits.words {
			fast.bits.words[i] = ^uint64(0)
		}
		fast.local(&p, 24, invert)
		half(&smaller, &p)
		if !slices.Equal(plain.thresholds, fast.thresholds) || !slices.Equal(plain.bits.words, fast.bits.words) {
			t.Fatalf("%dx%d, stride %d: bits differ", w, h, p.stride)
		}
		if !bytes.Equal(small.pix, smaller.pix) {
			t.Fatalf("%dx%d, stride %d: halves differ", w, h, p.stride)
		}
	}
}
