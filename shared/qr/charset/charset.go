// Package charset turns bytes in older character sets into text, for programs
// that read QR codes and can afford the tables, some 500 kB compressed: it is what
// to give a [jianzheng/shared/qr.Decoder] as its Charset. The engine in the
// browser goes without.
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
		return guess(b)
	}
	set, ok := sets[eci]
	if !ok {
		return "", false
	}
	out, err := set.NewDecoder().Bytes(b)
	return string(out), err == nil
}

// guess reads bytes that are not UTF-8.
func guess(b []byte) (string, bool) {
	eci := 20
	if !voicedKana(b) && gb2312(b) {
		eci = 29
	} else if !voicedKana(b) && !doubleShiftJIS(b) {
		return "", false
	}
	text, ok := Text(eci, b)
	return text, ok && !strings.ContainsRune(text, utf8.RuneError)
}

// gb2312 reports whether all bytes over ASCII make up pairs of GB 2312, of which
// one at least is a Hanzi. Words in ISO-8859-1 seldom have their accents in pairs.
func gb2312(b []byte) bool {
	hanzi := false
	for i := 0; i < len(b); i++ {
		lead := b[i]
		if lead < 0x80 {
			continue
		}
		if i++; i == len(b) || b[i] < 0xa1 || b[i] == 0xff {
			return false
		}
		switch {
		case 0xb0 <= lead && lead <= 0xf7:
			hanzi = true
		case lead < 0xa1 || lead > 0xa9:
			return false
		}
	}
	return hanzi
}

// voicedKana reports whether all bytes over ASCII are Katakana of one byte
// in Shift_JIS, with a sound mark and each of these after a sound that takes it. The
// same bytes can be pairs of GB 2312, but then marks come anywhere.
func voicedKana(b []byte) bool {
	marked := false
	for i, c := range b {
		switch {
		case c < 0x80:
		case c < 0xa1 || c > 0xdf:
			return false
		case c >= 0xde:
			if i == 0 {
				return false
			}
			// U; KA to TO; HA to HO.
			if p := b[i-1]; p != 0xb3 && (p < 0xb6 || p > 0xc4) && (p < 0xca || p > 0xce) {
				return false
			}
			marked = true
		}
	}
	return marked
}

// doubleShiftJIS reports whether bytes can be Shift_JIS with a character of two
// bytes that begins from 0x81 to 0x9f, where ISO-8859-1 has no letters.
func doubleShiftJIS(b []byte) bool {
	found := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c < 0x80 || 0xa1 <= c && c <= 0xdf:
		case c == 0x80 || c == 0xa0 || c > 0xfc:
			return false
		default:
			if i++; i == len(b) || b[i] < 0x40 || b[i] == 0x7f || b[i] > 0xfc {
				return false
			}
			found = found || c < 0xa0
		}
	}
	return found
}
