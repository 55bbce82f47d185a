package qr

import (
	"math"
	"math/bits"
)

// Symbols seen at a steep angle: their finder patterns differ in size and are
// sheared, so which one is the corner cannot be told by distances. The outline
// of each pattern shows where the sides of the symbol lead.

const (
	slantFinders = 8  // the surest, of which each three are tried
	slantRays    = 96 // from the centre of a finder pattern to its outline
	slantGrids   = 12 // laid in one pass
	maxCross     = 0.3
)

// outlined is a finder pattern with the directions of its sides.
type outlined struct {
	centre Point
	a, b   Point // one module along either side, pixels; b lies clockwise of a
}

// outlineOf follows rays from the centre to the end of the third run, and takes the
// quadrilateral that these ends make. A sixth of the rays may end nowhere.
func outlineOf(b *bitmap, f *finder) (o outlined, ok bool) {
	var buffer [slantRays]Point
	ends := buffer[:0] // clockwise
	limit := 2 * max(f.wide, f.high)
	for i := range slantRays {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / slantRays)
		dark, runs, t := true, 0, 0.0
		for ; runs < 3 && t < limit; t += 0.5 {
			if b.at(int(math.Floor(f.x+t*cos)), int(math.Floor(f.y+t*sin))) != dark {
				dark = !dark
				runs++
			}
		}
		if runs == 3 {
			t -= 0.75
			ends = append(ends, Point{f.x + t*cos, f.y + t*sin})
		}
	}
	n := len(ends)
	if n < slantRays*5/6 {
		return o, false
	}
	// Two opposite corners are the ends farthest apart; the others lie farthest off that line.
	var at [4]int
	far := -1.0
	for i := range n {
		for j := range i {
			if d := distance(ends[i], ends[j]); d > far {
				far, at[0], at[2] = d, j, i
			}
		}
	}
	var left, right float64
	p, q := ends[at[0]], ends[at[2]]
	for i, e := range ends {
		side := ((q.X-p.X)*(e.Y-p.Y) - (q.Y-p.Y)*(e.X-p.X)) / far
		if side < left {
			left, at[1] = side, i
		}
		if side > right {
			right, at[3] = side, i
		}
	}
	if left > -0.1*far || right < 0.1*far || at[1] < at[0] || at[1] > at[2] {
		return o, false
	}
	c := [4]Point{ends[at[0]], ends[at[1]], ends[at[2]], ends[at[3]]}
	// c runs clockwise. Sides through the centre are the means of opposite sides.
	o.centre = Point{f.x, f.y}
	o.a = Point{(c[1].X - c[0].X + c[2].X - c[3].X) / 14, (c[1].Y - c[0].Y + c[2].Y - c[3].Y) / 14}
	o.b = Point{(c[3].X - c[0].X + c[2].X - c[1].X) / 14, (c[3].Y - c[0].Y + c[2].Y - c[1].Y) / 14}
	return o, true
}

// toward says how far p is along that side of o which leads there: the modules,
// how far it lies off that line for each module along it, one module that way,
// and one along the other side.
func (o *outlined) toward(p Point) (modules, cross float64, along, other Point) {
	x, y := p.X-o.centre.X, p.Y-o.centre.Y
	det := o.a.X*o.b.Y - o.a.Y*o.b.X
	s, t := (x*o.b.Y-y*o.b.X)/det, (o.a.X*y-o.a.Y*x)/det
	if math.Abs(s) >= math.Abs(t) {
		return math.Abs(s), math.Abs(t / s), o.a.times(math.Copysign(1, s)), o.b
	}
	return math.Abs(t), math.Abs(s / t), o.b.times(math.Copysign(1, t)), o.a
}

// facing returns p, turned about if it leads away from where q leads.
func (p Point) facing(q Point) Point { return p.times(math.Copysign(1, p.X*q.X+p.Y*q.Y)) }

func (p Point) times(f float64) Point { return Point{p.X * f, p.Y * f} }

// slanted tries the finder patterns of a pass as corners of a symbol in steep perspective.
func (d *Decoder) slanted(p pass) (Symbol, bool) {
	if p.p.w < minSide || p.p.h < minSide || p.p.w*p.p.h > d.budget {
		return Symbol{}, false
	}
	d.budget -= p.p.w * p.p.h
	d.binary.local(p.p, p.contrast, 0)
	b := &d.binary.bits
	var seen [slantFinders]outlined
	n := 0
	for _, f := range d.finders.locate(b, 1) {
		if f.hits < 20 {
			continue
		}
		if o, ok := outlineOf(b, &f); ok {
			seen[n] = o
			if n++; n == slantFinders {
				break
			}
		}
	}
	left := slantGrids
	for i := range n {
		for j := range n {
			for k := range j {
				if i == j || i == k {
					continue
				}
				if s, ok := d.slantedCorner(p, &left, &seen[i], &seen[j], &seen[k]); ok {
					return s, true
				}
			}
		}
	}
	return Symbol{}, false
}

