package qr

import "strings"

// segment is a run of text in one mode.
type segment struct {
	mode     mode
	from, to int // bytes of the text
}

// bits returns how long a segment is, mode indicator and count included.
func (s segment) bits(version int) int {
	n := s.to - s.from
	head := 4 + countBits(s.mode, version)
	switch s.mode {
	case modeNumeric:
		return head + n/3*10 + [3]int{0, 4, 7}[n%3]
	case modeAlphanumeric:
		return head + n/2*11 + n%2*6
	default:
		return head + n*8
	}
}

// plan is the text in the fewest bits, and the smallest version that holds them.
type plan struct {
	segments []segment
	version  int
}

// planFor returns the plan for a level. It reports false for a text that fits no version.
func planFor(text string, level Level) (plan, bool) {
	// Counts grow after versions 9 and 26, and with them what is shortest.
	version := 1
	for _, last := range [3]int{9, 26, 40} {
		segments := split(text, version)
		n := 0
		for _, s := range segments {
			n += s.bits(version)
		}
		for ; version <= last; version++ {
			if n <= 8*blocksOf(version, level).dataCodewords() {
				return plan{segments, version}, true
			}
		}
	}
	return plan{}, false
}

// encodeModes are the modes that text is written in.
var encodeModes = [3]mode{modeNumeric, modeAlphanumeric, modeByte}

// split divides text into the segments that take the fewest bits in a version.
//
// cost[k] is the least number of sixths of a bit for the text so far with its last
// byte in mode k: a digit takes 20, an alphanumeric character 33, a byte 48.
// Segments end at whole bits.
func split(text string, version int) []segment {
	const far = 1 << 40
	var head [3]int
	cost := [3]int{far, far, far}
	for k, m := range encodeModes {
		head[k] = 6 * (4 + countBits(m, version))
	}
	came := make([][3]uint8, len(text)) // the mode before, for each byte and mode
	for i := range len(text) {
		char := [3]int{far, far, 48}
		if c := text[i]; '0' <= c && c <= '9' {
			char[0], char[1] = 20, 33
		} else if strings.IndexByte(alphanumerics, c) >= 0 {
			char[1] = 33
		}
		var next [3]int
		for k := range next {
			best, from := cost[k], k
			if i == 0 {
				best = head[k]
			}
			for j := range cost {
				if change := (cost[j]+5)/6*6 + head[k]; j != k && i > 0 && change < best {
					best, from = change, j
				}
			}
			next[k] = min(best+char[k], far)
			came[i][k] = uint8(from)
		}
		cost = next
	}
	k := 0
	for j := range cost {
		if (cost[j]+5)/6 < (cost[k]+5)/6 {
			k = j
		}
	}
	var segments []segment // backwards
	for i := len(text) - 1; i >= 0; i-- {
		if n := len(segments); n > 0 && segments[n-1].mode == encodeModes[k] {
			segments[n-1].from = i
		} else {
			segments = append(segments, segment{encodeModes[k], i, i + 1})
		}
		k = int(came[i][k])
	}
	for i, j := 0, len(segments)-1; i < j; i, j = i+1, j-1 {
		segments[i], segments[j] = segments[j], segments[i]
	}
	return segments
}

// bitWriter collects numbers, the most significant bit first.
type bitWriter struct {
	data []byte
	n    int // bits
}

// put adds the low n bits of v.
func (w *bitWriter) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.data = append(w.data, 0)
		}
		w.data[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

// write returns the data codewords of a plan: segments, terminator, padding
// (ISO/IEC 18004, 7.4.9 and 7.4.10).
func (p plan) write(text string, codewords int) []byte {
	w := bitWriter{data: make([]byte, 0, codewords)}
	for _, s := range p.segments {
		w.put(int(s.mode), 4)
		w.put(s.to-s.from, countBits(s.mode, p.version))
		part := text[s.from:s.to]
		switch s.mode {
		case modeNumeric:
			for ; len(part) > 0; part = part[min(3, len(part)):] {
				v, n := 0, min(3, len(part))
				for i := range n {
					v = v*10 + int(part[i]-'0')
				}
				w.put(v, [4]int{0, 4, 7, 10}[n])
			}
		case modeAlphanumeric:
			for ; len(part) >= 2; part = part[2:] {
				w.put(strings.IndexByte(alphanumerics, part[0])*len(alphanumerics)+strings.IndexByte(alphanumerics, part[1]), 11)
			}
			if len(part) == 1 {
				w.put(strings.IndexByte(alphanumerics, part[0]), 6)
			}
		default:
			for i := range len(part) {
				w.put(int(part[i]), 8)
			}
		}
	}
	w.put(int(modeEnd), min(4, 8*codewords-w.n))
	for pad := byte(0b1110_1100); len(w.data) < codewords; pad ^= 0b1110_1100 ^ 0b0001_0001 {
		w.data = append(w.data, pad)
	}
	return w.data
}

// interleave returns all codewords in the order of the symbol: data divided into
// blocks, their error correction added (7.5 and 7.6).
func interleave(data []byte, b blocks) []byte {
	total := len(data) + b.count*b.check
	divided := make([]byte, total)
	g := generator(b.check)
	for k := range b.count {
		n := b.length(k)
		block := divided[b.start(k):][:n+b.check]
		copy(block, data[:n])
		data = data[n:]
		remainder(block[n:], block[:n], g)
	}
	out := make([]byte, 0, total)
	for i := range b.data + 1 + b.check {
		for k := range b.count {
			if place, ok := b.place(k, i); ok {
				out = append(out, divided[place])
			}
		}
	}
	return out
}
