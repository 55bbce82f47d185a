package guess

import "testing"

func TestSet(t *testing.T) {
	tests := []struct {
		name, in string
		want     int
		ok       bool
	}{
		{"GB 2312", "DEMO \xd1\xdd\xca\xbe", GB2312, true},
		{"Shift_JIS", "\x83\x82\x83o\x83C\x83\x8b", ShiftJIS, true},
		{"one Kanji", "SUB:\x88\xa2;;", ShiftJIS, true},
		{"Katakana", "*\xc3\xde\xbb\xde\xb2\xddQR*", ShiftJIS, true},
		{"ISO-8859-1", "Gr\xfc\xdfe", 0, false},
		{"ISO-8859-1, Spanish", "se\xf1or", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Set([]byte(tt.in))
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("got %d, %v, want %d, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}
