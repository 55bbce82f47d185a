package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// counter is a staff page in a browser.
type counter struct {
	*chrome.Page
	t      *testing.T
	server *chrome.Server
	shown  string // the challenge last asked for

	answered string // the challenge last answered with success
}

// openCounter opens the staff page and waits until it shows a challenge.
func openCounter(t *testing.T, browser *chrome.Browser, server *chrome.Server) *counter {
	t.Helper()
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	// One that a page before it asked for, and left before the answer came.
	c.Allow("status of 409 (Conflict) " + server.URL + "v1/checkpoints")
	c.Goto(server.URL)
	c.WaitFor(`document.querySelector('[data-testid=challenge]')?.dataset.challenge`)
	return c
}

// tab is a page in whatever browser.
type tab interface {
	Eval(expression string, result any)
	WaitFor(expression string)
}

// awaitChallenge waits until a staff page shows a challenge other than the one that was
// answered, and returns it.
func awaitChallenge(page tab, answered string) string {
	page.WaitFor(`(document.querySelector('[data-testid=challenge]')?.dataset.challenge ?? ` + quoteJS(answered) + `) !== ` + quoteJS(answered))
	var shown string
	page.Eval(`document.querySelector('[data-testid=challenge]').dataset.challenge`, &shown)
	return shown
}

// awaitVerdict waits until a staff page shows a verdict.
func awaitVerdict(page tab) (outcome, reason string) {
	page.WaitFor(`document.querySelector('[data-testid=outcome]')`)
	var got struct{ Outcome, Reason string }
	page.Eval(`({...document.querySelector('[data-testid=outcome]').dataset})`, &got)
	return got.Outcome, got.Reason
}

// challenge is the text of the challenge on the screen, one that was not
// answered yet.
func (c *counter) challenge() string {
	c.t.Helper()
	c.shown = awaitChallenge(c, c.answered)
	return c.shown
}

// verdict waits for a verdict and checks its outcome and reason.
func (c *counter) verdict(outcome, reason string) {
	c.t.Helper()
	gotOutcome, gotReason := awaitVerdict(c)
	if gotOutcome == "accepted" {
		c.answered = c.shown
	}
	if gotOutcome != outcome || gotReason != reason {
		c.t.Errorf("%s, %s; want %s, %s", gotOutcome, gotReason, outcome, reason)
	}
}

// redeemedBy opens the details of a verdict and checks who redeemed the answer.
func (c *counter) redeemedBy(who string) {
	c.t.Helper()
	c.Click(`[data-testid=why]`)
	c.WaitFor(`document.querySelector('[data-testid=redeemed]')`)
	var got string
	c.Eval(`document.querySelector('[data-testid=redeemed]').dataset.redeemed`, &got)
	if got != who {
		c.t.Errorf("redeemed by %s, want %s", got, who)
	}
}

// film puts another film into the camera: F8 turns it off and on again, and
// Chromium opens the file when the camera starts.
func (c *counter) film(file, text string) {
	c.t.Helper()
	c.filmWith(func() { film(c.t, file, text) })
}

// filmWith is film for a film of another kind.
func (c *counter) filmWith(write func()) {
	c.t.Helper()
	c.Key(kb.F8)
	c.WaitFor(`!document.querySelector('[data-testid=video]').srcObject`)
	write()
	c.Key(kb.F8)
	c.WaitFor(`document.querySelector('[data-testid=video]').videoWidth === 1280`)
}

// next leaves the verdict.
func (c *counter) next() {
	c.t.Helper()
	c.Key(kb.Enter)
	c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
}

// submit types a text into the field and sends it.
func (c *counter) submit(text string) {
	c.t.Helper()
	c.Eval(`(() => { const f = document.querySelector('[data-testid=text]'); f.focus(); f.value = `+quoteJS(text)+`; })()`, nil)
	c.Click(`[data-testid=submit]`)
}

// submitQuietly hands over a text where big type hides the field.
func (c *counter) submitQuietly(text string) {
	c.t.Helper()
	c.Eval(`document.querySelector('ev-inputs').dispatchEvent(new CustomEvent('flow', { bubbles: true, detail: { type: 'text', text: `+quoteJS(text)+`, source: 'typed' } }))`, nil)
}

// scan plays a scanner, again when the machine could not keep up with it.
func (c *counter) scan(play func(text string) bool, text string) {
	c.t.Helper()
	scanned(c.t, c, play, text, func() { c.Key(kb.Escape) })
}

