package qr

// maxCheck is the most codewords of error correction in one block.
const maxCheck = 30

// polynomial has coefficients in GF(256), that of xⁱ at i.
type polynomial [maxCheck + 1]byte

// at returns the value of the first n+1 terms at x.
func (p *polynomial) at(x byte, n int) byte {
	var v byte
	for i := n; i >= 0; i-- {
		v = multiply(v, x) ^ p[i]
	}
	return v
}

// generator returns the coefficients of (x-1)(x-α)…(x-αⁿ⁻¹) (ISO/IEC 18004,
// annex A), the highest first and left out, as it is 1.
func generator(n int) []byte {
	g := make([]byte, n+1)
	g[0] = 1
	for i := range n {
		for j := i + 1; j > 0; j-- {
			g[j] ^= multiply(g[j-1], powers[i])
		}
	}
	return g[1:]
}

// remainder fills check with the error correction codewords of data: what is
// left of it, times x to the len(check), after division by the generator.
func remainder(check, data, generator []byte) {
	clear(check)
	for _, d := range data {
		factor := d ^ check[0]
		copy(check, check[1:])
		check[len(check)-1] = 0
		for i, g := range generator {
			check[i] ^= multiply(g, factor)
		}
	}
}

// syndromes fills s with the values of a block, as a polynomial whose highest
// coefficient comes first, at α⁰ to αⁿ⁻¹. It reports whether all are 0, as
// those of a block without errors are.
func syndromes(s []byte, block []byte) bool {
	var any byte
	i := 0
	for ; i+4 <= len(s); i += 4 {
		// Four at once, as each step of one has to wait for the step before.
		ta, tb, tc, td := &multiples[i], &multiples[i+1], &multiples[i+2], &multiples[i+3]
		var a, b, c, d byte
		for _, v := range block {
			a, b, c, d = ta[a]^v, tb[b]^v, tc[c]^v, td[d]^v
		}
		s[i], s[i+1], s[i+2], s[i+3] = a, b, c, d
		any |= a | b | c | d
	}
	for ; i < len(s); i++ {
		t := &multiples[i]
		var v byte
		for _, c := range block {
			v = t[v] ^ c
		}
		s[i] = v
		any |= v
	}
	return any == 0
}

// multiples holds αⁱ times each element.
var multiples = func() (m [maxCheck][256]byte) {
	for i := range m {
		for v := range m[i] {
			m[i][v] = multiply(byte(v), powers[i])
		}
	}
	return m
}()

// correct repairs a block of at most 255 codewords in place, of which the last
// check are for error correction. Codewords at the places in erasures are
// taken as unknown, which costs half as much as an error; places are distinct.
// protect codewords are kept for detection. It reports false, with the block
// as it was, when the block has too many errors (ISO/IEC 18004, annex B).
func correct(block []byte, check, protect int, erasures []int) bool {
	var buffer [maxCheck]byte
	s := buffer[:check]
	if syndromes(s, block) {
		return true
	}
	if len(erasures) > check-protect {
		return false
	}
	locator, degree := locate(s, block, erasures)
	if 2*degree-len(erasures) > check-protect {
		return false
	}
	// The evaluator is syndromes times locator, cut off at xᶜʰᵉᶜᵏ.
	var evaluator polynomial
	for i := range check {
		for j := 0; j <= min(i, degree); j++ {
			evaluator[i] ^= multiply(locator[j], s[i-j])
		}
	}
	// Codeword i stands before x to the len-1-i. It is wrong where the locator
	// has the inverse of that power of α as a root; Forney's rule says by how much.
	var places [maxCheck]int
	var values [maxCheck]byte
	found := 0
	for i := range block {
		power := len(block) - 1 - i
		inverse := powers[255-power]
		if locator.at(inverse, degree) != 0 {
			continue
		}
		var derivative byte // of the locator: in GF(2ⁿ) the odd terms remain
		square := multiply(inverse, inverse)
		for j := (degree - 1) | 1; j >= 1; j -= 2 {
			derivative = multiply(derivative, square) ^ locator[j]
		}
		if derivative == 0 || found == degree {
			return false
		}
		places[found] = i
		values[found] = multiply(powers[power], divide(evaluator.at(inverse, check-1), derivative))
		found++
	}
	if found != degree {
		return false
	}
	for i, at := range places[:found] {
		block[at] ^= values[i]
	}
	if syndromes(s, block) {
		return true
	}
	for i, at := range places[:found] {
		block[at] ^= values[i]
	}
	return false
}

// locate returns the polynomial whose roots are the inverses of the places of
// errors and erasures, and its degree, by the Berlekamp–Massey algorithm that
// begins with the erasures.
func locate(s, block []byte, erasures []int) (locator polynomial, degree int) {
	locator[0] = 1
	for n, at := range erasures {
		x := powers[len(block)-1-at]
		for j := n + 1; j > 0; j-- {
			locator[j] ^= multiply(locator[j-1], x)
		}
	}
	degree = len(erasures)
	last := locator // before the degree changed, scaled by its discrepancy, times x
	for r := len(erasures); r < len(s); r++ {
		copy(last[1:], last[:])
		last[0] = 0
		var discrepancy byte
		for j := 0; j <= min(degree, r); j++ {
			discrepancy ^= multiply(locator[j], s[r-j])
		}
		if discrepancy == 0 {
			continue
		}
		next := locator
		for j := range next {
			next[j] ^= multiply(discrepancy, last[j])
		}
		if 2*degree <= r+len(erasures) {
			for j := range last {
				last[j] = divide(locator[j], discrepancy)
			}
			degree = r + 1 + len(erasures) - degree
		}
		locator = next
	}
	return locator, degree
}
