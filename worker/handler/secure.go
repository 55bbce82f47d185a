package handler

import "net/http"

// contentPolicy allows the page what it is made of and nothing else: its own
// scripts and the wasm engine, styles, sounds, pictures out of a card or a file
// (blob: and data:), its own endpoint. There is no inline script, no eval of
// text, no frame and no other host.
const contentPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'"

// permissions leaves a page the camera and the sharing of a window.
const permissions = "camera=(self), display-capture=(self), microphone=(), geolocation=(), payment=(), usb=()"

// everywhere are the headers of every answer. The values are shared by all
// answers: whoever sets or adds to one makes a new slice.
var everywhere = []struct {
	name  string // in canonical form
	value []string
}{
	{"Content-Security-Policy", []string{contentPolicy}},
	{"Permissions-Policy", []string{permissions}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
}

// secure sets the headers that every answer carries, errors included.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for _, h := range everywhere {
			header[h.name] = h.value
		}
		next.ServeHTTP(w, r)
	})
}

// SecureHeaders are those headers, for answers that are not made here.
func SecureHeaders() map[string]string {
	all := map[string]string{}
	for _, h := range everywhere {
		all[h.name] = h.value[0]
	}
	return all
}
