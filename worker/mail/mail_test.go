package mail

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

var start = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

type fixture struct {
	*Hub
	now atomic.Int64 // seconds after start
}

func newFixture() *fixture {
	f := &fixture{}
	f.Hub = New(func() time.Time { return start.Add(time.Duration(f.now.Load()) * time.Second) })
	return f
}

var ends = start.Add(120 * time.Second)

func post(id, ciphertext string) core.Post {
	p := core.Post{ID: id, Ends: ends}
	if ciphertext != "" {
		p.Ciphertext = []byte(ciphertext)
	}
	return p
}

func pickup(id string) core.Pickup { return core.Pickup{ID: id, Ends: ends} }

func (f *fixture) put(t *testing.T, id, ciphertext string) {
	t.Helper()
	if err := f.Put(post(id, ciphertext)); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) wait(t *testing.T, id string, seen core.BoxState) Delivery {
	t.Helper()
	d, err := f.Wait(t.Context(), pickup(id), seen)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wantRefusal(t *testing.T, err error, code reason.Code) {
	t.Helper()
	var r *core.Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestDeliveredOnce(t *testing.T) {
	f := newFixture()
	f.put(t, "a", "")
	if d := f.wait(t, "a", core.BoxWaiting); d.State != core.BoxOpened {
		t.Errorf("%+v", d)
	}
	f.put(t, "a", "answer")
	d := f.wait(t, "a", core.BoxOpened)
	if d.State != core.BoxAnswered || string(d.Ciphertext) != "answer" {
		t.Fatalf("%+v", d)
	}
	wantRefusal(t, f.Put(post("a", "another")), reason.NonceUsed)
	// Given to a page that went away, it is given to the next.
	d.Settle(false)
	d = f.wait(t, "a", core.BoxWaiting)
	d.Settle(true)
	if d.State != core.BoxAnswered || f.bytes != 0 {
		t.Errorf("%s, %d bytes kept", d.State, f.bytes)
	}
	if d := f.wait(t, "a", core.BoxOpened); d.State != core.BoxDelivered || d.Ciphertext != nil {
		t.Errorf("after delivery: %+v", d)
	}
	wantRefusal(t, f.Put(post("a", "another")), reason.NonceUsed)
}

func TestOneOfManyListenersIsGivenIt(t *testing.T) {
	f := newFixture()
	var given, told atomic.Int32
	var wg sync.WaitGroup
	for range maxAtOne {
		wg.Go(func() {
			d, err := f.Wait(t.Context(), pickup("a"), core.BoxWaiting)
			switch {
			case err != nil:
				t.Error(err)
			case d.State == core.BoxAnswered:
				given.Add(1)
				d.Settle(true)
			case d.State == core.BoxDelivered:
				told.Add(1)
			}
		})
	}
	wg.Go(func() { f.put(t, "a", "answer") })
	wg.Wait()
	if given.Load() != 1 || told.Load() != maxAtOne-1 {
		t.Errorf("given to %d, told to %d", given.Load(), told.Load())
	}
}

func TestOneOfManyResponsesWins(t *testing.T) {
	f := newFixture()
	var taken atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if f.Put(post("a", fmt.Sprint("answer ", i))) == nil {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d were taken", taken.Load())
	}
}

func TestExpiry(t *testing.T) {
	f := newFixture()
	f.put(t, "a", "answer")
	f.put(t, "b", "")
	f.now.Store(119)
	f.Sweep()
	if len(f.boxes) != 2 {
		t.Errorf("%d boxes a second before the end", len(f.boxes))
	}
	heard := make(chan Delivery)
	go func() {
		d, _ := f.Wait(context.Background(), pickup("b"), core.BoxOpened)
		heard <- d
	}()
	f.awaitListeners(t, "b", 1)
	f.now.Store(120)
	if d := f.wait(t, "a", core.BoxWaiting); d.State != core.BoxExpired || d.Ciphertext != nil {
		t.Errorf("at its end: %+v", d)
	}
	f.Sweep()
	if d := <-heard; d.State != core.BoxExpired {
		t.Errorf("a listener heard %+v", d)
	}
	if len(f.boxes) != 0 || f.bytes != 0 {
		t.Errorf("%d boxes, %d bytes left", len(f.boxes), f.bytes)
	}
	wantRefusal(t, f.Put(post("a", "late")), reason.NonceExpired)
}

func TestBounds(t *testing.T) {
	f := newFixture()
	f.maxBoxes, f.maxBytes = 3, 20
	f.put(t, "a", "ten bytes.")
	f.put(t, "b", "ten bytes.")
	wantRefusal(t, f.Put(post("c", "x")), reason.StoreUnavailable)
	f.wait(t, "a", core.BoxWaiting).Settle(true)
	f.put(t, "c", "x")
	wantRefusal(t, f.Put(post("d", "")), reason.StoreUnavailable)
	_, err := f.Wait(t.Context(), pickup("d"), core.BoxWaiting)
	wantRefusal(t, err, reason.StoreUnavailable)
	f.maxWaits = 0
	_, err = f.Wait(t.Context(), pickup("c"), core.BoxOpened)
	wantRefusal(t, err, reason.StoreUnavailable)
}

// A listener that leaves costs nothing afterwards.
func TestListenersLeave(t *testing.T) {
	f := newFixture()
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	for range maxAtOne {
		go func() {
			_, err := f.Wait(ctx, pickup("a"), core.BoxWaiting)
			errs <- err
		}()
	}
	f.awaitListeners(t, "a", maxAtOne)
	_, err := f.Wait(t.Context(), pickup("a"), core.BoxWaiting)
	wantRefusal(t, err, reason.StoreUnavailable)
	cancel()
	for range maxAtOne {
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if len(f.boxes) != 0 {
		t.Errorf("%d boxes left", len(f.boxes))
	}
}

func TestClose(t *testing.T) {
	f := newFixture()
	errs := make(chan error)
	go func() {
		_, err := f.Wait(t.Context(), pickup("a"), core.BoxWaiting)
		errs <- err
	}()
	f.awaitListeners(t, "a", 1)
	f.Close()
	if err := <-errs; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := f.Wait(t.Context(), pickup("b"), core.BoxWaiting); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// awaitListeners returns when so many wait for a box.
func (f *fixture) awaitListeners(t *testing.T, id string, n int) {
	t.Helper()
	for {
		f.mu.Lock()
		b := f.boxes[id]
		there := b != nil && b.waiting == n
		f.mu.Unlock()
		if there {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("nobody waits")
		}
		runtime.Gosched()
	}
}
