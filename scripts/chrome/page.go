package chrome

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Page is one tab.
type Page struct {
	// Context is the tab for chromedp's own actions.
	Context context.Context

	t        testing.TB
	browser  *Browser
	mu       sync.Mutex
	allowed  []string
	problems []string
	workers  []*Worker
	heard    func(line string)
}

// Open opens a tab, loads url in it and waits for the load event. At the end
// of the test the page fails it for each error that was not allowed.
func (b *Browser) Open(url string) *Page {
	b.t.Helper()
	p := b.NewPage()
	p.Goto(url)
	return p
}

// NewPage opens an empty tab, for a test that prepares something before it
// loads a page.
func (b *Browser) NewPage() *Page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	p := &Page{Context: ctx, t: b.t, browser: b}
	chromedp.ListenTarget(ctx, func(event any) { p.listen(ctx, "page", event) })
	b.t.Cleanup(func() {
		p.CheckErrors(b.t)
		cancel()
	})
	scheme := "light"
	if b.options.Dark {
		scheme = "dark"
	}
	p.Run(
		emulation.SetDeviceMetricsOverride(int64(b.options.Width), int64(b.options.Height), 1, false),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
	)
	if b.options.Camera == PendingCamera {
		// A headless Chromium says no by itself to a question it cannot show.
		p.Before(`if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () => new Promise(() => {});`)
	}
	switch {
	case b.options.Camera != DeniedCamera:
	case b.shell:
		p.Before(`if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('Permission denied', 'NotAllowedError'); };`)
	default:
		if err := b.deny(); err != nil {
			b.t.Fatalf("chrome: deny the camera: %v", err)
		}
	}
	return p
}

// Before runs a script in every document that the tab loads from now on, before
// the document's own, as to take away what a browser may lack.
func (p *Page) Before(script string) {
	p.t.Helper()
	if script == "" {
		return
	}
	p.Run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// Cover brings another tab before the page, which then is hidden, and back. In
// headless_shell, where every tab is in front, the page is told that it is hidden.
func (p *Page) Cover() (uncover func()) {
	p.t.Helper()
	if p.browser.shell {
		const tell = `document.dispatchEvent(new Event('visibilitychange'))`
		p.Eval(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }); `+tell, nil)
		return func() { p.Eval(`delete document.hidden; `+tell, nil) }
	}
	p.browser.Open("about:blank").Run(page.BringToFront())
	return func() { p.Run(page.BringToFront()) }
}

// CheckErrors fails t for each error since the last call that no [Page.Allow]
// expected. It is called for the test that started the browser when that ends.
func (p *Page) CheckErrors(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
next:
	for _, problem := range p.problems {
		for _, text := range p.allowed {
			if strings.Contains(problem, text) {
				continue next
			}
		}
		t.Errorf("the page had an error: %s", problem)
	}
	p.problems = nil
}

// Allow expects errors on the console that contain text, as the one that
// Chromium writes for each answer with an HTTP status of 400 and above:
// "the server responded with a status of 409".
func (p *Page) Allow(text string) {
	p.mu.Lock()
	p.allowed = append(p.allowed, text)
	p.mu.Unlock()
}

// OnConsole has hear called with each line that the page, or a worker of it, writes
// on its console from now on.
func (p *Page) OnConsole(hear func(line string)) {
	p.mu.Lock()
	p.heard = hear
	p.mu.Unlock()
}

// listen handles an event of the page, or of a worker of it, named by who.
// It runs on chromedp's reading goroutine and must not wait for the browser.
func (p *Page) listen(ctx context.Context, who string, event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, arg := range e.Args {
			words = append(words, describe(arg))
		}
		p.note(who, "console."+string(e.Type), strings.Join(words, " "), e.Type == runtime.APITypeError || e.Type == runtime.APITypeAssert)
	case *runtime.EventExceptionThrown:
		p.note(who, "uncaught", e.ExceptionDetails.Error(), true)
	case *log.EventEntryAdded:
		p.note(who, string(e.Entry.Source), strings.TrimSpace(e.Entry.Text+" "+e.Entry.URL), e.Entry.Level == log.LevelError)
	case *target.EventAttachedToTarget:
		if strings.Contains(e.TargetInfo.Type, "worker") {
			go p.attach(ctx, e.TargetInfo)
		}
	}
}

// attach listens to a worker of the page as well; chromedp learns of it but
// drops what it says.
func (p *Page) attach(ctx context.Context, info *target.Info) {
	worker, _ := chromedp.NewContext(ctx, chromedp.WithTargetID(info.TargetID))
	who := info.Type
	if parts := strings.Split(info.URL, "/"); len(parts) > 0 {
		who += " " + parts[len(parts)-1]
	}
	chromedp.ListenTarget(worker, func(event any) { p.listen(worker, who, event) })
	if err := chromedp.Run(worker); err != nil && ctx.Err() == nil {
		p.note(who, "gone before it could be listened to", err.Error(), false)
		return
	}
	p.mu.Lock()
	p.workers = append(p.workers, &Worker{Context: worker, page: p, script: info.URL})
	p.mu.Unlock()
}

func (p *Page) note(who, what, text string, problem bool) {
	line := fmt.Sprintf("%s: %s: %s", who, what, text)
	p.browser.quiet.logf(p.t)("%s", line)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heard != nil {
		p.heard(line)
	}
	if problem {
		p.problems = append(p.problems, line)
	}
}

// describe gives a console argument as text: strings without quotes, numbers
// and small objects as JSON, others by their class.
func describe(o *runtime.RemoteObject) string {
	if o.Type == runtime.TypeString {
		return strings.Trim(string(o.Value), `"`)
	}
	if len(o.Value) > 0 {
		return string(o.Value)
	}
	return o.Description
}

