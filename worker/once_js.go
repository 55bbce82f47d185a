package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall/js"
	"time"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/fetch"

	"jianzheng/shared/demo"
	"jianzheng/worker/core"
	"jianzheng/worker/edge/hot"
	"jianzheng/worker/gate"
	"jianzheng/worker/handler"
	"jianzheng/worker/site"
	"jianzheng/worker/store"
)

// listMaxAge is how long caches may give out lists without asking again.
const listMaxAge = time.Minute

// serveOne answers the one request of this instance.
func serveOne() error {
	s, err := openSite(time.Now())
	if err != nil {
		return err
	}
	endpoint, err := core.New(s.Core)
	if err != nil {
		return err
	}
	party, _ := endpoint.Party(s.Core.Party)
	config := handler.Config{
		Endpoint: endpoint, Store: store.NewRemote(object), Mail: boxes{}, Lists: s.Lists,
		Party: handler.Party{ID: party.ID, Name: party.Name}, Purpose: s.Purpose, Statuses: s.Statuses,
		Limiter: buckets{}, Now: time.Now, Rand: rand.Reader,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if s.Core.ResponseURI == "" {
		config.Mail = nil
	}
	if config.AddressRate, err = addressRate(); err != nil {
		return err
	}
	if name := text(envAddress); name != "" {
		config.Address = func(r *http.Request) netip.Addr {
			address, _ := netip.ParseAddr(r.Header.Get(name))
			return address
		}
	}
	if config.ListMaxAge = listMaxAge; text(envDemo) != "" {
		config.ListMaxAge = 0
		if config.Demo, err = demonstration(); err != nil {
			return err
		}
	}
	if pages := binding().Get("pages"); pages.Truthy() {
		config.Pages = fetched{fetch.NewClient(fetch.WithBinding(pages)).HTTPClient(fetch.RedirectModeManual)}
	}
	routes, err := handler.New(config)
	if err != nil {
		return err
	}
	workers.Serve(whole(routes))
	return nil
}

// whole puts the values of headers together again, which the library cuts at commas.
func whole(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			r.Header[name] = []string{strings.Join(values, ",")}
		}
		next.ServeHTTP(w, r)
	})
}

func demonstration() (handler.Demo, error) {
	all := js.Global().Get("JSON").Call("parse", text(envDemo))
	authority, err := demo.Load(func(name string) ([]byte, error) {
		file := all.Get(name)
		if file.Type() != js.TypeString {
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		return base64.StdEncoding.DecodeString(file.String())
	})
	return site.Demonstration{Authority: authority, Rand: rand.Reader}, err
}

// object sends a request of the store to the Durable Object of the shard.
func object(shard string, r *http.Request) (*http.Response, error) {
	return send("NONCES", hot.NonceObject(shard), r)
}

func send(binding, name string, r *http.Request) (*http.Response, error) {
	namespace, err := cloudflare.NewDurableObjectNamespace(binding)
	if err != nil {
		return nil, err
	}
	stub, err := namespace.Get(namespace.IdFromName(name))
	if err != nil {
		return nil, err
	}
	return stub.Fetch(r)
}

// buckets is the [gate.Limiter] of the hot instance.
type buckets struct{}

// Take implements [gate.Limiter].
func (buckets) Take(o gate.Owner, rate core.Rate, now time.Time) time.Duration {
	address := ""
	if o.Address.IsValid() {
		address = o.Address.String()
	}
	wait := binding().Call("take", o.Name, address, rate.PerMinute, rate.Burst, now.UnixMilli())
	return time.Duration(wait.Float() * float64(time.Millisecond))
}

// boxes is the [handler.Mail] of an instance for one request. Pages that wait never
// come to one.
type boxes struct{ handler.Mail }

// Put implements [handler.Mail].
func (boxes) Put(p core.Post) error {
	binding, rest, _ := strings.Cut(hot.HubPlace(p.ID, p.Ends), "\n")
	name, query, _ := strings.Cut(rest, "\n")
	r, err := http.NewRequest(http.MethodPost, "http://hub/?"+query, bytes.NewReader(p.Ciphertext))
	if err != nil {
		return err
	}
	word, answer := "unavailable", (*http.Response)(nil)
	if answer, err = send(binding, name, r); err == nil {
		defer answer.Body.Close()
		if b, err := io.ReadAll(answer.Body); err == nil {
			word = string(b)
		}
	}
	return hot.Posted(word)
}
