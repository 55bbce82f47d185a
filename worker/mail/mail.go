// Package mail keeps the boxes of way A in the memory of one server: between a
// phone's post and the page that waits for it. What a box may do is decided in
// worker/core; here it is found, waited for and thrown away.
//
// Everything in it is ciphertext for a page's one-time key. It is deleted when
// the page has it, or 120 s after the challenge was issued, and a restart of the
// server forgets it: the holder then shows the answer as a code instead.
//
// Several servers on one store do not share boxes. In front of them the balancer
// has to send all paths /v1/challenges/{id}/ of one id to one server (a hash of
// the id, not of the client: phone and page are two clients). Without that, posts
// are taken by a server that the page does not listen to, and holders show their
// answers as codes.
package mail

import (
	"context"
	"errors"
	"sync"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

// Limits of a hub. A listener on a WebSocket takes 37 kB of the server's memory
// (measured: 10,000 of them, 385 MB), a box without one 200 bytes.
const (
	MaxBoxes     = 1 << 16
	MaxBytes     = 64 << 20 // of all answers together
	MaxListeners = 1 << 14  // a page that is open listens to seven boxes at most

	// maxAtOne bounds the listeners of one box: a page has one, and for a moment
	// two while it is loaded again.
	maxAtOne = 8
)

// ErrClosed is returned to whoever waits when the server stops.
var ErrClosed = errors.New("mail: closed")

// Hub holds the boxes. It may be used from many goroutines.
type Hub struct {
	now      func() time.Time
	maxBoxes int
	maxBytes int
	maxWaits int

	mu     sync.Mutex
	boxes  map[string]*box
	bytes  int
	waits  int
	closed bool
}

// box is a [core.Box] with those who wait for its next change.
type box struct {
	core.Box
	taken   bool          // a listener is being given the answer
	waiting int           // listeners
	changed chan struct{} // closed at the next change
}

// New makes an empty hub.
func New(now func() time.Time) *Hub {
	return &Hub{now: now, maxBoxes: MaxBoxes, maxBytes: MaxBytes, maxWaits: MaxListeners, boxes: map[string]*box{}}
}

// Put takes what a phone posted. The error is a [*core.Refusal].
func (h *Hub) Put(p core.Post) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, err := h.box(p.ID, p.Ends)
	if err != nil {
		return err
	}
	if h.bytes+len(p.Ciphertext) > h.maxBytes {
		return full()
	}
	before := len(b.Ciphertext)
	if err := b.Put(p, h.now()); err != nil {
		return err
	}
	h.bytes += len(b.Ciphertext) - before
	b.wake()
	return nil
}

// Delivery is news of a box. With [core.BoxAnswered] it holds the answer, and
// Settle must be called: with true, the answer is deleted; with false, the next
// listener is given it.
type Delivery struct {
	State      core.BoxState
	Ciphertext []byte
	Settle     func(delivered bool)
}

// Wait returns when the box is in another state than seen. It returns the error
// of ctx when that ends first, [ErrClosed], or a [*core.Refusal].
func (h *Hub) Wait(ctx context.Context, p core.Pickup, seen core.BoxState) (Delivery, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, err := h.box(p.ID, p.Ends)
	if err != nil {
		return Delivery{}, err
	}
	if b.waiting >= maxAtOne || h.waits >= h.maxWaits {
		return Delivery{}, full()
	}
	b.waiting++
	h.waits++
	defer func() {
		b.waiting--
		h.waits--
		if b.waiting == 0 && b.State == core.BoxWaiting && h.boxes[p.ID] == b {
			delete(h.boxes, p.ID) // nothing that would have to be remembered
		}
	}()
	for {
		if h.closed {
			return Delivery{}, ErrClosed
		}
		state := b.At(h.now())
		switch {
		case state == core.BoxAnswered && !b.taken:
			b.taken = true
			return Delivery{state, b.Ciphertext, func(delivered bool) { h.settle(b, delivered) }}, nil
		case state != core.BoxAnswered && state != seen:
			return Delivery{State: state}, nil
		}
		changed := b.changed
		h.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		h.mu.Lock()
		if ctx.Err() != nil {
			return Delivery{}, ctx.Err()
		}
	}
}

func (h *Hub) settle(b *box, delivered bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b.taken = false
	if delivered && b.State == core.BoxAnswered {
		h.bytes -= len(b.Ciphertext)
		b.Deliver()
	}
	b.wake()
}

// Sweep deletes the boxes that are over and tells their listeners.
func (h *Hub) Sweep() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	for id, b := range h.boxes {
		if b.At(now) == core.BoxExpired {
			h.bytes -= len(b.Ciphertext)
			b.Deliver()
			delete(h.boxes, id)
			b.wake()
		}
	}
}

// Close ends every wait with [ErrClosed].
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, b := range h.boxes {
		b.wake()
	}
}

// box finds or makes a box.
func (h *Hub) box(id string, ends time.Time) (*box, error) {
	b, ok := h.boxes[id]
	if !ok {
		if len(h.boxes) >= h.maxBoxes {
			return nil, full()
		}
		b = &box{Box: core.NewBox(ends), changed: make(chan struct{})}
		h.boxes[id] = b
	}
	return b, nil
}

func (b *box) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

func full() error {
	return core.Refuse(reason.StoreUnavailable, "all boxes are taken, or all places at this one")
}
