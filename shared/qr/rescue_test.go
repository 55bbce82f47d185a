package qr

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"jianzheng/shared/draws"
)

// fog is what stands between a symbol and its picture; lengths in modules.
type fog struct {
	module float64 // pixels
	turn   float64 // radians
	defocus,
	motion float64
	noise    float64 // of full brightness
	contrast float64 // share of full
	glare    float64 // brightness added in the middle of the symbol
}

// picture draws a symbol through fog: light adds up in linear light, then the
// camera takes the power 1/2.2 and adds noise.
func (f fog) picture(m *Modules, seed string) Luma {
	side := int(f.module * float64(m.Size+12))
	r := rand.New(rand.NewChaCha8(seedOf(seed)))
	sin, cos := math.Sincos(f.turn)
	in := make([]float64, side*side)
	for i := range in {
		var sum float64
		for k := range 9 {
			x := (float64(i%side)+float64(k%3)/3+1.0/6)/f.module - float64(m.Size+12)/2
			y := (float64(i/side)+float64(k/3)/3+1.0/6)/f.module - float64(m.Size+12)/2
			u, v := cos*x+sin*y+float64(m.Size)/2, cos*y-sin*x+float64(m.Size)/2
			if !m.At(int(math.Floor(u)), int(math.Floor(v))) {
				sum++
			}
		}
		in[i] = 0.03 + 0.9*f.contrast*sum/9
	}
	if f.motion > 0 {
		in = spreadOver(in, side, func(t float64) (float64, float64, float64) {
			return 0.8 * t * f.motion * f.module / 2, 0.6 * t * f.motion * f.module / 2, 1
		})
	}
	if f.defocus > 0 {
		for _, axis := range [2][2]float64{{1, 0}, {0, 1}} {
			in = spreadOver(in, side, func(t float64) (float64, float64, float64) {
				reach := 3 * t * f.defocus * f.module
				return axis[0] * reach, axis[1] * reach, math.Exp(-4.5 * t * t)
			})
		}
	}
	l := Luma{make([]byte, side*side), side, side, side}
	for i, v := range in {
		dx, dy := float64(i%side)/float64(side)-0.5, float64(i/side)/float64(side)-0.5
		v += f.glare * math.Exp(-(dx*dx+dy*dy)/0.03)
		v = 255 * (math.Pow(min(v, 1), 1/2.2) + f.noise*r.NormFloat64())
		l.Pix[i] = byte(min(max(v+0.5, 0), 255))
	}
	return l
}

// spreadOver averages over places from -1 to 1 along a path of pixels, weighed.
func spreadOver(in []float64, side int, path func(t float64) (x, y, weight float64)) []float64 {
	out := make([]float64, len(in))
	var all float64
	for k := -20; k <= 20; k++ {
		fx, fy, weight := path(float64(k) / 20)
		all += weight
		x0, y0 := int(math.Floor(fx)), int(math.Floor(fy))
		for corner := range 4 {
			x, y := x0+corner%2, y0+corner/2
			share := weight * (1 - math.Abs(fx-float64(x))) * (1 - math.Abs(fy-float64(y)))
			if share == 0 {
				continue
			}
			for i := range in {
				px, py := min(max(i%side+x, 0), side-1), min(max(i/side+y, 0), side-1)
				out[i] += share * in[py*side+px]
			}
		}
	}
	for i := range out {
		out[i] /= all
	}
	return out
}

// seedOf returns 32 bytes drawn from a name.
func seedOf(name string) (seed [32]byte) {
	_, _ = draws.New(name).Read(seed[:]) // never fails
	return seed
}

// TestRescue reads symbols that the plain passes cannot, each through one kind of
// fog and then several together.
func TestRescue(t *testing.T) {
	plain := fog{module: 4, contrast: 1, noise: 0.01, turn: 0.06}
	tests := []struct {
		name   string
		change func(*fog)
	}{
		{"defocus", func(f *fog) { f.defocus = 0.7 }},
		{"motion", func(f *fog) { f.motion = 2.2 }},
		{"noise", func(f *fog) { f.noise = 0.45 }},
		{"contrast", func(f *fog) { f.contrast, f.noise = 0.04, 0.015 }},
		{"glare", func(f *fog) { f.glare, f.defocus = 0.4, 0.65 }},
		{"all", func(f *fog) { f.defocus, f.motion, f.noise, f.contrast = 0.5, 0.5, 0.06, 0.4 }},
	}
	for _, level := range []Level{L, M} {
		text := "EID1:" + strings.Repeat("0A1B2C3D4E", 40)
		m, err := Encode(text, level)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			f := plain
			tt.change(&f)
			if s, err := NewDecoder().Decode(f.picture(m, tt.name), Still); err != nil || s.Text != text {
				t.Errorf("%s at %v: %.20q, %v", tt.name, level, s.Text, err)
			}
		}
	}
}

// TestSoftNeverWrong gives the reader what must not be read: noise of all
// versions, and symbols with so much turned over that another text may be nearer.
func TestSoftNeverWrong(t *testing.T) {
	r := rand.New(rand.NewChaCha8(seedOf("soft never wrong")))
	rd := new(reader)
	reads := 0
	for round := range 20_000 {
		version := 1 + r.IntN(12)
		if round%100 == 0 {
			version = 1 + r.IntN(40)
		}
		level := L + Level(r.IntN(4))
		size := 17 + 4*version
		soft := make([]float32, size*size)
		for i := range soft {
			soft[i] = float32(r.NormFloat64())
		}
		var want string
		// Format information that is right, or noise would stop there.
		blank, function := matrix{size, make([]byte, size*size)}, functionPlaces(version)
		out := matrix{size, make([]byte, size*size)}
		share := 0.0
		if round%2 == 0 {
			b := blocksOf(version, level)
			want = fill(modeAlphanumeric, version, level)
			p := plan{[]segment{{modeAlphanumeric, 0, len(want)}}, version}
			blank, function = unmasked(interleave(p.write(want, b.dataCodewords()), b), version)
			share = 0.5 * r.Float64() // of the modules turned over
		}
		blank.masked(&out, &function, r.IntN(8), level)
		for i, v := range out.modules {
			switch {
			case function.modules[i] == 1:
				soft[i] = 2*float32(v) - 1
			case want != "":
				s := 0.2 + r.Float32()
				if (v == 1) == (r.Float64() < share) {
					s = -s
				}
				soft[i] = s
			}
		}
		if c, ok := rd.readSoft(soft, version, nil); ok {
			reads++
			if c.text != want {
				t.Fatalf("round %d, %d-%v, %.2f turned over: read %q", round, version, level, share, c.text)
			}
		}
	}
	if reads < 500 {
		t.Errorf("%d reads; the symbols with little turned over should be read", reads)
	}
}
