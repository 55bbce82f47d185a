package qr

import "slices"

// Mode says how hard [Decoder.Decode] looks.
type Mode uint8

const (
	// Video is for one frame of many: a few milliseconds, and what one frame does
	// not try the next one will.
	Video Mode = iota
	// Still is for an image of which there is no other: every scale, blurred,
	// inverted, up to a fixed amount of work.
	Still
)

// Decoder reads symbols from images. It keeps its buffers, about the size of
// the largest image, and for video what it tried last. It is not safe for use by
// several goroutines at once. The zero value is ready.
type Decoder struct {
	// Charset is asked for text in character sets other than UTF-8, UTF-16, ASCII
	// and ISO-8859-1; see [Symbol.Text] for what happens without it.
	Charset Charset

	frame    int   // counts video frames
	full     plane // the image itself, during Decode
	planes   [4]plane
	lifted   plane
	sums     []int32
	binary   binarizer
	finders  locator
	triplets []triplet
	fitter   fitter
	sampler  sampler
	reader   reader
	rescue   rescue
	budget   int // pixels that may still be looked at
	grids    int // grids that may still be laid
}

// NewDecoder returns a decoder with no buffers yet.
func NewDecoder() *Decoder { return &Decoder{} }

// The caps on the work for one image.
const (
	stillBudget = 60_000_000 // pixels binarized, all passes together
	stillGrids  = 160
	maxCopy     = 4_000_000 // pixels of a plane that is softened, sharpened or doubled
	videoGrids  = 8
	videoTurns  = 10
)

// pass is one look at a plane.
type pass struct {
	p        *plane
	scale    float64 // pixels of the image a pixel of the plane
	inverted bool
	global   bool // one threshold for the whole plane
	contrast int
	step     int // rows
	tries    int // triplets
}

// Decode returns a symbol in l, the first that could be read where there are
// several. The error is [ErrNone] or wraps [ErrTooLarge] or [ErrLuma].
func (d *Decoder) Decode(l Luma, m Mode) (Symbol, error) {
	if err := l.check(); err != nil {
		return Symbol{}, err
	}
	if l.Width < minSide || l.Height < minSide {
		return Symbol{}, ErrNone
	}
	d.full = plane{l.Pix, l.Width, l.Height, l.Stride}
	defer func() { d.full = plane{} }()
	var s Symbol
	ok := false
	if m == Video {
		s, ok = d.video(&d.full)
	} else {
		s, ok = d.still(&d.full)
	}
	if !ok {
		return Symbol{}, ErrNone
	}
	return s, nil
}

// video looks at half the resolution, and at full when that showed a symbol.
// Otherwise full has every second frame, and those between take turns:
// sharpened, for a lens out of focus; softened, for noise and faint codes; inverted.
func (d *Decoder) video(full *plane) (Symbol, bool) {
	d.budget, d.grids = 4*full.w*full.h, videoGrids
	d.rescue.start()
	turn := d.frame % videoTurns
	d.frame++
	big := pass{p: full, scale: 1, contrast: 30, step: 2, tries: 3}
	small := big
	seen := true
	if full.w >= 4*minSide && full.h >= 4*minSide {
		half(&d.planes[0], full)
		small = pass{p: &d.planes[0], scale: 2, contrast: 24, step: 1, tries: 3}
		s, found, ok := d.look(small)
		if ok {
			return s, true
		}
		seen = found
	}
	if seen && turn%2 != 0 {
		if s, _, ok := d.look(big); ok {
			return s, true
		}
	}
	next := big
	switch turn {
	case 1, 7:
		if turn == 7 {
			next = small
		}
		d.sums = soften(&d.planes[3], next.p, 3, d.sums)
		sharpen(&d.planes[3], next.p)
		next.p = &d.planes[3]
	case 5:
		d.sums = soften(&d.planes[3], full, 1, d.sums)
		next.p, next.contrast = &d.planes[3], 12
	case 3, 9:
		if turn == 3 {
			next = small
		}
		next.inverted = true
	}
	if s, _, ok := d.look(next); ok {
		return s, true
	}
	return d.rescueOf(full, 1)
}

