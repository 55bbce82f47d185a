package luma

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestLumaOfColours(t *testing.T) {
	tests := []struct {
		name string
		rgba [4]byte
		want byte
	}{
		{"black", [4]byte{0, 0, 0, 255}, 0},
		{"white", [4]byte{255, 255, 255, 255}, 255},
		{"red", [4]byte{255, 0, 0, 255}, 77},
		{"green", [4]byte{0, 255, 0, 255}, 149},
		{"blue", [4]byte{0, 0, 255, 255}, 29},
		{"transparent", [4]byte{0, 0, 0, 0}, 255},
		{"half transparent black", [4]byte{0, 0, 0, 128}, 127},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Twelve pixels go through both loops.
			luma := make([]byte, 12)
			FromRGBA(luma, bytes.Repeat(tt.rgba[:], len(luma)))
			for i, got := range luma {
				if got != tt.want {
					t.Errorf("pixel %d: %d, want %d", i, got, tt.want)
				}
			}
		})
	}
}

// TestLumaAgrees compares eight pixels at once with one after another.
func TestLumaAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 100 {
		rgba := make([]byte, 4*n)
		for i := range rgba {
			rgba[i] = byte(r.Uint32())
			if i%4 == 3 && n%2 == 0 {
				rgba[i] = 255
			}
		}
		got, want := make([]byte, n), make([]byte, n)
		FromRGBA(got, rgba)
		overWhite(want, rgba)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d pixels: got %v, want %v", n, got, want)
		}
	}
}

// BenchmarkLuma720p converts one opaque 1280×720 frame a strip at a time.
func BenchmarkLuma720p(b *testing.B) {
	rgba := bytes.Repeat([]byte{10, 20, 30, 255}, 1280*720)
	luma := make([]byte, 1280*720)
	b.SetBytes(int64(len(rgba)))
	for b.Loop() {
		FromRGBA(luma, rgba)
	}
}
