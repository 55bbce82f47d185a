package handler

import (
	"context"
	"errors"
	"net/http"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/store"
)

// sender is what a request tells of who sent it.
func (h *server) sender(r *http.Request) gate.Sender {
	s := gate.Sender{Authorization: r.Header.Get("Authorization")}
	if h.Address != nil {
		s.Address = h.Address(r)
	}
	return s
}

// storing makes the context of a step of the store that is carried through once
// it has begun: a client that hangs up must not leave open what was done.
func (h *server) storing(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), h.StoreTimeout)
}

// storeError makes a failure of the store a refusal.
func (h *server) storeError(err error) error {
	h.Log.Error("store", "err", err)
	return core.Refuse(reason.StoreUnavailable, "the store does not answer")
}

// enrol answers POST /v1/terminals. The ticket is taken by the store before the
// token is given out, so that one ticket enrols one terminal.
func (h *server) enrol(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	enrolment, err := h.Endpoint.Enrol(body, h.Now())
	if err != nil {
		return err
	}
	ctx, cancel := h.storing(r)
	defer cancel()
	switch err := h.Store.Redeem(ctx, store.Redemption(enrolment.Redemption)); {
	case errors.Is(err, store.ErrUsed):
		return core.Refuse(reason.EnrolmentInvalid, "ticket: used before")
	case errors.Is(err, store.ErrSwept):
		return core.Refuse(reason.EnrolmentInvalid, "ticket: has ended")
	case err != nil:
		return h.storeError(err)
	}
	h.Log.Info("enrolled", "party", enrolment.Answer.Party.ID, "terminal", enrolment.Answer.Terminal)
	return writeJSON(w, http.StatusCreated, enrolment.Answer)
}

// renew answers POST /v1/terminals/renew.
func (h *server) renew(w http.ResponseWriter, r *http.Request) error {
	now := h.Now()
	caller, _, err := h.gate.Caller(h.sender(r), "", now)
	if err != nil {
		return err
	}
	enrolled, err := h.Endpoint.Renew(caller, now)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, enrolled)
}

// checkpoint answers POST /v1/checkpoints. The count is taken before anything
// is signed: of two requests with one count, one is signed.
func (h *server) checkpoint(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	now := h.Now()
	caller, _, err := h.gate.Caller(h.sender(r), "", now)
	if err != nil {
		return err
	}
	checkpoint, err := h.Endpoint.Checkpoint(caller, body, now)
	if err != nil {
		return err
	}
	ctx, cancel := h.storing(r)
	defer cancel()
	switch err := h.Store.Advance(ctx, checkpoint.Key, checkpoint.Count); {
	case errors.Is(err, store.ErrBehind):
		return core.Refuse(reason.CheckpointOld, "count: not above the last one signed")
	case err != nil:
		return h.storeError(err)
	}
	signed, err := h.Endpoint.SignCheckpoint(checkpoint)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, signed)
}

// receipt answers GET /v1/receipts/{id}.
func (h *server) receipt(w http.ResponseWriter, r *http.Request) error {
	now := h.Now()
	caller, _, err := h.gate.Caller(h.sender(r), "", now)
	if err != nil {
		return err
	}
	nonce, err := core.ReceiptID(r.PathValue("id"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.StoreTimeout)
	defer cancel()
	receipt, ok, err := h.Store.Receipt(ctx, nonce)
	if err != nil {
		return h.storeError(err)
	}
	if !ok {
		return core.Refuse(reason.NotFound, "no receipt has this id")
	}
	redeemed, err := h.Endpoint.Receipt(caller, nonce, receipt)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, redeemed)
}

// time answers GET /v1/time.
func (h *server) time(w http.ResponseWriter, r *http.Request) error {
	signed, err := h.Endpoint.Time(r.URL.Query().Get("nonce"), h.Now())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, signed)
}
