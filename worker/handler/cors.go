package handler

import (
	"net/http"
	"strings"
)

// corsMaxAge is how long a browser may remember a preflight, in seconds: a
// party that is taken off the list is out after it.
const corsMaxAge = "600"

// OriginHeaders let a page of a registered origin read an answer.
func OriginHeaders(origin string) map[string]string {
	return map[string]string{
		"Access-Control-Allow-Origin":   origin,
		"Access-Control-Expose-Headers": "Date, Retry-After",
		"Cross-Origin-Resource-Policy":  "cross-origin",
	}
}

// varyOrigin is shared by all answers; adding to it makes a new slice.
var varyOrigin = []string{"Origin"}

// cors lets pages of registered origins call the routes below /v1/. There is no
// star and no credential: a terminal's token is sent by the page, not by the
// browser.
func (h *server) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			next.ServeHTTP(w, r)
			return
		}
		header := w.Header()
		header["Vary"] = varyOrigin
		origin := r.Header.Get("Origin")
		if origin == "" || !h.Endpoint.Origin(origin) {
			next.ServeHTTP(w, r)
			return
		}
		for name, value := range OriginHeaders(origin) {
			header.Set(name, value)
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Prefer")
			header.Set("Access-Control-Max-Age", corsMaxAge)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
