package qr

import "math/bits"

// The words of format and version information are cyclic codes (ISO/IEC 18004,
// annexes C and D): data bits, then the remainder of their division by a polynomial.
const (
	formatBits, formatPolynomial   = 15, 0b101_0011_0111
	formatMask                     = 0b101_0100_0001_0010 // so that no word is 0
	versionBits, versionPolynomial = 18, 0b1_1111_0010_0101
	// Words differ in at least 7 and 8 bits, so 3 wrong ones can be put right.
	maxWordErrors = 3
)

// cyclicWord appends to data the remainder of its division by the polynomial.
func cyclicWord(data, polynomial uint32) uint32 {
	degree := bits.Len32(polynomial) - 1
	rest := data << degree
	for n := bits.Len32(rest); n > degree; n = bits.Len32(rest) {
		rest ^= polynomial << (n - 1 - degree)
	}
	return data<<degree | rest
}

// formatWord returns the 15 bits of format information (7.9).
func formatWord(level Level, mask int) uint32 {
	indicator := [4]uint32{0b01, 0b00, 0b11, 0b10}[level-L]
	return cyclicWord(indicator<<3|uint32(mask), formatPolynomial) ^ formatMask
}

// versionWord returns the 18 bits of version information (7.10).
func versionWord(version int) uint32 { return cyclicWord(uint32(version), versionPolynomial) }

// formatPlaces returns where bit i of the format information lies, 0 the lowest:
// around the top left finder pattern, and again beside the other two.
func formatPlaces(i, size int) (first, second place) {
	switch {
	case i < 6:
		first = place{8, uint8(i)}
	case i < 8:
		first = place{8, uint8(i + 1)}
	case i == 8:
		first = place{7, 8}
	default:
		first = place{uint8(14 - i), 8}
	}
	if i < 8 {
		return first, place{uint8(size - 1 - i), 8}
	}
	return first, place{8, uint8(size - 15 + i)}
}

// versionPlace returns where bit i of the version information lies above the
// bottom left finder pattern; the other copy is its mirror image.
func versionPlace(i, size int) place { return place{uint8(i / 3), uint8(size - 11 + i%3)} }

// readFormat returns level and mask whose word is nearest to either copy of the
// format information in m, and how many bits of that copy are wrong, more than
// maxWordErrors if it cannot be told. Among equals the other copy decides.
func readFormat(m *matrix) (level Level, mask, wrong int) {
	var first, second uint32
	for i := range formatBits {
		a, b := formatPlaces(i, m.size)
		first |= uint32(m.at(a)) << i
		second |= uint32(m.at(b)) << i
	}
	best := 1 << 16
	for l := L; l <= H; l++ {
		for k := range 8 {
			word := formatWord(l, k)
			a, b := bits.OnesCount32(word^first), bits.OnesCount32(word^second)
			if far := min(a, b)<<8 + a + b; far < best {
				best, level, mask = far, l, k
			}
		}
	}
	return level, mask, best >> 8
}

// contradicts reports whether the version information in m names another
// version than the one m has the size of.
func contradicts(m *matrix) bool {
	version := (m.size - 17) / 4
	if version < 7 {
		return false
	}
	var first, second uint32
	for i := range versionBits {
		p := versionPlace(i, m.size)
		first |= uint32(m.at(p)) << i
		second |= uint32(m.at(place{p.y, p.x})) << i
	}
	best, named := maxWordErrors+1, version
	for v := 7; v <= 40; v++ {
		word := versionWord(v)
		if far := min(bits.OnesCount32(word^first), bits.OnesCount32(word^second)); far < best {
			best, named = far, v
		}
	}
	return named != version
}
