package qr_test

import (
	"image"
	"math"
	"testing"

	"jianzheng/scripts/y4m"
	"jianzheng/shared/qr"
)

// sightOf reads a picture as frames of a video until something is seen.
func sightOf(img *image.Gray) (qr.Sight, *qr.Decoder) {
	d := qr.NewDecoder()
	l := qr.FromImage(img)
	var s qr.Sight
	for range 10 {
		_, _ = d.Decode(l, qr.Video)
		if s = d.Sight(l); s.Seen {
			break
		}
	}
	return s, d
}

func drawn(t *testing.T, chars int, opt y4m.FrameOptions) *image.Gray {
	t.Helper()
	m, err := qr.Encode(answer(chars), qr.M)
	if err != nil {
		t.Fatal(err)
	}
	return y4m.Frame(m, opt)
}

// A sight measures what the picture was drawn with.
func TestSightMeasures(t *testing.T) {
	for _, tt := range []struct{ module, blur float64 }{{4, 0}, {4, 0.8}, {6, 1.5}, {6, 2.4}, {9, 3}} {
		s, _ := sightOf(drawn(t, 300, y4m.FrameOptions{Module: tt.module, Blur: tt.blur}))
		if !s.Seen {
			t.Errorf("module %g px, blur %g px: not seen", tt.module, tt.blur)
			continue
		}
		if math.Abs(s.Module-tt.module) > 0.1*tt.module {
			t.Errorf("module %.2f px, want %g", s.Module, tt.module)
		}
		// An edge in the middle of a pixel looks up to 0.7 pixels soft.
		if got := s.Blur * s.Module; got < 0.7*tt.blur || got > max(0.75, 1.3*tt.blur) {
			t.Errorf("module %g px: blur %.2f px, want %g", tt.module, got, tt.blur)
		}
		if s.Smear > 0.1 || s.Clipped > 0 {
			t.Errorf("module %g px, blur %g px: smear %.2f, clipped %.2f", tt.module, tt.blur, s.Smear, s.Clipped)
		}
		if math.Abs(s.Light-225) > 25 || math.Abs(s.Dark-35) > 25 {
			t.Errorf("blur %g px: levels %g and %g", tt.blur, s.Dark, s.Light)
		}
	}
}

// The corners are those of the symbol in the frame, also where it was found at
// half the resolution.
func TestSightCorners(t *testing.T) {
	opt := y4m.FrameOptions{Module: 5, DX: 60, DY: -20}
	m, err := qr.Encode(answer(300), qr.M)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := sightOf(y4m.Frame(m, opt))
	half := float64(m.Size) * 5 / 2
	for i, want := range [4]qr.Point{{X: -half, Y: -half}, {X: half, Y: -half}, {X: half, Y: half}, {X: -half, Y: half}} {
		want.X, want.Y = want.X+640+60, want.Y+360-20
		if d := math.Hypot(s.Corners[i].X-want.X, s.Corners[i].Y-want.Y); d > 5 {
			t.Errorf("corner %d: %.1f, want %.1f", i, s.Corners[i], want)
		}
	}
}

// Movement softens one axis, a reflection drowns part of the symbol, a dark room
// lowers its levels.
func TestSightTellsFaultsApart(t *testing.T) {
	moved := drawn(t, 300, y4m.FrameOptions{Module: 6})
	for y := range moved.Rect.Dy() {
		row := moved.Pix[y*moved.Stride:][:moved.Rect.Dx()]
		sums := make([]int, len(row)+1)
		for x, v := range row {
			sums[x+1] = sums[x] + int(v)
		}
		const reach = 4 // pixels to both sides
		for x := reach; x < len(row)-reach; x++ {
			row[x] = byte((sums[x+reach+1] - sums[x-reach]) / (2*reach + 1))
		}
	}
	if s, _ := sightOf(moved); !s.Seen || s.Smear < 0.2 || s.Blur < 0.3 {
		t.Errorf("moved: %+v", s)
	}
	shiny := drawn(t, 300, y4m.FrameOptions{Module: 6})
	for y := range 120 {
		for x := range 120 {
			shiny.Pix[(340+y)*shiny.Stride+620+x] = 235
		}
	}
	if s, _ := sightOf(shiny); !s.Seen || s.Clipped < 0.05 {
		t.Errorf("shiny: %+v", s)
	}
	dim := drawn(t, 300, y4m.FrameOptions{Module: 6})
	for i := range dim.Pix {
		dim.Pix[i] /= 5
	}
	if s, _ := sightOf(dim); !s.Seen || s.Light > 60 {
		t.Errorf("dim: %+v", s)
	}
}

func TestSightOfNothing(t *testing.T) {
	s, d := sightOf(y4m.Frame(nil, y4m.Webcam(3)))
	if s.Seen || s.Light < 150 || s.Dark > 140 {
		t.Errorf("empty screen: %+v", s)
	}
	if s := d.Sight(qr.Luma{Width: 3}); s != (qr.Sight{}) {
		t.Errorf("no pixels: %+v", s)
	}
	if s := qr.NewDecoder().Sight(qr.Luma{Pix: []byte{7}, Width: 1, Height: 1, Stride: 1}); s.Seen || s.Light != 7 {
		t.Errorf("one pixel: %+v", s)
	}
}

func TestSightAllocatesNothing(t *testing.T) {
	img := drawn(t, 300, y4m.FrameOptions{Module: 4})
	_, d := sightOf(img)
	l := qr.FromImage(img)
	if n := testing.AllocsPerRun(20, func() { d.Sight(l) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever the pixels, a sight is numbers in their bounds.
func FuzzSight(f *testing.F) {
	m, err := qr.Encode("KB1:HELLO", qr.M)
	if err != nil {
		f.Fatal(err)
	}
	img := m.Image(3, 4)
	f.Add(img.Pix, uint16(img.Stride))
	f.Add([]byte{7}, uint16(1))
	f.Add(make([]byte, 64*64), uint16(64))
	f.Fuzz(func(t *testing.T, pix []byte, width uint16) {
		if width == 0 || len(pix) > 1<<16 {
			return
		}
		w := int(width)
		l := qr.Luma{Pix: pix, Width: w, Height: len(pix) / w, Stride: w}
		d := qr.NewDecoder()
		for range 3 {
			_, _ = d.Decode(l, qr.Video)
			s := d.Sight(l)
			within := func(x, least, most float64) bool { return x >= least && x <= most }
			if !within(s.Light, 0, 255) || !within(s.Dark, 0, s.Light) || !within(s.Clipped, 0, 1) || !within(s.Smear, 0, s.Blur) || !within(s.Module, 0, 1e6) {
				t.Fatalf("%+v", s)
			}
			for _, c := range s.Corners {
				if !within(c.X, -1e5, 1e5) || !within(c.Y, -1e5, 1e5) {
					t.Fatalf("corner %v", c)
				}
			}
		}
	})
}