// scanned plays a scanner until the machine keeps up with it; leave takes away what came
// of half a text.
func scanned(t *testing.T, page tab, play func(text string) bool, text string, leave func()) {
	t.Helper()
	for range 10 {
		page.Eval(`document.activeElement?.blur()`, nil)
		if play(text) {
			return
		}
		t.Log("the machine did not keep up with the scanner")
		page.Eval(`new Promise((done) => setTimeout(done, 500))`, nil)
		leave()
	}
	t.Fatal("the machine never kept up with the scanner")
}

// Each sample person sees a reason of their own, on the pages of a release.
func TestPeopleAtTheCounter(t *testing.T) {
	chrome.BuildPages(t)
	server := chrome.StartServer(t, "-web", "dist")
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	phone := newPhone(t, server)
	for _, p := range []struct{ person, outcome, reason string }{
		{"valid", "accepted", "ok"},
		{"expires-soon", "accepted", "ok"},
		{"full", "accepted", "ok"},
		{"expired", "rejected", "expired"},
		{"under-18", "rejected", "under-age"},
		{"revoked", "rejected", "revoked"},
		{"suspended", "rejected", "suspended"},
		{"unknown-issuer", "rejected", "issuer-unknown"},
		{"altered", "rejected", "signature-invalid"},
		{"portrait", "accepted", "ok"},
	} {
		t.Run(p.person, func(t *testing.T) {
			c.t = t
			c.submit(phone.answer(p.person, c.challenge()))
			c.verdict(p.outcome, p.reason)
			c.next()
		})
	}
}

// All ways in are live at once.
func TestWaysIn(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	phone := newPhone(t, server)
	for _, way := range []struct {
		name string
		give func(text string)
	}{
		{"file", func(text string) { c.Choose("[data-testid=file]", drawing(t, text)) }},
		{"drop", func(text string) { c.Drop(drawing(t, text)) }},
		{"paste of an image", func(text string) { c.PasteFile(drawing(t, text)) }},
		{"paste of text", func(text string) { c.Paste(text) }},
		{"typed text", c.submit},
		{"scanner", func(text string) { c.scan(c.Scan, text) }},
		{"scanner with a Chinese input method", func(text string) { c.scan(c.ScanIME, text) }},
	} {
		t.Run(way.name, func(t *testing.T) {
			c.t = t
			way.give(phone.answer("valid", c.challenge()))
			c.verdict("accepted", "ok")
			c.next()
		})
	}
	t.Run("something else", func(t *testing.T) {
		c.t = t
		c.submit("https://example.com/menu")
		c.verdict("unreadable", "other-code")
		c.next()
		c.Choose("[data-testid=file]", blank(t))
		c.verdict("unreadable", "no-code")
		c.next()
		c.Choose("[data-testid=file]", "../../LICENSE") // neither image nor text by its name
		c.WaitFor(`document.querySelector('[data-testid=note]').innerText.trim()`)
	})
}

// What the strip says changes in place, so that no press on it is lost.
func TestStripStays(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.WaitFor(`document.querySelector('[data-testid=strip-register].is-good')`)
	const strip = `[...document.querySelectorAll('ev-strip > *')]`
	c.Eval(`window.strip = `+strip+`; window.said = strip.map((node) => node.innerText)`, nil)
	c.Key(kb.F2)
	c.WaitFor(`document.querySelector('[data-testid=strip-sound] path, [data-testid=strip-sound] svg') && document.querySelector('[data-testid=strip-sound]').innerText !== said[strip.findIndex((node) => node.dataset.item === 'sound')]`)
	c.Click(`[data-testid=strip-language]`)
	c.WaitFor(`document.querySelector('[data-testid=strip-language]').innerText === '中文'`)
	var same bool
	c.Eval(strip+`.every((node, i) => node === strip[i])`, &same)
	if !same {
		t.Error("the strip was drawn anew")
	}
}

// Without a camera there is one sentence, and the other ways in remain.
func TestCameraRefusals(t *testing.T) {
	server := chrome.StartServer(t)
	for _, state := range []struct{ name, camera, zh, en string }{
		{"missing", chrome.NoCamera, "摄像头", "camera"},
		{"denied", chrome.DeniedCamera, "摄像头", "camera"},
		{"pending", chrome.PendingCamera, "摄像头", "camera"},
	} {
		for lang, word := range map[string]string{"zh-CN": state.zh, "en": state.en} {
			t.Run(state.name+"/"+lang, func(t *testing.T) {
				c := openCounter(t, chrome.Start(t, chrome.Options{Camera: state.camera, Lang: lang}), server)
				c.WaitFor(`document.querySelector('[data-testid=camera-sentence]').innerText.includes(` + quoteJS(word) + `)`)
				c.submit(newPhone(t, server).answer("valid", c.challenge()))
				c.verdict("accepted", "ok")
			})
		}
	}
}
