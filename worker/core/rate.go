package core

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is a limit in requests: so many a minute in the long run, so many at
// once after a pause. The zero value is no limit.
type Rate struct {
	PerMinute int `json:"perMinute"`
	Burst     int `json:"burst"`
}

// Unlimited reports whether the rate lets everything through.
func (r Rate) Unlimited() bool { return r == Rate{} }

// Valid reports whether the rate is none, or has both parts within the caps.
func (r Rate) Valid() bool {
	return r.Unlimited() || r.PerMinute >= 1 && r.PerMinute <= maxRatePerMin && r.Burst >= 1 && r.Burst <= maxRatePerMin
}

// DefaultAddressRate lets a large venue behind one address work: 50 requests a
// second, 600 at once.
const DefaultAddressRate = "3000/600"

// ParseRate reads PER-MINUTE/BURST, or 0 for no limit.
func ParseRate(text string) (Rate, error) {
	if text == "0" {
		return Rate{}, nil
	}
	minute, burst, _ := strings.Cut(text, "/")
	m, errM := strconv.Atoi(minute)
	b, errB := strconv.Atoi(burst)
	rate := Rate{PerMinute: m, Burst: b}
	if errM != nil || errB != nil || rate.Unlimited() || !rate.Valid() {
		return Rate{}, fmt.Errorf("core: rate %q is not of the form %s", text, DefaultAddressRate)
	}
	return rate, nil
}

// Bucket is how much of a [Rate] is left: a token bucket that fills while
// nothing is taken. The zero value is a full one.
type Bucket struct {
	spent time.Duration // how long it takes to be full again, from last
	last  time.Time
}

// Take takes one token at now and returns the bucket afterwards. Without a
// token it returns the bucket as it is, and how long to wait for one, above 0.
//
// A clock that is set back gives nothing and takes nothing away: the bucket
// goes on filling from the new time.
func (r Rate) Take(b Bucket, now time.Time) (after Bucket, wait time.Duration) {
	if r.Unlimited() {
		return b, 0
	}
	b = r.fill(b, now)
	after = b
	after.spent += r.interval()
	if over := after.spent - time.Duration(r.Burst)*r.interval(); over > 0 {
		return b, over
	}
	return after, 0
}

// Full reports whether the bucket is as good as a new one at now, so that it
// need not be kept.
func (r Rate) Full(b Bucket, now time.Time) bool { return r.Unlimited() || r.fill(b, now).spent == 0 }

// interval is how long one token takes to come back.
func (r Rate) interval() time.Duration { return time.Minute / time.Duration(r.PerMinute) }

func (r Rate) fill(b Bucket, now time.Time) Bucket {
	if elapsed := now.Sub(b.last); !b.last.IsZero() && elapsed > 0 {
		b.spent = max(0, b.spent-elapsed)
	}
	b.last = now
	return b
}
