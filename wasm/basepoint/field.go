package basepoint

import "math/bits"

// element is a number below a 256-bit prime p, in four limbs, the least first,
// and in Montgomery form: times 2²⁵⁶ mod p.
type element [4]uint64

// field does arithmetic modulo p. It serves primes that end in 64 ones, as those
// of P-256 and SM2 do: -1/p mod 2⁶⁴ is then 1. Nothing here is secret, so
// nothing takes care to run in constant time.
type field struct {
	p, one, square element // p itself; 2²⁵⁶ mod p; 2⁵¹² mod p
}

func newField(p element) *field {
	f := &field{p: p}
	// 2²⁵⁶ - p, which is 2²⁵⁶ mod p, since p exceeds 2²⁵⁵.
	var borrow uint64
	for i := range p {
		f.one[i], borrow = bits.Sub64(0, p[i], borrow)
	}
	f.square = f.one
	for range 256 {
		f.square = f.add(f.square, f.square)
	}
	return f
}

// reduce subtracts p once where the number with the carry exceeds it.
func (f *field) reduce(a element, carry uint64) element {
	var r element
	var borrow uint64
	for i := range a {
		r[i], borrow = bits.Sub64(a[i], f.p[i], borrow)
	}
	if carry == 0 && borrow == 1 {
		return a
	}
	return r
}

func (f *field) add(a, b element) element {
	var r element
	var carry uint64
	for i := range a {
		r[i], carry = bits.Add64(a[i], b[i], carry)
	}
	return f.reduce(r, carry)
}

func (f *field) sub(a, b element) element {
	var r element
	var borrow, carry uint64
	for i := range a {
		r[i], borrow = bits.Sub64(a[i], b[i], borrow)
	}
	if borrow == 1 {
		for i := range r {
			r[i], carry = bits.Add64(r[i], f.p[i], carry)
		}
	}
	return r
}

// mul returns a·b/2²⁵⁶ mod p, limb by limb.
func (f *field) mul(a, b element) element {
	var t [6]uint64
	for i := range 4 {
		accumulate(&t, a[i], &b)
		accumulate(&t, t[0], &f.p) // t[0]·p ends in -t[0]: the lowest limb becomes 0
		t = [6]uint64{t[1], t[2], t[3], t[4], t[5], 0}
	}
	return f.reduce(element{t[0], t[1], t[2], t[3]}, t[4])
}

// accumulate adds x·b to t.
func accumulate(t *[6]uint64, x uint64, b *element) {
	var high, carry uint64
	for j := range 4 {
		hi, lo := bits.Mul64(x, b[j])
		lo, carry = bits.Add64(lo, high, 0)
		hi += carry
		t[j], carry = bits.Add64(t[j], lo, 0)
		high = hi + carry
	}
	t[4], carry = bits.Add64(t[4], high, 0)
	t[5] += carry
}

// invert replaces every element of a, none of them zero, by its inverse: one
// power to p-2 and three products an element.
func (f *field) invert(a []element) {
	products := make([]element, len(a))
	all := f.one
	for i, x := range a {
		products[i] = all
		all = f.mul(all, x)
	}
	inverse := f.one
	exponent := f.p
	exponent[0] -= 2
	for i := 255; i >= 0; i-- {
		inverse = f.mul(inverse, inverse)
		if exponent[i/64]>>(i%64)&1 == 1 {
			inverse = f.mul(inverse, all)
		}
	}
	for i := len(a) - 1; i >= 0; i-- {
		a[i], inverse = f.mul(inverse, products[i]), f.mul(inverse, a[i])
	}
}
