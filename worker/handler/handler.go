// Package handler is the HTTP side of the endpoint: challenges, redemption, the
// signed lists, the demo cards and the pages, on net/http.
//
// It routes, caps and types; what is decided is decided in worker/core, and
// that a nonce is redeemed once, in worker/store. It reads no clock of its own
// and writes no address, header, body or URL of a request to the log.
package handler

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/store"
)

// Lists are the signed documents that verifiers fetch. What is returned is not
// changed by anybody afterwards.
type Lists interface {
	// Trust is the trust list to be given out at now.
	Trust(now time.Time) ([]byte, error)
	// Policy is the catalogue of purposes.
	Policy(now time.Time) ([]byte, error)
	// Status is the n-th status list; false when there is none.
	Status(n int, now time.Time) ([]byte, bool, error)
	// Anchor is the key that signs trust list and catalogue.
	Anchor() *cwt.Key
}

// Party is a relying party and its registered name.
type Party struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Config is what a handler is made of.
type Config struct {
	Endpoint *core.Endpoint
	Store    store.Store
	Mail     Mail // nil without way A
	Lists    Lists
	Demo     Demo     // nil without demo cards
	Losses   Losses   // of demo cards; nil where none can be reported
	Pages    fs.FS    // index.html, web/ and dist/engine/, as files that can seek; nil without pages
	Party    Party    // told to pages that were not told otherwise
	Purpose  string   // the same
	Statuses []string // paths of the status lists

	// Limiter keeps the rates of terminals and, where Address is given too, of
	// addresses; nil limits nobody. It outlives a handler, so that a change of
	// the configuration gives nobody a full bucket.
	Limiter     gate.Limiter
	Address     func(*http.Request) netip.Addr
	AddressRate core.Rate
	Observer    Observer // nil: nobody counts

	// StoreTimeout is how long a step of the store may take before it is
	// answered with store-unavailable; 0 for five seconds.
	StoreTimeout time.Duration

	// ListMaxAge is how long caches may give out lists without asking again.
	ListMaxAge time.Duration

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Observer is told what happened, for the operator's eyes. Its methods may be
// called from many goroutines and must not block.
type Observer interface {
	// Request was answered: by route (the pattern, not the path), with a code.
	Request(route string, code reason.Code, took time.Duration, now time.Time)
	// Asked for a challenge.
	Asked(c core.Caller, now time.Time)
	// Redeemed a nonce, with the terminal's word on the outcome and the
	// sequence of its trust list.
	Redeemed(c core.Caller, code reason.Code, sequence uint64, now time.Time)
}

const defaultStoreTimeout = 5 * time.Second

// New builds the routes. All of c but Mail, Demo and Pages must be set.
func New(c Config) (http.Handler, error) {
	if c.Endpoint == nil || c.Store == nil || c.Lists == nil || c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("handler: incomplete configuration")
	}
	c.StoreTimeout = cmp.Or(c.StoreTimeout, defaultStoreTimeout)
	h := &server{Config: c, gate: gate.Gate{Endpoint: c.Endpoint, Party: c.Party.ID, Limiter: c.Limiter}}
	if c.Address != nil {
		h.gate.AddressRate = c.AddressRate
	}
	config, err := h.pageConfig()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	rows := map[string][]route{}
	for _, r := range h.routes(config) {
		rows[r.path] = append(rows[r.path], r)
	}
	for path, r := range rows {
		mux.Handle(path, h.choose(r))
	}
	return secure(h.cors(mux)), nil
}

// route is one row of the table of routes.
type route struct {
	path   string
	method string // anyMethod for every one
	do     action
	// costs says that a request signs, checks a MAC or asks the store: addresses
	// are limited there.
	costs bool
	// waits says that it answers when there is news, so that how long it took
	// says nothing of the server.
	waits bool
}

// routes is the table. worker/openapi.json describes what stands below /v1/, and
// a test holds the two together.
func (h *server) routes(config []byte) []route {
	all := []route{
		{path: "/v1/challenges", method: http.MethodPost, do: h.issue, costs: true},
		{path: "/v1/redeem", method: http.MethodPost, do: h.redeem, costs: true},
		{path: "/v1/receipts/{id}", method: http.MethodGet, do: h.receipt, costs: true},
		{path: "/v1/terminals", method: http.MethodPost, do: h.enrol, costs: true},
		{path: "/v1/terminals/renew", method: http.MethodPost, do: h.renew, costs: true},
		{path: "/v1/checkpoints", method: http.MethodPost, do: h.checkpoint, costs: true},
		{path: "/v1/time", method: http.MethodGet, do: h.time, costs: true},
		{path: "/v1/trust", method: http.MethodGet, do: h.trust},
		{path: "/v1/policy", method: http.MethodGet, do: h.policy},
		{path: "/v1/status/{n}", method: http.MethodGet, do: h.status},
		{path: "/v1/healthz", method: http.MethodGet, do: h.health},
		{path: "/config.json", method: http.MethodGet, do: func(w http.ResponseWriter, r *http.Request) error {
			return h.cached(w, r, "application/json", 0, config)
		}},
		// Whatever lies below /v1/ without being a route is no page.
		{path: "/v1", method: anyMethod, do: notFound},
		{path: "/v1/", method: anyMethod, do: notFound},
	}
	if h.Mail != nil {
		all = append(all,
			route{path: "/v1/challenges/{id}/opened", method: http.MethodPost, do: h.opened, costs: true},
			route{path: "/v1/challenges/{id}/response", method: http.MethodPost, do: h.answered, costs: true},
			route{path: "/v1/challenges/{id}/response", method: http.MethodGet, do: h.poll, costs: true, waits: true},
			route{path: "/v1/challenges/{id}/events", method: http.MethodGet, do: h.events, costs: true, waits: true})
	}
	if h.Demo != nil {
		all = append(all,
			route{path: "/v1/demo/people", method: http.MethodGet, do: h.people},
			route{path: "/v1/demo/cards", method: http.MethodPost, do: h.card, costs: true},
			route{path: "/v1/demo/printed", method: http.MethodPost, do: h.printed, costs: true})
	}
	if h.Demo != nil && h.Losses != nil {
		all = append(all, route{path: "/v1/demo/losses", method: http.MethodPost, do: h.loss, costs: true})
	}
	if h.Pages != nil {
		return append(all, route{path: "/", method: http.MethodGet, do: h.page})
	}
	return append(all, route{path: "/", method: anyMethod, do: notFound})
}

type server struct {
	Config
	gate     gate.Gate
	operator bool // gives out the operator's pages
	list     appList
}
