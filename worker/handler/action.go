package handler

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

// action answers one request or returns why not: a [*core.Refusal] is told to
// the client, any other error is a fault of this program and stays in the log.
type action func(http.ResponseWriter, *http.Request) error

// anyMethod stands for every method.
const anyMethod = ""

// api makes a route a handler for its method (HEAD goes with GET), with the
// error as problem details and one line in the log. The pattern stands in the
// log for the path, which may hold anything.
func (h *server) api(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := h.Now()
		code := reason.Internal
		defer func() {
			// net/http would log the panic's value, which may hold input.
			if v := recover(); v != nil {
				h.Log.Error("panic", "route", rt.path, "stack", string(debug.Stack()))
				writeProblem(w, core.Refuse(reason.Internal, ""))
			}
			if h.Observer != nil && !rt.waits {
				now := h.Now()
				h.Observer.Request(rt.path, code, now.Sub(start), now)
			}
		}()
		err := h.answer(rt, w, r, start)
		level := slog.LevelDebug
		if code = reason.OK; err != nil {
			refusal := core.AsRefusal(err)
			if refusal.Status >= http.StatusInternalServerError {
				h.Log.Error("fault", "route", rt.path, "err", err)
			}
			if rt.method == http.MethodPost {
				level = slog.LevelInfo
			}
			code = refusal.Code
			writeProblem(w, refusal)
		}
		// Requests that went well are counted by the observer; a line for each
		// would cost as much as the request.
		if h.Log.Enabled(r.Context(), level) {
			h.Log.Log(r.Context(), level, "request", "method", rt.method, "route", rt.path, "code", string(code), "took", h.Now().Sub(start))
		}
	})
}

// choose is the handler of the rows of one path: that of the request's method.
func (h *server) choose(rows []route) http.Handler {
	if len(rows) == 1 {
		return h.api(rows[0])
	}
	methods := map[string]http.Handler{}
	for _, r := range rows {
		methods[r.method] = h.api(r)
	}
	list := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	other := h.api(route{path: rows[0].path, do: func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Allow", list)
		return core.Refuse(reason.MethodNotAllowed, "use "+list)
	}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := methods[r.Method]; ok {
			h.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
}

// answer runs the action, if the method fits and the address may.
func (h *server) answer(rt route, w http.ResponseWriter, r *http.Request, now time.Time) error {
	if rt.method != anyMethod && r.Method != rt.method && (rt.method != http.MethodGet || r.Method != http.MethodHead) {
		w.Header().Set("Allow", allow(rt.method))
		return core.Refuse(reason.MethodNotAllowed, "use "+allow(rt.method))
	}
	if rt.costs {
		if err := h.gate.Admit(h.sender(r), now); err != nil {
			return err
		}
	}
	return rt.do(w, r)
}

func allow(method string) string {
	if method == http.MethodGet {
		return "GET, HEAD"
	}
	return method
}

func notFound(http.ResponseWriter, *http.Request) error {
	return core.Refuse(reason.NotFound, "no such resource")
}

// writeProblem sends problem details (RFC 9457) with the reason code.
func writeProblem(w http.ResponseWriter, r *core.Refusal) {
	w.Header().Del("ETag")
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if name, value := r.Header(); name != "" {
		w.Header().Set(name, value)
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Problem())
}

// writeJSON sends an answer that no cache keeps.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	writeAnswer(w, status, b)
	return nil
}

// Headers of an answer that no cache keeps, shared as those of [secure] are.
var (
	typeJSON = []string{"application/json"}
	noStore  = []string{"no-store"}
)

// writeAnswer sends JSON as it is. A write that fails means that the client is
// gone.
func writeAnswer(w http.ResponseWriter, status int, b []byte) {
	header := w.Header()
	header["Content-Type"], header["Cache-Control"] = typeJSON, noStore
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// readBody takes a JSON body of at most [core.MaxBodyBytes].
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return readBodyOf(w, r, core.MaxBodyBytes)
}

// readBodyOf takes a JSON body of at most so many bytes.
func readBodyOf(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if err := checkType(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > most {
		// Tells net/http to hang up rather than to read the rest.
		w.Header().Set("Connection", "close")
		return nil, core.Refuse(reason.BodyTooLarge, "over the cap of a body")
	}
	body, err := readAll(http.MaxBytesReader(w, r.Body, most), r.ContentLength)
	var over *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &over):
		return nil, core.Refuse(reason.BodyTooLarge, "over the cap of a body")
	}
	return nil, core.Refuse(reason.BodyMalformed, "body ended early")
}

// checkType refuses what does not say that it is JSON in UTF-8.
func checkType(header http.Header) error {
	if header.Get("Content-Encoding") != "" {
		return core.Refuse(reason.MediaType, "send application/json")
	}
	text := header.Get("Content-Type")
	if text == "application/json" { // as nearly everybody writes it
		return nil
	}
	kind, params, err := mime.ParseMediaType(text)
	if err != nil || kind != "application/json" {
		return core.Refuse(reason.MediaType, "send application/json")
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return core.Refuse(reason.MediaType, "send UTF-8")
	}
	return nil
}

// readAll is io.ReadAll with room for the length that was announced, if one was.
func readAll(from io.Reader, announced int64) ([]byte, error) {
	body := make([]byte, 0, max(announced, 0)+1) // one more, to meet the end without growing
	for {
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			body = slices.Grow(body, bytes.MinRead)
		}
	}
}
