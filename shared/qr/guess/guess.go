// Package guess tells by their bytes in which older character set the text of a
// QR code is that declares none. It has no tables, so that a program may take
// these from elsewhere, as the engine for the browser does from the browser.
package guess

// Numbers of the sets in AIM's register of Extended Channel Interpretations.
const (
	ShiftJIS = 20
	GB2312   = 29
)

// Set returns [GB2312] or [ShiftJIS] for bytes that are not UTF-8. It reports
// false for what looks like neither, such as words in ISO-8859-1. Bytes that it
// places can still hold what is not in the set.
func Set(b []byte) (eci int, ok bool) {
	switch {
	case voicedKana(b):
		return ShiftJIS, true
	case gb2312(b):
		return GB2312, true
	default:
		return ShiftJIS, doubleShiftJIS(b)
	}
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
