package qr

// place is a module, counted from the top left; the largest symbol has 177 a side.
type place struct{ x, y uint8 }

// matrix is the modules of one symbol, row-major, 1 dark and 0 light.
type matrix struct {
	size    int
	modules []byte
}

func (m *matrix) at(p place) byte { return m.modules[int(p.y)*m.size+int(p.x)] }

func (m *matrix) set(p place, v byte) { m.modules[int(p.y)*m.size+int(p.x)] = v }

// functionPlaces returns a matrix of a version with 1 where a module holds no
// data: function patterns, format and version information.
func functionPlaces(version int) matrix {
	size := 17 + 4*version
	m := matrix{size, make([]byte, size*size)}
	for _, k := range functionMarks(version) {
		m.set(place{uint8(k.x), uint8(k.y)}, 1)
	}
	for i := range formatBits {
		a, b := formatPlaces(i, size)
		m.set(a, 1)
		m.set(b, 1)
	}
	m.set(darkModule(size), 1)
	if version >= 7 {
		for i := range versionBits {
			p := versionPlace(i, size)
			m.set(p, 1)
			m.set(place{p.y, p.x}, 1)
		}
	}
	return m
}

// darkModule returns the module beside the second format information that is always dark.
func darkModule(size int) place { return place{8, uint8(size - 8)} }

// dataPath returns the modules of a version that hold codewords, in the order
// of their bits (ISO/IEC 18004, 7.7.3): by columns two modules wide from the
// right, upwards and downwards in turn, past the vertical timing pattern.
// Remainder bits are left out.
func dataPath(version int) []place {
	m := functionPlaces(version)
	n := 8 * int(versions[version].codewords)
	path := make([]place, 0, n)
	up := true
	for right := m.size - 1; right > 0; right -= 2 {
		if right == 6 {
			right--
		}
		for i := range m.size {
			y := i
			if up {
				y = m.size - 1 - i
			}
			for _, x := range [2]int{right, right - 1} {
				p := place{uint8(x), uint8(y)}
				if m.at(p) == 0 && len(path) < n {
					path = append(path, p)
				}
			}
		}
		up = !up
	}
	return path
}

// maskPeriod is after how many rows, and columns, every mask repeats.
const maskPeriod = 12

// masks holds 1 where a mask reverses a module, by mask, row and column
// (ISO/IEC 18004, table 10).
var masks = makeMasks()

func makeMasks() (masks [8][maskPeriod][maskPeriod]byte) {
	for i := range maskPeriod {
		for j := range maskPeriod {
			for k, zero := range [8]int{
				(i + j) % 2,
				i % 2,
				j % 3,
				(i + j) % 3,
				(i/2 + j/3) % 2,
				i*j%2 + i*j%3,
				(i*j%2 + i*j%3) % 2,
				((i+j)%2 + i*j%3) % 2,
			} {
				if zero == 0 {
					masks[k][i][j] = 1
				}
			}
		}
	}
	return masks
}
