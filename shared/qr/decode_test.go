package qr

import (
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name string
		luma Luma
		err  error
	}{
		{"zero", Luma{}, ErrLuma},
		{"negative", Luma{make([]byte, 9), -3, -3, 3}, ErrLuma},
		{"stride below width", Luma{make([]byte, 100), 10, 10, 9}, ErrLuma},
		{"one byte short", Luma{make([]byte, 40*29+29), 30, 30, 40}, ErrLuma},
		{"last row need not be padded", Luma{make([]byte, 40*29+30), 30, 30, 40}, ErrNone},
		{"stride overflows", Luma{make([]byte, 100), 10, 10, 1 << 62}, ErrLuma},
		{"too wide", Luma{nil, MaxSide + 1, 1, MaxSide + 1}, ErrTooLarge},
		{"too high", Luma{nil, 1, MaxSide + 1, 1}, ErrTooLarge},
		{"too many pixels", Luma{nil, 8000, 8000, 8000}, ErrTooLarge},
		{"product overflows", Luma{nil, 1 << 32, 1 << 32, 1 << 32}, ErrTooLarge},
		{"one pixel", Luma{make([]byte, 1), 1, 1, 1}, ErrNone},
		{"a line", Luma{make([]byte, 8000), 8000, 1, 8000}, ErrNone},
	}
	for _, tt := range tests {
		for _, mode := range []Mode{Video, Still} {
			if _, err := NewDecoder().Decode(tt.luma, mode); !errors.Is(err, tt.err) {
				t.Errorf("%s, mode %d: error %v, want %v", tt.name, mode, err, tt.err)
			}
		}
	}
}

// TestHostile looks at pictures that are full of finder patterns, edges or noise.
func TestHostile(t *testing.T) {
	const side = 1200
	pictures := map[string]func(x, y int) byte{
		"finder patterns": func(x, y int) byte {
			d := max(x%9-4, 4-x%9, y%9-4, 4-y%9)
			return []byte{0, 0, 255, 0, 255}[d]
		},
		"stripes": func(x, _ int) byte { return byte(x % 2 * 255) },
		"chess":   func(x, y int) byte { return byte((x/3 + y/3) % 2 * 255) },
		"black":   func(_, _ int) byte { return 0 },
		"white":   func(_, _ int) byte { return 255 },
	}
	noise := rand.New(rand.NewPCG(1, 2))
	pictures["noise"] = func(_, _ int) byte { return byte(noise.Uint32()) }
	d := NewDecoder()
	for name, at := range pictures {
		l := Luma{make([]byte, side*side), side, side, side}
		for i := range l.Pix {
			l.Pix[i] = at(i%side, i/side)
		}
		for _, mode := range []Mode{Video, Video, Video, Video, Still} {
			if s, err := d.Decode(l, mode); err != ErrNone {
				t.Errorf("%s, mode %d: %q, %v", name, mode, s.Text, err)
			}
		}
	}
}