// still looks at every scale with local thresholds, then inverted, with a global
// threshold, for faint contrast, doubled, softened and sharpened, until something
// is read or the budget is used up.
func (d *Decoder) still(full *plane) (Symbol, bool) {
	d.budget, d.grids = stillBudget, stillGrids
	d.rescue.start()
	levels := []pass{{p: full, scale: 1}}
	for i := range 3 {
		p := levels[i]
		if p.p.w < 160 || p.p.h < 160 {
			break
		}
		half(&d.planes[i], p.p)
		levels = append(levels, pass{p: &d.planes[i], scale: p.scale * 2})
	}
	// Some 1,000 pixels a side are right for most photos of one symbol; then finer, then coarser.
	first := 0
	for first < len(levels)-1 && max(levels[first].p.w, levels[first].p.h) > 1400 {
		first++
	}
	var order []pass
	for i := first; i >= 0; i-- {
		order = append(order, levels[i])
	}
	order = append(order, levels[first+1:]...)
	for i := range order {
		order[i].contrast, order[i].step, order[i].tries = 24, 1, 12
	}
	run := func(change func(*pass)) (Symbol, bool) {
		for _, p := range order {
			change(&p)
			if s, _, ok := d.look(p); ok {
				return s, true
			}
		}
		return Symbol{}, false
	}
	for _, change := range []func(*pass){
		func(*pass) {},
		func(p *pass) { p.inverted = true },
		func(p *pass) { p.global = true },
		func(p *pass) { p.contrast = 12 },
	} {
		if s, ok := run(change); ok {
			return s, true
		}
	}
	// What follows works on a copy, so large planes are left out.
	extra := &d.planes[3]
	order = slices.DeleteFunc(order, func(p pass) bool { return p.p.w*p.p.h > maxCopy })
	if full.w*full.h < maxCopy/4 {
		double(extra, full)
		p := levels[0]
		p.p, p.scale, p.contrast, p.step, p.tries = extra, 0.5, 24, 1, 12
		if s, _, ok := d.look(p); ok {
			return s, true
		}
	}
	return d.hard(full, order)
}

// look does one pass. found says that it saw what may be a symbol.
func (d *Decoder) look(p pass) (s Symbol, found, ok bool) {
	pixels := p.p.w * p.p.h
	if pixels > d.budget || d.grids <= 0 || p.p.w < minSide || p.p.h < minSide {
		return s, false, false
	}
	d.budget -= pixels
	invert := uint64(0)
	if p.inverted {
		invert = ^invert
	}
	if p.global {
		d.binary.global(p.p, invert)
	} else {
		d.binary.local(p.p, p.contrast, invert)
	}
	b := &d.binary.bits
	d.triplets = triplets(d.finders.locate(b, p.step), p.tries, d.triplets[:0])
	for i := range d.triplets {
		if d.grids--; d.grids < 0 {
			break
		}
		g := d.fitter.lay(b, &d.triplets[i])
		var c content
		ok := false
		if g.fit >= minFit {
			found = true
			c, ok = d.read(p, &g)
		}
		if !ok && g.fit >= minBend && d.fitter.bend(b, &g) && g.fit >= minBent {
			found = true
			c, ok = d.read(p, &g)
		}
		if ok {
			return c.symbol(&g, p.scale, p.inverted), true, true
		}
		d.rescue.offer(p, &g)
	}
	return s, found, false
}

// read samples the modules in several ways until error correction succeeds.
func (d *Decoder) read(p pass, g *grid) (content, bool) {
	m := d.sampler.bits(&d.binary.bits, g)
	if c, ok := d.reader.read(&m, d.Charset); ok {
		return c, true
	}
	for _, sharpen := range []float32{0, 0.15, 0.3} {
		m = d.sampler.luma(p.p, g, p.inverted, sharpen)
		if c, ok := d.reader.read(&m, d.Charset); ok {
			return c, true
		}
	}
	return content{}, false
}

// symbol returns what is told of a symbol that was read, with its corners in
// pixels of the image, of which a pixel under g is scale.
func (c *content) symbol(g *grid, scale float64, inverted bool) Symbol {
	s := Symbol{
		Text: c.text, Corners: g.outline(), Version: g.version, Level: c.level, Inverted: inverted, Mirrored: c.mirrored,
		Append: c.append, FNC1: c.fnc1, Application: c.application,
	}
	for i := range s.Corners {
		s.Corners[i].X *= scale
		s.Corners[i].Y *= scale
	}
	return s
}
