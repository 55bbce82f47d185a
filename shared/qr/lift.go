package qr

// lift fills out with p as a symbol looks through noise and a lens out of focus:
// smooth times averaged over 3×3 pixels, then that less its surroundings, five
// times as strong. Noise is finer than the modules and goes; edges that blur has
// left a twelfth of come back. spare is another plane of the decoder, and sums a
// buffer that is returned, anew if it was too small.
func lift(out, spare, p *plane, smooth int, sums []int32) []int32 {
	from, to, other := p, out, spare
	for range smooth {
		sums = soften(to, from, 1, sums)
		from = to
		to, other = other, to
	}
	// Now from is smooth and lies in out when smooth is odd.
	sums = soften(spare, from, surround, sums)
	boost(out, from, spare, 4)
	return sums
}

// surround is how many pixels on each side count as the surroundings of one.
const surround = 5
