package charset

import "testing"

func TestText(t *testing.T) {
	tests := []struct {
		name string
		eci  int
		in   string
		want string
		ok   bool
	}{
		{"code page 437", 2, "\x81", "ü", true},
		{"ISO-8859-5", 7, "\xbc\xd8\xe0", "Мир", true},
		{"Shift_JIS", 20, "\x93\xfa\x96\x7b", "日本", true},
		{"windows-1251", 22, "\xcc\xe8\xf0", "Мир", true},
		{"UTF-16", 25, "\x6f\x14", "演", true},
		{"Big5", 28, "\xba\x74\xa5\xdc", "演示", true},
		{"GB 2312", 29, "\xd1\xdd\xca\xbe", "演示", true},
		{"EUC-KR", 30, "\xc7\xd1", "한", true},
		{"GBK", 31, "\x81\x40", "丂", true},
		{"GB 18030, four bytes", 32, "\x81\x39\xee\x39", "㐀", true},
		{"UTF-16, little-endian", 33, "\x14\x6f", "演", true},
		{"cut short", 32, "A\xd1", "A\ufffd", true},
		{"unknown", 14, "A", "", false},
		{"far", 999999, "A", "", false},
		{"guess GB 2312", -1, "DEMO \xd1\xdd\xca\xbe", "DEMO 演示", true},
		{"guess Shift_JIS", -1, "\x83\x82\x83o\x83C\x83\x8b", "モバイル", true},
		{"guess one Kanji", -1, "SUB:\x88\xa2;;", "SUB:阿;;", true},
		{"guess Katakana", -1, "*\xc3\xde\xbb\xde\xb2\xddQR*", "*ﾃﾞｻﾞｲﾝQR*", true},
		{"guess neither", -1, "Gr\xfc\xdfe", "", false},
		{"guess neither, in ISO-8859-1", -1, "se\xf1or", "", false},
		{"guess noise", -1, "\xff\x80\xa0", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Text(tt.eci, []byte(tt.in))
			if got != tt.want && ok || ok != tt.ok {
				t.Errorf("got %q, %v, want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}
