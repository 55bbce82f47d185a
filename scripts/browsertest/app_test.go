package browsertest

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// settled waits until the service worker keeps the whole app.
const settled = `navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')`

// copyPages copies the sources of the pages, and the engine, into a folder that a
// test may change.
func copyPages(t *testing.T) string {
	t.Helper()
	chrome.Build(t)
	root, err := chrome.Root()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	from := os.DirFS(root)
	copyOne := func(name string) {
		content, err := fs.ReadFile(from, name)
		if err != nil {
			t.Fatal(err)
		}
		writePage(t, folder, name, string(content))
	}
	for _, name := range []string{"index.html", "dist/engine/engine.wasm", "dist/engine/wasm_exec.js"} {
		copyOne(name)
	}
	err = fs.WalkDir(from, "web", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && path.Ext(name) != ".ts" {
			copyOne(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func writePage(t *testing.T, folder, name, content string) {
	t.Helper()
	to := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newBuild changes index.html so that a page tells of which build it is.
func newBuild(t *testing.T, folder, name string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	writePage(t, folder, "index.html", strings.Replace(string(content), "<head>", `<head><meta name="test-build" content="`+name+`">`, 1))
}

// isBuild is true on a page of that build.
func isBuild(name string) string {
	return `document.querySelector('meta[name=test-build]')?.content === ` + quoteJS(name) +
		` && document.querySelector('[data-testid=challenge]')?.dataset.challenge`
}

// look has the browser look for a new build and waits until it is fetched.
const look = `navigator.serviceWorker.getRegistration().then((r) => r.update())`

// The browser offers to install the staff page.
func TestAppIsInstallable(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.WaitFor(settled)
	c.Run(chromedp.ActionFunc(func(ctx context.Context) error {
		url, faults, text, _, err := page.GetAppManifest().Do(ctx)
		if err != nil {
			return err
		}
		if url != server.URL+"web/app.webmanifest" {
			t.Errorf("manifest at %q", url)
		}
		for _, fault := range faults {
			t.Errorf("manifest, line %d: %s", fault.Line, fault.Message)
		}
		var found struct {
			Start string `json:"start_url"`
			Scope string
			Icons []struct{ Src string }
		}
		if err := json.Unmarshal([]byte(text), &found); err != nil {
			return err
		}
		if found.Start != "../" || found.Scope != "../" || len(found.Icons) < 4 {
			t.Errorf("%+v", found)
		}
		problems, err := page.GetInstallabilityErrors().Do(ctx)
		for _, problem := range problems {
			t.Errorf("%s %v", problem.ErrorID, problem.ErrorArguments)
		}
		return err
	}))
	for _, name := range []string{"icon-192.png", "icon-512.png", "maskable-512.png", "touch-180.png"} {
		if got := get(t, server.URL+"web/icons/"+name).Header.Get("Content-Type"); got != "image/png" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// After one visit the pages of a release start without their server: a check ends
// as it does whenever there is no network, and says so.
func TestAppOffline(t *testing.T) {
	chrome.BuildPages(t)
	server := chrome.StartServer(t, "-web", "dist")
	offline(t, server, server.Kill)
}

// The same with pages and endpoint on workerd.
func TestAppOfflineOnTheEdge(t *testing.T) {
	chrome.BuildPages(t)
	server := chrome.StartEdge(t, "-web", "dist")
	offline(t, server, server.Stop)
}

func offline(t *testing.T, server *chrome.Server, stop func()) {
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := openCounter(t, browser, server)
	c.WaitFor(settled)
	phone := newPhone(t, server)
	phone.fetch("valid")
	first := browser.Traffic()
	usable := func(visit string) {
		var ms float64
		c.Eval(`performance.getEntriesByName('usable')[0].startTime`, &ms)
		t.Logf("%s visit: usable after %.0f ms", visit, ms)
	}
	usable("first")

	c.Goto(server.URL + "?again")
	c.WaitFor(`document.querySelector('[data-testid=challenge]')?.dataset.challenge`)
	second := browser.Traffic()[len(first):]
	usable("second")
	engine, all := answered(first, "/dist/engine/"), answered(first, "")
	t.Logf("first visit: %d requests, %d bytes, of the engine %d", len(first), all, engine)
	t.Logf("second visit: %d requests, %d bytes, of the engine %d", len(second), answered(second, ""), answered(second, "/dist/engine/"))
	if engine < 100_000 {
		t.Errorf("on the first visit %d bytes of the engine came: are they counted?", engine)
	}
	for _, r := range second {
		if strings.Contains(r.URL, "/dist/") || strings.Contains(r.URL, "/web/") && !strings.HasSuffix(r.URL, "/web/sw.js") && !strings.HasSuffix(r.URL, "/web/files.js") {
			t.Errorf("fetched again: %s, %d bytes", r.URL, r.Answered)
		}
	}
	var kept []string
	c.Eval(`caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys())))).then((all) => all.flat().map(({ url }) => url))`, &kept)
	if len(kept) < 15 {
		t.Errorf("only %d files are kept", len(kept))
	}
	for _, url := range kept {
		if strings.Contains(url, "/v1/") || strings.Contains(url, "config.json") {
			t.Errorf("the service worker keeps %s", url)
		}
	}

	c.Allow("net::ERR_")
	c.Allow("Failed to load resource")
	c.Allow("WebSocket connection to")
	withoutNetwork(c.Page)
	stop()
	c.Goto(server.URL)
	c.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
	c.WaitFor(`document.querySelector('[data-testid=strip-lists]').innerText.includes('可离线核验至')`)
	usable("third, without a server,")
	c.Paste(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.redeemedBy("page")
	c.WaitFor(`document.querySelector('ev-verdict').innerText.includes('离线核验')`)

	// The card page was never opened, and starts too.
	card := browser.NewPage()
	withoutNetwork(card)
	card.Allow("net::ERR_")
	card.Allow("Failed to load resource")
	card.Goto(server.URL + "web/card/")
	card.WaitFor(`document.body.dataset.step === 'pick'`)
}

// answered sums the bytes that came for the addresses that hold a text.
func answered(requests []chrome.Request, part string) int {
	sum := 0
	for _, r := range requests {
		if strings.Contains(r.URL, part) {
			sum += r.Answered
		}
	}
	return sum
}

// A new build is taken by itself where nobody is in the middle of something.
func TestAppUpdatesWhenIdle(t *testing.T) {
	folder := copyPages(t)
	server := chrome.StartServer(t, "-web", folder)
	newBuild(t, folder, "one")
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.WaitFor(settled)
	c.Goto(server.URL)
	c.WaitFor(isBuild("one"))
	c.Eval(`document.body.dataset.before = 'yes'`, nil)
	newBuild(t, folder, "two")
	c.Eval(look, nil)
	c.WaitFor(isBuild("two"))
	c.WaitFor(`navigator.serviceWorker.getRegistration().then(({ waiting, active }) => !waiting && active.state === 'activated')`)
	var caches int
	c.Eval(`caches.keys().then((names) => names.length)`, &caches)
	if caches != 1 {
		t.Errorf("%d builds are kept", caches)
	}
	c.submit(newPhone(t, server).answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
}

// While a verdict stands the new build waits, and after some time a line says so.
func TestAppUpdateWaits(t *testing.T) {
	folder := copyPages(t)
	server := chrome.StartServer(t, "-web", folder)
	newBuild(t, folder, "one")
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := openCounter(t, browser, server)
	c.WaitFor(settled)
	c.Goto(server.URL)
	c.WaitFor(isBuild("one"))
	// Another page is idle meanwhile, and takes it for nobody.
	card := browser.Open(server.URL + "web/card/")
	card.WaitFor(`document.body.dataset.step === 'pick'`)
	c.Run(page.BringToFront())
	c.submit(newPhone(t, server).answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.Eval(`document.activeElement?.blur()`, nil)
	c.Key(" ")
	newBuild(t, folder, "two")
	c.Eval(look, nil)
	c.WaitFor(`navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting)`)
	c.WaitFor(`!document.querySelector('[data-testid=app-note]').hidden`)
	if got := c.Text(`[data-testid=app-note]`); !strings.Contains(got, "新版本") {
		t.Errorf("the line says %q", got)
	}
	shoot(t, c, "update-waits")
	c.verdict("accepted", "ok")
	c.Eval(`if (document.querySelector('meta[name=test-build]').content !== 'one') throw new Error('loaded anew')`, nil)
	c.next()
	c.WaitFor(isBuild("two"))
}

// Of two open copies one sleeps; a key wakes it and sends the other to sleep.
func TestTwoCopies(t *testing.T) {
	server := chrome.StartServer(t)
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: lang})
			first := openCounter(t, browser, server)
			const (
				asleep = `document.querySelector('[data-testid=asleep]').open && !document.querySelector('[data-testid=challenge]')?.dataset.challenge`
				awake  = `!document.querySelector('[data-testid=asleep]').open && document.querySelector('[data-testid=challenge]')?.dataset.challenge`
			)
			is := func(c *counter, condition string) {
				t.Helper()
				c.Run(page.BringToFront()) // a tab behind another is hidden, and shows no code either
				c.WaitFor(condition)
			}
			second := &counter{Page: browser.Open(server.URL), t: t, server: server}
			is(second, asleep)
			is(first, awake)
			is(second, asleep)
			shoot(t, second, "asleep-"+lang)
			// It stays asleep whatever is scanned at it.
			second.Key(kb.Escape)
			second.Key(kb.Escape)
			second.Paste("https://example.com/menu")
			second.Eval(`new Promise((done) => setTimeout(done, 300))`, nil)
			is(second, asleep+` && !document.querySelector('[data-testid=outcome]')`)

			second.Key(kb.Enter)
			is(second, awake)
			is(first, asleep)
			is(second, awake)
			second.submit(newPhone(t, server).answer("valid", second.challenge()))
			second.verdict("accepted", "ok")
			// The one that was awake is so after it is loaded again.
			second.Goto(server.URL)
			is(second, awake)
			is(first, asleep)
			// When it is closed the other wakes.
			second.Goto("about:blank")
			is(first, awake)
		})
	}
}

// A page without its service worker works as long as there is a network.
func TestWithoutServiceWorker(t *testing.T) {
	folder := copyPages(t)
	server := chrome.StartServer(t, "-web", folder)
	for _, state := range []struct{ name, before, list, block string }{
		{name: "unsupported", before: `Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => undefined })`},
		{name: "refused", before: `ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException('no', 'SecurityError'))`},
		{name: "no locks", before: `Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })`},
		{name: "list of another build", list: `self.app={version:"x",files:{"index.html":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`},
		{name: "list of lost files", list: `self.app={version:"x",files:{"web/lost.js":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`},
		{name: "no list", list: `throw new Error('no list')`},
	} {
		t.Run(state.name, func(t *testing.T) {
			list := filepath.Join(folder, "web", "files.js")
			if os.Remove(list); state.list != "" {
				writePage(t, folder, "web/files.js", state.list)
			}
			browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
			c := &counter{Page: browser.NewPage(), t: t, server: server}
			c.Before(state.before)
			if state.list != "" { // the browser tells of what failed
				c.Allow("service_worker")
				c.Allow("Failed to")
				c.Allow("web/lost.js")
			}
			for range 2 {
				c.Goto(server.URL)
				c.submit(newPhone(t, server).answer("valid", c.challenge()))
				c.verdict("accepted", "ok")
				if state.name != "no locks" {
					c.Eval(`new Promise((done) => setTimeout(done, 1000))`, nil)
					c.Eval(`if (navigator.serviceWorker?.controller) throw new Error('there is one')`, nil)
				}
			}
		})
	}
}

// Files of two builds are never mixed: a list that has come before its files is
// no build, and what was kept goes on.
func TestAppKeepsItsBuild(t *testing.T) {
	folder := copyPages(t)
	server := chrome.StartServer(t, "-web", folder)
	newBuild(t, folder, "one")
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.WaitFor(settled)
	c.Allow("service_worker")
	c.Allow("Failed to")
	response := get(t, server.URL+"web/files.js")
	if response.StatusCode != 200 {
		t.Fatal(response.Status)
	}
	writePage(t, folder, "web/files.js", `self.app={version:"x",files:{"index.html":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`)
	newBuild(t, folder, "half")
	c.Eval(look+`.catch(() => {})`, nil)
	c.Eval(`new Promise((done) => setTimeout(done, 1500))`, nil)
	c.Goto(server.URL)
	c.WaitFor(isBuild("one"))
	// A file that the browser lost comes from the server if it is of this build.
	c.Eval(`caches.keys().then(async ([name]) => { const cache = await caches.open(name); for (const { url } of await cache.keys()) if (url.includes('flow.js')) await cache.delete(url); })`, nil)
	c.Goto(server.URL)
	c.WaitFor(isBuild("one"))
	// If the server has another, the next start is from the network alone.
	c.Eval(`caches.keys().then(async ([name]) => { const cache = await caches.open(name); for (const { url } of await cache.keys()) if (!url.includes('/web/') && !url.includes('/dist/')) await cache.delete(url); })`, nil)
	c.Goto(server.URL)
	c.WaitFor(isBuild("half"))
}

// shoot makes a screenshot where -pictures says so.
func shoot(t *testing.T, c *counter, name string) {
	t.Helper()
	if *pictures != "" {
		c.Screenshot(filepath.Join(*pictures, name+".png"))
	}
}
