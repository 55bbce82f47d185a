package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/webdriver"
)

// engines is the test that plays in the browsers beside Chromium.
const engines = "TestEngines"

// pass is one run of the browser tests.
type pass struct {
	browsers string // in which, with their versions
	what     string
	run      func(options) (tally, error)

	result tally
	took   time.Duration
	log    bytes.Buffer
}

// browser runs the Go tests that drive browsers: all in the Chromium of this machine and
// once more in the oldest that the pages are for, and what matters most in
// Firefox and WebKitGTK. Two passes run at a time, since much of one is waiting.
// SKIP_BROWSER=1 lets the tests say that they are skipped; nothing else does.
func browser(o options) (tally, error) {
	if os.Getenv("SKIP_BROWSER") == "1" {
		fmt.Println("SKIP_BROWSER=1: the browser tests are skipped by request")
		return goTest(o, nil, []string{"./scripts/chrome", "./scripts/webdriver", "./scripts/browsertest"})
	}
	if err := needModules(); err != nil {
		return tally{}, err
	}
	if err := needBrowsers(); err != nil {
		return tally{}, err
	}
	passes, err := plan(o)
	if err != nil {
		return tally{}, err
	}
	if err := chrome.BuildAll(); err != nil {
		return tally{}, err
	}
	return play(o, passes, 2)
}

// plan lists the passes, those that take longest first. A wish for certain tests is one for
// the browsers beside Chromium if it names their test, and for Chromium if not.
func plan(o options) ([]*pass, error) {
	var passes []*pass
	if !strings.Contains(o.run, engines) {
		for _, find := range []func() (string, error){chrome.Find, floor} {
			path, err := find()
			if err != nil {
				return nil, err
			}
			version, err := chrome.Version(path)
			if err != nil {
				return nil, err
			}
			passes = append(passes, &pass{browsers: version, what: "the whole suite", run: func(o options) (tally, error) {
				return goTest(o, environment("CHROME="+path), []string{"./scripts/chrome", "./scripts/browsertest"}, "-p=1", "-count=1", "-timeout=25m", "-skip=^"+engines+"$")
			}})
		}
	}
	if o.run == "" || strings.Contains(o.run, engines) {
		var versions []string
		for _, engine := range []webdriver.Engine{webdriver.Firefox, webdriver.WebKit} {
			version, err := webdriver.Version(engine)
			if err != nil {
				return nil, err
			}
			versions = append(versions, version)
		}
		passes = append(passes, &pass{browsers: strings.Join(versions, ", "), what: "load, verify, inputs, offline, cameras", run: beside})
	}
	return passes, nil
}

// floor returns the path of the oldest Chromium that the pages are for.
func floor() (string, error) {
	root, err := chrome.Root()
	if err != nil {
		return "", err
	}
	return chrome.Floor(root)
}

// beside runs the tests of the browsers beside Chromium, and those of their driver.
func beside(o options) (tally, error) {
	var total tally
	if o.run == "" {
		result, err := goTest(o, environment(), []string{"./scripts/webdriver"}, "-count=1", "-timeout=10m")
		total.add(result)
		if err != nil {
			return total, err
		}
		o.run = "^" + engines + "$"
	}
	result, err := goTest(o, environment(), []string{"./scripts/browsertest"}, "-count=1", "-timeout=15m")
	total.add(result)
	return total, err
}

// environment is the present one, in which dist/ is built, and more.
func environment(more ...string) []string {
	return append(append(os.Environ(), chrome.Built+"=1"), more...)
}

// play runs passes, some at a time, prints what each said when it ends, and a table.
func play(o options, passes []*pass, atOnce int) (tally, error) {
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex // of what follows, and of standard output
		total tally
		first error
		free  = make(chan struct{}, atOnce)
	)
	for _, p := range passes {
		free <- struct{}{}
		mu.Lock()
		fmt.Printf("-- %s: %s begins\n", p.browsers, p.what)
		mu.Unlock()
		wait.Go(func() {
			defer func() { <-free }()
			start := time.Now()
			o := o
			o.out = &p.log
			result, err := p.run(o)
			p.result, p.took = result, time.Since(start)
			mu.Lock()
			defer mu.Unlock()
			fmt.Printf("-- %s: %v\n%s", p.browsers, result, p.log.String())
			total.add(result)
			if err != nil && first == nil {
				first = fmt.Errorf("%s: %w", p.browsers, err)
			}
		})
	}
	wait.Wait()
	fmt.Println()
	for _, p := range passes {
		fmt.Printf("%-42s %-40s %v, %.1f s\n", p.browsers, p.what, p.result, p.took.Seconds())
	}
	return total, first
}
