package qr

import "math"

// quickFit is the least fit of a grid that is read without being fitted further.
// Error correction tells what was laid wrongly, so it may be low.
const quickFit = 0.85

// minRings is the least share of the modules of the three finder patterns that
// must be right for a triplet to be fitted further. Of false triplets one in
// fifty has as much.
const minRings = 0.68

// plainRings is the share that few but true triplets have.
const plainRings = 0.76

// ringMarks is how many of the marks of any version belong to finder patterns
// and their separators; these come first.
const ringMarks = 3 * 64

// quick lays a flat grid of one version over a triplet: a parallelogram whose
// fourth corner the last alignment pattern moves. Nothing is tried twice, which
// is enough for a clear symbol. rings is the share of the modules of the finder
// patterns that are right. ok is false when the fit is too bad to read.
func (f *fitter) quick(b *bitmap, t *triplet, version int) (g grid, rings float64, ok bool) {
	size := 17 + 4*version
	tl, tr, bl := Point{t.tl.x, t.tl.y}, Point{t.tr.x, t.tr.y}, Point{t.bl.x, t.bl.y}
	g = grid{version: version, size: size}
	low, high := 3.5, float64(size)-3.5
	marks := f.marksOf(version)
	flat := Point{tr.X + bl.X - tl.X, tr.Y + bl.Y - tl.Y}
	f.looks += ringMarks
	for _, br := range [2]Point{flat, t.perspective()} {
		g.corners = [4]Point{tl, tr, br, bl}
		if g.h, ok = squareTo(low, high, &g.corners); !ok {
			continue
		}
		if rings = max(rings, b.share(&g.h, marks[:ringMarks])); rings >= minRings {
			break
		}
	}
	if rings < minRings {
		return g, rings, false
	}
	f.looks += 2 * len(marks) // with what is looked at for the alignment pattern
	if version >= 2 {
		a := g.axesAt(high-3, high-3)
		if u, v, ok := a.nearest(b, min(2+float64(size)/12, 12)); ok {
			x, y, far := a.x+u*a.rx+v*a.dx, a.y+u*a.ry+v*a.dy, float64(size)-10
			g.corners[2] = Point{x + (x-tl.X)*3/far, y + (y-tl.Y)*3/far}
			if g.h, ok = squareTo(low, high, &g.corners); !ok {
				return g, rings, false
			}
		}
	}
	g.fit = b.share(&g.h, marks)
	return g, rings, g.fit >= quickFit
}

// perspective returns where the fourth centre would lie by the sizes of the
// finders: areas shrink with the cube of the distance, and in homogeneous coordinates
// the corners of a square add up as those of a parallelogram do.
func (t *triplet) perspective() Point {
	area := t.tl.wide * t.tl.high
	r, d := math.Cbrt(area/(t.tr.wide*t.tr.high)), math.Cbrt(area/(t.bl.wide*t.bl.high))
	w := max(r+d-1, 0.2)
	return Point{(r*t.tr.x + d*t.bl.x - t.tl.x) / w, (r*t.tr.y + d*t.bl.y - t.tl.y) / w}
}

// share returns the share of marks whose centre has the right colour.
func (b *bitmap) share(h *homography, marks []mark) float64 {
	n := 0
	for i := range marks {
		m := &marks[i]
		x, y := h.project(float64(m.x)+0.5, float64(m.y)+0.5)
		if b.at(int(x), int(y)) == m.dark {
			n++
		}
	}
	return float64(n) / float64(len(marks))
}

// nearest looks for an alignment pattern from a place outwards, at most reach
// modules away, and takes the first of which 23 of the 25 modules are right,
// centred as well as half modules allow.
func (a *axes) nearest(b *bitmap, reach float64) (du, dv float64, ok bool) {
	best := 22
	for ring := 0.0; ring <= reach && best < 23; ring += 0.5 {
		for v := -ring; v <= ring; v += 0.5 {
			step := 0.5
			if v > -ring && v < ring && ring > 0 {
				step = 2 * ring // the two ends of the row
			}
			for u := -ring; u <= ring; u += step {
				if n := a.pattern(b, u, v); n > best {
					best, du, dv, ok = n, u, v, true
				}
			}
		}
	}
	if !ok {
		return 0, 0, false
	}
	// Its neighbours may fit as well: the middle of those that do is the centre.
	var su, sv, n float64
	for v := dv - 1; v <= dv+1; v += 0.25 {
		for u := du - 1; u <= du+1; u += 0.25 {
			if a.pattern(b, u, v) >= best {
				su, sv, n = su+u, sv+v, n+1
			}
		}
	}
	return su / n, sv / n, true
}

