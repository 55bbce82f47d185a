// Package gate lets a request through to worker/core: who sends it, whether that
// terminal and that address may send so much, and what is asked. The native
// server and the edge pass through the same one.
//
// It does no I/O and reads no clock; what it keeps of a sender is its [Limiter]'s.
package gate

import (
	"cmp"
	"io"
	"net/netip"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

// Gate stands before an endpoint. It is not changed by use.
type Gate struct {
	Endpoint    *core.Endpoint
	Party       string    // meant by requests that name none
	Limiter     Limiter   // nil limits nobody
	AddressRate core.Rate // of each address; the zero rate is no limit
}

// Sender is what a request tells of who sent it.
type Sender struct {
	Authorization string     // the header's value
	Address       netip.Addr // the zero address where none is known
}

// Admit refuses an address that sends too many requests. This computer itself is
// not limited: a limit there would be one for everybody behind a proxy that
// nobody declared as trusted.
func (g *Gate) Admit(s Sender, now time.Time) error {
	if g.Limiter == nil || g.AddressRate.Unlimited() || s.Address.IsLoopback() {
		return nil
	}
	return limitError(g.Limiter.Take(Owner{Address: prefix(s.Address)}, g.AddressRate, now))
}

// Caller reads whom a request comes from and refuses a terminal that is over its
// party's rate. Where nobody in particular asks, it is counted for the party
// named, by address.
func (g *Gate) Caller(s Sender, party string, now time.Time) (c, counted core.Caller, err error) {
	if c, err = g.Endpoint.Caller(s.Authorization, now); err != nil {
		return c, c, err
	}
	counted = c
	if c.Terminal == "" {
		counted.Party = party
	}
	rate := g.Endpoint.Rate(counted.Party)
	if g.Limiter == nil || rate.Unlimited() {
		return c, counted, nil
	}
	o := Owner{Name: counted.String()}
	if counted.Terminal == "" {
		o.Address = prefix(s.Address)
	}
	return c, counted, limitError(g.Limiter.Take(o, rate, now))
}

// Issue lets a body of POST /v1/challenges through and drafts its answer. Counted
// is whom it is counted for. The error is a [*core.Refusal], or a fault.
func (g *Gate) Issue(s Sender, body []byte, now time.Time, rand io.Reader, scratch *core.Scratch) (d core.Draft, counted core.Caller, err error) {
	request, err := core.ParseIssue(body)
	if err != nil {
		return d, counted, err
	}
	caller, counted, err := g.Caller(s, cmp.Or(request.Party, g.Party), now)
	if err != nil {
		return d, counted, err
	}
	d, err = g.Endpoint.DraftIssue(caller, request, now, rand, scratch)
	return d, counted, err
}

// Redeem lets a body of POST /v1/redeem through and drafts its receipt.
func (g *Gate) Redeem(s Sender, body []byte, now time.Time) (r core.RedeemRequest, d core.Draft, counted core.Caller, err error) {
	if r, err = core.ParseRedeem(body); err != nil {
		return r, d, counted, err
	}
	caller, counted, err := g.Caller(s, r.Party, now)
	if err != nil {
		return r, d, counted, err
	}
	d, err = g.Endpoint.DraftRedeem(caller, r, now)
	return r, d, core.Caller{Party: r.Party, Terminal: counted.Terminal}, err
}

// Refusals of what was let through and then not taken by the store.
var (
	Used        = core.Refuse(reason.NonceUsed, "nonce: redeemed before")
	Swept       = core.Refuse(reason.NonceExpired, "nonce: no longer honoured")
	Unavailable = core.Refuse(reason.StoreUnavailable, "try again with a new challenge")
)

func limitError(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	refusal := core.Refuse(reason.RateLimited, "too many requests")
	refusal.Wait = wait
	return refusal
}