// TestTurns reads symbols that are turned, mirrored, inverted, scaled or in a
// corner of a large image, and checks where the corners are said to be.
func TestTurns(t *testing.T) {
	const text = "https://id.example/gz?演示"
	m, err := Encode(text, M)
	if err != nil {
		t.Fatal(err)
	}
	plain := FromImage(m.Image(5, 4))
	n := plain.Width
	at := func(x, y int) byte { return plain.Pix[y*plain.Stride+x] }
	turned := map[string]func(x, y int) byte{
		"plain":        at,
		"quarter":      func(x, y int) byte { return at(n-1-y, x) },
		"half":         func(x, y int) byte { return at(n-1-x, n-1-y) },
		"threequarter": func(x, y int) byte { return at(y, n-1-x) },
		"mirrored":     func(x, y int) byte { return at(y, x) },
		"inverted":     func(x, y int) byte { return 255 - at(x, y) },
		"faint":        func(x, y int) byte { return 100 + at(x, y)/8 },
	}
	for name, at := range turned {
		l := Luma{make([]byte, n*n), n, n, n}
		for i := range l.Pix {
			l.Pix[i] = at(i%n, i/n)
		}
		s, err := NewDecoder().Decode(l, Still)
		if err != nil || s.Text != text || s.Inverted != (name == "inverted") {
			t.Errorf("%s: %q, inverted %v, %v", name, s.Text, s.Inverted, err)
			continue
		}
		for _, c := range s.Corners {
			for _, v := range []float64{c.X, c.Y} {
				low, high := 20.0, float64(n-20) // the quiet zone is 20 pixels
				if min(max(v-low, low-v), max(v-high, high-v)) > 3 {
					t.Errorf("%s: corner %v", name, c)
				}
			}
		}
	}
	for _, scale := range []int{1, 2, 3, 24, 40} {
		img := m.Image(scale, 4)
		canvas := image.NewGray(image.Rect(0, 0, img.Rect.Dx()+500, img.Rect.Dy()+300))
		for i := range canvas.Pix {
			canvas.Pix[i] = 200
		}
		for y := range img.Rect.Dy() {
			copy(canvas.Pix[(y+290)*canvas.Stride+480:], img.Pix[y*img.Stride:][:img.Stride])
		}
		if s, err := NewDecoder().Decode(FromImage(canvas), Still); err != nil || s.Text != text {
			t.Errorf("scale %d: %q, %v", scale, s.Text, err)
		}
	}
}

func TestFromImage(t *testing.T) {
	r := image.Rect(3, 2, 9, 7)
	clear := color.NRGBA{}
	grey := color.NRGBA{90, 90, 90, 255}
	images := map[string]interface {
		image.Image
		Set(x, y int, c color.Color)
	}{
		"gray": image.NewGray(r), "gray16": image.NewGray16(r), "rgba": image.NewRGBA(r), "nrgba": image.NewNRGBA(r),
		"nrgba64": image.NewNRGBA64(r), "paletted": image.NewPaletted(r, color.Palette{clear, grey}),
	}
	for name, img := range images {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				img.Set(x, y, grey)
			}
		}
		want := byte(255) // transparent is white
		if name == "gray" || name == "gray16" {
			want = 0
		}
		img.Set(4, 6, clear)
		l := FromImage(img)
		if l.Width != 6 || l.Height != 5 || l.Pix[0] != 90 || l.Pix[4*l.Stride+1] != want {
			t.Errorf("%s: %dx%d, first %d, clear %d", name, l.Width, l.Height, l.Pix[0], l.Pix[4*l.Stride+1])
		}
	}
	y := image.NewYCbCr(r, image.YCbCrSubsampleRatio420)
	for i := range y.Y {
		y.Y[i] = byte(i)
	}
	if l := FromImage(y.SubImage(image.Rect(4, 3, 6, 5))); l.Width != 2 || l.Pix[0] != y.Y[y.YOffset(4, 3)] {
		t.Errorf("ycbcr: width %d, first %d", l.Width, l.Pix[0])
	}
	if l := FromImage(image.NewGray(image.Rectangle{})); l.Width != 0 {
		t.Errorf("empty: width %d", l.Width)
	}
}

// TestBinarizer compares the eight pixels at a time with one at a time.
func TestBinarizer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, size := range []image.Point{{21, 21}, {64, 24}, {65, 33}, {127, 40}, {200, 23}} {
		p := plane{make([]byte, (size.X+3)*size.Y), size.X, size.Y, size.X + 3}
		for i := range p.pix {
			p.pix[i] = byte(r.Uint32())
		}
		for _, invert := range []uint64{0, ^uint64(0)} {
			var z binarizer
			z.local(&p, 24, invert)
			for y := range p.h {
				for x := range p.w {
					v := p.row(y)[x] ^ byte(invert)
					if got, want := z.bits.at(x, y), v < z.thresholds[y/8*z.bw+x/8]; got != want {
						t.Fatalf("%v: pixel %d,%d black %v, want %v", size, x, y, got, want)
					}
				}
			}
		}
		for range 50 {
			x, y := r.IntN(size.X-7), r.IntN(size.Y-7)
			low, high, sum := 255, 0, 0
			for i := range 64 {
				v := int(p.row(y + i/8)[x+i%8])
				low, high, sum = min(low, v), max(high, v), sum+v
			}
			want := uint32(high-low)<<8 | uint32(sum+32)/64
			if got := blockSum(p.pix[y*p.stride+x:], p.stride, 0); got != want {
				t.Fatalf("block at %d,%d: %#x, want %#x", x, y, got, want)
			}
		}
	}
}

