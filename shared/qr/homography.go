package qr

import "math"

// homography maps module coordinates to pixels:
// x = (h0·u + h1·v + h2) / (h6·u + h7·v + 1), y likewise with h3, h4, h5.
type homography [8]float64

// project returns the pixel of a place in the symbol.
func (h *homography) project(u, v float64) (x, y float64) {
	d := 1 / (h[6]*u + h[7]*v + 1)
	return (h[0]*u + h[1]*v + h[2]) * d, (h[3]*u + h[4]*v + h[5]) * d
}

// squareTo returns the mapping that takes the square from (low, low) to (high, high)
// to four corners, clockwise from the one at (low, low). It reports false when
// the corners do not make a convex quadrilateral.
func squareTo(low, high float64, c *[4]Point) (h homography, ok bool) {
	// The unit square first: solved for the two terms of perspective.
	dx1, dy1 := c[1].X-c[2].X, c[1].Y-c[2].Y
	dx2, dy2 := c[3].X-c[2].X, c[3].Y-c[2].Y
	sx, sy := c[0].X-c[1].X+c[2].X-c[3].X, c[0].Y-c[1].Y+c[2].Y-c[3].Y
	det := dx1*dy2 - dx2*dy1
	if det < 1e-9 && det > -1e-9 {
		return h, false
	}
	g := (sx*dy2 - dx2*sy) / det
	k := (dx1*sy - sx*dy1) / det
	if g <= -0.9 || k <= -0.9 || g+k <= -0.9 {
		return h, false // the horizon runs through the symbol
	}
	a, b := c[1].X-c[0].X+g*c[1].X, c[3].X-c[0].X+k*c[3].X
	d, e := c[1].Y-c[0].Y+g*c[1].Y, c[3].Y-c[0].Y+k*c[3].Y
	// Then (u, v) is scaled and moved onto the unit square.
	s := 1 / (high - low)
	n := 1 - (g+k)*low*s
	if n < 1e-9 {
		return h, false
	}
	n = 1 / n
	return homography{
		a * s * n, b * s * n, (c[0].X - (a+b)*low*s) * n,
		d * s * n, e * s * n, (c[0].Y - (d+e)*low*s) * n,
		g * s * n, k * s * n,
	}, true
}

func distance(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }
