package base45

import "testing"

func BenchmarkEncode(b *testing.B) {
	data := make([]byte, 370)
	for i := range data {
		data[i] = byte(i * 37)
	}
	out := make([]byte, 0, 1024)
	for b.Loop() {
		out = AppendEncode(out[:0], data)
	}
}
