package qr

// sampler takes the modules under a grid. It keeps its buffers; the modules that
// it returns are valid until the next call.
type sampler struct {
	modules []byte
	level   []float32 // brightness of each module, 0 black to 255
	sharp   []float32
	mean    []float32 // around each module
	column  []float32
}

// bits takes the modules from the black-white image, each at its centre.
func (s *sampler) bits(b *bitmap, g *grid) matrix {
	s.modules = grow(s.modules, g.size*g.size)
	clear(s.modules)
	for y := range g.size {
		for x := range g.size {
			px, py := g.project(float64(x)+0.5, float64(y)+0.5)
			if b.at(int(px), int(py)) {
				s.modules[y*g.size+x] = 1
			}
		}
	}
	return matrix{g.size, s.modules}
}

// luma takes the level of each module from the grey image, the mean of five
// places in it, and the mean of the modules around it.
func (s *sampler) luma(p *plane, g *grid, invert bool) {
	n := g.size
	s.level, s.mean, s.column = grow(s.level, n*n), grow(s.mean, n*n), grow(s.column, n)
	for y := range n {
		for x := range n {
			u, v := float64(x)+0.5, float64(y)+0.5
			sum := 2 * p.bilinear(g.project(u, v))
			sum += p.bilinear(g.project(u-0.2, v)) + p.bilinear(g.project(u+0.2, v))
			sum += p.bilinear(g.project(u, v-0.2)) + p.bilinear(g.project(u, v+0.2))
			sum /= 6
			if invert {
				sum = 255 - sum
			}
			s.level[y*n+x] = sum
		}
	}
	s.blur(n)
}

// grey returns what is dark among the n by n modules that luma took, each against those
// around it. sharpen takes off that share of its neighbours, which undoes some blur.
func (s *sampler) grey(n int, sharpen float32) matrix {
	s.sharp = grow(s.sharp, n*n)
	copy(s.sharp, s.level)
	if sharpen > 0 {
		for y := 1; y < n-1; y++ {
			for x := 1; x < n-1; x++ {
				i := y*n + x
				around := s.level[i-1] + s.level[i+1] + s.level[i-n] + s.level[i+n]
				s.sharp[i] = s.level[i]*(1+4*sharpen) - around*sharpen
			}
		}
	}
	s.modules = grow(s.modules, n*n)
	for i, v := range s.sharp {
		s.modules[i] = 0
		if v < s.mean[i] {
			s.modules[i] = 1
		}
	}
	return matrix{n, s.modules}
}

// blur fills mean with the mean level of the modules within 5 on each side.
// Masks keep dark and light in balance, so it lies between the two.
func (s *sampler) blur(n int) {
	const reach = 5
	clear(s.column)
	rows := 0
	addRow := func(y int, sign float32) {
		for x := range n {
			s.column[x] += sign * s.level[y*n+x]
		}
	}
	for y := range min(reach, n) {
		addRow(y, 1)
		rows++
	}
	for y := range n {
		if y+reach < n {
			addRow(y+reach, 1)
			rows++
		}
		if y > reach {
			addRow(y-reach-1, -1)
			rows--
		}
		var sum float32
		count := 0
		for x := range min(reach, n) {
			sum += s.column[x]
			count++
		}
		for x := range n {
			if x+reach < n {
				sum += s.column[x+reach]
				count++
			}
			if x > reach {
				sum -= s.column[x-reach-1]
				count--
			}
			s.mean[y*n+x] = sum / float32(count*rows)
		}
	}
}

// bilinear returns the brightness at a place between pixel centres; outside the
// image that of the nearest pixel.
func (p *plane) bilinear(x, y float64) float32 {
	x, y = inside(x-0.5, p.w), inside(y-0.5, p.h)
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, p.w-1), min(y0+1, p.h-1)
	fx, fy := float32(x-float64(x0)), float32(y-float64(y0))
	a, b := p.row(y0), p.row(y1)
	top := float32(a[x0])*(1-fx) + float32(a[x1])*fx
	bottom := float32(b[x0])*(1-fx) + float32(b[x1])*fx
	return top*(1-fy) + bottom*fy
}

// inside returns the place in a row of n pixels that is nearest to x. Comparing is
// what min and max do not compile to: these look for NaN, in a call.
func inside(x float64, n int) float64 {
	if last := float64(n - 1); x > last {
		return last
	}
	if x > 0 {
		return x
	}
	return 0
}
