//go:build !js

package ops

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// pingTimeout is how long the report waits for the store.
const pingTimeout = 2 * time.Second

// Handler serves the page (out of pages, which serves web/ and may be nil), its
// data, the metrics and Go's profiles. Ping asks the store.
func (p *Panel) Handler(pages http.Handler, ping func(context.Context) error, now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /ops/data.json", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
		defer cancel()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		// A write that fails means that the client is gone.
		_ = json.NewEncoder(w).Encode(p.Report(now(), ping(ctx) == nil))
	})
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	if pages != nil {
		mux.Handle("GET /web/", pages)
		toPage := http.RedirectHandler("/web/ops/", http.StatusFound)
		mux.Handle("GET /{$}", toPage)
		mux.Handle("GET /ops", toPage)
		mux.Handle("GET /ops/", toPage)
	}
	return local(mux)
}

// local refuses requests that were sent to another name than this computer's:
// a page elsewhere that has its name point here could read them otherwise.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if address, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !address.IsLoopback()) {
			http.Error(w, "only as localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
