package qr

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"unsafe"
)

// finder is what looks like a finder pattern: dark, light, dark, light, dark
// runs of 1:1:3:1:1 across and down (ISO/IEC 18004, 6.3.3).
type finder struct {
	x, y float64 // centre, pixels
	// wide and high are the length of the five runs across and down: 7 modules
	// when upright, up to 7√2 when turned by 45°.
	wide, high float64
	hits       int // rows that crossed it; after locate, 64ths of those there are
	rank       float64
}

// Limits on the work that one image can cause.
const (
	maxFinders = 256  // in one pass; a picture with more is noise at this scale, and not looked at further
	maxHits    = 8192 // rows through something like a finder pattern, in one pass
	maxRanked  = 32   // finders that triplets are made of
)

// locator finds finder patterns in a bitmap.
type locator struct {
	edges     []int
	crossings []crossing
	head      [3]int32 // what a kernel says of them
	finders   []finder
	steps     int // looks at single pixels so far: the work done
}

// crossing is where a row and a column cross whose runs are those of a finder pattern.
type crossing struct {
	x, y  int32
	width int32 // of the five runs across
	off   int32 // half pixels from there down to the centre of the inner square
	high  int32 // of the five runs down
}

// maxCrossings is how many are held before the next row is left for later.
const maxCrossings = 512

// locate returns the finder patterns seen in every step-th row, the surest
// first, at most maxRanked. The slice is valid until the next call.
func (f *locator) locate(b *bitmap, step int) []finder {
	f.finders = f.finders[:0]
	hits := 0
	for next := step / 2; next < b.h; {
		next = f.scan(b, next, step)
		last := int32(-1)
		for i := range f.crossings {
			c := &f.crossings[i]
			if c.y != last && (hits >= maxHits || len(f.finders) >= maxFinders) {
				next = b.h
				break
			}
			last = c.y
			if c, ok := f.across(b, c); ok {
				hits++
				f.add(c)
			}
		}
	}
	for i := range f.finders {
		c := &f.finders[i]
		// Rows through the inner square that were seen, in 64ths of those there are.
		c.hits = int(min(64, float64(c.hits*step)*64*7/(3*c.high)))
		// Noise makes small ones, so size counts too.
		c.rank = float64(c.hits) * math.Sqrt(c.high)
	}
	slices.SortFunc(f.finders, func(a, b finder) int { return cmp.Compare(b.rank, a.rank) })
	return f.finders[:min(len(f.finders), maxRanked)]
}

// edges appends the places where the colour changes in a row, beginning and
// ending in white, so that even entries begin black runs.
func edges(b *bitmap, y int, out []int) []int {
	row := b.words[y*b.row:][:b.row]
	last := uint64(0)
	for i, w := range row {
		change := w ^ (w<<1 | last)
		last = w >> 63
		for change != 0 {
			out = append(out, i*64+bits.TrailingZeros64(change))
			change &= change - 1
		}
	}
	if len(out)%2 == 1 {
		out = append(out, b.w)
	}
	return out
}

// finderRuns reports whether five runs are near 1:1:3:1:1, each off by less than
// about half a module; small ones may be off by half a pixel more.
func finderRuns(a, b, c, d, e int) bool {
	s := a + b + c + d + e
	if s < 7 {
		return false
	}
	slack := s/2 + 4
	return near(7*b, s, slack) && near(7*d, s, slack) && near(7*a, s, slack) && near(7*e, s, slack) && near(7*c, 3*s, slack*2)
}

func near(a, b, slack int) bool { return a-b <= slack && b-a <= slack }

// scan fills crossings from every step-th row of a bitmap from y on, until there are
// maxCrossings or more. It returns the next row.
func (f *locator) scan(b *bitmap, y, step int) int {
	if kernel.Scan != nil {
		f.crossings = grow(f.crossings, maxCrossings+b.w/2+1)
		kernel.Scan(unsafe.Pointer(&f.crossings[0]), unsafe.Pointer(&f.head), unsafe.Pointer(&b.words[0]), int32(8*b.row),
			int32(b.w), int32(b.h), int32(y), int32(step), maxCrossings)
		f.crossings = f.crossings[:f.head[0]]
		f.steps += int(f.head[2])
		return int(f.head[1])
	}
	return f.scanRows(b, y, step, maxCrossings)
}

