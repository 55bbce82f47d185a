//go:build !js

// Package ops is what the operator of a native server sees of it: counts,
// reasons by hour, latency and when each terminal was last seen, as a page, as
// JSON and for Prometheus, beside Go's profiles. It is served on a port of its
// own that only this computer can reach.
//
// No number here belongs to a person: what is counted are requests, and what is
// named are routes, reason codes, relying parties and their terminals.
package ops

import (
	"slices"
	"strings"
	"sync"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

const (
	// keptHours is how far back the page looks.
	keptHours = 48
	// maxTerminals bounds the list of terminals; over it the one seen longest
	// ago is forgotten.
	maxTerminals = 20_000
)

// Routes whose numbers stand on the page.
const (
	routeIssue  = "/v1/challenges"
	routeRedeem = "/v1/redeem"
)

// Panel counts. It implements handler.Observer.
type Panel struct {
	about   About
	metrics *metrics

	mu        sync.Mutex
	hours     map[int64]*hour // by Unix time of their beginning
	terminals map[core.Caller]*terminal
}

// About says what runs.
type About struct {
	Version string    `json:"version"` // beginning of the program's SHA-256
	Go      string    `json:"go"`
	Store   string    `json:"store"` // kind, without its address
	Demo    bool      `json:"demo"`
	Started time.Time `json:"started"`
}

type hour struct {
	issued, redeemed, replays, expired, limited, refused, faults int

	outcomes map[reason.Code]int // of redemptions: the terminal's word
	refusals map[reason.Code]int // of requests
	latency  [latencySteps]int   // of issuing and redeeming
}

type terminal struct {
	seen             time.Time
	issued, redeemed int
	sequence         uint64
}

// New makes a panel in which nothing has happened.
func New(about About) *Panel {
	return &Panel{about: about, metrics: newMetrics(), hours: map[int64]*hour{}, terminals: map[core.Caller]*terminal{}}
}

// hour is the one of now; hours before the oldest kept are dropped when a new
// one begins.
func (p *Panel) hour(now time.Time) *hour {
	begin := now.Truncate(time.Hour).Unix()
	h, ok := p.hours[begin]
	if !ok {
		h = &hour{outcomes: map[reason.Code]int{}, refusals: map[reason.Code]int{}}
		p.hours[begin] = h
		// A clock that ran ahead leaves hours that never come; they go too.
		for old := range p.hours {
			if age := begin - old; age >= keptHours*3600 || age <= -keptHours*3600 {
				delete(p.hours, old)
			}
		}
	}
	return h
}

// Request implements handler.Observer.
func (p *Panel) Request(route string, code reason.Code, took time.Duration, now time.Time) {
	p.metrics.request(route, code, took)
	if !strings.HasPrefix(route, "/v1/") {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hour(now)
	switch {
	case code == reason.OK && route == routeIssue:
		h.issued++
	case code == reason.OK && route == routeRedeem:
		h.redeemed++
	case code == reason.NonceUsed:
		h.replays++
	case code == reason.NonceExpired:
		h.expired++
	case code == reason.RateLimited:
		h.limited++
	case code == reason.Internal || code == reason.StoreUnavailable:
		h.faults++
	case code != reason.OK:
		h.refused++
	}
	if code != reason.OK {
		h.refusals[code]++
	}
	if route == routeIssue || route == routeRedeem {
		h.latency[latencyStep(took)]++
	}
}

// Asked implements handler.Observer.
func (p *Panel) Asked(c core.Caller, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.terminal(c, now).issued++
}

// Redeemed implements handler.Observer.
func (p *Panel) Redeemed(c core.Caller, code reason.Code, sequence uint64, now time.Time) {
	p.metrics.redeemed.WithLabelValues(string(code), code.Class().String()).Inc()
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.terminal(c, now)
	t.redeemed++
	t.sequence = sequence
	p.hour(now).outcomes[code]++
}

func (p *Panel) terminal(c core.Caller, now time.Time) *terminal {
	t, ok := p.terminals[c]
	if !ok {
		if len(p.terminals) >= maxTerminals {
			p.forgetOldest()
		}
		t = &terminal{}
		p.terminals[c] = t
	}
	t.seen = now
	return t
}

func (p *Panel) forgetOldest() {
	var oldest core.Caller
	first := true
	for c, t := range p.terminals {
		if first || t.seen.Before(p.terminals[oldest].seen) {
			oldest, first = c, false
		}
	}
	delete(p.terminals, oldest)
}

// Report is what the page shows.
type Report struct {
	Now       time.Time        `json:"now"`
	About     About            `json:"about"`
	Healthy   bool             `json:"healthy"` // the store answers
	Hours     []HourReport     `json:"hours"`   // oldest first; hours without requests are left out
	Terminals []TerminalReport `json:"terminals"`
}

// HourReport is one hour.
type HourReport struct {
	Begin    time.Time `json:"begin"`
	Issued   int       `json:"issued"`
	Redeemed int       `json:"redeemed"`
	Replays  int       `json:"replays"`
	Expired  int       `json:"expired"`
	Limited  int       `json:"limited"`
	Refused  int       `json:"refused"` // for another reason
	Faults   int       `json:"faults"`

	Outcomes map[reason.Code]int `json:"outcomes"`
	Refusals map[reason.Code]int `json:"refusals"`

	// Of issuing and redeeming, in ms, rounded up to a step of a fifth.
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
}

// TerminalReport is one terminal. Without an id it is whoever used an open
// relying party.
type TerminalReport struct {
	Party    string    `json:"party"`
	Terminal string    `json:"terminal"`
	Seen     time.Time `json:"seen"`
	Issued   int       `json:"issued"`
	Redeemed int       `json:"redeemed"`
	Sequence uint64    `json:"sequence"` // of the trust list it used last
}

// Report is the state at now.
func (p *Panel) Report(now time.Time, healthy bool) Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := Report{Now: now.UTC(), About: p.about, Healthy: healthy, Hours: []HourReport{}, Terminals: []TerminalReport{}}
	for begin, h := range p.hours {
		r.Hours = append(r.Hours, h.report(begin))
	}
	for c, t := range p.terminals {
		r.Terminals = append(r.Terminals, TerminalReport{c.Party, c.Terminal, t.seen.UTC(), t.issued, t.redeemed, t.sequence})
	}
	slices.SortFunc(r.Hours, func(a, b HourReport) int { return a.Begin.Compare(b.Begin) })
	slices.SortFunc(r.Terminals, func(a, b TerminalReport) int {
		return strings.Compare(a.Party+"/"+a.Terminal, b.Party+"/"+b.Terminal)
	})
	return r
}

func (h *hour) report(begin int64) HourReport {
	copied := func(from map[reason.Code]int) map[reason.Code]int {
		to := make(map[reason.Code]int, len(from))
		for code, n := range from {
			to[code] = n
		}
		return to
	}
	return HourReport{
		Begin: time.Unix(begin, 0).UTC(), Issued: h.issued, Redeemed: h.redeemed, Replays: h.replays, Expired: h.expired,
		Limited: h.limited, Refused: h.refused, Faults: h.faults, Outcomes: copied(h.outcomes), Refusals: copied(h.refusals),
		Median: quantile(h.latency, 0.5), P95: quantile(h.latency, 0.95),
	}
}