// pattern counts the modules that are right of an alignment pattern that lies u
// and v modules away. It is 0 where the centre or what surrounds it is wrong.
func (a *axes) pattern(b *bitmap, u, v float64) int {
	px, py := a.x+u*a.rx+v*a.dx, a.y+u*a.ry+v*a.dy
	if !b.at(int(px), int(py)) || b.at(int(px+a.rx), int(py+a.ry)) || b.at(int(px-a.rx), int(py-a.ry)) ||
		b.at(int(px+a.dx), int(py+a.dy)) || b.at(int(px-a.dx), int(py-a.dy)) {
		return 0
	}
	n := 0
	for j := -2.0; j <= 2; j++ {
		for i := -2.0; i <= 2; i++ {
			ring := max(i, -i, j, -j)
			if b.at(int(px+i*a.rx+j*a.dx), int(py+i*a.ry+j*a.dy)) == (ring != 1) {
				n++
			}
		}
	}
	return n
}

// flat takes the modules under a grid without a mesh from the black-white image,
// each at its centre. It reports false when the grid reaches out of the image.
func (s *sampler) flat(b *bitmap, g *grid) (matrix, bool) {
	n := g.size
	edge := float64(n) - 0.5
	for _, c := range [4]Point{{0.5, 0.5}, {edge, 0.5}, {edge, edge}, {0.5, edge}} {
		// The grid is convex, so what holds for its corners holds for all of it.
		x, y := g.h.project(c.X, c.Y)
		const margin = 1e-3 // for what is lost in adding up below
		if g.h[6]*c.X+g.h[7]*c.Y+1 < margin || !(x >= margin && y >= margin && x < float64(b.w)-margin && y < float64(b.h)-margin) {
			return matrix{}, false
		}
	}
	s.modules = grow(s.modules, n*n)
	h := &g.h
	words, row := b.words, b.row
	for y := range n {
		out := s.modules[y*n:][:n]
		v := float64(y) + 0.5
		// Numerators and denominator of row y at u = 0.5.
		px, py, d := h[0]*0.5+h[1]*v+h[2], h[3]*0.5+h[4]*v+h[5], h[6]*0.5+h[7]*v+1
		for x := range out {
			r := 1 / d
			ix, iy := uint(int64(px*r)), uint(int64(py*r))
			out[x] = byte(words[iy*uint(row)+ix>>6] >> (ix & 63) & 1)
			px, py, d = px+h[0], py+h[3], d+h[6]
		}
	}
	return matrix{n, s.modules}, true
}

// glance reads a symbol that is plain to see: the versions nearest to what the
// finders show, each laid once. g is what fitted best or was read. rings is the
// share of the modules of the finder patterns that are right.
func (d *Decoder) glance(b *bitmap, t *triplet) (g grid, c content, rings float64, ok bool) {
	guess := ((t.right+t.down)/2 + 7 - 17) / 4
	near := int(math.Round(guess))
	other := near + 1
	if guess < float64(near) {
		other = near - 1
	}
	for _, v := range [3]int{near, other, 2*near - other} {
		if v < 1 || v > 40 {
			continue
		}
		next, share, clear := d.fitter.quick(b, t, v)
		rings = max(rings, share)
		if next.fit > g.fit {
			g = next
		}
		if !clear {
			continue
		}
		if m, inside := d.sampler.flat(b, &next); inside {
			if c, ok = d.reader.read(&m, d.Charset); ok {
				return next, c, rings, true
			}
		}
	}
	return g, c, rings, false
}
