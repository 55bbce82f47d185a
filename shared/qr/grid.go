package qr

import "math"

// grid lies over one symbol and says where each module is in the image.
type grid struct {
	version int
	size    int // modules a side
	corners [4]Point
	h       homography
	mesh    *mesh   // nil for a flat symbol; belongs to the fitter
	fit     float64 // share of function modules whose colour is right
}

// project returns the pixel of a place in the symbol.
func (g *grid) project(u, v float64) (x, y float64) {
	x, y = g.h.project(u, v)
	if g.mesh != nil {
		o := g.mesh.at(u, v)
		x, y = x+o.X, y+o.Y
	}
	return x, y
}

// minFit is the least share of function modules that must be right before data
// is read. A random picture fits half; a symbol with a fifth lost fits 0.9.
const minFit = 0.72

// minStart is the least fit of a grid by its three centres alone that is worth
// moving: of what is read, none began below 0.7, of false triplets 99 of 100.
const minStart = 0.66

// minBend is the least fit of a flat grid that is worth bending. False triplets
// of a text-filled page climb to 0.65, so what was bent must fit well: to minBent.
const (
	minBend = 0.6
	minBent = 0.8
)

// fitter lays grids over triplets.
type fitter struct {
	marks   [41][]mark // by version, made when first needed
	centres [41][]int  // the same, of alignment patterns
	mesh    mesh
	offsets []Point
	looks   int // at single modules so far: the work done
}

func (f *fitter) marksOf(version int) []mark {
	if f.marks[version] == nil {
		f.marks[version] = functionMarks(version)
	}
	return f.marks[version]
}

// lay returns the grid that fits the triplet best, over the versions that the
// distance of the finders allows. Its fit may be too bad to read anything.
func (f *fitter) lay(b *bitmap, t *triplet) grid {
	guess := ((t.right+t.down)/2 + 7 - 17) / 4
	// A module is measured to some 5 %, and one side may be clearer than the other.
	spread := 0.6 + 0.04*guess + min(math.Abs(t.right-t.down)/8, 2)
	low := min(max(int(math.Ceil(guess-spread)), 1), 40)
	high := min(int(math.Floor(guess+spread)), 40)
	var best [2]grid
	for v := low; v <= high; v++ {
		g, ok := f.start(b, t, v)
		if !ok {
			continue
		}
		if g.fit > best[0].fit {
			best[0], best[1] = g, best[0]
		} else if g.fit > best[1].fit {
			best[1] = g
		}
	}
	if best[0].fit < minStart {
		return best[0]
	}
	for i := range best {
		if best[i].version > 0 {
			f.climb(b, &best[i], t.module)
		}
	}
	if best[1].fit > best[0].fit {
		best[0] = best[1]
	}
	return best[0]
}

// start lays the grid of a version by the three centres and a guess at the
// fourth corner: that of a parallelogram, that of the perspective which the
// sizes of the finders show, or one given away by the last alignment pattern.
func (f *fitter) start(b *bitmap, t *triplet, version int) (best grid, ok bool) {
	tl, tr, bl := Point{t.tl.x, t.tl.y}, Point{t.tr.x, t.tr.y}, Point{t.bl.x, t.bl.y}
	// Areas shrink with the cube of the distance. In homogeneous coordinates the
	// corners of a square in perspective add up as those of a parallelogram do.
	area := t.tl.wide * t.tl.high
	wr, wd := math.Cbrt(area/(t.tr.wide*t.tr.high)), math.Cbrt(area/(t.bl.wide*t.bl.high))
	w := wr + wd - 1
	guesses := []Point{
		{tr.X + bl.X - tl.X, tr.Y + bl.Y - tl.Y},
		{(wr*tr.X + wd*bl.X - tl.X) / w, (wr*tr.Y + wd*bl.Y - tl.Y) / w},
	}
	if w < 0.2 || math.Hypot(guesses[0].X-guesses[1].X, guesses[0].Y-guesses[1].Y) < t.module {
		guesses = guesses[:1]
	}
	for _, br := range guesses {
		if g, fine := f.startAt(b, [3]Point{tl, tr, bl}, br, version); fine && (!ok || g.fit > best.fit) {
			best, ok = g, true
		}
	}
	return best, ok
}

