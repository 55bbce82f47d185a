//go:build !js

package ops

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

var noon = time.Date(2026, 11, 21, 12, 30, 0, 0, time.UTC)

func TestPanelCounts(t *testing.T) {
	p := New(About{Version: "v"})
	cafe, desk := core.Caller{Party: "cafe"}, core.Caller{Party: "bank", Terminal: "desk-1"}
	for i := range 10 {
		p.Request(routeIssue, reason.OK, time.Millisecond, noon)
		p.Asked(cafe, noon.Add(time.Duration(i)*time.Second))
	}
	p.Request(routeRedeem, reason.OK, time.Second, noon)
	p.Redeemed(desk, reason.UnderAge, 7, noon)
	for _, code := range []reason.Code{reason.NonceUsed, reason.NonceExpired, reason.RateLimited, reason.Unauthorized, reason.StoreUnavailable, reason.Internal} {
		p.Request(routeRedeem, code, time.Millisecond, noon)
	}
	p.Request("/", reason.NotFound, time.Hour, noon) // a page: not of the endpoint
	p.Request(routeIssue, reason.OK, 0, noon.Add(time.Hour))

	r := p.Report(noon.Add(time.Hour), true)
	if len(r.Hours) != 2 || !r.Hours[0].Begin.Equal(noon.Truncate(time.Hour)) || r.Hours[1].Issued != 1 || !r.Healthy || r.About.Version != "v" {
		t.Fatalf("%+v", r)
	}
	h := r.Hours[0]
	if h.Issued != 10 || h.Redeemed != 1 || h.Replays != 1 || h.Expired != 1 || h.Limited != 1 || h.Refused != 1 || h.Faults != 2 {
		t.Errorf("%+v", h)
	}
	if h.Outcomes[reason.UnderAge] != 1 || h.Refusals[reason.NonceUsed] != 1 || h.Refusals[reason.NotFound] != 0 || h.Refusals[reason.OK] != 0 {
		t.Errorf("outcomes %v, refusals %v", h.Outcomes, h.Refusals)
	}
	want := []TerminalReport{{"bank", "desk-1", noon, 0, 1, 7}, {"cafe", "", noon.Add(9 * time.Second), 10, 0, 0}}
	if !slices.Equal(r.Terminals, want) {
		t.Errorf("terminals %+v", r.Terminals)
	}
}

// Two days are kept, whatever the clock does.
func TestPanelForgetsHours(t *testing.T) {
	p := New(About{})
	for i := range 500 {
		p.Request(routeIssue, reason.OK, 0, noon.Add(time.Duration(i)*time.Hour))
	}
	if got := len(p.Report(noon, true).Hours); got != keptHours {
		t.Errorf("%d hours are kept, want %d", got, keptHours)
	}
	p.Request(routeIssue, reason.OK, 0, noon)
	if got := len(p.Report(noon, true).Hours); got != 1 {
		t.Errorf("%d hours after the clock was put right, want 1", got)
	}
}

func TestPanelForgetsTerminals(t *testing.T) {
	p := New(About{})
	for i := range maxTerminals + 5 {
		p.Asked(core.Caller{Party: "cafe", Terminal: string(rune('a'+i%26)) + time.Duration(i).String()}, noon.Add(time.Duration(i)*time.Second))
	}
	r := p.Report(noon, true)
	if len(r.Terminals) != maxTerminals {
		t.Fatalf("%d terminals", len(r.Terminals))
	}
	for _, terminal := range r.Terminals {
		if terminal.Seen.Before(noon.Add(5 * time.Second)) {
			t.Errorf("%s was kept instead of a later one", terminal.Terminal)
		}
	}
}

// A quantile is off by a step at most.
func TestQuantile(t *testing.T) {
	var none [latencySteps]int
	if got := quantile(none, 0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var counts [latencySteps]int
		all := make([]float64, 1+random.IntN(500))
		for i := range all {
			d := time.Duration(10_000 + random.Int64N(1+random.Int64N(10_000_000_000)))
			all[i] = d.Seconds() * 1000
			counts[latencyStep(d)]++
		}
		slices.Sort(all)
		for _, q := range []float64{0.5, 0.95, 1} {
			exact := all[max(0, int(float64(len(all))*q+0.999999)-1)]
			if got := quantile(counts, q); got < exact*0.999 || got > exact*latencyGrowth*1.001 {
				t.Errorf("quantile %v of %d: %v, exactly %v", q, len(all), got, exact)
			}
		}
	}
	if latencyStep(0) != 0 || latencyStep(time.Hour) != latencySteps-1 {
		t.Error("the ends")
	}
}

// Whatever is counted, labels are of closed lists: no party, terminal or path.
func TestMetricsNameNobody(t *testing.T) {
	p := New(About{})
	p.Request(routeRedeem, reason.OK, time.Millisecond, noon)
	p.Redeemed(core.Caller{Party: "zhangsan", Terminal: "desk"}, reason.OK, 1, noon)
	families, err := p.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if text := family.String(); strings.Contains(text, "zhangsan") || strings.Contains(text, "desk") {
			t.Errorf("%s", text)
		}
	}
}
