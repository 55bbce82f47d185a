package qr

// mark is a module whose colour is the same in every symbol of a version.
type mark struct {
	x, y int16
	dark bool
}

// alignmentCentres returns the rows, and columns, of the alignment patterns of a
// version (ISO/IEC 18004, annex E): none for version 1, else from 6 to size-7 in
// even steps, the odd remainder in the first.
func alignmentCentres(version int) []int {
	if version < 2 {
		return nil
	}
	n := version/7 + 2
	last := 4*version + 10
	step := 0
	if n > 2 {
		// The least even step that reaches from 6 to the last; version 32 is the exception of the table.
		step = (last - 6 + 2*(n-1) - 1) / (2 * (n - 1)) * 2
		if version == 32 {
			step = 26
		}
	}
	out := make([]int, n)
	out[0] = 6
	for i := 1; i < n; i++ {
		out[i] = last - (n-1-i)*step
	}
	return out
}

// functionMarks returns the modules of the finder, timing and alignment patterns
// of a version, separators included.
func functionMarks(version int) []mark {
	size := 17 + 4*version
	var out []mark
	square := func(cx, cy, radius int, light int) {
		for y := cy - radius; y <= cy+radius; y++ {
			for x := cx - radius; x <= cx+radius; x++ {
				if x < 0 || y < 0 || x >= size || y >= size {
					continue
				}
				d := max(x-cx, cx-x, y-cy, cy-y)
				out = append(out, mark{int16(x), int16(y), d != light && d != 4})
			}
		}
	}
	square(3, 3, 4, 2)
	square(size-4, 3, 4, 2)
	square(3, size-4, 4, 2)
	for i := 8; i < size-8; i++ {
		out = append(out, mark{int16(i), 6, i%2 == 0}, mark{6, int16(i), i%2 == 0})
	}
	centres := alignmentCentres(version)
	for i, y := range centres {
		for j, x := range centres {
			corner := i == 0 && (j == 0 || j == len(centres)-1) || j == 0 && i == len(centres)-1
			if !corner {
				square(x, y, 2, 1)
			}
		}
	}
	return out
}
