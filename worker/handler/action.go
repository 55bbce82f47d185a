package handler

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

// action answers one request or returns why not: a [*core.Refusal] is told to
// the client, any other error is a fault of this program and stays in the log.
type action func(http.ResponseWriter, *http.Request) error

// anyMethod stands for every method.
const anyMethod = ""

// api makes an action a handler for one method (HEAD goes with GET), with the
// error as problem details and one line in the log. The pattern stands in the
// log for the path, which may hold anything.
func (h *server) api(pattern, method string, f action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := h.Now()
		defer func() {
			// net/http would log the panic's value, which may hold input.
			if v := recover(); v != nil {
				h.Log.Error("panic", "route", pattern, "stack", string(debug.Stack()))
				writeProblem(w, core.Refuse(reason.Internal, ""))
			}
		}()
		err := error(nil)
		if method == anyMethod || r.Method == method || (method == http.MethodGet && r.Method == http.MethodHead) {
			err = f(w, r)
		} else {
			w.Header().Set("Allow", allow(method))
			err = core.Refuse(reason.MethodNotAllowed, "use "+allow(method))
		}
		level, code := slog.LevelDebug, reason.OK
		if method == http.MethodPost {
			level = slog.LevelInfo
		}
		if err != nil {
			var refusal *core.Refusal
			if !errors.As(err, &refusal) {
				refusal = core.Refuse(reason.Internal, "")
			}
			if refusal.Status >= http.StatusInternalServerError {
				h.Log.Error("fault", "route", pattern, "err", err)
			}
			code = refusal.Code
			writeProblem(w, refusal)
		}
		h.Log.Log(r.Context(), level, "request", "method", method, "route", pattern, "code", string(code), "took", h.Now().Sub(start))
	})
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
	if r.Code == reason.StoreUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(r.Status)
	// A write that fails means that the client is gone.
	_ = json.NewEncoder(w).Encode(struct {
		Type   string      `json:"type"`
		Title  string      `json:"title"`
		Status int         `json:"status"`
		Code   reason.Code `json:"code"`
		Detail string      `json:"detail,omitempty"`
	}{"about:blank", http.StatusText(r.Status), r.Status, r.Code, r.Detail})
}

// writeJSON sends an answer that no cache keeps.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b)
	return nil
}

// readBody takes a JSON body of at most [core.MaxBodyBytes].
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return readBodyOf(w, r, core.MaxBodyBytes)
}

// readBodyOf takes a JSON body of at most so many bytes.
func readBodyOf(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || r.Header.Get("Content-Encoding") != "" {
		return nil, core.Refuse(reason.MediaType, "send application/json")
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return nil, core.Refuse(reason.MediaType, "send UTF-8")
	}
	tooLarge := core.Refuse(reason.BodyTooLarge, "over the cap of a body")
	if r.ContentLength > most {
		// Tells net/http to hang up rather than to read the rest.
		w.Header().Set("Connection", "close")
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge
	case err != nil:
		return nil, core.Refuse(reason.BodyMalformed, "body ended early")
	}
	return body, nil
}
