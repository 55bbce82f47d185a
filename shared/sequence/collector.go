package sequence

import (
	"fmt"
	"strings"
)

// How many looks without a part end a sequence, at a webcam's 15 frames a second:
// one that was whole after six seconds, in which each part would have come round
// again; one that is not after half a minute, since its parts may also be dropped
// or pasted by hand while a camera looks on.
const (
	idleLooks = 90
	lostLooks = 450
)

// Collector puts the parts of one sequence together. The zero value is ready. It
// is not safe for use by several goroutines.
type Collector struct {
	hash   string
	pieces []string // by number, "" where none came yet
	have   int
	size   int  // characters so far
	done   bool // the sequence was whole; its pieces are forgotten
	idle   int  // looks since the last part
}

// Progress says how far a sequence has come. It is zero without one, and for one
// that was whole.
type Progress struct{ Have, Of int }

// Progress is how far the sequence at hand has come.
func (c *Collector) Progress() Progress {
	if c.done {
		return Progress{}
	}
	return Progress{c.have, len(c.pieces)}
}

// Add takes a part. whole is the text when this part was the last that was
// missing, else empty; further parts of a sequence that was whole are passed over,
// until [Collector.Look] has seen none for a while. A part of another sequence, or
// one that contradicts a part before it, starts anew.
//
// The error wraps [ErrOther] or [ErrMalformed]; what was collected is kept then,
// but for pieces that together do not give the text of their hash or are over the
// cap: those are dropped.
func (c *Collector) Add(text string) (whole string, err error) {
	p, err := parse(text)
	if err != nil {
		return "", err
	}
	if c.hash != p.hash || len(c.pieces) != p.of {
		c.begin(p)
	}
	c.idle = 0
	if c.done {
		return "", nil
	}
	switch old := c.pieces[p.number-1]; old {
	case p.piece:
		return "", nil
	case "":
	default: // two sequences under one hash: one of them is not what it says
		c.begin(p)
	}
	c.pieces[p.number-1] = p.piece
	c.have++
	if c.size += len(p.piece); c.size > MaxText {
		*c = Collector{}
		return "", fmt.Errorf("%w: over %d characters", ErrMalformed, MaxText)
	}
	if c.have < p.of {
		return "", nil
	}
	whole = strings.Join(c.pieces, "")
	if hashOf(whole) != c.hash {
		*c = Collector{}
		return "", fmt.Errorf("%w: parts do not belong together", ErrMalformed)
	}
	clear(c.pieces)
	c.done = true
	return whole, nil
}

func (c *Collector) begin(p part) {
	// The hash outlives the pieces, and must not keep the text alive that it stood in.
	*c = Collector{hash: strings.Clone(p.hash), pieces: make([]string, p.of)}
}

// Look says that no part was seen this time. After some such looks the sequence at
// hand is forgotten.
func (c *Collector) Look() {
	if c.pieces == nil {
		return
	}
	limit := lostLooks
	if c.done {
		limit = idleLooks
	}
	if c.idle++; c.idle > limit {
		*c = Collector{}
	}
}

// Reset forgets the sequence at hand.
func (c *Collector) Reset() { *c = Collector{} }
