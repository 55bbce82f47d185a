package qr

// draw returns the modules of a symbol with the mask that disturbs readers least.
func draw(codewords []byte, version int, level Level) matrix {
	base, function := unmasked(codewords, version)
	best := matrix{base.size, make([]byte, len(base.modules))}
	spare := matrix{base.size, make([]byte, len(base.modules))}
	least := 0
	for mask := range masks {
		base.masked(&spare, &function, mask, level)
		if p := spare.penalty(); mask == 0 || p < least {
			best, spare, least = spare, best, p
		}
	}
	return best
}

// unmasked returns the modules of a symbol but for mask and format information,
// and where they hold no data.
func unmasked(codewords []byte, version int) (base, function matrix) {
	function = functionPlaces(version)
	base = matrix{function.size, make([]byte, len(function.modules))}
	for _, k := range functionMarks(version) {
		if k.dark {
			base.set(place{uint8(k.x), uint8(k.y)}, 1)
		}
	}
	base.set(darkModule(base.size), 1)
	if version >= 7 {
		word := versionWord(version)
		for i := range versionBits {
			p, bit := versionPlace(i, base.size), byte(word>>i&1)
			base.set(p, bit)
			base.set(place{p.y, p.x}, bit)
		}
	}
	for i, p := range dataPath(version) {
		base.set(p, codewords[i/8]>>(7-i%8)&1)
	}
	return base, function
}

// masked fills out with m under a mask and the format information for it.
func (m *matrix) masked(out, function *matrix, mask int, level Level) {
	for y := range m.size {
		row := &masks[mask][y%maskPeriod]
		for x := range m.size {
			i := y*m.size + x
			out.modules[i] = m.modules[i] ^ row[x%maskPeriod]&^function.modules[i]
		}
	}
	word := formatWord(level, mask)
	for i := range formatBits {
		a, b := formatPlaces(i, m.size)
		bit := byte(word >> i & 1)
		out.set(a, bit)
		out.set(b, bit)
	}
}

// The weights of what disturbs readers (ISO/IEC 18004, 7.8.3).
const (
	penaltyRun     = 3  // five modules in a line of one colour; 1 more for each further
	penaltySquare  = 3  // 2×2 modules of one colour
	penaltyFinder  = 40 // what looks like a line through a finder pattern
	penaltyBalance = 10 // each 5 % that the dark modules are off one half
)

// penalty returns how much a symbol disturbs readers.
func (m *matrix) penalty() int {
	sum, dark, n := 0, 0, m.size
	for i := range n {
		sum += linePenalty(m.modules[i*n:], 1, n) + linePenalty(m.modules[i:], n, n)
		for _, v := range m.modules[i*n:][:n] {
			dark += int(v)
		}
		if i == 0 {
			continue
		}
		above, row := m.modules[(i-1)*n:][:n], m.modules[i*n:][:n]
		for x := 1; x < n; x++ {
			if s := above[x-1] + above[x] + row[x-1] + row[x]; s&3 == 0 {
				sum += penaltySquare
			}
		}
	}
	off := max(2*dark-n*n, n*n-2*dark) // of 2n²
	return sum + off*10/(n*n)*penaltyBalance
}

// linePenalty returns the penalty of one row or column of n modules, each step
// after the one before.
func linePenalty(line []byte, step, n int) int {
	const (
		finder = 0b1011101 << 4 // modules 4 to 10 back
		core   = 0b1111111 << 4
		before = 0b1111 << 11
		after  = 0b1111
	)
	sum, run, last := 0, 0, byte(2)
	seen := 0 // the last modules, the latest in the lowest bit; outside all is light
	for i := range n + 4 {
		v := byte(0)
		if i < n {
			v = line[i*step]
			if v != last {
				run, last = 0, v
			}
			if run++; run == 5 {
				sum += penaltyRun
			} else if run > 5 {
				sum++
			}
		}
		seen = seen<<1 | int(v)
		if seen&core == finder && (seen&before == 0 || seen&after == 0) {
			sum += penaltyFinder
		}
	}
	return sum
}
