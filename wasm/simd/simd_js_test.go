package simd

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"syscall/js"
	"testing"
)

// host runs the kernel on a memory of its own, of which it holds one page for
// input at inputAt and one for output at 0.
type host struct{ loops, memory js.Value }

const (
	inputAt = 1 << 16
	sideAt  = 1 << 17 // thresholds
)

func start(t *testing.T) host {
	t.Helper()
	web := js.Global().Get("WebAssembly")
	code := js.Global().Get("Uint8Array").New(len(Module))
	js.CopyBytesToJS(code, Module)
	memory := web.Get("Memory").New(map[string]any{"initial": 4})
	imports := map[string]any{"go": map[string]any{"mem": memory}}
	instance := web.Get("Instance").New(web.Get("Module").New(code), imports)
	return host{instance.Get("exports"), memory}
}

func (h host) put(at int, b []byte) {
	js.CopyBytesToJS(js.Global().Get("Uint8Array").New(h.memory.Get("buffer"), at, len(b)), b)
}

func (h host) get(n int) []byte {
	b := make([]byte, n)
	js.CopyBytesToGo(b, js.Global().Get("Uint8Array").New(h.memory.Get("buffer"), 0, n))
	return b
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestLuma compares the kernel with one pixel after another, up to the sixteen
// with the first pixel that is not opaque.
func TestLuma(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 16 * r.IntN(12)
		rgba := noise(r, 4*n)
		want := make([]byte, n)
		for i := range want {
			p := rgba[4*i:]
			p[3] = 255
			want[i] = byte((int(p[0])*77 + int(p[1])*150 + int(p[2])*29 + 128) >> 8)
		}
		done := n
		if n > 0 && r.IntN(2) == 0 {
			done = r.IntN(n)
			rgba[4*done+3] = 254
			done &^= 15
		}
		h.put(inputAt, rgba)
		if got := h.loops.Call("luma", 0, inputAt, n).Int(); got != done {
			t.Fatalf("%d of %d pixels done, want %d", got, n, done)
		}
		if got := h.get(done); !bytes.Equal(got, want[:done]) {
			t.Fatalf("%d pixels: got %v, want %v", done, got, want[:done])
		}
	}
}

// TestHalf compares the kernel with one pixel after another, for any width and stride.
func TestHalf(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(3, 4))
	for range 200 {
		w, rows := 16+r.IntN(70), 1+r.IntN(5)
		stride := 2*w + r.IntN(20)
		in := noise(r, stride*2*rows)
		h.put(inputAt, in)
		h.loops.Call("half", 0, inputAt, w, rows, stride)
		got := h.get(w * rows)
		for i, v := range got {
			p := in[i/w*2*stride+i%w*2:]
			if want := (int(p[0]) + int(p[1]) + int(p[stride]) + int(p[stride+1]) + 2) / 4; int(v) != want {
				t.Fatalf("%dx%d, stride %d, pixel %d: %d, want %d", w, rows, stride, i, v, want)
			}
		}
	}
}

// TestBlocks compares the kernel with one pixel after another, inverted or not.
func TestBlocks(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(5, 6))
	for i := range 200 {
		pairs, invert := 1+r.IntN(6), byte(i%2*255)
		stride, n := 16*pairs+r.IntN(20), 1+r.IntN(3)
		row := 8*pairs + 4*r.IntN(2)
		in := noise(r, stride*8*n)
		if i%3 == 0 { // near one value, as flat places are
			for k := range in {
				in[k] = in[k]%4 + byte(i)
			}
		}
		h.put(inputAt, in)
		h.loops.Call("blocks", 0, row, inputAt, stride, pairs, n, 64*int(invert))
		got := h.get(row * n)
		for b := range 2 * pairs * n {
			by, bx := b/(2*pairs), b%(2*pairs)
			low, high, sum := 255, 0, 0
			for k := range 64 {
				v := int(in[(8*by+k/8)*stride+8*bx+k%8] ^ invert)
				low, high, sum = min(low, v), max(high, v), sum+v
			}
			want := uint32(high-low)<<8 | uint32(sum+32)/64
			if got := binary.LittleEndian.Uint32(got[by*row+4*bx:]); got != want {
				t.Fatalf("block %d,%d of %d: %#x, want %#x", bx, by, 2*pairs, got, want)
			}
		}
	}
}

// TestCut compares the kernel with one pixel after another, inverted or not, and
// sees that it leaves what lies beside alone.
func TestCut(t *testing.T) {
	h, r := start(t), rand.New(rand.NewPCG(7, 8))
	for i := range 200 {
		pairs, rows, invert := 1+r.IntN(9), 1+r.IntN(20), -(i % 2)
		blocks := 2*pairs + r.IntN(3)
		stride, row := 16*pairs+r.IntN(20), (16*pairs+63)/64*8
		in, thresholds := noise(r, stride*rows), noise(r, blocks*(rows+7)/8+blocks)
		thresholds[r.IntN(len(thresholds))] = 0
		h.put(inputAt, in)
		h.put(sideAt, thresholds)
		h.put(0, bytes.Repeat([]byte{0xa5}, row*rows))
		h.loops.Call("cut", 0, row, inputAt, stride, rows, sideAt, blocks, pairs, invert)
		got := h.get(row * rows)
		for k := range 8 * row * rows {
			x, y := k%(8*row), k/(8*row)
			want := 0xa5>>(k%8)&1 != 0
			if x < 16*pairs {
				want = in[y*stride+x]^byte(invert) < thresholds[y/8*blocks+x/8]
			}
			if got[k/8]>>(k%8)&1 != 0 != want {
				t.Fatalf("%d pairs, pixel %d,%d: black %v, want %v", pairs, x, y, !want, want)
			}
		}
	}
}
