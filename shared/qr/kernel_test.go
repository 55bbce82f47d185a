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
	Blocks: func(sums unsafe.Pointer, row int32, in unsafe.Pointer, stride, pairs, n, all int32) {
		for by := range n {
			to := unsafe.Slice((*uint32)(unsafe.Add(sums, by*row)), 2*pairs)
			from := unsafe.Slice((*byte)(unsafe.Add(in, 8*by*stride)), 7*stride+16*pairs)
			for i := range to {
				low, high, sum := 255, 0, 0
				for k := range 64 {
					v := int(from[k/8*int(stride)+8*i+k%8] ^ byte(all/64))
					low, high, sum = min(low, v), max(high, v), sum+v
				}
				to[i] = uint32(high-low)<<8 | uint32(sum+32)/64
			}
		}
	},
	Smooth: func(thresholds, sums unsafe.Pointer, w, h, contrast int32, line unsafe.Pointer) {
		to, from := unsafe.Slice((*byte)(thresholds), w*h), unsafe.Slice((*uint32)(sums), w*h)
		for i := range w * h {
			x, y, sum, n := i%w, i/w, uint32(0), uint32(0)
			for by := max(y-2, 0); by <= min(y+2, h-1); by++ {
				for bx := max(x-2, 0); bx <= min(x+2, w-1); bx++ {
					if v := from[by*w+bx]; v>>8 >= uint32(contrast) {
						sum, n = sum+v&0xff, n+1
					}
				}
			}
			if to[i] = 0; n > 0 {
				to[i] = byte(sum / n)
			}
		}
		clear(from) // it may be changed
	},
	Cut: func(out unsafe.Pointer, row int32, in unsafe.Pointer, stride, h int32, thresholds unsafe.Pointer, blocks, pairs, invert int32) {
		from := unsafe.Slice((*byte)(in), (h-1)*stride+16*pairs)
		to := unsafe.Slice((*byte)(out), (h-1)*row+2*pairs)
		for y := range int(h) {
			for b, t := range unsafe.Slice((*byte)(unsafe.Add(thresholds, y/8*int(blocks))), 2*pairs) {
				to[y*int(row)+b] = 0
				for x := range 8 {
					if from[y*int(stride)+8*b+x]^byte(invert) < t {
						to[y*int(row)+b] |= 1 << x
					}
				}
			}
		}
	},
	Scan: func(out, head, words unsafe.Pointer, row, w, h, y, step, room int32) {
		b := bitmap{unsafe.Slice((*uint64)(words), row/8*h), int(w), int(h), int(row / 8)}
		var f locator
		next := f.scanRows(&b, int(y), int(step), int(room))
		copy(unsafe.Slice((*crossing)(out), len(f.crossings)), f.crossings)
		*(*[3]int32)(head) = [3]int32{int32(len(f.crossings)), int32(next), int32(f.steps)}
	},
	Soften: func(out, in unsafe.Pointer, w, h, stride, r, scale int32, sums unsafe.Pointer) {
		to, from := unsafe.Slice((*byte)(out), w*h), unsafe.Slice((*byte)(in), (h-1)*stride+w)
		for i := range w * h {
			var sum int32
			for y := i/w - r; y <= i/w+r; y++ {
				for x := i%w - r; x <= i%w+r; x++ {
					sum += int32(from[min(max(y, 0), h-1)*stride+min(max(x, 0), w-1)])
				}
			}
			to[i] = byte(sum * scale >> 16)
		}
	},
	Boost: func(out unsafe.Pointer, row int32, in unsafe.Pointer, stride int32, around unsafe.Pointer, w, h, times int32) {
		for i := range w * h {
			v := int32(*(*byte)(unsafe.Add(in, i/w*stride+i%w)))
			soft := int32(*(*byte)(unsafe.Add(around, i/w*row+i%w)))
			*(*byte)(unsafe.Add(out, i/w*row+i%w)) = byte(min(max(v+times*(v-soft), 0), 255))
		}
	},
}

// TestKernel compares Go with a kernel that Go leaves all but the ends of rows to,
// for all widths up to some words, and with bits of another image before.
func TestKernel(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var plain, fast binarizer
	var finders, faster locator
	var small, smaller, lifted, higher, spare plane
	var sums []int32
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
		sums = lift(&lifted, &spare, &p, 1+2*(w%2), sums)
		found := finders.locate(&plain.bits, 1+w%2)
		Accelerate(plainKernel)
		for i := range fast.bits.words {
			fast.bits.words[i] = ^uint64(0)
		}
		fast.local(&p, 24, invert)
		half(&smaller, &p)
		sums = lift(&higher, &spare, &p, 1+2*(w%2), sums)
		if again := faster.locate(&fast.bits, 1+w%2); !slices.Equal(found, again) || finders.steps != faster.steps {
			t.Fatalf("%dx%d: %d finders in %d steps, then %d in %d", w, h, len(found), finders.steps, len(again), faster.steps)
		}
		if !slices.Equal(plain.thresholds, fast.thresholds) || !slices.Equal(plain.bits.words, fast.bits.words) {
			t.Fatalf("%dx%d, stride %d: bits differ", w, h, p.stride)
		}
		if !bytes.Equal(small.pix, smaller.pix) {
			t.Fatalf("%dx%d, stride %d: halves differ", w, h, p.stride)
		}
		if !bytes.Equal(lifted.pix, higher.pix) {
			t.Fatalf("%dx%d, stride %d: lifted planes differ", w, h, p.stride)
		}
	}
}
