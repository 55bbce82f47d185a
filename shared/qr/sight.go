package qr

import "math"

// Sight is what a frame showed of a symbol, whether or not it could be read: the
// evidence from which a page tells somebody to come closer or to hold still.
type Sight struct {
	// Seen says that there is what looks like a symbol. Without one only Light and
	// Dark are set.
	Seen bool
	// Corners are the outer corners in pixels of the frame: top left, top right,
	// bottom right and bottom left as the symbol stands, a guess where it is unclear.
	Corners [4]Point
	// Module is the mean size of a module in pixels.
	Module float64
	// Blur is the standard deviation of the edges of the finder patterns, in modules,
	// along the symbol's axis on which they are softer; above 0.4 little is read.
	Blur float64
	// Smear is by how much the other axis is sharper, in modules. A lens out of
	// focus leaves it near 0, a moving hand does not.
	Smear float64
	// Clipped is the share of the symbol, 0 to 1, where a reflection has drowned the
	// dark modules.
	Clipped float64
	// Light and Dark are the grey levels, 0 to 255, of its light and its dark modules;
	// without a symbol those of the frame's brightest and darkest tenth.
	Light, Dark float64
}

// minShown is the least share of function modules that makes a sight. What is
// below is often a page of text.
const minShown = 0.72

// maxCorner is how far out in pixels a corner may be guessed: beside the picture, but not
// at the horizon of a false grid.
const maxCorner = 2 * MaxSide

// spot is the best grid of a frame, in pixels of the frame.
type spot struct {
	fit     float64
	size    int
	corners [4]Point
}

// keep takes note of a grid of a pass if it fits better than those before.
func (s *spot) keep(p *pass, g *grid) {
	if g.fit < minShown || g.fit <= s.fit {
		return
	}
	n := float64(g.size)
	var corners [4]Point
	for i, c := range [4]Point{{0, 0}, {n, 0}, {n, n}, {0, n}} {
		x, y := g.project(c.X, c.Y)
		x, y = p.x+x*p.scale, p.y+y*p.scale
		if !(math.Abs(x) < maxCorner && math.Abs(y) < maxCorner) { // also where it is not a number
			return
		}
		corners[i] = Point{x, y}
	}
	s.fit, s.size, s.corners = g.fit, g.size, corners
}

// sights is how many points a side a symbol or a frame is looked at.
const sights = 32

// glare blocks are of so many points a side.
const sightBlock = 4

// Sight returns what the frame last given to [Decoder.Decode] showed; l is that
// frame once more. It looks at some thousand pixels and allocates nothing.
func (d *Decoder) Sight(l Luma) Sight {
	if l.check() != nil {
		return Sight{}
	}
	p := plane{l.Pix, l.Width, l.Height, l.Stride}
	whole := [4]Point{{0, 0}, {float64(p.w), 0}, {float64(p.w), float64(p.h)}, {0, float64(p.h)}}
	var s Sight
	h, ok := squareTo(0, float64(d.spot.size), &d.spot.corners)
	if d.spot.fit < minShown || !ok {
		h, _ = squareTo(0, 1, &whole)
		s.levels(&p, &h, 1)
		return s
	}
	s.Seen, s.Corners = true, d.spot.corners
	size := float64(d.spot.size)
	s.levels(&p, &h, size)
	s.edges(&p, &h, size)
	return s
}