// slantedCorner lays grids with tl as the corner of the symbol; left counts those
// that may still be laid in the pass.
func (d *Decoder) slantedCorner(p pass, left *int, tl, tr, bl *outlined) (Symbol, bool) {
	x1, y1 := tr.centre.X-tl.centre.X, tr.centre.Y-tl.centre.Y
	x2, y2 := bl.centre.X-tl.centre.X, bl.centre.Y-tl.centre.Y
	if x1*y2-y1*x2 < 0 {
		tr, bl = bl, tr
	}
	right1, crossA, alongA, _ := tl.toward(tr.centre)
	down1, crossB, alongB, _ := tl.toward(bl.centre)
	right2, crossC, leftward, downward := tr.toward(tl.centre)
	down2, crossD, upward, rightward := bl.toward(tl.centre)
	if alongA == alongB || alongA == alongB.times(-1) || max(crossA, crossB, crossC, crossD) > maxCross {
		return Symbol{}, false
	}
	// In perspective the modules between two centres are the geometric mean of
	// what either end takes them for.
	right, down := math.Sqrt(right1*right2), math.Sqrt(down1*down2)
	if right > 1.35*down || down > 1.35*right || right+down < 20 {
		return Symbol{}, false
	}
	crossed, ok := meet(tr.centre, downward, bl.centre, rightward)
	if !ok {
		return Symbol{}, false
	}
	// The same two views give how much nearer one end is. In homogeneous coordinates
	// the corners of a square in perspective add up as those of a parallelogram do.
	nearR, nearD := math.Sqrt(right2/right1), math.Sqrt(down2/down1)
	near := max(nearR+nearD-1, 0.2)
	weighed := Point{
		(nearR*tr.centre.X + nearD*bl.centre.X - tl.centre.X) / near,
		(nearR*tr.centre.Y + nearD*bl.centre.Y - tl.centre.Y) / near,
	}
	guesses := [3]Point{crossed, weighed, {(crossed.X + weighed.X) / 2, (crossed.Y + weighed.Y) / 2}}
	module := (math.Hypot(tl.a.X, tl.a.Y) + math.Hypot(tl.b.X, tl.b.Y)) / 2
	b := &d.binary.bits
	guess := ((right+down)/2 + 7 - 17) / 4
	low, high := max(int(0.94*guess-1), 1), min(int(1.06*guess+2), 40)
	for _, o := range [2]*outlined{tr, bl} {
		far := bl
		if o == bl {
			far = tr
		}
		// Beside smaller symbols lies data, which may look like it.
		if v, ok := versionBeside(b, o, tl.centre, far.centre); ok && guess > 6 && float64(v) > 0.7*guess && float64(v) < 1.4*guess {
			low, high = v, v
			break
		}
	}
	var best grid
	for v := low; v <= high; v++ {
		for _, br := range guesses {
			if g, ok := d.fitter.startAt(b, [3]Point{tl.centre, tr.centre, bl.centre}, br, v); ok && g.fit > best.fit {
				best = g
			}
		}
	}
	if *left <= 0 || best.version == 0 || best.fit < minSlant && low < high {
		return Symbol{}, false
	}
	*left--
	if best.fit >= minSlant {
		d.fitter.climb(b, &best, module)
	}
	sides := [3][2]Point{
		{alongA, alongB}, {leftward.times(-1), downward.facing(alongB)}, {rightward.facing(alongA), upward.times(-1)},
	}
	c, ok := content{}, false
	if best.fit >= minFit {
		c, ok = d.read(p, &best)
	}
	if !ok && low == high && d.fitter.walk(b, &best, &sides) && best.fit >= minWalked {
		if c, ok = d.read(p, &best); !ok {
			c, ok = d.restore(p.p, &best, p.inverted)
		}
	}
	if ok {
		return d.symbol(&p, &best, &c), true
	}
	if best.fit >= minFit {
		d.rescue.offer(&p, &best)
	}
	return Symbol{}, false
}

// versionBeside reads the version information beside a finder pattern, between it
// and the one at the top left. far is the centre of the third.
func versionBeside(b *bitmap, o *outlined, tl, far Point) (version int, ok bool) {
	_, _, u, v := o.toward(tl)
	v = v.facing(Point{far.X - tl.X, far.Y - tl.Y})
	var word uint32
	for i := range versionBits {
		s, t := 7-float64(i%3), float64(i/3)-3
		if b.at(int(o.centre.X+s*u.X+t*v.X), int(o.centre.Y+s*u.Y+t*v.Y)) {
			word |= 1 << i
		}
	}
	for v := 7; v <= 40; v++ {
		if bits.OnesCount32(word^versionWord(v)) <= maxWordErrors {
			return v, true
		}
	}
	return 0, false
}

// minSlant is the least fit of a grid through outlines that is worth moving.
const minSlant = 0.6

// meet returns where the lines through p along a and through q along b cross.
func meet(p, a, q, b Point) (Point, bool) {
	det := a.X*b.Y - a.Y*b.X
	if math.Abs(det) < 0.05*math.Hypot(a.X, a.Y)*math.Hypot(b.X, b.Y) {
		return Point{}, false
	}
	t := ((q.X-p.X)*b.Y - (q.Y-p.Y)*b.X) / det
	return Point{p.X + t*a.X, p.Y + t*a.Y}, true
}
