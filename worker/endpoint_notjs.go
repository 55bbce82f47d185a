//go:build !js

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/handler"
	"jianzheng/worker/mail"
	"jianzheng/worker/ops"
	"jianzheng/worker/store"
)

// endpoint is what serves: routes that can be changed for others while the
// store, the rates and the counts stay.
type endpoint struct {
	options     options
	log         *slog.Logger
	store       store.Store
	pages       *os.Root // nil without pages
	limiter     *gate.Buckets
	boxes       *mail.Hub    // nil without way A
	panel       *ops.Panel   // nil without -ops
	certificate *certificate // nil without TLS

	routes atomic.Pointer[http.Handler]
}

// use builds the routes of a site and serves them from now on.
func (e *endpoint) use(s served) error {
	if e.boxes != nil {
		s.core.ResponseURI = strings.TrimSuffix(e.options.url, "/") + "/v1/challenges"
	}
	decides, err := core.New(s.core)
	if err != nil {
		return err
	}
	party, _ := decides.Party(s.core.Party)
	config := handler.Config{
		Endpoint: decides, Store: e.store, Lists: s.lists, Demo: s.demo, Losses: s.losses,
		Party: handler.Party{ID: party.ID, Name: party.Name}, Purpose: s.purpose, Statuses: s.statuses,
		Limiter: e.limiter, Address: clientAddress(e.options.proxies), AddressRate: e.options.addressRate,
		Now: time.Now, Rand: rand.Reader, Log: e.log,
	}
	if e.boxes != nil {
		config.Mail = e.boxes
	}
	if e.pages != nil { // a root refuses names and links that lead out of it
		config.Pages = e.pages.FS()
	}
	if e.panel != nil {
		config.Observer = e.panel
	}
	if !e.options.demo {
		config.ListMaxAge = listMaxAge
	}
	routes, err := handler.New(config)
	if err != nil {
		return err
	}
	if e.options.cert != "" {
		routes = strict(routes)
	}
	e.routes.Store(&routes)
	return nil
}

// ServeHTTP implements [http.Handler] with the routes as they are now.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*e.routes.Load()).ServeHTTP(w, r)
}

// strict tells browsers to use nothing but HTTPS from now on.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

// reload reads the operator's files again at each SIGHUP until ctx ends.
func (e *endpoint) reload(ctx context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		if err := e.readAgain(); err != nil {
			e.log.Error("files were not taken; the server goes on as before", "err", oneLine(err))
			continue
		}
		e.log.Info("files were read again")
	}
}

func (e *endpoint) readAgain() error {
	s, err := openSite(e.options, e.log)
	if err != nil {
		return err
	}
	if err := e.use(s); err != nil {
		return err
	}
	if e.certificate != nil {
		return e.certificate.load()
	}
	return nil
}

// startOps serves the operator's port and returns how to stop it.
func (e *endpoint) startOps() (stop func(), err error) {
	listener, err := net.Listen("tcp", e.options.ops)
	if err != nil {
		return nil, explainListen(e.options.ops, err)
	}
	e.panel = ops.New(ops.About{Version: version(), Go: runtime.Version(), Store: storeKind(e.options), Demo: e.options.demo, Started: time.Now().UTC()})
	var pages http.Handler
	if e.pages != nil {
		pages = handler.OperatorPages(e.pages.FS(), time.Now, e.log)
	}
	server := &http.Server{Handler: e.panel.Handler(pages, e.store.Ping, time.Now), ReadHeaderTimeout: readHeaderTimeout}
	go server.Serve(listener)
	e.log.Info("operator's page", "url", fmt.Sprintf("http://%s/", listener.Addr()))
	return func() { server.Close() }, nil
}

// version names the program: the beginning of its hash, which whoever builds the
// same source gets too. `make build` leaves the commit out for that reason.
func version() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(program))[:12]
}