// scanRows is scan without a kernel.
func (f *locator) scanRows(b *bitmap, y, step, room int) int {
	f.crossings = f.crossings[:0]
	for ; y < b.h && len(f.crossings) < room; y += step {
		f.edges = edges(b, y, f.edges[:0])
		e := f.edges
		f.steps += len(e)
		for i := 0; i+5 < len(e); i += 2 {
			// Most runs fail the first two comparisons, so these are not left to finderRuns.
			s, inner := e[i+5]-e[i], e[i+3]-e[i+2]
			if 7*inner < 2*s-8 || 7*inner > 4*s+8 || !finderRuns(e[i+1]-e[i], e[i+2]-e[i+1], inner, e[i+4]-e[i+3], e[i+5]-e[i+4]) {
				continue
			}
			x := (e[i+2] + e[i+3]) / 2
			if off, high, ok := f.through(b, x, y, b.row, 0, b.h-y, y+1, 2*s); ok && 3*high >= s {
				f.crossings = append(f.crossings, crossing{int32(x), int32(y), int32(s), int32(off), int32(high)})
			}
		}
	}
	return y
}

// across checks a crossing along the height of its centre.
func (f *locator) across(b *bitmap, c *crossing) (finder, bool) {
	x, high := int(c.x), int(c.high)
	line := (2*int(c.y) + int(c.off)) / 2
	off, wide, ok := f.through(b, x, line, 0, 1, b.w-x, x+1, 2*int(c.width))
	if !ok || wide > 2*high || high > 2*wide {
		return finder{}, false
	}
	return finder{x: float64(x) + float64(off)/2 + 0.5, y: float64(line) + 0.5, wide: float64(wide), high: float64(high), hits: 1}, true
}

// through walks from (x, y) both ways, down (row is that of the bitmap and
// column 0) or across (0 and 1), at most limit pixels each way and not out of the
// image: ahead and behind are how many pixels there are. It reports how many half pixels
// from there the centre of the inner square lies, and how long the five runs are.
func (f *locator) through(b *bitmap, x, y, row, column, ahead, behind, limit int) (off, length int, ok bool) {
	var to, fro [3]int
	if !f.walk(b.words, y*b.row, x, row, column, min(ahead, limit+1), &to) || !f.walk(b.words, y*b.row, x, -row, -column, min(behind, limit+1), &fro) {
		return 0, 0, false
	}
	// The starting pixel was counted both ways.
	inner := to[0] + fro[0] - 1
	if !finderRuns(fro[2], fro[1], inner, to[1], to[2]) {
		return 0, 0, false
	}
	return to[0] - fro[0], fro[2] + fro[1] + inner + to[1] + to[2], true
}

// walk measures a black, a white and a black run from pixel x of the row that
// begins at words[at:], in steps of row words and column pixels, at most n of
// them. It reports false where one is missing.
func (f *locator) walk(words []uint64, at, x, row, column, n int, runs *[3]int) bool {
	i := 0
	for k := range runs {
		dark := uint64(1 - k&1)
		start := i
		for i < n && words[at+x>>6]>>(uint(x)&63)&1 == dark {
			i++
			at += row
			x += column
		}
		runs[k] = i - start
		if i == start {
			break
		}
	}
	f.steps += i
	return runs[2] > 0
}

// add merges a sighting into the finders.
func (f *locator) add(c finder) {
	f.steps += len(f.finders) / 4
	for i := range f.finders {
		o := &f.finders[i]
		// Two modules apart is still the same one.
		if math.Abs(c.x-o.x) < 0.3*o.wide && math.Abs(c.y-o.y) < 0.3*o.high && alike(c.wide, o.wide, 1.6) {
			n := float64(o.hits)
			o.x = (o.x*n + c.x) / (n + 1)
			o.y = (o.y*n + c.y) / (n + 1)
			o.wide = (o.wide*n + c.wide) / (n + 1)
			o.high = (o.high*n + c.high) / (n + 1)
			o.hits++
			return
		}
	}
	f.finders = append(f.finders, c)
}

// alike reports whether two lengths differ by less than a factor.
func alike(a, b, factor float64) bool { return a < factor*b && b < factor*a }

// triplet is three finder patterns that may belong to one symbol.
type triplet struct {
	tl, tr, bl  finder
	module      float64 // size in pixels, the mean of both sides
	right, down float64 // modules between centres along the two sides
	score       float64 // lower is likelier
}

