package qr

// Codewords are elements of GF(256): polynomials over GF(2) modulo
// x⁸+x⁴+x³+x²+1, of which x, written α, is a primitive element
// (ISO/IEC 18004, 7.5.2). Addition is exclusive or.

const fieldPolynomial = 0x11d

// powers holds αⁱ, twice over, so that the sum of two logarithms is an index;
// logs is its inverse, for other elements than 0.
var powers, logs = makeField()

func makeField() (powers [510]byte, logs [256]uint8) {
	x := 1
	for i := range 255 {
		powers[i], powers[i+255] = byte(x), byte(x)
		logs[x] = uint8(i)
		if x <<= 1; x > 0xff {
			x ^= fieldPolynomial
		}
	}
	return powers, logs
}

func multiply(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return powers[int(logs[a])+int(logs[b])]
}

// divide returns a/b; b is not 0.
func divide(a, b byte) byte {
	if a == 0 {
		return 0
	}
	return powers[int(logs[a])+255-int(logs[b])]
}
