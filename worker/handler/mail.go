package handler

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/mail"
)

// Mail keeps the boxes of way A and wakes those who wait for them; worker/mail
// does it in memory.
type Mail interface {
	// Put takes a checked post of a phone. A refusal is a [*core.Refusal].
	Put(core.Post) error
	// Wait returns when the box is in another state than seen, or with the error
	// of ctx, or with [mail.ErrClosed] when the server stops.
	Wait(ctx context.Context, p core.Pickup, seen core.BoxState) (mail.Delivery, error)
}

// How long a poll waits for news. Longer than a page asks for is of no use, and
// proxies on the way end what is silent for a minute.
const (
	pollWait    = 20 * time.Second
	maxPollWait = 30 * time.Second
)

// news is what a page hears of its box, by either way.
type news struct {
	State      core.BoxState `json:"state"`
	Ciphertext string        `json:"ciphertext,omitempty"`
}

func tell(d mail.Delivery) news {
	return news{d.State, base64.RawURLEncoding.EncodeToString(d.Ciphertext)}
}

// opened answers POST /v1/challenges/{id}/opened.
func (h *server) opened(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	return h.put(w)(h.Endpoint.Opened(r.PathValue("id"), body, h.Now()))
}

// answered answers POST /v1/challenges/{id}/response.
func (h *server) answered(w http.ResponseWriter, r *http.Request) error {
	body, err := readBodyOf(w, r, core.MaxPostBytes)
	if err != nil {
		return err
	}
	return h.put(w)(h.Endpoint.Response(r.PathValue("id"), body, h.Now()))
}

// put keeps a post and answers it with nothing.
func (h *server) put(w http.ResponseWriter) func(core.Post, error) error {
	return func(p core.Post, err error) error {
		if err == nil {
			err = h.Mail.Put(p)
		}
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// events answers GET /v1/challenges/{id}/events.
func (h *server) events(w http.ResponseWriter, r *http.Request) error {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return core.Refuse(reason.BodyMalformed, "open a WebSocket")
	}
	return h.push(w, r)
}

// poll answers GET /v1/challenges/{id}/response, for a page that cannot listen to
// events: when the box is in another state than the page knows (seen in the
// query), or after as long as it wishes (Prefer: wait, RFC 7240 §4.3). HEAD would
// take the answer and not show it, and is refused.
func (h *server) poll(w http.ResponseWriter, r *http.Request) error {
	pickup, err := h.gate.Poll(r.PathValue("id"), r.Header.Get("Authorization"), h.Now())
	if err != nil {
		return err
	}
	seen := seenState(r.URL.Query().Get("seen"))
	wait := preferredWait(r.Header.Get("Prefer"))
	// The server's own time-out is for requests that are slow to arrive; it would
	// end this one. A recorder in a test has none to lift.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	d, err := h.Mail.Wait(ctx, pickup, seen)
	switch {
	case err != nil && r.Context().Err() != nil:
		return nil // the page is gone
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, mail.ErrClosed):
		d = mail.Delivery{State: seen}
	case err != nil:
		return err
	}
	err = writeJSON(w, http.StatusOK, tell(d))
	if d.Settle != nil {
		// What is on its way counts as delivered, unless the page hung up.
		err = errors.Join(err, http.NewResponseController(w).Flush())
		d.Settle(err == nil && r.Context().Err() == nil)
	}
	return nil
}

// PollQuery is what a poll wishes, for a box that is kept elsewhere: from the
// request's Prefer and its query, &seen=STATE&wait=MS.
func PollQuery(prefer, query string) string {
	values, _ := url.ParseQuery(query)
	return fmt.Sprintf("&seen=%s&wait=%d", seenState(values.Get("seen")), preferredWait(prefer).Milliseconds())
}

// seenState is the state that the page knows.
func seenState(text string) core.BoxState {
	if core.BoxState(text) == core.BoxOpened {
		return core.BoxOpened
	}
	return core.BoxWaiting
}

func preferredWait(prefer string) time.Duration {
	for item := range strings.SplitSeq(prefer, ",") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(item), "wait="); ok {
			if n, err := strconv.ParseUint(text, 10, 16); err == nil {
				return min(time.Duration(n)*time.Second, maxPollWait)
			}
		}
	}
	return pollWait
}
