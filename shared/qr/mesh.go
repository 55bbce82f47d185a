package qr

import "math"

// mesh corrects a grid where the symbol is not flat, such as on a bent page: at
// each alignment pattern it keeps how far the pattern lies from where the
// homography has it, and in between it interpolates.
type mesh struct {
	centres []int   // rows, and columns, of alignment patterns
	offsets []Point // pixels, row-major, len(centres) squared
}

// at returns the offset at a place in the symbol.
func (m *mesh) at(u, v float64) Point {
	n := len(m.centres)
	j, s := m.cell(u)
	i, t := m.cell(v)
	a, b := m.offsets[i*n+j], m.offsets[i*n+j+1]
	c, d := m.offsets[(i+1)*n+j], m.offsets[(i+1)*n+j+1]
	return Point{
		(a.X*(1-s)+b.X*s)*(1-t) + (c.X*(1-s)+d.X*s)*t,
		(a.Y*(1-s)+b.Y*s)*(1-t) + (c.Y*(1-s)+d.Y*s)*t,
	}
}

// cell returns between which centres u lies, and how far along, beyond 0 to 1
// outside of the first and the last.
func (m *mesh) cell(u float64) (int, float64) {
	i := 0
	for i < len(m.centres)-2 && u > float64(m.centres[i+1])+0.5 {
		i++
	}
	low, high := float64(m.centres[i])+0.5, float64(m.centres[i+1])+0.5
	return i, (u - low) / (high - low)
}

// bend lays a mesh over the grid and measures again. It reports false for
// versions without enough alignment patterns.
func (f *fitter) bend(b *bitmap, g *grid) bool {
	if g.version < 7 {
		return false
	}
	if f.centres[g.version] == nil {
		f.centres[g.version] = alignmentCentres(g.version)
	}
	centres := f.centres[g.version]
	n := len(centres)
	f.offsets = grow(f.offsets, n*n)
	g.mesh = nil
	for i, y := range centres {
		for j, x := range centres {
			o := &f.offsets[i*n+j]
			*o = Point{}
			switch {
			case i == 0 && (j == 0 || j == n-1) || j == 0 && i == n-1:
				continue // a finder pattern is here, which the homography went through
			case i == 0:
				*o = f.offsets[j-1]
			case j == 0:
				*o = f.offsets[(i-1)*n]
			default:
				left, up := f.offsets[i*n+j-1], f.offsets[(i-1)*n+j]
				*o = Point{(left.X + up.X) / 2, (left.Y + up.Y) / 2}
			}
			a := g.axesAt(float64(x)+0.5, float64(y)+0.5)
			a.x, a.y = a.x+o.X, a.y+o.Y
			if u, v, ok := a.alignment(b, 2.5, 22); ok {
				o.X += u*a.rx + v*a.dx
				o.Y += u*a.ry + v*a.dy
			}
		}
	}
	f.mesh = mesh{centres, f.offsets}
	g.mesh = &f.mesh
	g.fit = f.measure(b, g, 0)
	return true
}

// axes is a place in the image with what one module right and one down are there.
type axes struct{ x, y, rx, ry, dx, dy float64 }

func (g *grid) axesAt(u, v float64) axes {
	x, y := g.h.project(u, v)
	rx, ry := g.h.project(u+0.5, v)
	lx, ly := g.h.project(u-0.5, v)
	dx, dy := g.h.project(u, v+0.5)
	ux, uy := g.h.project(u, v-0.5)
	return axes{x, y, rx - lx, ry - ly, dx - ux, dy - uy}
}

// alignment looks for an alignment pattern up to reach modules away, of which at
// least so many of the 25 modules are right, and returns how many modules off it is.
// Among equals the nearest wins, so reach may hold other patterns.
func (a *axes) alignment(b *bitmap, reach float64, least int) (du, dv float64, ok bool) {
	nearest := math.Inf(1)
	for v := -reach; v <= reach; v += 0.5 {
		for u := -reach; u <= reach; u += 0.5 {
			px, py := a.x+u*a.rx+v*a.dx, a.y+u*a.ry+v*a.dy
			// A dark centre with light on four sides, or not worth counting.
			if !b.at(int(px), int(py)) || b.at(int(px+a.rx), int(py+a.ry)) || b.at(int(px-a.rx), int(py-a.ry)) ||
				b.at(int(px+a.dx), int(py+a.dy)) || b.at(int(px-a.dx), int(py-a.dy)) {
				continue
			}
			n := 0
			for j := -2.0; j <= 2; j++ {
				for i := -2.0; i <= 2; i++ {
					ring := max(math.Abs(i), math.Abs(j))
					if b.at(int(px+i*a.rx+j*a.dx), int(py+i*a.ry+j*a.dy)) == (ring != 1) {
						n++
					}
				}
			}
			if d := u*u + v*v; n > least || n == least && d < nearest {
				du, dv, ok = u, v, true
				least, nearest = n, d
			}
		}
	}
	return du, dv, ok
}
