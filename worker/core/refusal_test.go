package core

import (
	"net/http"
	"testing"
)

// The phrases are those of net/http, which this package does not import.
func TestTitles(t *testing.T) {
	for code, status := range statuses {
		if got, want := titles[status], http.StatusText(status); got != want {
			t.Errorf("%s: %d %q, want %q", code, status, got, want)
		}
	}
}
