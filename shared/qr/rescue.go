package qr

// The last resort, for symbols that were seen and could not be read: what blur,
// motion and light did to them is estimated and undone; see [channel].

// The caps on the last resort for one still image.
const (
	suspects    = 4 // kept, the best fits
	rescued     = 3 // of them tried
	minSuspect  = 0.7
	sameSuspect = 3 // modules between corners of what is one symbol seen twice
)

// suspect is a grid that fits what may be a symbol and was not read.
type suspect struct {
	g        grid // in pixels of the image
	inverted bool
	module   float64 // pixels of the image
}

// rescue collects suspects during one image.
type rescue struct {
	suspects [suspects]suspect // best fit first
	n        int
	known    [41][]int8
	channel  channel
}

// start forgets the suspects of the image before.
func (r *rescue) start() { r.n = 0 }

// offer takes note of a grid that was not read.
func (r *rescue) offer(p *pass, g *grid) {
	if g.fit < minSuspect {
		return
	}
	s := suspect{g: *g, inverted: p.inverted}
	s.g.mesh = nil
	for i := range s.g.corners {
		s.g.corners[i].X = p.x + s.g.corners[i].X*p.scale
		s.g.corners[i].Y = p.y + s.g.corners[i].Y*p.scale
	}
	var ok bool
	if s.g.h, ok = squareTo(3.5, float64(g.size)-3.5, &s.g.corners); !ok {
		return
	}
	c := &s.g.corners
	s.module = (distance(c[0], c[1]) + distance(c[0], c[3])) / float64(2*(g.size-7))
	at := r.n
	for i := range r.suspects[:r.n] {
		o := &r.suspects[i]
		if o.inverted == s.inverted && o.g.version == g.version && distance(o.g.corners[0], c[0]) < sameSuspect*s.module &&
			distance(o.g.corners[2], c[2]) < 2*sameSuspect*s.module {
			if o.g.fit >= g.fit {
				return
			}
			at = i
			break
		}
	}
	if at == r.n {
		if r.n < suspects {
			r.n++
		} else if at--; r.suspects[at].g.fit >= g.fit {
			return
		}
	}
	for ; at > 0 && r.suspects[at-1].g.fit < g.fit; at-- {
		r.suspects[at] = r.suspects[at-1]
	}
	r.suspects[at] = s
}

// hard looks at what is left when every plain pass over a still image has failed:
// steep and bent symbols, planes lifted out of noise and blur, and then the
// suspects. levels are n planes of the image, first the one of some 1,000 pixels.
func (d *Decoder) hard(full *plane, levels *[4]pass, first, n int) (Symbol, bool) {
	next := first - 1
	if first == 0 {
		next = min(1, n-1)
	}
	for _, i := range [...]int{first, next} {
		if s, ok := d.slanted(levels[i]); ok {
			return s, true
		}
	}
	if full.w*full.h < maxCopy/4 {
		// What is far away in a small image has few pixels.
		if s, ok := d.slanted(d.changed(levels[0], doubled)); ok {
			return s, true
		}
	}
	for _, smooth := range [...]int{3, 1} {
		for i := first; i >= 0; i-- {
			if s, ok := d.look(d.lift(levels[i], smooth)); ok {
				return s, true
			}
		}
		for i := first + 1; i < n; i++ {
			if s, ok := d.look(d.lift(levels[i], smooth)); ok {
				return s, true
			}
		}
	}
	return d.rescueOf(full, rescued)
}

// lift returns a pass over its plane lifted, in the spare plane, or over none where
// that is too large or too coarse to gain by it.
func (d *Decoder) lift(p pass, smooth int) pass {
	if pixels := p.p.w * p.p.h; p.scale > 2 || pixels > maxCopy || pixels > d.budget {
		p.p = &plane{}
		return p
	}
	d.budget -= p.p.w * p.p.h
	d.twice = false
	d.sums = lift(&d.planes[3], &d.lifted, p.p, smooth, d.sums)
	p.p = &d.planes[3]
	return p
}

// rescueOf tries at most n suspects.
func (d *Decoder) rescueOf(full *plane, n int) (Symbol, bool) {
	r := &d.rescue
	for i := range r.suspects[:min(n, r.n)] {
		s := &r.suspects[i]
		if c, ok := d.restore(full, &s.g, s.inverted); ok {
			return d.symbol(&pass{scale: 1, inverted: s.inverted}, &s.g, &c), true
		}
	}
	return Symbol{}, false
}

// restore reads the modules under a grid with blur and uneven light undone.
func (d *Decoder) restore(p *plane, g *grid, inverted bool) (content, bool) {
	r := &d.rescue
	r.channel.sample(p, g, inverted)
	r.channel.solve(r.knownOf(g.version))
	return d.reader.readSoft(r.channel.soft, g.version, d.Charset)
}

// knownOf returns the modules that are the same in all symbols of a version: 1
// dark, -1 light, 0 others.
func (r *rescue) knownOf(version int) []int8 {
	if r.known[version] == nil {
		size := 17 + 4*version
		r.known[version] = make([]int8, size*size)
		for _, m := range functionMarks(version) {
			k := int8(-1)
			if m.dark {
				k = 1
			}
			r.known[version][int(m.y)*size+int(m.x)] = k
		}
	}
	return r.known[version]
}