// triplets appends to out the likeliest n ways to take three of the finders as
// the corners of a symbol, best first.
func triplets(fs []finder, n int, out []triplet) []triplet {
	var squares [maxRanked][maxRanked]float64
	for i := range fs {
		row := &squares[i]
		for j := range fs[:i] {
			row[j] = squared(&fs[i], &fs[j])
		}
		for j := range fs[:i] {
			if !alike(fs[i].high, fs[j].high, 2.2) || !alike(fs[i].wide, fs[j].wide, 2.2) {
				continue
			}
			ij := row[j]
			for k, jk := range squares[j][:j] {
				ki := row[k]
				if !rightAngled(ij, jk, ki) {
					continue
				}
				limit := math.Inf(1)
				if len(out) == n {
					limit = out[n-1].score
				}
				a, b, c := &fs[i], &fs[j], &fs[k]
				switch { // the corner lies opposite the longest side
				case jk >= ij && jk >= ki:
				case ki >= ij:
					a, b = b, a
				default:
					a, c = c, a
				}
				t, ok := corner(a, b, c, limit)
				if !ok {
					continue
				}
				at, _ := slices.BinarySearchFunc(out, t, func(a, b triplet) int { return cmp.Compare(a.score, b.score) })
				if len(out) == n {
					out = out[:n-1]
				}
				out = slices.Insert(out, at, t)
			}
		}
	}
	return out
}

// corner makes a triplet of three finders, a at the corner, and scores its shape. The
// turn from tr over tl to bl is clockwise in the image, as in a symbol that is
// not mirrored. It reports false for a score of limit or more.
func corner(a, b, c *finder, limit float64) (t triplet, ok bool) {
	areaA, areaB, areaC, high := a.wide*a.high, b.wide*b.high, c.wide*c.high, a.high
	// Comparing is what min and max do not compile to: these look for NaN, in a call.
	most, least := areaA, areaA
	if areaB > most {
		most = areaB
	} else {
		least = areaB
	}
	if areaC > most {
		most = areaC
	} else if areaC < least {
		least = areaC
	}
	if b.high < high {
		high = b.high
	}
	if c.high < high {
		high = c.high
	}
	sure := float64(a.hits+b.hits+c.hits) / (3 * 64)
	score := (most-least)/(areaA+areaB+areaC) + 1 - sure + 0.4*7/high
	if score >= limit {
		return t, false
	}
	ux, uy, vx, vy := b.x-a.x, b.y-a.y, c.x-a.x, c.y-a.y
	if ux*vy-uy*vx < 0 {
		b, c = c, b
		ux, uy, vx, vy = vx, vy, ux, uy
	}
	u, v := math.Sqrt(ux*ux+uy*uy), math.Sqrt(vx*vx+vy*vy)
	if u == 0 || v == 0 {
		return t, false
	}
	cos := math.Abs(ux*vx+uy*vy) / (u * v)
	if score += cos; score >= limit || cos > maxCosine {
		return t, false
	}
	rightModule, downModule := side(a, b, ux, uy, u), side(a, c, vx, vy, v)
	right, down := u/rightModule, v/downModule
	skew := math.Abs(right-down) / (right + down)
	if score += 4 * skew; score >= limit || right+down < 20 || right+down > 460 || skew > 0.2 {
		return t, false
	}
	return triplet{*a, *b, *c, (rightModule + downModule) / 2, right, down, score}, true
}

// side returns the size of a module between two finders, (x, y) and length apart. In
// perspective the number of modules on a line is its length over the geometric
// mean of the sizes at its ends.
func side(a, b *finder, x, y, length float64) float64 {
	// Runs are measured along the axes; on a slanted side a module is shorter by the cosine.
	if math.Abs(x) > math.Abs(y) {
		return math.Sqrt(a.wide*b.wide) / 7 * math.Abs(x) / length
	}
	return math.Sqrt(a.high*b.high) / 7 * math.Abs(y) / length
}

// rightAngled reports whether a triangle with the squares of three sides may be
// the half of a square in perspective: the angle opposite the longest side has
// a cosine of at most 0.6, and no side there is 3 times the other. Most triplets
// of a noisy picture end here, before a root is drawn.
func rightAngled(a, b, c float64) bool {
	if a > b {
		a, b = b, a
	}
	if b > c {
		b, c = c, b
	}
	if a > b {
		a, b = b, a
	}
	over := a + b - c // 2·cos·√a·√b
	return b < 9*a && over*over <= 4*maxCosine*maxCosine*a*b
}

// maxCosine is the most that the angle at the corner of a symbol may be off.
const maxCosine = 0.6

func squared(a, b *finder) float64 {
	x, y := a.x-b.x, a.y-b.y
	return x*x + y*y
}
