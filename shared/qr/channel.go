package qr

import "math"

// blurReach is how many modules on each side blur may bring light from: a lens 0.9
// modules out of focus, or a hand moving by two modules, stays within.
const (
	blurReach = 2
	blurSide  = 2*blurReach + 1
	blurTaps  = blurSide * blurSide
)

// rounds is how often light, blur and modules are estimated in turn.
const rounds = 4

// channel undoes what lens, motion and light did to the modules of one symbol.
//
// The level of a module is taken to be base - gain·(taps * modules): a blur that
// is the same all over the symbol, and light that changes slowly. Function
// patterns are known, so both can be estimated; the modules are then those which
// explain the levels best, and with them estimated again. Buffers are kept.
type channel struct {
	size    int
	level   []float32 // linear light of each module, size squared
	base    []float32 // of each module: level halfway between dark and light
	gain    []float32 // half the difference of light and dark
	modules []float32 // with a border of blurReach; -1 light to 1 dark
	rest    []float32 // with the same border: what the modules do not explain, in units of gain
	known   []int8    // 1 dark, -1 light, 0 to be found
	taps    [blurTaps]float32
	energy  float32 // of the taps
	noise   float32 // variance of rest
	sums    [4][]float32
	column  [4][]float32
	soft    []float32 // result: positive dark, magnitude the certainty
}

// light is the brightness of a pixel value in linear light, as blur adds it up:
// cameras store its power 1/2.2.
var light = makeLight()

func makeLight() (out [256]float32) {
	// x² to x³ hold the power 2.2 between them; near enough, and needs no math.Pow.
	for i := range out {
		x := float32(i) / 255
		out[i] = 255 * x * x * (0.8 + 0.2*x)
	}
	return out
}

// sample fills level with the mean light of nine places in each module.
func (c *channel) sample(p *plane, g *grid, invert bool) {
	n := g.size
	c.size = n
	c.level = grow(c.level, n*n)
	for y := range n {
		for x := range n {
			var sum float32
			for j := range 3 {
				for i := range 3 {
					px, py := g.project(float64(x)+1.0/6+float64(i)/3, float64(y)+1.0/6+float64(j)/3)
					sum += p.brightness(px, py)
				}
			}
			sum /= 9
			if invert {
				sum = 255 - sum
			}
			c.level[y*n+x] = sum
		}
	}
}

