package core

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	r := Rate{PerMinute: 60, Burst: 3}
	var b Bucket
	take := func(at time.Duration, want time.Duration) {
		t.Helper()
		var wait time.Duration
		if b, wait = r.Take(b, now.Add(at)); wait != want {
			t.Errorf("at %v: wait %v, want %v", at, wait, want)
		}
	}
	take(0, 0)
	take(0, 0)
	take(0, 0)
	take(0, time.Second)
	take(400*time.Millisecond, 600*time.Millisecond)
	take(time.Second, 0)
	take(time.Second, time.Second)
	take(time.Hour, 0) // no more than the burst was saved up
	take(time.Hour, 0)
	take(time.Hour, 0)
	take(time.Hour, time.Second)
	// Set back by an hour: nothing is given, and it fills from there.
	take(0, time.Second)
	take(time.Second, 0)
	if r.Full(b, now.Add(3*time.Second)) || !r.Full(b, now.Add(4*time.Second)) {
		t.Error("full at the wrong time")
	}
}

func TestNoRateIsNoLimit(t *testing.T) {
	var b Bucket
	for range 1000 {
		var wait time.Duration
		if b, wait = (Rate{}).Take(b, now); wait != 0 {
			t.Fatal(wait)
		}
	}
}

// Whatever is asked when: never more passes than burst and rate allow, and who
// waits as told is let through.
func TestRateHolds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		r := Rate{PerMinute: 1 + random.IntN(10_000), Burst: 1 + random.IntN(50)}
		var b Bucket
		at, passed := now, 0
		for range 500 {
			var wait time.Duration
			if b, wait = r.Take(b, at); wait == 0 {
				passed++
			} else if _, again := r.Take(b, at.Add(wait)); again != 0 {
				t.Fatalf("%+v: %v more after waiting %v", r, again, wait)
			}
			at = at.Add(time.Duration(random.Int64N(int64(2 * r.interval()))))
		}
		if most := float64(r.Burst) + at.Sub(now).Minutes()*float64(r.PerMinute) + 1; float64(passed) > most {
			t.Errorf("%+v: %d passed, at most %.1f", r, passed, most)
		}
	}
}
