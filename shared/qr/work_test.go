package qr

import (
	"math/rand/v2"
	"testing"
)

// lookalikes is a picture full of finder patterns, of modules of so many pixels
// with a quiet module between them.
func lookalikes(w, h, module int) Luma {
	l := Luma{make([]byte, w*h), w, h, w}
	for i := range l.Pix {
		x, y := i%w/module%8-3, i/w/module%8-3
		l.Pix[i] = [5]byte{0, 0, 255, 0, 255}[max(x, -x, y, -y)]
	}
	return l
}

// TestWork holds that pictures made to keep the decoder busy get no more than the
// work that any picture gets: what is over is that of one triplet, and of one
// pass for finder patterns.
func TestWork(t *testing.T) {
	const w, h, over = 1280, 720, 600_000
	noise := Luma{make([]byte, w*h), w, h, w}
	r := rand.New(rand.NewPCG(11, 12))
	for i := range noise.Pix {
		noise.Pix[i] = byte(r.Uint32())
	}
	pictures := map[string]Luma{
		"1 pixel a module": lookalikes(w, h, 1), "2 pixels": lookalikes(w, h, 2), "3 pixels": lookalikes(w, h, 3),
		"6 pixels": lookalikes(w, h, 6), "noise": noise,
	}
	for name, l := range pictures {
		d := NewDecoder()
		if _, err := d.Decode(l, Still); err != ErrNone || d.budget < -over {
			t.Errorf("%s: %v, %d looks more than allowed", name, err, -d.budget)
		}
		for frame := range 2 * videoTurns {
			if _, err := d.Decode(l, Video); err != ErrNone || d.budget < -over {
				t.Errorf("%s, frame %d: %v, %d looks more than allowed", name, frame, err, -d.budget)
			}
		}
	}
}

// TestSizes looks at pictures of any width and height, thin ones above all, of
// noise and of finder patterns, with padded rows.
func TestSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	sides := []int{1, 2, 7, 8, 15, 16, 20, 21, 22, 31, 32, 42, 63, 64, 65, 83, 84, 127, 159, 160, 161, 321, 1100, 1101, 4097, MaxSide}
	d := NewDecoder()
	for _, w := range sides {
		for _, h := range sides {
			if w*h > 1<<20 {
				continue
			}
			l := lookalikes(w+r.IntN(3), h, 1+r.IntN(4))
			l.Width, l.Pix = w, l.Pix[:l.Stride*(h-1)+w]
			if r.IntN(2) == 0 {
				for i := range l.Pix {
					l.Pix[i] = byte(r.Uint32())
				}
			}
			for _, mode := range []Mode{Video, Still, Video} {
				if s, err := d.Decode(l, mode); err != ErrNone {
					t.Errorf("%dx%d: %q, %v", w, h, s.Text, err)
				}
			}
		}
	}
}