// brightness is like bilinear, in linear light.
func (p *plane) brightness(x, y float64) float32 {
	x = min(max(x-0.5, 0), float64(p.w-1))
	y = min(max(y-0.5, 0), float64(p.h-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, p.w-1), min(y0+1, p.h-1)
	fx, fy := float32(x-float64(x0)), float32(y-float64(y0))
	a, b := p.row(y0), p.row(y1)
	top := light[a[x0]]*(1-fx) + light[a[x1]]*fx
	bottom := light[b[x0]]*(1-fx) + light[b[x1]]*fx
	return top*(1-fy) + bottom*fy
}

// solve fills soft from level.
func (c *channel) solve(known []int8) {
	n := c.size
	w := n + 2*blurReach
	c.known = known
	c.modules, c.rest = grow(c.modules, w*w), grow(c.rest, w*w)
	c.base, c.gain, c.soft = grow(c.base, n*n), grow(c.gain, n*n), grow(c.soft, n*n)
	for i := range c.sums {
		c.sums[i] = grow(c.sums[i], n*n)
		c.column[i] = grow(c.column[i], n)
	}
	for i := range c.modules {
		c.modules[i] = -1 // the quiet zone
	}
	clear(c.rest)
	c.begin()
	c.bell()
	c.explain()
	c.anneal()
	for range rounds {
		c.estimate()
		c.explain()
		c.lighting()
		c.explain()
		c.anneal()
	}
	c.certainty()
}

// begin guesses the modules without a model: against the mean around, a little sharpened.
func (c *channel) begin() {
	n, w := c.size, c.size+2*blurReach
	clear(c.soft)
	boxes(c.sums[0], c.level, c.column[0], n)
	for i, v := range c.level {
		c.base[i] = c.sums[0][i]
		d := v - c.base[i]
		c.soft[i] = max(d, -d)
	}
	boxes(c.gain, c.soft, c.column[0], n)
	var mean float32
	for _, g := range c.gain {
		mean += g
	}
	mean /= float32(n * n)
	for i := range c.gain {
		c.gain[i] = max(c.gain[i], mean/8)
		c.soft[i] = (c.base[i] - c.level[i]) / c.gain[i]
	}
	for y := range n {
		for x := range n {
			i := y*n + x
			v := 2 * c.soft[i]
			if x > 0 && y > 0 && x < n-1 && y < n-1 {
				v -= 0.25 * (c.soft[i-1] + c.soft[i+1] + c.soft[i-n] + c.soft[i+n])
			}
			if k := c.known[i]; k != 0 {
				v = float32(k)
			}
			c.modules[(y+blurReach)*w+x+blurReach] = min(max(v, -1), 1)
		}
	}
}

// bell sets the taps of a lens out of focus, as strong as levels in units of gain
// are, and takes the modules for as uncertain as that leaves them. Found from the
// first guess at the modules alone, the taps of such a lens would come out too
// narrow; other blur is found from here as well.
func (c *channel) bell() {
	const spread = 0.6 // modules, the standard deviation
	var line [blurSide]float64
	for i := range line {
		low, high := (float64(i-blurReach)-0.5)/(spread*math.Sqrt2), (float64(i-blurReach)+0.5)/(spread*math.Sqrt2)
		line[i] = math.Erf(high) - math.Erf(low)
	}
	c.energy = 0
	for i := range c.taps {
		c.taps[i] = float32(line[i/blurSide] * line[i%blurSide])
		c.energy += c.taps[i] * c.taps[i]
	}
	scale := float32(math.Sqrt(1.5 / float64(c.energy)))
	for i := range c.taps {
		c.taps[i] *= scale
	}
	c.energy = 1.5
	n, w := c.size, c.size+2*blurReach
	for y := range n {
		for x := range n {
			if c.known[y*n+x] == 0 {
				c.modules[(y+blurReach)*w+x+blurReach] *= 0.5
			}
		}
	}
}

// estimate finds the taps that lead from modules to levels with the least squares.
func (c *channel) estimate() {
	const terms = blurTaps + 1
	n, w := c.size, c.size+2*blurReach
	var normal [terms][terms + 1]float64
	var row [terms + 1]float32
	row[blurTaps] = 1
	step := 1 + n*n/3000
	for at := 0; at < n*n; at += step {
		y, x := at/n, at%n
		for j := range blurSide {
			copy(row[j*blurSide:][:blurSide], c.modules[(y+j)*w+x:])
		}
		row[terms] = (c.base[at] - c.level[at]) / c.gain[at]
		for i := range terms {
			v := row[i]
			for j := i; j <= terms; j++ {
				normal[i][j] += float64(v * row[j])
			}
		}
	}
	for i := range terms {
		normal[i][i] += 2 // no tap without reason
		for j := range i {
			normal[i][j] = normal[j][i]
		}
	}
	// Gauss elimination; the matrix is positive definite, so no pivots.
	for i := range terms {
		inverse := 1 / normal[i][i]
		for k := i + 1; k < terms; k++ {
			if f := normal[k][i] * inverse; f != 0 {
				for j := i; j <= terms; j++ {
					normal[k][j] -= f * normal[i][j]
				}
			}
		}
	}
	var solution [terms]float64
	for i := terms - 1; i >= 0; i-- {
		v := normal[i][terms]
		for j := i + 1; j < terms; j++ {
			v -= normal[i][j] * solution[j]
		}
		solution[i] = v / normal[i][i]
	}
	c.energy = 0
	for i := range c.taps {
		c.taps[i] = float32(solution[i])
		c.energy += c.taps[i] * c.taps[i]
	}
}

// explain fills rest, and noise with its mean square.
func (c *channel) explain() {
	n, w := c.size, c.size+2*blurReach
	var sum float32
	for y := range n {
		for x := range n {
			at := y*n + x
			r := (c.base[at]-c.level[at])/c.gain[at] - c.through(y*w+x, c.modules)
			c.rest[(y+blurReach)*w+x+blurReach] = r
			sum += r * r
		}
	}
	c.noise = sum / float32(n*n)
}

// through returns the sum of taps times values, the window beginning at.
func (c *channel) through(at int, values []float32) float32 {
	w := c.size + 2*blurReach
	var sum float32
	for j := range blurSide {
		v, t := values[at+j*w:][:blurSide], c.taps[j*blurSide:][:blurSide]
		sum += v[0]*t[0] + v[1]*t[1] + v[2]*t[2] + v[3]*t[3] + v[4]*t[4]
	}
	return sum
}

// lighting finds base and gain of each module by regression of the levels
// around on what the modules should give.
func (c *channel) lighting() {
	n, w := c.size, c.size+2*blurReach
	a, b, ab, bb := c.sums[0], c.sums[1], c.sums[2], c.sums[3]
	for y := range n {
		for x := range n {
			at := y*n + x
			c.soft[at] = c.through(y*w+x, c.modules)
			b[at] = c.soft[at]
			ab[at] = c.soft[at] * c.level[at]
			bb[at] = c.soft[at] * c.soft[at]
		}
	}
	boxes(a, c.level, c.column[0], n)
	boxes(b, b, c.column[0], n)
	boxes(ab, ab, c.column[0], n)
	boxes(bb, bb, c.column[0], n)
	var mean float32
	for i := range a {
		spread := bb[i] - b[i]*b[i]
		c.gain[i] = -(ab[i] - a[i]*b[i]) / (spread + 0.02)
		mean += c.gain[i]
	}
	mean /= float32(n * n)
	for i := range a {
		c.gain[i] = max(c.gain[i], mean/8, 1e-3)
		c.base[i] = a[i] + c.gain[i]*b[i]
	}
}

// anneal moves each module to what the rest says of it, first half-heartedly and
// then more and more decided.
func (c *channel) anneal() {
	n, w := c.size, c.size+2*blurReach
	for sweep := range 6 {
		// At this value of the evidence a module is decided.
		full := c.energy * (1.2 - 0.18*float32(sweep))
		for y := range n {
			for x := range n {
				if c.known[y*n+x] != 0 {
					continue
				}
				corner := y*w + x
				at := corner + blurReach*w + blurReach
				old := c.modules[at]
				// What is decided is looked at again first and last.
				if (old == 1 || old == -1) && sweep%5 != 0 {
					continue
				}
				next := min(max((c.back(corner)+c.energy*old)/full, -1), 1)
				d := next - old
				if d < 0.01 && d > -0.01 {
					continue
				}
				c.modules[at] = next
				c.spread(corner, -d)
			}
		}
	}
}

// back returns what the rest around says of a module. Its taps are mirrored.
func (c *channel) back(at int) float32 {
	w := c.size + 2*blurReach
	var sum float32
	for j := range blurSide {
		v, t := c.rest[at+j*w:][:blurSide], c.taps[(blurSide-1-j)*blurSide:][:blurSide]
		sum += v[0]*t[4] + v[1]*t[3] + v[2]*t[2] + v[3]*t[1] + v[4]*t[0]
	}
	return sum
}

// spread adds d times the taps of a module to the rest around it. The border is
// kept 0: nothing was seen there.
func (c *channel) spread(at int, d float32) {
	n, w := c.size, c.size+2*blurReach
	y, x := at/w, at%w
	for j := range blurSide {
		if y+j < blurReach || y+j >= n+blurReach {
			continue
		}
		for i := range blurSide {
			if x+i >= blurReach && x+i < n+blurReach {
				c.rest[at+j*w+i] += d * c.taps[(blurSide-1-j)*blurSide+blurSide-1-i]
			}
		}
	}
}

// certainty fills soft: what the rest says of each module, the others given,
// weighed by how strong the light is there.
func (c *channel) certainty() {
	n, w := c.size, c.size+2*blurReach
	var mean float32
	for _, g := range c.gain {
		mean += g
	}
	mean /= float32(n * n)
	for y := range n {
		for x := range n {
			at := y*n + x
			corner := y*w + x
			v := c.back(corner) + c.energy*c.modules[corner+blurReach*w+blurReach]
			c.soft[at] = v * min(c.gain[at]/mean, 1)
		}
	}
}

// boxes fills out with the means of in over squares of 11 modules, cut off at the
// edges. column is a buffer. out may be in.
func boxes(out, in, column []float32, n int) {
	const reach = 5
	// Rows first, in place of a second buffer through column.
	for y := range n {
		row, o := in[y*n:][:n], out[y*n:][:n]
		copy(column, row)
		var sum float32
		count := 0
		for x := range min(reach, n) {
			sum += column[x]
			count++
		}
		for x := range n {
			if x+reach < n {
				sum += column[x+reach]
				count++
			}
			if x > reach {
				sum -= column[x-reach-1]
				count--
			}
			o[x] = sum / float32(count)
		}
	}
	for x := range n {
		for y := range n {
			column[y] = out[y*n+x]
		}
		var sum float32
		count := 0
		for y := range min(reach, n) {
			sum += column[y]
			count++
		}
		for y := range n {
			if y+reach < n {
				sum += column[y+reach]
				count++
			}
			if y > reach {
				sum -= column[y-reach-1]
				count--
			}
			out[y*n+x] = sum / float32(count)
		}
	}
}
