package browsertest

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/slow"
)

var profiles = flag.Int("profiles", 5, "fresh profiles that BenchmarkPage measures")

const (
	share    = 0.25             // of one core, for the whole browser
	verdicts = 20               // that are measured in front of the camera
	watching = 10 * time.Second // in front of a code that cannot be read

	// A browser that was just started, or a page that was just loaded, has work to do in
	// the background, which on the next visit is done.
	restMost = time.Minute
)

// watch runs in the page before its own scripts. It notes when something happened, in
// milliseconds since the navigation began, and tells of it by a binding, since asking
// again and again would take its share of the processor.
const watch = `(() => {
	const seen = globalThis.seen = { long: [] };
	const tell = (name, text = '') => {
		if (name in seen) return;
		seen[name] = performance.now();
		globalThis.benchSaw?.(JSON.stringify({ name, text }));
	};
	new PerformanceObserver((list) => list.getEntries().forEach(({ startTime, duration }) => seen.long.push({ startTime, duration })))
		.observe({ type: 'longtask', buffered: true });
	new MutationObserver(() => {
		const shown = document.querySelector('[data-testid=challenge]')?.dataset.challenge;
		if (shown) tell('challenge', shown);
		if (document.body?.dataset.outcome) tell('verdict', document.body.dataset.reason);
	}).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-challenge', 'data-outcome'] });
})()`

// visit is what one visit to the staff page took.
type visit struct {
	Paint, Usable, Challenge, Verdict float64 // ms since the navigation began

	requests, bytes, app int // over the network until the verdict; app without lists and /v1/
}

// BenchmarkPage measures the pages of a release in dist/ in a browser with a quarter of
// a core behind a thin line. make bench-page builds, makes the line and runs it.
func BenchmarkPage(b *testing.B) {
	if !slow.Shaped() {
		b.Fatal("there is no thin line: make bench-page runs this")
	}
	root, err := chrome.Root()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "dist", "engine", "engine.wasm.br")); err != nil {
		b.Fatalf("the release is not built, run make build: %v", err)
	}
	quota := quotaOf(b, share)
	whole := quotaOf(b, float64(goruntime.NumCPU())) // all there is, before what else runs here
	server := chrome.StartBuilt(b, "-web", "dist")
	b.Run("visits", func(b *testing.B) {
		for b.Loop() {
			var first, second []visit
			for range *profiles {
				profile := b.TempDir()
				first = append(first, visitOnce(b, server, quota, profile))
				second = append(second, visitOnce(b, server, quota, profile))
			}
			printVisits(first, second)
		}
		b.ReportMetric(0, "ns/op") // of the whole run: tells nothing
	})
	b.Run("scanning", func(b *testing.B) {
		for b.Loop() {
			printScans("unlimited", "100 ms", inFront(b, server, chrome.Options{Hold: whole.Hold}))
			// Not on the first visit, when the service worker takes its share.
			profile := b.TempDir()
			visitOnce(b, server, quota, profile)
			printScans("limited", "500 ms", inFront(b, server, slowly(quota, profile)))
		}
		b.ReportMetric(0, "ns/op")
	})
}

// quotaOf makes a group that ends with the benchmark, after the browsers in it.
func quotaOf(b *testing.B, share float64) *slow.Quota {
	b.Helper()
	quota, err := slow.NewQuota(share)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := quota.Close(); err != nil {
			b.Error(err)
		}
	})
	return quota
}

// slowly is a browser on a slow machine.
func slowly(quota *slow.Quota, profile string) chrome.Options {
	return chrome.Options{Profile: profile, Hold: quota.Hold, Line: chrome.Line{Host: slow.Host, Latency: slow.Latency}}
}