// Run runs chromedp actions on the page and fails the test if one fails or
// takes longer than half a minute.
func (p *Page) Run(actions ...chromedp.Action) {
	p.t.Helper()
	if err := p.try(actions...); err != nil {
		p.t.Fatalf("chrome: %v", err)
	}
}

// try is Run that returns what failed.
func (p *Page) try(actions ...chromedp.Action) error {
	// The first Run of a tab makes it; a context that is cancelled afterwards
	// would close it again.
	if err := chromedp.Run(p.Context); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.Context, patience)
	defer cancel()
	return chromedp.Run(ctx, actions...)
}

// Goto loads url and waits for the load event.
func (p *Page) Goto(url string) {
	p.t.Helper()
	p.Run(chromedp.Navigate(url))
}

// Eval evaluates a JavaScript expression, waits for it if it is a promise, and
// decodes its JSON into result, which may be nil. Unlike a script of the page
// it is not held by the content security policy.
func (p *Page) Eval(expression string, result any) {
	p.t.Helper()
	if result == nil {
		var ignored *runtime.RemoteObject
		result = &ignored
	}
	await := func(params *runtime.EvaluateParams) *runtime.EvaluateParams { return params.WithAwaitPromise(true) }
	p.Run(chromedp.Evaluate(expression, result, await))
}

// WaitFor evaluates a JavaScript expression until it is truthy and fails the
// test, with a picture of the page beside it, when it is not in half a minute.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		var met bool
		p.Eval("(async () => Boolean(await ("+expression+")))()", &met)
		if met {
			return
		}
		if time.Now().After(deadline) {
			file := filepath.Join(os.TempDir(), strings.ReplaceAll(p.t.Name(), "/", "-")+".png")
			p.Screenshot(file)
			p.t.Fatalf("waited in vain for %s (picture: %s)", expression, file)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Text returns what a person reads in the first element that fits selector.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var text string
	p.Eval("document.querySelector("+quote(selector)+")?.innerText ?? ''", &text)
	return text
}

// Click clicks the middle of the first visible element that fits selector. One that
// the page draws anew between the two steps of that is looked for again.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.find(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// find runs an action that looks for an element first.
func (p *Page) find(action chromedp.Action) {
	p.t.Helper()
	const gone = "node with given id" // and nothing was done to it
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := p.try(action)
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), gone) || time.Now().After(deadline) {
			p.t.Fatalf("chrome: %v", err)
		}
	}
}

// Screenshot writes what the window shows to file, as PNG, and makes its
// folder if need be.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	var png []byte
	p.Run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().Do(ctx)
		return err
	}))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
