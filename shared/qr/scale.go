package qr

import (
	"encoding/binary"
	"unsafe"
)

// half fills out with p at half its size, each pixel the mean of four.
func half(out *plane, p *plane) {
	w, h := p.w/2, p.h/2
	out.pix = grow(out.pix, w*h)
	out.w, out.h, out.stride = w, h, w
	if kernel.Half != nil && w >= 16 && h > 0 {
		kernel.Half(unsafe.Pointer(&out.pix[0]), unsafe.Pointer(&p.pix[0]), int32(w), int32(h), int32(p.stride))
		return
	}
	for y := range h {
		a, b, o := p.row(2*y), p.row(2*y+1), out.row(y)
		x := 0
		for ; x+4 <= w; x += 4 {
			u := binary.LittleEndian.Uint64(a[2*x:])
			v := binary.LittleEndian.Uint64(b[2*x:])
			s := u&evenBytes + u>>8&evenBytes + v&evenBytes + v>>8&evenBytes + 2*lowBits
			s = s >> 2 & evenBytes // four means, one in each 16-bit lane
			s |= s >> 8            // lanes 0, 1 and 2, 3 move together
			binary.LittleEndian.PutUint32(o[x:], uint32(s&0xffff)|uint32(s>>32)<<16)
		}
		for ; x < w; x++ {
			o[x] = byte((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1]) + 2) / 4)
		}
	}
}

// double fills out with p at twice its size, bilinearly, for symbols of two
// pixels a module.
func double(out *plane, p *plane) {
	out.w, out.h = p.w*2, p.h*2
	out.stride = out.w
	out.pix = grow(out.pix, out.w*out.h)
	for y := range out.h {
		// Output pixel centres lie a quarter of a pixel beside the input's.
		y0 := y / 2
		y1 := min(max(y0+y%2*2-1, 0), p.h-1)
		a, b, o := p.row(y0), p.row(y1), out.row(y)
		b = b[:len(a)]
		before := 3*int(a[0]) + int(b[0]) // the two rows mixed: one column back, and here
		here := before
		for x := range len(a) - 1 {
			after := 3*int(a[x+1]) + int(b[x+1])
			pair := o[2*x:][:2]
			pair[0], pair[1] = byte((3*here+before+8)>>4), byte((3*here+after+8)>>4)
			before, here = here, after
		}
		o[len(o)-2], o[len(o)-1] = byte((3*here+before+8)>>4), byte((4*here+8)>>4)
	}
}

// soften fills out with p averaged over squares of 2r+1 pixels, against moiré and noise.
// sums is a buffer.
func soften(out, p *plane, r int, sums []int32) []int32 {
	out.w, out.h, out.stride = p.w, p.h, p.w
	out.pix = grow(out.pix, p.w*p.h)
	side := int32(2*r + 1)
	scale := (1<<16 + side*side/2) / (side * side)
	if kernel.Soften != nil && p.w >= 16 && p.h > 0 {
		sums = grow(sums, (p.w+2*r+1)/2)
		clear(sums)
		kernel.Soften(unsafe.Pointer(&out.pix[0]), unsafe.Pointer(&p.pix[0]), int32(p.w), int32(p.h), int32(p.stride), int32(r), scale, unsafe.Pointer(&sums[0]))
		return sums
	}
	sums = grow(sums, p.w) // of each column, 2r+1 rows high, edge rows repeated
	clear(sums)
	for y := -r; y <= r; y++ {
		for x, v := range p.row(min(max(y, 0), p.h-1)) {
			sums[x] += int32(v)
		}
	}
	for y := range p.h {
		o := out.row(y)
		var s int32
		for x := -r; x <= r; x++ {
			s += sums[min(max(x, 0), p.w-1)]
		}
		for x := range o {
			o[x] = byte(min(s*scale>>16, 255))
			s += sums[min(x+r+1, p.w-1)] - sums[max(x-r, 0)]
		}
		gone, come := p.row(max(y-r, 0)), p.row(min(y+r+1, p.h-1))
		for x := range sums {
			sums[x] += int32(come[x]) - int32(gone[x])
		}
	}
	return sums
}

// sharpen changes soft, which holds p softened, to p with twice the difference
// added. It brings back rings that blur has filled.
func sharpen(soft, p *plane) { boost(soft, p, soft, 2) }

// boost fills out with p and times what it differs by from around. All are of one
// size; out may be p or around.
func boost(out, p, around *plane, times int) {
	from := 0
	if kernel.Boost != nil && p.w >= 16 && p.h > 0 {
		from = p.w &^ 15
		kernel.Boost(unsafe.Pointer(&out.pix[0]), int32(out.stride), unsafe.Pointer(&p.pix[0]), int32(p.stride), unsafe.Pointer(&around.pix[0]),
			int32(from), int32(p.h), int32(times))
	}
	if from == p.w {
		return
	}
	for y := range p.h {
		in, soft, o := p.row(y)[from:], around.row(y)[from:], out.row(y)[from:]
		for x, v := range in {
			o[x] = byte(min(max(int(v)+times*(int(v)-int(soft[x])), 0), 255))
		}
	}
}
