package gate

import (
	"net/netip"
	"testing"
	"time"

	"jianzheng/worker/core"
)

// However many there are, memory is bounded, and who is over the limit stays so
// while there is room.
func TestLimiterIsBounded(t *testing.T) {
	l, rate := NewBuckets(), core.Rate{PerMinute: 1, Burst: 1}
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for i := range 2 * maxBuckets {
		l.Take(Owner{Address: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)}, rate, at)
		if len(l.buckets) > maxBuckets {
			t.Fatalf("%d buckets after %d addresses", len(l.buckets), i)
		}
	}
	// All of them fill up again, and room is made for who comes then.
	later := at.Add(time.Hour)
	for i := range 100 {
		l.Take(Owner{Name: string(rune('a' + i))}, rate, later)
	}
	for i := range 100 {
		if l.Take(Owner{Name: string(rune('a' + i))}, rate, later) == 0 {
			t.Errorf("terminal %d was forgotten", i)
		}
	}
}
