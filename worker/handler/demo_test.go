package handler

import (
	"net/http"
	"strings"
	"testing"

	"jianzheng/shared/reason"
)

func TestPrinted(t *testing.T) {
	f := newFixture(t)
	if w := f.do("POST", "/v1/demo/printed", `{"person":"valid"}`); w.Code != http.StatusCreated || w.Body.String() != `{"text":"ID1:VALID","loss":"AAAA"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, body := range []string{`{}`, `{"person":"nobody"}`, `{"person":"valid","key":"AAAA"}`, `[]`} {
		wantProblem(t, f.do("POST", "/v1/demo/printed", body), http.StatusBadRequest, reason.BodyMalformed)
	}
	wantProblem(t, f.do("POST", "/v1/demo/printed", `{"person":"broken"}`), http.StatusInternalServerError, reason.Internal)
}

func TestLosses(t *testing.T) {
	f := newFixture(t)
	for _, state := range []string{"lost", "found"} {
		w := f.do("POST", "/v1/demo/losses", `{"ticket":"AAAA","state":"`+state+`"}`)
		if w.Code != http.StatusNoContent || w.Body.Len() != 0 || f.lost[goodTicket] != (state == "lost") {
			t.Errorf("%s: %d %s, %v", state, w.Code, w.Body, f.lost)
		}
	}
	for _, body := range []string{`{}`, `{"ticket":"AAAA"}`, `{"ticket":"AAAA","state":"stolen"}`, `{"ticket":"CCCC","state":"lost"}`, `{"state":"lost"}`} {
		wantProblem(t, f.do("POST", "/v1/demo/losses", body), http.StatusBadRequest, reason.BodyMalformed)
	}
	wantProblem(t, f.do("POST", "/v1/demo/losses", `{"ticket":"BBBB","state":"lost"}`), http.StatusInternalServerError, reason.Internal)
	if strings.Contains(f.log.String(), "BBBB") {
		t.Error("the log holds a ticket")
	}

	// An endpoint that cannot change its lists has no such address.
	f.remake(t, func(c *Config) { c.Losses = nil })
	wantProblem(t, f.do("POST", "/v1/demo/losses", `{"ticket":"AAAA","state":"lost"}`), http.StatusNotFound, reason.NotFound)
}
