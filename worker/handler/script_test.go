package handler

import (
	"net/http/httptest"
	"testing"
	"time"

	"jianzheng/shared/draws"
	"jianzheng/worker/conform"
)

// All scripts of worker/conform in process, each with a clock of its own that
// stands still unless it is moved.
func TestScripts(t *testing.T) {
	for _, folder := range []string{conform.Anywhere, conform.InProcess, conform.Demo} {
		conform.RunFolder(t, folder, func(t *testing.T) conform.Script {
			f := newFixture(t)
			server := httptest.NewServer(f.handler)
			t.Cleanup(server.Close)
			saved := f.site.Saved(t, f.now, draws.New("saved"))
			saved["now"], saved["demo"] = "2026-11-21T08:00:00Z", "true"
			return conform.Script{
				URL: server.URL, API: conform.ReadAPI(t, "../openapi.json"), Saved: saved,
				Tick: func(d time.Duration) { f.now = f.now.Add(d) },
			}
		})
	}
}
