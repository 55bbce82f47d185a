package handler

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

func TestAddressesAreLimited(t *testing.T) {
	f := newFixture(t)
	address := netip.MustParseAddr("192.0.2.1")
	f.remake(t, func(c *Config) {
		c.AddressRate = core.Rate{PerMinute: 60, Burst: 2}
		c.Address = func(*http.Request) netip.Addr { return address }
	})
	post := func(from string, want int) *httptest.ResponseRecorder {
		t.Helper()
		address = netip.MustParseAddr(from)
		w := f.do("POST", "/v1/challenges", `{"purpose":"internet-cafe"}`)
		if w.Code != want {
			t.Errorf("from %s: %d, want %d", from, w.Code, want)
		}
		return w
	}
	post("192.0.2.1", 201)
	post("192.0.2.1", 201)
	w := post("::ffff:192.0.2.1", 429)
	wantProblem(t, w, 429, reason.RateLimited)
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	post("192.0.2.2", 201)
	post("2001:db8::1", 201)
	post("2001:db8::2", 201)
	post("2001:db8::3", 429)
	post("2001:db8:0:1::3", 201)
	for range 5 {
		post("127.0.0.1", 201)
	}
	// Lists and pages cost nothing.
	address = netip.MustParseAddr("192.0.2.1")
	if w := f.do("GET", "/v1/trust", ""); w.Code != 200 {
		t.Errorf("the trust list: %d", w.Code)
	}
	if strings.Contains(f.log.String(), "192.0.2") || strings.Contains(f.log.String(), "2001:db8") {
		t.Error("the log holds an address")
	}
	// What was spent is remembered over a change of the configuration.
	f.remake(t, func(*Config) {})
	post("192.0.2.1", 429)
	f.now = f.now.Add(time.Second)
	post("192.0.2.1", 201)
}