// startAt lays the grid of a version through the centres at the top left, the top
// right and the bottom left, and a guess at the fourth corner, or where the last
// alignment pattern has it if that fits better.
func (f *fitter) startAt(b *bitmap, c [3]Point, br Point, version int) (best grid, ok bool) {
	size := 17 + 4*version
	try := func(br Point) (g grid, fine bool) {
		g = grid{version: version, size: size, corners: [4]Point{c[0], c[1], br, c[2]}}
		if g.h, fine = squareTo(3.5, float64(size)-3.5, &g.corners); !fine {
			return g, false
		}
		g.fit = f.measure(b, &g, best.fit)
		if !ok || g.fit > best.fit {
			best, ok = g, true
		}
		return g, true
	}
	g, fine := try(br)
	if !fine || version < 2 {
		return best, ok
	}
	// The fourth corner lies 3 modules beyond the alignment pattern, seen from the first.
	a := g.axesAt(float64(size)-6.5, float64(size)-6.5)
	if u, v, found := a.alignment(b, min(3+float64(size)/10, 12), 20); found {
		x, y, far := a.x+u*a.rx+v*a.dx, a.y+u*a.ry+v*a.dy, float64(size)-10
		try(Point{x + (x-c[0].X)*3/far, y + (y-c[0].Y)*3/far})
	}
	return best, ok
}

// measure returns the share of function modules whose centre has the right colour,
// or 0 if that is no more than least.
func (f *fitter) measure(b *bitmap, g *grid, least float64) float64 {
	marks := f.marksOf(g.version)
	// Most grids are tried in vain, and then the wrong ones soon are too many.
	wrong, most := 0, len(marks)-int(least*float64(len(marks))+0.5)
	for i := range marks {
		m := &marks[i]
		u, v := float64(m.x)+0.5, float64(m.y)+0.5
		x, y := g.h.project(u, v)
		if g.mesh != nil {
			o := g.mesh.at(u, v)
			x, y = x+o.X, y+o.Y
		}
		if b.at(int(x), int(y)) == m.dark {
			continue
		}
		if wrong++; wrong >= most && least > 0 {
			f.looks += i + 1
			return 0
		}
	}
	f.looks += len(marks)
	return float64(len(marks)-wrong) / float64(len(marks))
}

// climb moves the corners, one coordinate at a time, as long as that makes the
// function modules fit better. module is its size in pixels.
func (f *fitter) climb(b *bitmap, g *grid, module float64) {
	for _, step := range []float64{1, 0.5, 0.25, 0.5, 0.25, 0.12} {
		if g.fit > 0.995 {
			return
		}
		for i := range 8 {
			for _, sign := range []float64{1, -1} {
				reach := step * module * sign
				if i/2 == 2 {
					reach *= 2 // the fourth corner is the one that nothing marks
				}
				next := *g
				if i%2 == 0 {
					next.corners[i/2].X += reach
				} else {
					next.corners[i/2].Y += reach
				}
				var ok bool
				if next.h, ok = squareTo(3.5, float64(g.size)-3.5, &next.corners); !ok {
					continue
				}
				if next.fit = f.measure(b, &next, g.fit); next.fit > g.fit {
					*g = next
					break
				}
			}
		}
	}
}

// outline returns the four outer corners of the symbol in pixels.
func (g *grid) outline() []Point {
	out := make([]Point, 4)
	s := float64(g.size)
	for i, c := range [4]Point{{0, 0}, {s, 0}, {s, s}, {0, s}} {
		out[i].X, out[i].Y = g.project(c.X, c.Y)
	}
	return out
}