// levels fills Light, Dark and Clipped from points spread over a square of a side.
func (s *Sight) levels(p *plane, h *homography, side float64) {
	var seen [sights][sights]byte
	var counts [256]int
	for i := range sights {
		for j := range sights {
			x, y := h.project((float64(j)+0.5)*side/sights, (float64(i)+0.5)*side/sights)
			v := p.near(x, y)
			seen[i][j] = v
			counts[v]++
		}
	}
	quantile := func(n int) float64 {
		for v, count := range counts {
			if n -= count; n < 0 {
				return float64(v)
			}
		}
		return 255
	}
	s.Dark, s.Light = quantile(sights*sights/10), quantile(sights*sights*9/10)
	if !s.Seen {
		return
	}
	// A block of sixteen modules holds a dark one all but always.
	const blocks = sights / sightBlock
	least := s.Light - (s.Light-s.Dark)/4
	clipped := 0
	for i := 0; i < sights; i += sightBlock {
		for j := 0; j < sights; j += sightBlock {
			darkest := byte(255)
			for a := range sightBlock {
				for _, v := range seen[i+a][j : j+sightBlock] {
					darkest = min(darkest, v)
				}
			}
			if float64(darkest) >= least && darkest >= clippedLevel {
				clipped++
			}
		}
	}
	s.Clipped = float64(clipped) / (blocks * blocks)
}

// clippedLevel is where white begins, below the 235 at which video luma ends.
const clippedLevel = 200

// edges fills Module, Blur and Smear from the three finder patterns.
func (s *Sight) edges(p *plane, h *homography, size float64) {
	c := &s.Corners
	around := 0.0
	for i := range c {
		around += math.Hypot(c[(i+1)%4].X-c[i].X, c[(i+1)%4].Y-c[i].Y)
	}
	s.Module = around / 4 / size
	far := size - 3.5
	var across, down float64
	for _, at := range [3]Point{{3.5, 3.5}, {far, 3.5}, {3.5, far}} {
		across += softness(p, h, at, 1, 0) / 3
		down += softness(p, h, at, 0, 1) / 3
	}
	s.Blur = max(across, down) / s.Module
	s.Smear = math.Abs(across-down) / s.Module
}

// softness returns the standard deviation in pixels of the blur that makes the
// edges of the finder pattern at c as soft as they are along one axis (u, v): a
// step under a Gaussian rises by its height over √(2π)σ a pixel where it is steepest.
func softness(p *plane, h *homography, c Point, u, v float64) float64 {
	const reach = 5 // modules to both sides of the centre
	x0, y0 := h.project(c.X-reach*u, c.Y-reach*v)
	x1, y1 := h.project(c.X+reach*u, c.Y+reach*v)
	length := math.Hypot(x1-x0, y1-y0)
	n := int(min(max(length, 1), 1000))
	dx, dy := (x1-x0)/float64(n), (y1-y0)/float64(n)
	low, high, steepest, before := 255.0, 0.0, 0.0, 0.0
	for i := range n + 1 {
		g := p.between(x0+float64(i)*dx, y0+float64(i)*dy)
		low, high = min(low, g), max(high, g)
		if i > 0 {
			steepest = max(steepest, math.Abs(g-before))
		}
		before = g
	}
	if steepest < 1 {
		return length
	}
	sigma := (high - low) / (math.Sqrt(2*math.Pi) * steepest) * length / float64(n)
	// A sharp edge rises within one pixel, which looks like 0.4 pixels of blur.
	return math.Sqrt(max(0, sigma*sigma-0.16))
}

// near returns the pixel at a place, or the nearest one of the image.
func (p *plane) near(x, y float64) byte {
	x, y = clamp(x, p.w-1), clamp(y, p.h-1)
	return p.pix[int(y)*p.stride+int(x)]
}

// between returns the grey level at a place, bilinear between the centres of pixels.
func (p *plane) between(x, y float64) float64 {
	x, y = clamp(x-0.5, p.w-1), clamp(y-0.5, p.h-1)
	fx, fy := x-math.Floor(x), y-math.Floor(y)
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, p.w-1), min(y0+1, p.h-1)
	a, b := p.pix[y0*p.stride:], p.pix[y1*p.stride:]
	return (float64(a[x0])*(1-fx)+float64(a[x1])*fx)*(1-fy) + (float64(b[x0])*(1-fx)+float64(b[x1])*fx)*fy
}

// clamp returns the number from 0 to most that is next to x; 0 if x is none.
func clamp(x float64, most int) float64 {
	if !(x > 0) {
		return 0
	}
	return min(x, float64(most))
}
