package qr

import "math"

// The caps on the work for one frame; see pixelsALook.
const (
	videoLooks  = 600_000
	videoPasses = 4
	videoTries  = 3  // triplets of a pass
	videoTurns  = 15 // frames after which the turns repeat
)

// forget is after how many frames without a further sight a place is given up.
const forget = 15

// minSight is the least fit of a grid that shows where a symbol is, if it cannot
// be read. Few grids over something else are fitted so well.
const minSight = 0.72

// sight is what a decoder remembers from one video frame to the next.
type sight struct {
	frame int // counts frames
	// The square in which a symbol was last seen, in pixels; side is 0 for none.
	x, y, side float64 // centre and side
	scale      float64 // pixels of the frame a pixel of the plane where it was seen
	since      int     // frames
}

// see remembers where a triplet lies.
func (s *sight) see(p *pass, t *triplet) {
	// The middle between the ends of its longest side is that of the symbol.
	s.x, s.y = p.x+p.scale*(t.tr.x+t.bl.x)/2, p.y+p.scale*(t.tr.y+t.bl.y)/2
	// A turned symbol is as wide as its diagonal, which is some 1.2 times that of the
	// centres; the rest is for the quiet zone and a hand that moves.
	s.side = 1.5 * p.scale * math.Hypot(t.tr.x-t.bl.x, t.tr.y-t.bl.y)
	s.scale, s.since = p.scale, 0
}

// place returns a look at the part of the frame where a symbol was seen; crop is
// where its plane is kept.
func (s *sight) place(full, crop *plane) pass {
	x0, y0 := min(max(int(s.x-s.side/2), 0), full.w), min(max(int(s.y-s.side/2), 0), full.h)
	x1, y1 := min(max(int(s.x+s.side/2), x0), full.w), min(max(int(s.y+s.side/2), y0), full.h)
	*crop = plane{}
	if x1-x0 >= minSide && y1-y0 >= minSide {
		*crop = plane{full.pix[y0*full.stride+x0:], x1 - x0, y1 - y0, full.stride}
	}
	return pass{p: crop, x: float64(x0), y: float64(y0), scale: 1, contrast: 24, step: 1, tries: videoTries}
}

// video looks first where the last frame showed a symbol, as it was seen there;
// then at half the resolution; then, if that or an earlier frame showed one, at
// that place in full. Where none was seen, one of the looks that a still
// image gets has its turn, in 6 frames of 15: of any five at least three are cheap.
func (d *Decoder) video(full *plane) (Symbol, bool) {
	d.budget = videoLooks + videoPasses*full.w*full.h/pixelsALook
	v := &d.sight
	turn := v.frame % videoTurns
	v.frame++
	if v.since++; v.since > forget {
		v.side = 0
	}
	var crop plane
	if v.side > 0 && v.since == 1 {
		near := v.place(full, &crop)
		if v.scale > 1 && min(crop.w, crop.h) >= 2*minSide {
			half(&d.planes[0], &crop)
			near.p, near.scale, near.brief = &d.planes[0], 2, true
		}
		if s, ok := d.look(near); ok {
			return s, true
		}
	}
	big := pass{p: full, scale: 1, contrast: 30, step: 2, tries: videoTries}
	small := big
	if full.w >= 4*minSide && full.h >= 4*minSide {
		half(&d.planes[0], full)
		small = pass{p: &d.planes[0], scale: 2, contrast: 24, step: 1, tries: videoTries, brief: true}
	}
	if s, ok := d.look(small); ok {
		return s, true
	}
	if v.side > 0 {
		near := v.place(full, &crop)
		if s, ok := d.look(near); ok {
			return s, true
		}
		if s, ok := d.look(d.changed(near, [...]change{sharper, softer}[turn%2])); ok || turn%2 != 0 {
			return s, ok
		}
		return d.rescueOf(full, 1)
	}
	small.brief = false
	switch turn {
	case 0, 5, 10:
		return d.look(big)
	case 3:
		return d.look(d.changed(small, inverted))
	case 8:
		return d.look(d.changed(small, sharper))
	case 13:
		return d.look(d.changed(small, softer))
	}
	return Symbol{}, false
}