// visitOnce opens the staff page in a browser of its own, pastes an answer as soon as
// there is a challenge, and waits for its verdict and until all is kept.
func visitOnce(b *testing.B, server *chrome.Server, quota *slow.Quota, profile string) visit {
	browser := chrome.Start(b, slowly(quota, profile))
	defer browser.Stop()
	page := browser.NewPage()
	phone := newPhone(b, server)
	phone.fetch("valid")
	saw := make(chan struct{ Name, Text string }, 2)
	chromedp.ListenTarget(page.Context, func(event any) {
		if called, ok := event.(*runtime.EventBindingCalled); ok && called.Name == "benchSaw" {
			var said struct{ Name, Text string }
			if err := json.Unmarshal([]byte(called.Payload), &said); err == nil {
				saw <- said
			}
		}
	})
	page.Run(chromedp.ActionFunc(func(ctx context.Context) error { return runtime.AddBinding("benchSaw").Do(ctx) }))
	page.Before(watch)
	rest(b, quota)
	go page.Goto(server.URL)
	wait := func(name string) string {
		select {
		case said := <-saw:
			if said.Name != name {
				b.Fatalf("the page came to its %s before its %s", said.Name, name)
			}
			return said.Text
		case <-time.After(time.Minute):
			b.Fatalf("no %s in a minute", name)
		}
		return ""
	}
	page.Paste(phone.answer("valid", wait("challenge")))
	if reason := wait("verdict"); reason != "ok" {
		b.Fatalf("the pasted answer ends in %s", reason)
	}
	var v visit
	for _, r := range browser.Traffic() {
		v.requests++
		v.bytes += r.Answered
		if !strings.Contains(r.URL, "/v1/") && !strings.Contains(r.URL, "/config.json") {
			v.app += r.Answered
		}
	}
	page.Eval(`({ ...seen, usable: performance.getEntriesByName('usable')[0].startTime, paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 })`, &v)
	b.Logf("%+v", v)
	page.Eval(settled, nil)
	rest(b, quota)
	return v
}

// rest waits until the browser has nothing more to do.
func rest(b *testing.B, quota *slow.Quota) {
	if err := quota.Quiet(restMost); err != nil {
		b.Fatal(err)
	}
}

// scans is what the page took in front of a camera.
type scans struct {
	took []float64 // ms from a frame to its verdict, redeemed over the network
	long []float64 // ms of tasks over 50 ms on the main thread, without those of switching films
}

// inFront plays a camera to the staff page: first a code that cannot be read, then
// answers, each in a film of its own.
func inFront(b *testing.B, server *chrome.Server, o chrome.Options) scans {
	o.Camera = filepath.Join(b.TempDir(), "camera.y4m")
	shiny(b, o.Camera)
	browser := chrome.Start(b, o)
	defer browser.Stop()
	page := browser.NewPage()
	page.Before(watch)
	page.Goto(server.URL)
	page.WaitFor(`document.querySelector('[data-testid=camera-hint]').dataset.advice`)
	page.Eval(settled, nil)
	page.Eval(`new Promise((done) => setTimeout(done, 5000))`, nil)
	var s scans
	page.Eval(fmt.Sprintf(`(async (from) => {
		await new Promise((done) => setTimeout(done, %d));
		return seen.long.filter(({ startTime }) => startTime >= from).map(({ duration }) => duration);
	})(performance.now())`, watching.Milliseconds()), &s.long)
	phone, answered := newPhone(b, server), ""
	for len(s.took) < verdicts {
		page.WaitFor(`(document.querySelector('[data-testid=challenge]')?.dataset.challenge ?? ` + quoteJS(answered) + `) !== ` + quoteJS(answered))
		page.Key(kb.F8)
		page.WaitFor(`!document.querySelector('[data-testid=video]').srcObject`)
		page.Eval(`document.querySelector('[data-testid=challenge]').dataset.challenge`, &answered)
		film(b, o.Camera, phone.answer("valid", answered))
		page.Key(kb.F8)
		page.WaitFor(`document.querySelector('[data-testid=outcome]')`)
		page.Eval(`document.activeElement?.blur()`, nil)
		page.Key(" ") // it stays
		page.Click(`[data-testid=why]`)
		var got struct {
			Reason string
			Took   float64
			Long   []float64
		}
		page.Eval(`(() => {
			const took = Number.parseFloat(document.querySelector('[data-testid=took]').textContent);
			return {
				took, reason: document.body.dataset.reason,
				long: seen.long.filter(({ startTime, duration }) => startTime + duration >= seen.verdict - took && startTime <= seen.verdict).map(({ duration }) => duration),
			};
		})()`, &got)
		if got.Reason != "ok" {
			b.Fatalf("the answer in the film ends in %s", got.Reason)
		}
		s.took, s.long = append(s.took, got.Took), append(s.long, got.Long...)
		page.Eval(`delete seen.verdict`, nil)
		page.Key(kb.Enter)
		page.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
	}
	return s
}

