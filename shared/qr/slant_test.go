package qr

import (
	"math"
	"strings"
	"testing"
)

// drawn draws a symbol where from takes a pixel to modules, with nine places a pixel.
func drawn(m *Modules, width, height int, from func(x, y float64) (u, v float64)) Luma {
	l := Luma{make([]byte, width*height), width, height, width}
	for i := range l.Pix {
		sum := 0
		for k := range 9 {
			u, v := from(float64(i%width)+(float64(k%3)+0.5)/3, float64(i/width)+(float64(k/3)+0.5)/3)
			if !m.At(int(math.Floor(u)), int(math.Floor(v))) {
				sum++
			}
		}
		l.Pix[i] = byte(10 + sum*240/9)
	}
	return l
}

// TestSteep reads symbols whose plane is tilted so far that one finder pattern is
// three times as large as another, or sheared to a rhombus.
func TestSteep(t *testing.T) {
	tests := []struct {
		name    string
		corners [4]Point // of the symbol, clockwise from its top left
	}{
		{"rhombus", [4]Point{{90, 90}, {310, 20}, {240, 210}, {30, 290}}},
		{"corner away", [4]Point{{140, 20}, {330, 70}, {290, 330}, {20, 180}}},
		{"corner near", [4]Point{{250, 250}, {20, 160}, {120, 40}, {260, 60}}},
		{"trapezium", [4]Point{{130, 60}, {230, 60}, {340, 300}, {20, 300}}},
	}
	for _, text := range []string{"MECARD:N:TEST;;", "https://id.example/gz?0123456789"} {
		m, err := Encode(text, M)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			// The homography from pixels to modules is the inverse of that to pixels.
			h, ok := squareTo(0, float64(m.Size), &tt.corners)
			if !ok {
				t.Fatal(tt.name)
			}
			l := drawn(m, 350, 350, func(x, y float64) (u, v float64) { return unproject(&h, x, y) })
			if s, err := NewDecoder().Decode(l, Still); err != nil || s.Text != text {
				t.Errorf("%s, version %d: %q, %v", tt.name, m.Version, s.Text, err)
			}
		}
	}
}

// unproject returns the place in the symbol that a pixel shows: the two equations
// of project, solved for u and v.
func unproject(h *homography, x, y float64) (u, v float64) {
	a, b, c := h[0]-x*h[6], h[1]-x*h[7], x-h[2]
	d, e, f := h[3]-y*h[6], h[4]-y*h[7], y-h[5]
	det := a*e - b*d
	u, v = (c*e-b*f)/det, (a*f-c*d)/det
	if h[6]*u+h[7]*v+1 <= 0 {
		return -1, -1 // behind the camera
	}
	return u, v
}

// TestBent reads large symbols on paper that bends both ways, so that no flat grid
// comes near.
func TestBent(t *testing.T) {
	m, err := Encode(strings.Repeat("BENT PAPER 0123456789 ", 45), M)
	if err != nil {
		t.Fatal(err)
	}
	for _, depth := range []float64{4, 6} { // modules
		n := float64(m.Size)
		side := 4 * (m.Size + 24)
		l := drawn(m, side, side, func(x, y float64) (u, v float64) {
			u, v = x/4-12, y/4-12
			return u + depth*math.Sin(math.Pi*v/n)/2, v - depth*math.Sin(math.Pi*u/n)
		})
		if s, err := NewDecoder().Decode(l, Still); err != nil || s.Version != m.Version {
			t.Errorf("bent by %v modules, version %d: %v", depth, m.Version, err)
		}
	}
}
