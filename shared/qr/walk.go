package qr

// minWalked is the least fit of a mesh walked over a symbol that is worth reading;
// each step was taken on a pattern that 21 modules of 25 or more bear out.
const minWalked = 0.72

// walk lays a mesh over a symbol that is too bent for a flat grid to begin from:
// from the outlined pattern at the top left it goes from one alignment pattern to
// the next, expecting each where the ones before lead. sides are one module right
// and one down at the finder patterns, in pixels: top left, top right, bottom left.
func (f *fitter) walk(b *bitmap, g *grid, sides *[3][2]Point) bool {
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
	var found [7][7]bool
	for sum := range 2*n - 1 { // by diagonals, so that what is near is known
		for i := max(sum-n+1, 0); i <= min(sum, n-1); i++ {
			j := sum - i
			o := &f.offsets[i*n+j]
			switch {
			case sum < 2:
				*o = g.beside(&g.corners[0], &sides[0], j*(centres[1]-6)+3, i*(centres[1]-6)+3, float64(centres[j])+0.5, float64(centres[i])+0.5)
			case i == 0 && j == n-1:
				*o = g.beside(&g.corners[1], &sides[1], -3, 3, float64(centres[j])+0.5, 6.5)
			case j == 0 && i == n-1:
				*o = g.beside(&g.corners[3], &sides[2], 3, -3, 6.5, float64(centres[i])+0.5)
			case i == 0:
				*o = onward(f.offsets[j-1], f.offsets[j-2])
			case j == 0:
				*o = onward(f.offsets[(i-1)*n], f.offsets[(i-2)*n])
			default:
				left, up, corner := f.offsets[i*n+j-1], f.offsets[(i-1)*n+j], f.offsets[(i-1)*n+j-1]
				*o = Point{left.X + up.X - corner.X, left.Y + up.Y - corner.Y}
			}
			// At the finder patterns is none.
			found[i][j] = i+j == 0 || i+j == n-1 && i*j == 0 || f.step(b, g, i, j)
		}
	}
	// What was not found is looked for again from all sides.
	for range 2 {
		for i := range n {
			for j := range n {
				if found[i][j] {
					continue
				}
				var sum Point
				count := 0.0
				for k := range 4 {
					y, x := i+k/2*2-1, j+k%2*2-1
					if y < 0 || x < 0 || y >= n || x >= n || !found[y][x] || !found[y][j] || !found[i][x] {
						continue
					}
					side, other, across := f.offsets[i*n+x], f.offsets[y*n+j], f.offsets[y*n+x]
					sum.X, sum.Y, count = sum.X+side.X+other.X-across.X, sum.Y+side.Y+other.Y-across.Y, count+1
				}
				if count > 0 {
					f.offsets[i*n+j] = sum.times(1 / count)
					found[i][j] = f.step(b, g, i, j)
				}
			}
		}
	}
	f.mesh = mesh{centres, f.offsets}
	g.mesh = &f.mesh
	g.fit = f.measure(b, g, 0)
	return true
}

// beside returns how far the homography is off at (u, v), which lies so many
// modules right and down of the centre of a finder pattern with these sides.
func (g *grid) beside(centre *Point, sides *[2]Point, right, down int, u, v float64) Point {
	x, y := g.h.project(u, v)
	r, d := sides[0].times(float64(right)), sides[1].times(float64(down))
	return Point{centre.X + r.X + d.X - x, centre.Y + r.Y + d.Y - y}
}

// step moves an offset to the alignment pattern near where it leads.
func (f *fitter) step(b *bitmap, g *grid, i, j int) bool {
	centres := f.centres[g.version]
	o := &f.offsets[i*len(centres)+j]
	a := g.axesAt(float64(centres[j])+0.5, float64(centres[i])+0.5)
	a.x, a.y = a.x+o.X, a.y+o.Y
	u, v, ok := a.alignment(b, 4, 21)
	if ok {
		o.X += u*a.rx + v*a.dx
		o.Y += u*a.ry + v*a.dy
	}
	return ok
}

// onward returns where one step more leads.
func onward(last, before Point) Point {
	return Point{2*last.X - before.X, 2*last.Y - before.Y}
}
