package qr

import (
	"math/rand/v2"
	"testing"
)

// TestSplit compares the segments with the best of all ways to divide short texts.
func TestSplit(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 300 {
		text := make([]byte, 1+r.IntN(14))
		kind := 0
		for i := range text {
			if r.IntN(4) == 0 {
				kind = r.IntN(3)
			}
			text[i] = alphabets[encodeModes[kind]][r.IntN(10)]
		}
		for _, version := range []int{1, 10, 27} {
			got, at := 0, 0
			for _, s := range split(string(text), version) {
				if s.from != at || s.to <= s.from {
					t.Fatalf("%q: segment %+v after %d", text, s, at)
				}
				at = s.to
				got += s.bits(version)
			}
			if want := leastBits(string(text), version); got != want || at != len(text) {
				t.Errorf("%q in version %d: %d bits up to %d, want %d", text, version, got, at, want)
			}
		}
	}
}

// leastBits tries every end and mode of every segment.
func leastBits(text string, version int) int {
	least := make([]int, len(text)+1) // by where the text ends
	for to := 1; to <= len(text); to++ {
		least[to] = 1 << 30
		for from := range to {
			for _, m := range encodeModes {
				fits := true
				for _, c := range text[from:to] {
					switch m {
					case modeNumeric:
						fits = fits && '0' <= c && c <= '9'
					case modeAlphanumeric:
						fits = fits && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == ' ' || c == '$' || c == '%')
					}
				}
				if fits {
					least[to] = min(least[to], least[from]+segment{m, from, to}.bits(version))
				}
			}
		}
	}
	return least[len(text)]
}

func TestLinePenalty(t *testing.T) {
	tests := []struct {
		line string
		want int
	}{
		{"1010101010", 0},
		{"1111010101", 0},
		{"1111101010", 3},
		{"1111111010", 5},
		{"0000011111", 6},
		{"0101110100000101", 40 + 3},
		{"1011101", 40}, // the quiet zone counts as light
		{"11011101011", 0},
		{"1101110100001", 40},
	}
	for _, tt := range tests {
		line := []byte(tt.line)
		for i := range line {
			line[i] -= '0'
		}
		if got := linePenalty(line, 1, len(line)); got != tt.want {
			t.Errorf("%s: penalty %d, want %d", tt.line, got, tt.want)
		}
	}
	all := matrix{6, make([]byte, 36)} // 12 lines of six, 25 squares, all light
	if got, want := all.penalty(), 12*4+25*3+100; got != want {
		t.Errorf("all light: penalty %d, want %d", got, want)
	}
}
