package webdriver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// Engine is a browser engine.
type Engine string

// The engines, by the names that people know.
const (
	Firefox Engine = "Firefox"
	WebKit  Engine = "WebKitGTK"
)

// Camera is what a browser answers to a page that asks for the camera.
type Camera int

// The answers. WebKitGTK's small browser knows the first two: it asks nobody about a page
// that is driven.
const (
	NoCamera      Camera = iota // the machine has none
	LiveCamera                  // pictures that the browser makes up
	DeniedCamera                // there is one and the person said no
	PendingCamera               // there is one and nobody answers the question
)

// patience is how long [Page.WaitFor] and commands may take. It is a guard against
// waiting for ever on a busy machine, not a measure.
const patience = 30 * time.Second

// Options say what browser a test wants. The zero value of all but Engine is one on a
// counter's PC without a camera. Firefox asks for Chinese pages; WebKitGTK does
// so only where that locale is installed, and else for English ones.
type Options struct {
	Engine        Engine
	Camera        Camera
	Width, Height int // of the window; zero means 1366 by 768. WebKitGTK goes down to 447 wide.
}

// Missing returns the Debian packages that an engine needs and this machine lacks.
func Missing(engine Engine) []string {
	var packages []string
	need := func(found error, name string) {
		if found != nil {
			packages = append(packages, name)
		}
	}
	switch engine {
	case Firefox:
		_, err := findFirefox()
		need(err, "firefox-esr")
	case WebKit:
		_, err := exec.LookPath("WebKitWebDriver")
		if err == nil {
			_, err = findMiniBrowser()
		}
		need(err, "webkit2gtk-driver")
		_, err = exec.LookPath("Xvfb")
		need(err, "xvfb")
	}
	return packages
}

// Start starts a browser with one tab that ends with the test.
func Start(t testing.TB, o Options) *Page {
	t.Helper()
	if os.Getenv("SKIP_BROWSER") == "1" {
		t.Skip("SKIP_BROWSER=1: not run in a browser")
	}
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 1366, 768
	}
	s, err := launch(o)
	t.Cleanup(s.close)
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{Version: s.version, Engine: o.Engine, t: t, wire: s.wire}
	p.do(setTimeouts, params{"script": patience.Milliseconds(), "pageLoad": patience.Milliseconds(), "implicit": 0})
	p.do(setWindowRect, params{"x": 0, "y": 0, "width": o.Width, "height": o.Height})
	return p
}

// Version starts a browser and returns engine and release, as "Firefox 153.8.0".
func Version(engine Engine) (string, error) {
	s, err := launch(Options{Engine: engine})
	defer s.close()
	return s.version, err
}

// session is a browser that runs.
type session struct {
	wire    wire
	version string
	ends    []func() // what is to be done at its end, the last first
}

// launch starts a browser. The session is there in any case, to be closed.
func launch(o Options) (*session, error) {
	s := new(session)
	if missing := Missing(o.Engine); len(missing) > 0 {
		return s, fmt.Errorf("webdriver: %s is not on this machine (Debian: apt-get install %s)", o.Engine, strings.Join(missing, " "))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	start := s.startFirefox
	if o.Engine == WebKit {
		start = s.startWebKit
	}
	capabilities, err := start(ctx, o)
	if err != nil {
		return s, fmt.Errorf("webdriver: start %s: %w", o.Engine, err)
	}
	answer, err := s.wire.do(ctx, newSession, capabilities)
	if err != nil {
		return s, fmt.Errorf("webdriver: session of %s: %w", o.Engine, err)
	}
	s.later(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, _ = s.wire.do(ctx, deleteSession, nil) // what is left is killed
	})
	var made struct {
		Capabilities struct{ BrowserVersion string }
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return s, fmt.Errorf("webdriver: session of %s: %w", o.Engine, err)
	}
	s.version = fmt.Sprintf("%s %s", o.Engine, made.Capabilities.BrowserVersion)
	return s, nil
}

// later has something done when the session is closed.
func (s *session) later(do func()) { s.ends = append(s.ends, do) }

func (s *session) close() {
	for _, do := range slices.Backward(s.ends) {
		do()
	}
}

// run starts a program that is killed at the end, and when this one ends.
func (s *session) run(cmd *exec.Cmd) error {
	tie(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	s.later(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()
	})
	return nil
}

// folder makes one that goes at the end. Processes of a browser may still write there
// for a moment when its main one has ended.
func (s *session) folder() (string, error) {
	name, err := os.MkdirTemp("", "webdriver-")
	s.later(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = until(ctx, func() error { return os.RemoveAll(name) })
	})
	return name, err
}

// until tries something again and again until it works or ctx ends.
func until(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
