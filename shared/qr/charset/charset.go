// Package charset turns bytes in older character sets into text, for programs
// that read QR codes and can afford the tables, some 500 kB compressed: it is what
// to give a [jianzheng/shared/qr.Decoder] as its Charset. The engine in the
// browser has none of them.
package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"jianzheng/shared/qr/guess"
)

// sets are the character sets by the number in AIM's register of Extended Channel
// Interpretations.
var sets = map[int]encoding.Encoding{
	0:  charmap.CodePage437,
	1:  charmap.ISO8859_1,
	2:  charmap.CodePage437,
	3:  charmap.ISO8859_1,
	4:  charmap.ISO8859_2,
	5:  charmap.ISO8859_3,
	6:  charmap.ISO8859_4,
	7:  charmap.ISO8859_5,
	8:  charmap.ISO8859_6,
	9:  charmap.ISO8859_7,
	10: charmap.ISO8859_8,
	11: charmap.ISO8859_9,
	12: charmap.ISO8859_10,
	13: charmap.Windows874, // of which ISO-8859-11 is a part
	15: charmap.ISO8859_13,
	16: charmap.ISO8859_14,
	17: charmap.ISO8859_15,
	18: charmap.ISO8859_16,
	20: japanese.ShiftJIS,
	21: charmap.Windows1250,
	22: charmap.Windows1251,
	23: charmap.Windows1252,
	24: charmap.Windows1256,
	25: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	26: unicode.UTF8,
	28: traditionalchinese.Big5,
	29: simplifiedchinese.GB18030, // of which GB 2312 is a part
	30: korean.EUCKR,
	31: simplifiedchinese.GB18030, // of which GBK is a part
	32: simplifiedchinese.GB18030,
	33: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
}

// Text returns the text of bytes in a character set, named by its number in the
// register, with U+FFFD for what is not in the set. It reports false for a set
// that is not known.
//
// Any negative number says that the set is not declared. Then GB 2312 and
// Shift_JIS are told apart by their bytes, and Text reports false for what
// looks like neither, such as words in ISO-8859-1.
func Text(eci int, b []byte) (text string, ok bool) {
	if eci < 0 {
		return undeclared(b)
	}
	set, ok := sets[eci]
	if !ok {
		return "", false
	}
	out, err := set.NewDecoder().Bytes(b)
	return string(out), err == nil
}

// undeclared reads bytes that are not UTF-8.
func undeclared(b []byte) (string, bool) {
	eci, ok := guess.Set(b)
	if !ok {
		return "", false
	}
	text, ok := Text(eci, b)
	return text, ok && !strings.ContainsRune(text, utf8.RuneError)
}
