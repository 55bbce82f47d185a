package main

import (
	"fmt"
	"os"
)

// browser runs the Go tests that drive Chromium over its debugging protocol.
// SKIP_BROWSER=1 lets them say that they are skipped; nothing else does.
func browser(o options) (tally, error) {
	if os.Getenv("SKIP_BROWSER") == "1" {
		fmt.Println("SKIP_BROWSER=1: the browser tests are skipped by request")
	} else if err := needBrowser(); err != nil {
		return tally{}, err
	}
	return goTest(o, nil, []string{"./scripts/chrome", "./scripts/browsertest"}, "-p=1", "-timeout=15m")
}
