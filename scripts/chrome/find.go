package chrome

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// ErrMissing is returned by [Find] when no Chromium is on this machine.
var ErrMissing = errors.New("chrome: no Chromium found: install it (Debian: apt-get install chromium) or name its binary in CHROME")

// names of Chromium and its kin, in the order they are tried.
var names = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
}

// Find returns the path of the browser: the environment variable CHROME if it
// is set, else the first of the usual names. The error is [ErrMissing], or
// says that CHROME names nothing that can be run.
func Find() (string, error) {
	if name := os.Getenv("CHROME"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("chrome: CHROME: %w", err)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrMissing
}
