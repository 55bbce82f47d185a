package handler

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/store"
)

// issue answers POST /v1/challenges.
func (h *server) issue(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	now := h.Now()
	draft, counted, err := h.gate.Issue(h.sender(r), body, now, h.Rand, nil)
	if err != nil {
		return err
	}
	signature, err := h.Endpoint.Sign(draft)
	if err != nil {
		return err
	}
	if h.Observer != nil {
		h.Observer.Asked(counted, now)
	}
	writeAnswer(w, http.StatusCreated, draft.AppendChallenge(nil, signature))
	return nil
}

// redeem answers POST /v1/redeem. The receipt is signed first and kept in the
// same transaction as the nonce, so that what was answered is on disk.
func (h *server) redeem(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	now := h.Now()
	request, draft, counted, err := h.gate.Redeem(h.sender(r), body, now)
	if err != nil {
		return err
	}
	signature, err := h.Endpoint.Sign(draft)
	if err != nil {
		return err
	}
	receipt, answer := draft.Receipt(signature)
	ctx, cancel := h.storing(r)
	defer cancel()
	switch err := h.Store.Redeem(ctx, store.Redemption{Nonce: request.Nonce, Redeemed: now, Receipt: receipt}); {
	case errors.Is(err, store.ErrUsed):
		return gate.Used
	case errors.Is(err, store.ErrSwept):
		return gate.Swept
	case err != nil:
		h.Log.Error("store", "err", err)
		return gate.Unavailable
	}
	if h.Observer != nil {
		h.Observer.Redeemed(counted, request.Reason, request.Sequence, now)
	}
	writeAnswer(w, http.StatusOK, answer)
	return nil
}

// health answers GET /v1/healthz.
func (h *server) health(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), h.StoreTimeout)
	defer cancel()
	if err := h.Store.Ping(ctx); err != nil {
		h.Log.Error("store", "err", err)
		return core.Refuse(reason.StoreUnavailable, "the store does not answer")
	}
	return writeJSON(w, http.StatusOK, struct {
		Status string    `json:"status"`
		Demo   bool      `json:"demo"`
		Time   time.Time `json:"time"`
	}{"ok", h.Demo != nil, h.Now().UTC().Truncate(time.Second)})
}

// pageConfig is what a page has to know before it can check anything.
func (h *server) pageConfig() ([]byte, error) {
	anchor, err := h.Lists.Anchor().MarshalCBOR()
	if err != nil {
		return nil, fmt.Errorf("handler: anchor: %w", err)
	}
	inspector := ""
	if h.Demo != nil {
		inspector = base64.RawURLEncoding.EncodeToString(h.Demo.Inspector())
	}
	return json.Marshal(struct {
		Demo    bool     `json:"demo"`
		Anchor  string   `json:"anchor"`
		Party   Party    `json:"party"`
		Purpose string   `json:"purpose"`
		Status  []string `json:"status"`
		// Inspector is that of the demonstration. A real one's key is given to the
		// counter itself, since whoever serves pages should not choose it.
		Inspector string `json:"inspector,omitempty"`
	}{h.Demo != nil, base64.RawURLEncoding.EncodeToString(anchor), h.Party, h.Purpose, append([]string{}, h.Statuses...), inspector})
}

// trust answers GET /v1/trust.
func (h *server) trust(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Lists.Trust(h.Now())
	if err != nil {
		return err
	}
	return h.cached(w, r, "application/cwt", h.ListMaxAge, list)
}

// policy answers GET /v1/policy.
func (h *server) policy(w http.ResponseWriter, r *http.Request) error {
	catalogue, err := h.Lists.Policy(h.Now())
	if err != nil {
		return err
	}
	return h.cached(w, r, "application/cwt", h.ListMaxAge, catalogue)
}

// status answers GET /v1/status/{n}.
func (h *server) status(w http.ResponseWriter, r *http.Request) error {
	text := r.PathValue("n")
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != text {
		return notFound(w, r)
	}
	list, ok, err := h.Lists.Status(int(n), h.Now())
	if err != nil {
		return err
	}
	if !ok {
		return notFound(w, r)
	}
	return h.cached(w, r, "application/statuslist+cwt", h.ListMaxAge, list)
}
