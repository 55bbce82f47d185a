package qr

// bitStream reads numbers from data, the most significant bit first.
type bitStream struct {
	data []byte
	at   int // bits read
}

func (s *bitStream) left() int { return 8*len(s.data) - s.at }

// take returns the next n bits, at most 24. It reports false when fewer are left.
func (s *bitStream) take(n int) (v int, ok bool) {
	if n > s.left() {
		return 0, false
	}
	for n > 0 {
		k := min(n, 8-s.at%8) // what the byte still has
		v = v<<k | int(s.data[s.at/8])>>(8-s.at%8-k)&(1<<k-1)
		s.at += k
		n -= k
	}
	return v, true
}

// message is what the segments of one symbol say.
type message struct {
	text        string
	fnc1        FNC1
	application string
	append      Append
}

// parser reads the segments in the data codewords of a symbol (ISO/IEC 18004,
// 7.4). It keeps its buffers.
type parser struct {
	bitStream
	message
	spans spans
}

// parse returns what data says. It reports false when data is no sequence of
// segments or holds no text.
func (p *parser) parse(data []byte, version int, charset Charset) (message, bool) {
	p.bitStream, p.message = bitStream{data: data}, message{}
	p.spans.start(charset)
	for p.left() >= 4 {
		v, _ := p.take(4)
		if mode(v) == modeEnd {
			break
		}
		if !p.segment(mode(v), version) {
			return message{}, false
		}
	}
	said := p.message
	said.text = p.spans.finish()
	return said, said.text != ""
}

// segment reads one segment after its mode indicator.
func (p *parser) segment(m mode, version int) bool {
	switch m {
	case modeECI:
		return p.eci()
	case modeAppend:
		return p.appended()
	case modeFNC1First:
		p.fnc1 = GS1
		return true
	case modeFNC1Second:
		return p.applicationIndicator()
	case modeHanzi:
		// Subset 1, GB 2312, is the only one there is.
		if subset, ok := p.take(4); !ok || subset != 1 {
			return false
		}
	}
	n := countBits(m, version)
	if n == 0 {
		return false // not a mode
	}
	count, ok := p.take(n)
	if !ok {
		return false
	}
	switch m {
	case modeNumeric:
		return p.numeric(count)
	case modeAlphanumeric:
		return p.alphanumeric(count)
	case modeByte:
		if 8*count > p.left() {
			return false
		}
		for range count {
			v, _ := p.take(8)
			p.spans.byte(byte(v))
		}
		return true
	case modeKanji:
		return p.pairs(count, eciShiftJIS, 0xc0, 0x1f00, 0x8140, 0xc140)
	default:
		return p.pairs(count, eciGB2312, 0x60, 0x0a00, 0xa1a1, 0xa6a1)
	}
}

// numeric reads digits, three in 10 bits (7.4.3).
func (p *parser) numeric(count int) bool {
	for count > 0 {
		n := min(count, 3)
		v, ok := p.take([4]int{0, 4, 7, 10}[n])
		limit := [4]int{1, 10, 100, 1000}[n]
		if !ok || v >= limit {
			return false
		}
		for limit /= 10; limit > 0; limit /= 10 {
			p.spans.ascii(byte('0' + v/limit%10))
		}
		count -= n
	}
	return true
}

// alphanumeric reads characters, two in 11 bits (7.4.4). With FNC1, % stands for
// the separator GS and %% for itself (7.4.8.2).
func (p *parser) alphanumeric(count int) bool {
	percent := false
	put := func(v int) {
		c := alphanumerics[v]
		switch {
		case p.fnc1 == NoFNC1:
		case percent && c == '%':
			percent = false
		case percent:
			p.spans.ascii(groupSeparator)
			percent = false
		case c == '%':
			percent = true
			return
		}
		p.spans.ascii(c)
	}
	const n = len(alphanumerics)
	for ; count >= 2; count -= 2 {
		v, ok := p.take(11)
		if !ok || v >= n*n {
			return false
		}
		put(v / n)
		put(v % n)
	}
	if count == 1 {
		v, ok := p.take(6)
		if !ok || v >= n {
			return false
		}
		put(v)
	}
	if percent {
		p.spans.ascii(groupSeparator)
	}
	return true
}

const groupSeparator = 0x1d

// pairs reads characters of 13 bits that stand for two bytes (7.4.6; GB/T 18284
// likewise): what is low×high byte + low byte below limit counts from first,
// the rest from second.
func (p *parser) pairs(count, eci, low, limit, first, second int) bool {
	for range count {
		v, ok := p.take(13)
		if !ok {
			return false
		}
		v = v/low<<8 | v%low
		if v < limit {
			v += first
		} else {
			v += second
		}
		p.spans.pair(eci, byte(v>>8), byte(v))
	}
	return true
}

// eci reads the designator of a character set in one, two or three bytes (7.4.2, table 4).
func (p *parser) eci() bool {
	v, ok := p.take(8)
	switch {
	case !ok:
		return false
	case v < 0x80:
	case v < 0xc0:
		var low int
		low, ok = p.take(8)
		v = v&0x3f<<8 | low
	case v < 0xe0:
		var low int
		low, ok = p.take(16)
		v = v&0x1f<<16 | low
	default:
		return false
	}
	p.spans.declared = v
	return ok && v <= 999999
}

// appended reads which part of a text this symbol holds (clause 8).
func (p *parser) appended() bool {
	v, ok := p.take(16)
	p.append = Append{Index: v >> 12, Total: v>>8&15 + 1, Parity: byte(v)}
	return ok && p.append.Index < p.append.Total
}

// applicationIndicator reads the two digits or the letter that follow FNC1 in
// second position (7.4.8.3).
func (p *parser) applicationIndicator() bool {
	v, ok := p.take(8)
	p.fnc1 = AIM
	switch c := byte(v - 100); {
	case !ok:
		return false
	case v < 100:
		p.application = string([]byte{byte('0' + v/10), byte('0' + v%10)})
	case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		p.application = string([]byte{c})
	default:
		return false
	}
	return true
}
