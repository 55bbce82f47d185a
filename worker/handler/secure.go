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

// SecureHeaders are in every answer, errors included.
func SecureHeaders() map[string]string {
	return map[string]string{
		"Content-Security-Policy":      contentPolicy,
		"Permissions-Policy":           permissions,
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
}

// secure sets them.
func secure(next http.Handler) http.Handler {
	headers := SecureHeaders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for name, value := range headers {
			header.Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}