// printVisits prints what visits took beside what is aimed at.
func printVisits(first, second []visit) {
	load, _ := os.ReadFile("/proc/loadavg") // where there is none, none is told
	fmt.Printf("\n%d fresh profiles, %.2f of a core, %s, %v a round trip; load %s\n", len(first), share, slow.Rate, slow.Latency, strings.TrimSpace(string(load)))
	fmt.Printf("%-58s %9s %9s %9s\n", "", "median", "maximum", "aim")
	for _, v := range []struct {
		name, aim, app string
		visits         []visit
	}{{"first visit", "4000 ms", "", first}, {"second visit", "1500 ms", "0 kB", second}} {
		row := func(name, unit, aim string, value func(visit) float64) {
			var values []float64
			for _, visit := range v.visits {
				values = append(values, value(visit))
			}
			slices.Sort(values)
			fmt.Printf("%-58s %6.0f %-2s %6.0f %-2s %9s\n", v.name+", "+name, median(values), unit, values[len(values)-1], unit, aim)
		}
		row("first paint", "ms", "", func(v visit) float64 { return v.Paint })
		row("usable: takes a pasted code", "ms", v.aim, func(v visit) float64 { return v.Usable })
		row("shows a challenge", "ms", "", func(v visit) float64 { return v.Challenge })
		row("verdict of an answer pasted at once", "ms", v.aim, func(v visit) float64 { return v.Verdict })
		row("requests until then", "", "", func(v visit) float64 { return float64(v.requests) })
		row("bytes of the app", "kB", v.app, func(v visit) float64 { return float64(v.app) / 1000 })
		row("bytes of lists and endpoint", "kB", "", func(v visit) float64 { return float64(v.bytes-v.app) / 1000 })
	}
}

// printScans prints what the page took in front of a camera.
func printScans(name, aim string, s scans) {
	slices.Sort(s.took)
	fmt.Printf("%-58s %6.0f ms %6.0f ms %9s\n", "frame to redeemed verdict, "+name+" (median, 95th percentile)", median(s.took), percentile(s.took, 95), aim)
	fmt.Printf("%-58s %6d    %6.0f ms %9s\n", "tasks over 50 ms while scanning, "+name+" (count, longest)", len(s.long), slices.Max(append(s.long, 0)), "0")
}

// median is that of sorted values.
func median(values []float64) float64 { return percentile(values, 50) }

// percentile is the least of sorted values that so many percent do not exceed.
func percentile(values []float64, percent int) float64 {
	return values[max(0, (len(values)*percent+99)/100-1)]
}

func TestPercentile(t *testing.T) {
	values := make([]float64, 20)
	for i := range values {
		values[i] = float64(i + 1)
	}
	for percent, want := range map[int]float64{50: 10, 95: 19, 100: 20} {
		if got := percentile(values, percent); got != want {
			t.Errorf("%d: %v, want %v", percent, got, want)
		}
	}
	if got := median([]float64{7, 8, 9}); got != 8 {
		t.Errorf("median %v", got)
	}
}
