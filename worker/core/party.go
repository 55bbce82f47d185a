package core

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"jianzheng/shared/challenge"
	"jianzheng/shared/policy"
)

// Caps of a registration.
const (
	maxParties    = 10_000
	maxPurposes   = 64 // of one party
	maxOrigins    = 16 // of one party
	maxRevoked    = 100_000
	maxRatePerMin = 1_000_000
)

// Party is a registered relying party.
type Party struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`               // shown to the holder
	Kind     string   `json:"kind"`               // as the users of a purpose name it
	Purposes []string `json:"purposes,omitempty"` // codes; empty: all that are open to its kind
	Origins  []string `json:"origins,omitempty"`  // sites whose pages may call the endpoint
	Rate     Rate     `json:"rate,omitzero"`      // of each of its terminals
	Open     bool     `json:"open,omitempty"`     // needs no terminal token: for demonstrations
}

// check holds a party against the caps.
func (p Party) check() error {
	switch {
	// The slash joins a party and its terminal in a [Caller]'s name.
	case !challenge.IsPartyID(p.ID) || strings.Contains(p.ID, "/"):
		return errors.New("id")
	case !challenge.IsPartyName(p.Name):
		return errors.New("name")
	case !challenge.IsPurpose(p.Kind): // kinds are codes of the same form
		return errors.New("kind")
	case len(p.Purposes) > maxPurposes:
		return fmt.Errorf("%d purposes", len(p.Purposes))
	case len(p.Origins) > maxOrigins:
		return fmt.Errorf("%d origins", len(p.Origins))
	case !p.Rate.Valid():
		return errors.New("rate")
	}
	for i, origin := range p.Origins {
		if !isOrigin(origin) {
			return fmt.Errorf("origin %d is not of the form https://host", i+1)
		}
	}
	return nil
}

// isOrigin tells an origin as browsers send it (RFC 6454 §6.2): https, or http
// on this computer, in lower case, without a path.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || len(text) > 256 || u.Host == "" || text != strings.ToLower(text) || text != u.Scheme+"://"+u.Host {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
}

// member is a party with what it may ask for.
type member struct {
	Party
	asks map[string]*asked // by purpose code
}

// asked is what a party asks for a purpose, with the templates of its challenges.
type asked struct {
	claims    []string
	templates [3]atomic.Pointer[challenge.Template] // by page key: none, X25519, P-256
}

// registry is the parties by id.
type registry map[string]*member

func newRegistry(parties []Party, purposes []policy.Purpose) (registry, error) {
	if len(parties) > maxParties {
		return nil, fmt.Errorf("core: %d relying parties, at most %d", len(parties), maxParties)
	}
	known := make(map[string]policy.Purpose, len(purposes))
	for _, p := range purposes {
		known[p.Code] = p
	}
	r := make(registry, len(parties))
	for i, p := range parties {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("core: relying party %d: %w", i+1, err)
		}
		if _, twice := r[p.ID]; twice {
			return nil, fmt.Errorf("core: relying party %q stands twice", p.ID)
		}
		m := &member{Party: p, asks: map[string]*asked{}}
		m.Purposes, m.Origins = slices.Clone(p.Purposes), slices.Clone(p.Origins)
		for _, code := range p.Purposes {
			switch purpose, ok := known[code]; {
			case !ok:
				return nil, fmt.Errorf("core: relying party %q: no purpose %q in the catalogue", p.ID, code)
			case !purpose.OpenTo(p.Kind):
				return nil, fmt.Errorf("core: relying party %q: purpose %q is not open to the kind %q", p.ID, code, p.Kind)
			}
		}
		for code, purpose := range known {
			if purpose.OpenTo(p.Kind) && (len(p.Purposes) == 0 || slices.Contains(p.Purposes, code)) {
				m.asks[code] = &asked{claims: slices.Clone(purpose.Request)}
			}
		}
		// Most likely a kind that was spelt wrong.
		if len(m.asks) == 0 {
			return nil, fmt.Errorf("core: relying party %q of the kind %q may use no purpose", p.ID, p.Kind)
		}
		r[p.ID] = m
	}
	return r, nil
}

// Party returns a registered party, and false for a stranger.
func (e *Endpoint) Party(id string) (Party, bool) {
	m, ok := e.parties[id]
	if !ok {
		return Party{}, false
	}
	return m.Party, true
}

// Rate is that of each terminal of a party; a stranger has none.
func (e *Endpoint) Rate(id string) Rate {
	if m, ok := e.parties[id]; ok {
		return m.Rate
	}
	return Rate{}
}

// Purposes lists the codes of what a party may check for, sorted.
func (e *Endpoint) Purposes(party string) []string {
	m, ok := e.parties[party]
	if !ok {
		return []string{}
	}
	return slices.Sorted(maps.Keys(m.asks))
}

// Origin reports whether a page of this origin may call the endpoint: whether
// some party registered it.
func (e *Endpoint) Origin(origin string) bool { return e.origins[origin] }
