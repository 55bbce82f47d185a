// Package handler is the HTTP side of the endpoint: challenges, redemption, the
// signed lists, the demo cards and the pages, on net/http.
//
// It routes, caps and types; what is decided is decided in worker/core, and
// that a nonce is redeemed once, in worker/store. It reads no clock of its own
// and writes no address, header, body or URL of a request to the log.
package handler

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/worker/core"
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

// Demo issues cards of invented people. A real server has none.
type Demo interface {
	// People lists who can have a card.
	People() []Person
	// IssueCard makes a card of one of People, bound to the holder's key.
	IssueCard(person string, holder *cwt.Key, now time.Time) ([]byte, error)
}

// Person is an invented person with the kind of card to be tried.
type Person struct {
	ID     string `json:"id"`
	Zh     string `json:"zh"`
	En     string `json:"en"`
	NoteZh string `json:"noteZh"`
	NoteEn string `json:"noteEn"`
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
	Pages    *os.Root // folder with index.html, web/ and dist/engine/; nil without pages
	Party    Party    // told to pages that were not told otherwise
	Purpose  string   // the same
	Statuses []string // paths of the status lists

	// ListMaxAge is how long caches may give out lists without asking again.
	ListMaxAge time.Duration

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// storeTimeout is how long a redemption may wait for the disk before it is
// answered with store-unavailable.
const storeTimeout = 5 * time.Second

// New builds the routes. All of c but Mail, Demo and Pages must be set.
func New(c Config) (http.Handler, error) {
	if c.Endpoint == nil || c.Store == nil || c.Lists == nil || c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("handler: incomplete configuration")
	}
	h := &server{Config: c}
	config, err := h.pageConfig()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	route := func(path, method string, f action) { mux.Handle(path, h.api(path, method, f)) }
	route("/v1/challenges", http.MethodPost, h.issue)
	route("/v1/redeem", http.MethodPost, h.redeem)
	route("/v1/trust", http.MethodGet, h.trust)
	route("/v1/policy", http.MethodGet, h.policy)
	route("/v1/status/{n}", http.MethodGet, h.status)
	route("/v1/healthz", http.MethodGet, h.health)
	route("/config.json", http.MethodGet, func(w http.ResponseWriter, r *http.Request) error {
		return h.cached(w, r, "application/json", 0, config)
	})
	if c.Mail != nil {
		route("/v1/challenges/{id}/opened", http.MethodPost, h.opened)
		route("/v1/challenges/{id}/response", anyMethod, h.response)
		route("/v1/challenges/{id}/events", http.MethodGet, h.events)
	}
	if c.Demo != nil {
		route("/v1/demo/people", http.MethodGet, h.people)
		route("/v1/demo/cards", http.MethodPost, h.card)
	}
	if c.Pages != nil {
		route("/", http.MethodGet, h.page)
	} else {
		route("/", anyMethod, notFound)
	}
	// Whatever lies below /v1/ without being a route is no page.
	route("/v1", anyMethod, notFound)
	route("/v1/", anyMethod, notFound)
	return secure(mux), nil
}

type server struct{ Config }
