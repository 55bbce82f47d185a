package simd

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestSmooth compares the kernel with one block after another.
func TestSmooth(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(9, 10))
	for range 200 {
		w, rows, contrast := 4+r.IntN(40), 1+r.IntN(12), 1+r.IntN(60)
		in := noise(r, 4*w*rows)
		for i := range w * rows {
			in[4*i+2], in[4*i+3] = 0, 0
			if r.IntN(2) == 0 {
				in[4*i+1] = byte(r.IntN(contrast + 1))
			}
		}
		h.put(inputAt, in)
		h.put(sideAt, make([]byte, 4*(w+4)))
		h.loops.Call("smooth", 0, inputAt, w, rows, contrast, sideAt)
		for i, got := range h.get(w * rows) {
			x, y, sum, n := i%w, i/w, 0, 0
			for by := max(y-2, 0); by <= min(y+2, rows-1); by++ {
				for bx := max(x-2, 0); bx <= min(x+2, w-1); bx++ {
					if b := in[4*(by*w+bx):]; int(b[1]) >= contrast {
						sum, n = sum+int(b[0]), n+1
					}
				}
			}
			if want := sum / max(n, 1); int(got) != want {
				t.Fatalf("%dx%d, block %d,%d: %d, want %d", w, rows, x, y, got, want)
			}
		}
	}
}

// TestSoften compares the kernel with one pixel after another.
func TestSoften(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(11, 12))
	for i := range 150 {
		w, rows, reach := 16+r.IntN(70), 1+r.IntN(16), [...]int{1, 3, 5}[i%3]
		stride, area := w+r.IntN(20), (2*reach+1)*(2*reach+1)
		scale := (1<<16 + area/2) / area
		in := noise(r, stride*rows)
		if i%5 == 0 { // the largest sums
			for k := range in {
				in[k] |= 0xfc
			}
		}
		h.put(inputAt, in)
		h.put(sideAt, make([]byte, 2*(w+2*reach)))
		h.loops.Call("soften", 0, inputAt, w, rows, stride, reach, scale, sideAt)
		for k, got := range h.get(w * rows) {
			sum := 0
			for y := k/w - reach; y <= k/w+reach; y++ {
				for x := k%w - reach; x <= k%w+reach; x++ {
					sum += int(in[min(max(y, 0), rows-1)*stride+min(max(x, 0), w-1)])
				}
			}
			if want := sum * scale >> 16; int(got) != want {
				t.Fatalf("%dx%d, reach %d, pixel %d: %d, want %d", w, rows, reach, k, got, want)
			}
		}
	}
}

// TestBoost compares the kernel with one pixel after another, in place of what is around.
func TestBoost(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(13, 14))
	for range 200 {
		w, rows, times := 16*(1+r.IntN(6)), 1+r.IntN(9), 2+2*r.IntN(2)
		stride, row := w+r.IntN(20), w+r.IntN(20)
		in, around := noise(r, stride*rows), noise(r, row*rows)
		h.put(inputAt, in)
		h.put(0, around)
		h.loops.Call("boost", 0, row, inputAt, stride, 0, w, rows, times)
		for k, got := range h.get(row * rows) {
			want := int(around[k])
			if k%row < w {
				v := int(in[k/row*stride+k%row])
				want = min(max(v+times*(v-want), 0), 255)
			}
			if int(got) != want {
				t.Fatalf("%dx%d, %d times, byte %d: %d, want %d", w, rows, times, k, got, want)
			}
		}
	}
}

// TestScan compares the kernel with runs counted pixel by pixel in pictures of finder
// patterns and noise, which all stand in one another's way.
func TestScan(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(15, 16))
	total := 0
	for range 120 {
		w, rows := 20+r.IntN(160), 20+r.IntN(60)
		row := (w + 63) / 64 * 8
		words := make([]byte, row*rows)
		dark := func(x, y int) bool {
			return x >= 0 && y >= 0 && x < w && y < rows && words[y*row+x/8]>>(x%8)&1 != 0
		}
		for range 12 {
			module, x0, y0 := 1+r.IntN(5), r.IntN(w), r.IntN(rows)
			for i := range 49 * module * module {
				x, y := i%(7*module), i/(7*module)
				u, v := x/module-3, y/module-3
				if x0+x < w && y0+y < rows {
					bit := byte(1) << ((x0 + x) % 8)
					at := (y0+y)*row + (x0+x)/8
					if words[at] &^= bit; max(u, -u, v, -v) != 2 && r.IntN(200) != 0 {
						words[at] |= bit
					}
				}
			}
		}
		first, step, room := r.IntN(3), 1+r.IntN(2), 1+r.IntN(40)
		h.put(inputAt, words)
		h.loops.Call("scan", 0, sideAt, inputAt, row, w, rows, first, step, room)
		want, next := crossings(dark, w, rows, first, step, room)
		head := make([]byte, sideAt+12)
		head = h.get(len(head))[sideAt:]
		if n := int(binary.LittleEndian.Uint32(head)); n != len(want) || int(binary.LittleEndian.Uint32(head[4:])) != next {
			t.Fatalf("%dx%d: %d crossings, next row %d, want %d and %d", w, rows, n, binary.LittleEndian.Uint32(head[4:]), len(want), next)
		}
		got := h.get(20 * len(want))
		for i, c := range want {
			for k, v := range c {
				if int(int32(binary.LittleEndian.Uint32(got[20*i+4*k:]))) != v {
					t.Fatalf("%dx%d, crossing %d: %v, want %v", w, rows, i, got[20*i:][:20], c)
				}
			}
		}
		total += len(want)
	}
	if total < 500 {
		t.Errorf("%d crossings: too few to tell anything", total)
	}
}

// crossings is what scan says: x, y, width, by how much the runs from (x, y) down are longer
// than those up, in the inner square, and height.
func crossings(dark func(x, y int) bool, w, h, y, step, room int) (out [][5]int, next int) {
	plain := func(runs [5]int) bool {
		s := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
		for i, n := range runs {
			modules, slack := 1, s/2+4
			if i == 2 {
				modules, slack = 3, 2*slack
			}
			if d := 7*n - modules*s; d > slack || -d > slack {
				return false
			}
		}
		return s >= 7
	}
	// three counts the pixels of three runs up or down.
	three := func(x, y, dy, limit int) (runs [3]int) {
		n := 0
		for k := range runs {
			for ; n < limit && y >= 0 && y < h && dark(x, y) == (k != 1); n++ {
				runs[k]++
				y += dy
			}
		}
		return runs
	}
	for ; y < h && len(out) < room; y += step {
		var edges []int
		for x := 0; x <= w; x++ {
			if dark(x, y) != dark(x-1, y) {
				edges = append(edges, x)
			}
		}
		for i := 0; i+5 < len(edges); i += 2 {
			e := edges[i:]
			s, inner := e[5]-e[0], e[3]-e[2]
			if 7*inner < 2*s-8 || 7*inner > 4*s+8 || !plain([5]int{e[1] - e[0], e[2] - e[1], inner, e[4] - e[3], e[5] - e[4]}) {
				continue
			}
			x := (e[2] + e[3]) / 2
			a, b := three(x, y, 1, 2*s+1), three(x, y, -1, 2*s+1)
			runs := [5]int{b[2], b[1], a[0] + b[0] - 1, a[1], a[2]}
			high := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
			if a[2] > 0 && b[2] > 0 && plain(runs) && 3*high >= s {
				out = append(out, [5]int{x, y, s, a[0] - b[0], high})
			}
		}
	}
	return out, y
}
