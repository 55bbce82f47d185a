package handler

import (
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

// Demo issues cards of invented people. A real server has none.
type Demo interface {
	// People lists who can have a card.
	People() []Person
	// IssueCard makes a card of one of People, bound to the holder's key.
	IssueCard(person string, holder *cwt.Key, now time.Time) (Issued, error)
	// IssuePrinted makes one for paper.
	IssuePrinted(person string, now time.Time) (Issued, error)
	// Inspector is the public key that pages seal their registers to when they
	// were given no other.
	Inspector() []byte
}

// Losses takes reports of lost cards. An endpoint whose status lists are signed
// elsewhere has none.
type Losses interface {
	// ReportLoss has the status list say that a card is lost, or found again. ok
	// is false for a ticket that was not made here.
	ReportLoss(ticket string, lost bool) (ok bool, err error)
}

// Person is an invented person with the kind of card to be tried.
type Person struct {
	ID     string `json:"id"`
	Zh     string `json:"zh"`
	En     string `json:"en"`
	NoteZh string `json:"noteZh"`
	NoteEn string `json:"noteEn"`
}

// Issued is a card: for a phone, or the text of one for paper.
type Issued struct {
	Card []byte
	Text string
	Loss string // ticket that reports it lost; empty where it cannot be
}

// people answers GET /v1/demo/people.
func (h *server) people(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, h.Demo.People())
}

// card answers POST /v1/demo/cards.
func (h *server) card(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var person, text string
	if _, err := core.ReadObject(body, map[string]any{"person": &person, "key": &text}); err != nil {
		return err
	}
	if err := h.known(person); err != nil {
		return err
	}
	raw, err := core.ReadBase64(text)
	if err != nil {
		return core.Refuse(reason.BodyMalformed, "key")
	}
	key, err := cwt.ParseKey(raw)
	if err != nil {
		return core.Refuse(reason.BodyMalformed, "key")
	}
	issued, err := h.Demo.IssueCard(person, key, h.Now())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, struct {
		Card string `json:"card"`
		Loss string `json:"loss"`
	}{base64.RawURLEncoding.EncodeToString(issued.Card), issued.Loss})
}

// known refuses a person who is not among the sample people.
func (h *server) known(person string) error {
	if !slices.ContainsFunc(h.Demo.People(), func(p Person) bool { return p.ID == person }) {
		return core.Refuse(reason.BodyMalformed, "person")
	}
	return nil
}

// printed answers POST /v1/demo/printed.
func (h *server) printed(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var person string
	if _, err := core.ReadObject(body, map[string]any{"person": &person}); err != nil {
		return err
	}
	if err := h.known(person); err != nil {
		return err
	}
	issued, err := h.Demo.IssuePrinted(person, h.Now())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, struct {
		Text string `json:"text"`
		Loss string `json:"loss"`
	}{issued.Text, issued.Loss})
}

// loss answers POST /v1/demo/losses.
func (h *server) loss(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var ticket, state string
	if _, err := core.ReadObject(body, map[string]any{"ticket": &ticket, "state": &state}); err != nil {
		return err
	}
	if state != "lost" && state != "found" {
		return core.Refuse(reason.BodyMalformed, "state")
	}
	ok, err := h.Losses.ReportLoss(ticket, state == "lost")
	if err != nil {
		return err
	}
	if !ok {
		return core.Refuse(reason.BodyMalformed, "ticket")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
