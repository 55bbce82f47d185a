package qr

import (
	"cmp"
	"slices"
)

// The reader of modules that are known with more or less certainty. What error
// correction alone cannot tell, it takes as erased where the modules are least
// certain (ISO/IEC 18004, 7.5.1: an erasure costs half of an error), and then
// compares the symbol so restored with what was seen.

const (
	// minWord is the least agreement of the format information with what was
	// seen, -1 to 1. Noise has 0.4 with the likeliest of the 32 words at best.
	minWord = 0.5
	// maxDoubt is the largest share of all certainty that may speak against the
	// symbol read. A symbol made up by error correction from noise has 0.1 and more.
	maxDoubt = 0.06
)

// softView is a symbol as it stands or mirrored, with what its format information says.
type softView struct {
	mirrored bool
	level    Level
	mask     int
	agrees   float32
}

// readSoft is like read for modules of which soft has the certainty, row-major:
// positive dark, negative light.
func (r *reader) readSoft(soft []float32, version int, charset Charset) (content, bool) {
	size := 17 + 4*version
	var views [2]softView
	for i := range views {
		views[i] = softFormat(soft, size, i == 1)
	}
	if views[1].agrees > views[0].agrees {
		views[0], views[1] = views[1], views[0]
	}
	for _, v := range views {
		if v.agrees < minWord {
			break
		}
		if c, ok := r.readView(soft, version, v, charset); ok {
			return c, true
		}
	}
	return content{}, false
}

// at returns the certainty of a module as the view has it.
func (v *softView) at(soft []float32, size int, p place) float32 {
	if v.mirrored {
		return soft[int(p.x)*size+int(p.y)]
	}
	return soft[int(p.y)*size+int(p.x)]
}

// softFormat finds the format information that agrees best with both copies together.
func softFormat(soft []float32, size int, mirrored bool) softView {
	best := softView{mirrored: mirrored, agrees: -1}
	var sum [formatBits]float32
	var all float32
	for i := range formatBits {
		a, b := formatPlaces(i, size)
		for _, s := range [2]float32{best.at(soft, size, a), best.at(soft, size, b)} {
			sum[i] += s
			all += max(s, -s)
		}
	}
	if all == 0 {
		return best
	}
	for l := L; l <= H; l++ {
		for mask := range masks {
			word := formatWord(l, mask)
			var agrees float32
			for i, s := range sum {
				if word>>i&1 == 0 {
					s = -s
				}
				agrees += s
			}
			if agrees /= all; agrees > best.agrees {
				best.level, best.mask, best.agrees = l, mask, agrees
			}
		}
	}
	return best
}

// readView reads one view.
func (r *reader) readView(soft []float32, version int, v softView, charset Charset) (content, bool) {
	size := 17 + 4*version
	path := r.pathOf(version)
	period := &masks[v.mask]
	// Codewords in the order of the symbol, each as certain as its least certain module.
	r.doubts = grow(r.doubts, len(path)/8)
	for i := range r.doubts {
		var c byte
		least := float32(1e9)
		for _, p := range path[8*i:][:8] {
			s := v.at(soft, size, p)
			bit := byte(0)
			if s > 0 {
				bit = 1
			}
			least = min(least, max(s, -s))
			c = c<<1 | bit ^ period[p.y%maskPeriod][p.x%maskPeriod]
		}
		r.codewords[i], r.doubts[i] = c, least
	}
	b := blocksOf(version, v.level)
	data, ok := r.restoreSoft(b)
	if !ok || !r.fits(soft, version, v) {
		return content{}, false
	}
	said, ok := r.parser.parse(data, version, charset)
	return content{said, v.level, v.mirrored}, ok
}

// restoreSoft is like restore, and takes the least certain codewords as erased,
// more and more of them, where that is needed. Half of the codewords for
// correction are never spent on erasures. codewords then holds what was restored.
func (r *reader) restoreSoft(b blocks) ([]byte, bool) {
	at := 0
	for i := range b.data + 1 + b.check {
		for k := range b.count {
			if place, ok := b.place(k, i); ok {
				r.blocks[place], r.origin[place] = r.codewords[at], uint16(at)
				at++
			}
		}
	}
	data := r.data[:0]
	for k := range b.count {
		start, n := b.start(k), b.length(k)
		block, origin := r.blocks[start:][:n+b.check], r.origin[start:][:n+b.check]
		if !correct(block, b.check, b.protect, nil) && !r.erase(block, origin, b) {
			return nil, false
		}
		data = append(data, block[:n]...)
	}
	for i, at := range r.origin[:at] {
		r.codewords[at] = r.blocks[i]
	}
	return data, true
}

// erase corrects a block with erasures at its least certain codewords.
func (r *reader) erase(block []byte, origin []uint16, b blocks) bool {
	var places [256]int
	order := places[:len(block)]
	for i := range order {
		order[i] = i
	}
	most := (b.check - b.protect) / 2
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Compare(r.doubts[origin[i]], r.doubts[origin[j]])
	})
	for n := 2; n <= most; n += 2 {
		if correct(block, b.check, b.protect, order[:n]) {
			return true
		}
	}
	return false
}

// fits reports whether little speaks against the codewords restored.
func (r *reader) fits(soft []float32, version int, v softView) bool {
	size := 17 + 4*version
	path := r.pathOf(version)
	period := &masks[v.mask]
	var against, all float32
	for i, p := range path {
		s := v.at(soft, size, p)
		all += max(s, -s)
		bit := r.codewords[i/8]>>(7-i%8)&1 ^ period[p.y%maskPeriod][p.x%maskPeriod]
		if (s > 0) != (bit == 1) {
			against += max(s, -s)
		}
	}
	return against <= maxDoubt*all
}