// TestHalf compares four pixels at a time with one at a time.
func TestHalf(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p := plane{make([]byte, 53*31), 51, 31, 53}
	for i := range p.pix {
		p.pix[i] = byte(r.Uint32())
	}
	var out plane
	half(&out, &p)
	for y := range out.h {
		for x := range out.w {
			a, b := p.row(2 * y)[2*x:], p.row(2*y + 1)[2*x:]
			if got, want := int(out.row(y)[x]), (int(a[0])+int(a[1])+int(b[0])+int(b[1])+2)/4; got != want {
				t.Fatalf("pixel %d,%d: %d, want %d", x, y, got, want)
			}
		}
	}
}

// TestAlignmentCentres compares the rule with gozxing's table.
func TestAlignmentCentres(t *testing.T) {
	for n := 1; n <= 40; n++ {
		v, err := decoder.Version_GetVersionForNumber(n)
		if err != nil {
			t.Fatal(err)
		}
		got, want := alignmentCentres(n), v.GetAlignmentPatternCenters()
		if len(got) != len(want) {
			t.Fatalf("version %d: %v, want %v", n, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("version %d: %v, want %v", n, got, want)
				break
			}
		}
	}
}

// FuzzSizes decodes pictures of any width and height that are made of one tile.
func FuzzSizes(f *testing.F) {
	f.Add([]byte{0, 255, 0, 0, 0, 255, 0, 255}, uint16(1280), uint16(720), byte(3), byte(Still))
	f.Add([]byte{7}, uint16(MaxSide), uint16(21), byte(0), byte(Video))
	f.Add([]byte("tile"), uint16(0), uint16(MaxSide), byte(1), byte(Video))
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, tile []byte, width, height uint16, pad, mode byte) {
		w, h := int(width)%(MaxSide+1), int(height)%(MaxSide+1)
		if len(tile) == 0 || w*h > 1<<20 {
			return
		}
		stride := w + int(pad)
		l := Luma{make([]byte, max(stride*(h-1)+w, 0)), w, h, stride}
		for i := range l.Pix {
			l.Pix[i] = tile[(i%stride/3+i/stride/3*5)%len(tile)]
		}
		if _, err := d.Decode(l, Mode(mode%2)); err != nil && !errors.Is(err, ErrNone) && !errors.Is(err, ErrLuma) {
			t.Errorf("%dx%d: %v", w, h, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	m, err := Encode("KB1:ABC", L)
	if err != nil {
		f.Fatal(err)
	}
	img := m.Image(2, 2)
	f.Add(img.Pix, img.Rect.Dx(), img.Rect.Dy(), img.Stride, byte(Still))
	f.Add(img.Pix, img.Rect.Dx(), img.Rect.Dy()-3, img.Stride-1, byte(Video))
	f.Add([]byte{1, 2, 3}, 1<<40, 1<<40, -5, byte(7))
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, pix []byte, w, h, stride int, mode byte) {
		s, err := d.Decode(Luma{pix, w, h, stride}, Mode(mode))
		switch {
		case err == nil && (s.Text == "" || len(s.Corners) != 4 || s.Version < 1 || s.Version > 40):
			t.Errorf("symbol %+v", s)
		case err != nil && !errors.Is(err, ErrNone) && !errors.Is(err, ErrLuma) && !errors.Is(err, ErrTooLarge):
			t.Errorf("error %v", err)
		}
	})
}
