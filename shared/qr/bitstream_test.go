package qr

import (
	"strings"
	"testing"
	"unicode/utf8"

	"jianzheng/shared/qr/charset"
)

// stream packs pairs of value and length in bits.
func stream(pairs ...int) []byte {
	var w bitWriter
	for i := 0; i+1 < len(pairs); i += 2 {
		w.put(pairs[i], pairs[i+1])
	}
	return w.data
}

// bytesSegment is a byte segment of versions 1 to 9 as pairs for stream.
func bytesSegment(s string) []int {
	pairs := []int{int(modeByte), 4, len(s), 8}
	for i := range len(s) {
		pairs = append(pairs, int(s[i]), 8)
	}
	return pairs
}

func join(parts ...[]int) []byte {
	var pairs []int
	for _, p := range parts {
		pairs = append(pairs, p...)
	}
	return stream(pairs...)
}

func TestParse(t *testing.T) {
	eci := func(n int) []int { return []int{int(modeECI), 4, n, 8} }
	alnum := func(s string) []int {
		pairs := []int{int(modeAlphanumeric), 4, len(s), 9}
		for ; len(s) >= 2; s = s[2:] {
			pairs = append(pairs, strings.IndexByte(alphanumerics, s[0])*45+strings.IndexByte(alphanumerics, s[1]), 11)
		}
		if s != "" {
			pairs = append(pairs, strings.IndexByte(alphanumerics, s[0]), 6)
		}
		return pairs
	}
	// ISO/IEC 18004, 7.4.6: 点 and 茗 are 0x935f and 0xe4aa, 0xd9f and 0x1aaa.
	kanji := []int{int(modeKanji), 4, 2, 8, 0xd9f, 13, 0x1aaa, 13}
	// 啊 is 0xb0a1: (0xb0-0xa6)×0x60 + 0.
	hanzi := []int{int(modeHanzi), 4, 1, 4, 1, 8, 0xa * 0x60, 13}
	tests := []struct {
		name    string
		data    []byte
		plain   string // without a charset
		charset string // with one
		want    message
	}{
		{"numeric", stream(1, 4, 8, 10, 12, 10, 345, 10, 67, 7, 0, 4), "01234567", "01234567", message{}},
		{"numeric, one left", stream(1, 4, 4, 10, 999, 10, 0, 4, 0, 4), "9990", "9990", message{}},
		{"alphanumeric", join(alnum("AC-42")), "AC-42", "AC-42", message{}},
		{"bytes", join(bytesSegment("é")), "é", "é", message{}},
		{"bytes, ISO-8859-1", join(bytesSegment("Gr\xfc\xdfe")), "Grüße", "Grüße", message{}},
		{"UTF-8 cut by a segment", join(bytesSegment("\xe6\xbc"), bytesSegment("\x94!")), "演!", "演!", message{}},
		{"bytes and digits", join(bytesSegment("\xfc"), []int{1, 4, 1, 10, 7, 4}), "ü7", "ü7", message{}},
		{"kanji", join(kanji), "\ufffd\ufffd", "点茗", message{}},
		{"hanzi", join(hanzi, bytesSegment("!")), "\ufffd!", "啊!", message{}},
		{"bytes, kanji, bytes", join(bytesSegment("\xfc"), kanji, bytesSegment("\xfc")), "ü\ufffd\ufffdü", "ü点茗ü", message{}},
		{"ECI 3 is not UTF-8", join(eci(3), bytesSegment("\xc3\xa9")), "Ã©", "Ã©", message{}},
		{"ECI 20", join(eci(20), bytesSegment("\x93\xfa!")), "\ufffd\ufffd!", "日!", message{}},
		{"ECI 29", join(eci(29), bytesSegment("\xd1\xdd")), "\ufffd\ufffd", "演", message{}},
		{"ECI 25", join(eci(25), bytesSegment("\x6f\x14\xd8\x34\xdd\x1e\xd8\x34\x00")), "演𝄞\ufffd\ufffd", "演𝄞\ufffd\ufffd", message{}},
		{"ECI 26", join(eci(26), bytesSegment("\xe6\xbc\x94\xff")), "演\ufffd", "演\ufffd", message{}},
		{"ECI 27", join(eci(27), bytesSegment("a\xff")), "a\ufffd", "a\ufffd", message{}},
		{"ECI 899", join(eci(899>>8|0x80), []int{899 & 0xff, 8}, bytesSegment("\x80\xff")), "\u0080ÿ", "\u0080ÿ", message{}},
		{"ECI 999999", stream(7, 4, 0xc0|999999>>16, 8, 999999&0xffff, 16, 4, 4, 2, 8, 0xc3, 8, 0xa9, 8), "é", "é", message{}},
		{"ECI 999999, not UTF-8", stream(7, 4, 0xc0|999999>>16, 8, 999999&0xffff, 16, 4, 4, 2, 8, 0xc3, 8, 'A', 8), "\ufffdA", "\ufffdA", message{}},
		{"ECI changes", join(eci(26), bytesSegment("é"), eci(3), bytesSegment("\xe9"), alnum("A")), "ééA", "ééA", message{}},
		{"structured append", join([]int{3, 4, 2, 4, 4, 4, 0x5a, 8}, alnum("A")), "A", "A", message{append: Append{Index: 2, Total: 5, Parity: 0x5a}}},
		{"GS1", join([]int{5, 4}, alnum("1%2%%3%")), "1\x1d2%3\x1d", "1\x1d2%3\x1d", message{fnc1: GS1}},
		{"AIM, digits", join([]int{9, 4, 7, 8}, alnum("AB")), "AB", "AB", message{fnc1: AIM, application: "07"}},
		{"AIM, letter", join([]int{9, 4, 100 + 'a', 8}, alnum("A%")), "A\x1d", "A\x1d", message{fnc1: AIM, application: "a"}},
		{"percent without FNC1", join(alnum("1%%2")), "1%%2", "1%%2", message{}},
		{"three bits left are no terminator", stream(1, 4, 2, 10, 42, 7, 7, 3), "42", "42", message{}},

		{"empty", nil, "", "", message{}},
		{"terminator", []byte{0, 1, 2}, "", "", message{}},
		{"empty segment", stream(4, 4, 0, 8), "", "", message{}},
		{"count cut", stream(4, 4, 1, 4), "", "", message{}},
		{"bytes cut", stream(4, 4, 2, 8, 'x', 8), "", "", message{}},
		{"digits cut", stream(1, 4, 4, 10, 1, 2), "", "", message{}},
		{"digits over", stream(1, 4, 3, 10, 1000, 10), "", "", message{}},
		{"last digit over", stream(1, 4, 1, 10, 10, 4), "", "", message{}},
		{"last digits over", stream(1, 4, 2, 10, 100, 7), "", "", message{}},
		{"alphanumerics over", stream(2, 4, 2, 9, 45*45, 11), "", "", message{}},
		{"last alphanumeric over", stream(2, 4, 1, 9, 45, 6), "", "", message{}},
		{"kanji cut", stream(8, 4, 200, 8, 0, 13), "", "", message{}},
		{"hanzi of another subset", stream(13, 4, 2, 4, 1, 8, 0, 13), "", "", message{}},
		{"ECI cut", stream(7, 4, 0x80, 8), "", "", message{}},
		{"ECI over", stream(7, 4, 0xdf, 8, 0xffff, 16), "", "", message{}},
		{"ECI of four bytes", stream(7, 4, 0xe0, 8, 0, 24), "", "", message{}},
		{"append cut", stream(3, 4, 0, 8), "", "", message{}},
		{"append after its end", join([]int{3, 4, 5, 4, 4, 4, 0, 8}, alnum("A")), "", "", message{}},
		{"application neither", stream(9, 4, 255, 8), "", "", message{}},
		{"application cut", stream(9, 4), "", "", message{}},
		{"mode 6", stream(6, 4, 0, 20), "", "", message{}},
		{"mode 15", stream(15, 4, 0, 20), "", "", message{}},
	}
	var p parser
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, with := range []struct {
				charset Charset
				want    string
			}{{nil, tt.plain}, {charset.Text, tt.charset}} {
				got, ok := p.parse(tt.data, 1, with.charset)
				want := tt.want
				want.text = with.want
				if got.text != want.text || ok && got != want || ok != (want.text != "") {
					t.Errorf("charset %v: got %+v, %v, want %+v", with.charset != nil, got, ok, want)
				}
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x10, 0x20, 0x0c, 0x56, 0x61, 0x80}, byte(1))
	f.Add(stream(3, 4, 0x1200, 16, 5, 4, 7, 4, 20, 8, 4, 4, 2, 16, 0x93fa, 16, 8, 4, 1, 10, 0xd9f, 13), byte(10))
	f.Add(stream(9, 4, 7, 8, 13, 4, 1, 4, 1, 12, 0x3c0, 13, 2, 4, 2, 13, 100, 11), byte(27))
	var p parser
	f.Fuzz(func(t *testing.T, data []byte, version byte) {
		if len(data) > maxCodewords {
			return
		}
		m, ok := p.parse(data, 1+int(version)%40, nil)
		// Digits are the densest, three in ten bits; a byte becomes three at most.
		if ok == (m.text == "") || len(m.text) > 8*len(data) || !utf8.ValidString(m.text) {
			t.Errorf("%d bytes gave %v, %d bytes, valid %v", len(data), ok, len(m.text), utf8.ValidString(m.text))
		}
		with, ok := p.parse(data, 1+int(version)%40, charset.Text)
		if ok && !utf8.ValidString(with.text) {
			t.Errorf("with a charset: %q", with.text)
		}
	})
}
