// Package basepoint makes the tables that signature checks on P-256 and SM2 read:
// multiples of the curve's base point, 88,064 bytes a curve, which do not
// compress. The build blanks them in the engine (scripts/engine), and the engine
// computes them when it starts: a ninth less to send.
package basepoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Curve is one whose table is left out of the engine.
type Curve int

// The curves: NIST P-256 (FIPS 186-5), and that of SM2 (GB/T 32918.5).
const (
	P256 Curve = iota
	SM2
	Curves // how many there are
)

const (
	windows = 43 // of 6 bits each
	entries = 32 // 1 to 32 times the window's base
	// Size is the length of a table in bytes: two coordinates of 32 bytes a point.
	Size = windows * entries * 2 * 32
)

// point is affine, never the one at infinity.
type point struct{ x, y element }

// params are p and the base point, as numbers.
var params = [Curves]struct{ p, x, y element }{
	P256: {
		element{0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001},
		element{0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2, 0x6b17d1f2e12c4247},
		element{0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16, 0x4fe342e2fe1a7f9b},
	},
	SM2: {
		element{0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff},
		element{0x715a4589334c74c7, 0x8fe30bbff2660be1, 0x5f9904466a39c994, 0x32c4ae2c1f198119},
		element{0x02df32e52139f0a0, 0xd0a9877cc62a4740, 0x59bdcee36b692153, 0xbc3736a2f4f6779c},
	},
}

// Table returns the table of a curve as it lies in memory: for each window i and
// each j from 1 to 32 the point j·2⁶ⁱ·G, x before y, in Montgomery form, the
// least byte first.
func Table(c Curve) []byte {
	t := make([]byte, 0, Size)
	for _, row := range multiples(c) {
		for _, p := range row {
			for _, limb := range p.x {
				t = binary.LittleEndian.AppendUint64(t, limb)
			}
			for _, limb := range p.y {
				t = binary.LittleEndian.AppendUint64(t, limb)
			}
		}
	}
	return t
}

// multiples builds all windows side by side, so that an inversion serves many
// points: from k·B for k up to n, those up to 2n.
func multiples(c Curve) *[windows][entries]point {
	f := newField(params[c].p)
	g := point{f.mul(params[c].x, f.square), f.mul(params[c].y, f.square)}
	t := new([windows][entries]point)
	for i, base := range f.bases(g) {
		t[i][0] = base
	}
	slopes := make([]element, windows*entries/2)
	for n := 1; n < entries; n *= 2 {
		batch := slopes[:windows*n]
		for i := range t {
			for m := range n {
				batch[i*n+m] = f.run(t[i][m], t[i][n-1])
			}
		}
		f.invert(batch)
		for i := range t {
			for m := range n {
				t[i][n+m] = f.sum(t[i][m], t[i][n-1], batch[i*n+m])
			}
		}
	}
	return t
}

// bases are 2⁶ⁱ·g.
func (f *field) bases(g point) [windows]point {
	var b [windows]point
	var z [windows]element
	x, y, one := g.x, g.y, f.one
	w := one // points in Jacobian coordinates: x/w², y/w³
	for i := range b {
		b[i], z[i] = point{x, y}, w
		for range 6 {
			x, y, w = f.double(x, y, w)
		}
	}
	f.invert(z[:])
	for i := range b {
		zz := f.mul(z[i], z[i])
		b[i] = point{f.mul(b[i].x, zz), f.mul(b[i].y, f.mul(zz, z[i]))}
	}
	return b
}

// double doubles a point in Jacobian coordinates on a curve with a = -3.
func (f *field) double(x, y, z element) (x3, y3, z3 element) {
	delta, gamma := f.mul(z, z), f.mul(y, y)
	beta := f.mul(x, gamma)
	alpha := f.mul(f.sub(x, delta), f.add(x, delta))
	alpha = f.add(f.add(alpha, alpha), alpha)
	beta4 := f.add(beta, beta)
	beta4 = f.add(beta4, beta4)
	x3 = f.sub(f.sub(f.mul(alpha, alpha), beta4), beta4)
	z3 = f.add(f.mul(y, z), f.mul(y, z))
	gamma8 := f.mul(f.add(gamma, gamma), f.add(gamma, gamma))
	gamma8 = f.add(gamma8, gamma8)
	y3 = f.sub(f.mul(alpha, f.sub(beta4, x3)), gamma8)
	return x3, y3, z3
}

// run is the denominator of the slope through two points, or of the tangent.
func (f *field) run(a, b point) element {
	if a == b {
		return f.add(a.y, a.y)
	}
	return f.sub(b.x, a.x)
}

// sum adds two points, given the inverse of their run.
func (f *field) sum(a, b point, inverse element) point {
	rise := f.sub(b.y, a.y)
	if a == b { // 3x² - 3
		rise = f.mul(f.sub(a.x, f.one), f.add(a.x, f.one))
		rise = f.add(f.add(rise, rise), rise)
	}
	slope := f.mul(rise, inverse)
	x := f.sub(f.sub(f.mul(slope, slope), a.x), b.x)
	return point{x, f.sub(f.mul(slope, f.sub(a.x, x)), a.y)}
}

// ErrMissing is returned for a program that would restore a table and does not
// hold it in the form known here.
var ErrMissing = errors.New("basepoint: table not found")

// inPlace stands for a table that was left as it is. It is not 0, since linkers
// leave runs of zeros out of a program.
const inPlace = math.MaxUint64

// place is found in the linked engine by its mark and told at which addresses
// the blanked tables lie.
var place = struct {
	mark    [16]byte
	address [Curves]uint64
}{
	[16]byte{0x8d, 'b', 'l', 'a', 'n', 'k', 'e', 'd', ' ', 't', 'a', 'b', 'l', 'e', 's', 0x1f},
	[Curves]uint64{inPlace, inPlace},
}

// Restore puts the blanked tables of this program back. It is called once,
// before the first signature.
func Restore() {
	for c := range Curves {
		if place.address[c] != inPlace {
			table := *(**[Size]byte)(unsafe.Pointer(&place.address[c]))
			copy(table[:], Table(c))
		}
	}
}

// Blank zeroes the tables in the memory of a linked program that calls
// [Restore], and writes down there what to restore. It returns how many bytes
// it blanked: none in a program without that call, or a second time. The error is [ErrMissing];
// the memory is then as it was.
func Blank(memory []byte) (int, error) {
	mark := bytes.Index(memory, place.mark[:])
	addresses := mark + len(place.mark)
	if mark < 0 || addresses+8*int(Curves) > len(memory) || binary.LittleEndian.Uint64(memory[addresses:]) != inPlace {
		return 0, nil
	}
	var at [Curves]int
	for c := range Curves {
		if at[c] = bytes.Index(memory, Table(c)); at[c] < 0 {
			return 0, fmt.Errorf("%w: curve %d", ErrMissing, c)
		}
	}
	for c, at := range at {
		clear(memory[at : at+Size])
		binary.LittleEndian.PutUint64(memory[addresses+8*c:], uint64(at))
	}
	return int(Curves) * Size, nil
}
