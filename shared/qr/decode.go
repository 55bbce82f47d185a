package qr

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

	full     plane // the image itself, during Decode
	planes   [4]plane
	lifted   plane
	twice    bool // the last of planes holds the image doubled
	sums     []int32
	binary   binarizer
	finders  locator
	triplets []triplet
	fitter   fitter
	sampler  sampler
	reader   reader
	rescue   rescue
	budget   int // work that may still be done on this image
	sight    sight
	spot     spot    // what the last frame showed, for Sight
	rings    float64 // the best of any triplet so far
}

// NewDecoder returns a decoder with no buffers yet.
func NewDecoder() *Decoder { return &Decoder{} }

// Work is counted in looks at single pixels, so that the same image always gets
// the same; a look takes some 2 to 4 ns. Passes over whole planes look at many
// pixels at once.
const (
	pixelsALook = 4          // where a plane is made, or cut into black and white
	stillLooks  = 12_000_000 // for one image, beside
	stillPasses = 10         // over all its pixels
	maxCopy     = 4_000_000  // pixels of a plane that is softened, sharpened or doubled
)

// pass is one look at a plane.
type pass struct {
	p        *plane
	x, y     float64 // of the plane in the image
	scale    float64 // pixels of the image a pixel of the plane
	inverted bool
	global   bool // one threshold for the whole plane
	contrast int
	step     int  // rows
	tries    int  // triplets
	brief    bool // a glance at each triplet, no more
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
	d.full, d.spot = plane{l.Pix, l.Width, l.Height, l.Stride}, spot{}
	d.twice = false
	d.rescue.start()
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

// still looks at every scale with local thresholds and inverted, then at what
// is faint, blurred or noisy, until something is read or the budget is used up.
// The order is that of reads for the time on photos: 97 of 100 that are read at
// all are read in the first three looks.
func (d *Decoder) still(full *plane) (Symbol, bool) {
	d.budget = stillLooks + stillPasses*full.w*full.h/pixelsALook
	d.sight, d.rings = sight{}, 0
	var levels [4]pass
	levels[0] = pass{p: full, scale: 1, contrast: 24, step: 1, tries: 12}
	large := full.w*full.h > largePixels
	if large {
		levels[0].step = 2
	}
	// Some 1,000 pixels a side show most photos of one symbol; then finer, then coarser.
	first := 0
	for first < len(levels)-1 && max(levels[first].p.w, levels[first].p.h) > firstSide && d.smaller(&levels, first+1) {
		first++
	}
	// What is plain to see here or at the next finer level costs less to find in every
	// other row than to work out.
	brief := levels[first]
	brief.brief, brief.step = true, 2
	if s, ok := d.look(brief); ok {
		return s, true
	}
	for _, i := range [...]int{first - 1, first, first - 2, first - 3} {
		if i < 0 || i == first && first > 0 && d.rings < minRings {
			continue // there is no triplet to look at longer
		}
		if s, ok := d.look(levels[i]); ok {
			return s, true
		}
	}
	n := first + 1
	for ; n < len(levels) && d.smaller(&levels, n); n++ {
		if s, ok := d.look(levels[n]); ok {
			return s, true
		}
	}
	finer, coarser := max(first-1, 0), min(first+1, n-1) // or first again, at an end
	var done [len(levels)][doubled + 1]bool
	if d.sight.side > 0 {
		var crop plane
		near := d.sight.place(full, &crop)
		near.tries = 12
		if s, ok := d.look(near); ok {
			return s, true
		}
		for _, c := range [...]change{sharper, softer, global, doubled} {
			if s, ok := d.look(d.changed(near, c)); ok {
				return s, true
			}
		}
	}
	for i, next := range [...]struct {
		level int
		change
	}{
		{first, inverted}, {first, sharper}, {first, global},
		{finer, inverted}, {first, softer}, {finer, softer}, {finer, global},
		{coarser, sharper}, {coarser, softer}, {0, doubled},
	} {
		if i == 6 && large && d.rings < plainRings {
			break // nothing looks like a symbol yet; these looks bring it out least
		}
		if done[next.level][next.change] {
			continue
		}
		done[next.level][next.change] = true
		if s, ok := d.look(d.changed(levels[next.level], next.change)); ok {
			return s, true
		}
	}
	return d.hard(full, &levels, first, n)
}

// firstSide is the longest side in pixels of what is looked at first.
const firstSide = 1100

// largePixels is from how many pixels on a look takes so long that a picture without
// a symbol is given up early.
const largePixels = 150_000

// smaller makes level i, in a plane of the decoder, from the one before at half its
// size. It reports false for one so small that nothing could be read.
func (d *Decoder) smaller(levels *[4]pass, i int) bool {
	p := levels[i-1]
	if min(p.p.w, p.p.h) < 160 {
		return false
	}
	d.budget -= p.p.w * p.p.h / pixelsALook
	half(&d.planes[i-1], p.p)
	p.p, p.scale = &d.planes[i-1], 2*p.scale
	p.step = 1
	levels[i] = p
	return true
}

// change is what is done to a plane before a look at it, or to the look.
type change uint8

const (
	inverted change = iota // light on dark
	global                 // one threshold for all, for flat renderings
	softer                 // for noise and faint codes
	sharper                // for a lens out of focus
	doubled                // for two pixels a module
)

// changed returns a pass with a change made, on a copy of the plane where needed.
func (d *Decoder) changed(p pass, c change) pass {
	extra := &d.planes[3]
	if c > global {
		if p.p.w*p.p.h > maxCopy || c == doubled && p.p.w*p.p.h > maxCopy/8 {
			p.p = &plane{} // too small to be looked at
			return p
		}
		d.budget -= p.p.w * p.p.h
	}
	switch c {
	case inverted:
		p.inverted = true
	case global:
		p.global = true
	case softer:
		d.twice = false
		d.sums = soften(extra, p.p, 1, d.sums)
		p.p, p.contrast = extra, 10
	case sharper:
		d.twice = false
		d.sums = soften(extra, p.p, 3, d.sums)
		sharpen(extra, p.p)
		p.p = extra
	case doubled:
		if !d.twice || p.p != &d.full {
			double(extra, p.p)
			d.twice = p.p == &d.full
		}
		p.p, p.scale = extra, p.scale/2
	}
	return p
}

// look does one pass.
func (d *Decoder) look(p pass) (s Symbol, ok bool) {
	pixels := p.p.w * p.p.h
	if d.budget < pixels/pixelsALook || p.p.w < minSide || p.p.h < minSide {
		return s, false
	}
	d.budget -= pixels / pixelsALook
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
	d.finders.steps = 0
	found := d.finders.locate(b, p.step)
	d.triplets = triplets(found, p.tries, d.triplets[:0])
	d.budget -= d.finders.steps + len(found)*len(found)*len(found)/looksATriplet
	for i := range d.triplets {
		if d.budget < 0 {
			break
		}
		t := &d.triplets[i]
		d.fitter.looks = 0
		g, c, rings, ok := d.glance(b, t)
		likely := rings >= minRings
		d.rings = max(d.rings, rings)
		if likely && !ok && !p.brief {
			g, c, ok = d.study(p, t)
		}
		d.spot.keep(&p, &g)
		if ok || g.fit >= minSight || likely && p.brief {
			d.sight.see(&p, t)
		}
		d.budget -= d.fitter.looks
		if ok {
			return d.symbol(&p, &g, &c), true
		}
		d.rescue.offer(&p, &g)
	}
	return s, false
}

// looksATriplet is for the cube of the number of finders: of all ways to take
// three in turn a sixth are weighed, and most of these fall at the first comparison.
const looksATriplet = 12

// looksAModule is for sampling a module in grey, at five places of four pixels.
const looksAModule = 20

// study fits a grid to a triplet as well as it can be, and reads it.
func (d *Decoder) study(p pass, t *triplet) (g grid, c content, ok bool) {
	b := &d.binary.bits
	g = d.fitter.lay(b, t)
	if g.fit >= minFit {
		c, ok = d.read(p, &g)
	}
	if !ok && g.fit >= minBend && d.fitter.bend(b, &g) && g.fit >= minBent {
		c, ok = d.read(p, &g)
	}
	return g, c, ok
}

// symbol returns what was read, in pixels of the image.
func (d *Decoder) symbol(p *pass, g *grid, c *content) Symbol {
	s := Symbol{
		Text: c.text, Corners: g.outline(), Version: g.version, Level: c.level, Inverted: p.inverted, Mirrored: c.mirrored,
		Append: c.append, FNC1: c.fnc1, Application: c.application,
	}
	for i := range s.Corners {
		s.Corners[i].X = p.x + s.Corners[i].X*p.scale
		s.Corners[i].Y = p.y + s.Corners[i].Y*p.scale
	}
	return s
}

// read samples the modules in several ways until error correction succeeds.
func (d *Decoder) read(p pass, g *grid) (content, bool) {
	m := d.sampler.bits(&d.binary.bits, g)
	if c, ok := d.reader.read(&m, d.Charset); ok {
		return c, true
	}
	d.budget -= looksAModule * g.size * g.size
	d.sampler.luma(p.p, g, p.inverted)
	for _, sharpen := range [...]float32{0, 0.15, 0.3} {
		m = d.sampler.grey(g.size, sharpen)
		if c, ok := d.reader.read(&m, d.Charset); ok {
			return c, true
		}
	}
	return content{}, false
}
