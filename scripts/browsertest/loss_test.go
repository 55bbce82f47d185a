package browsertest

import (
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
)

// refresh has the staff page look for newer lists and waits until it took them.
func (c *counter) refresh(browser *chrome.Browser) {
	c.t.Helper()
	fetched := func() (n int) {
		for _, r := range browser.Traffic() {
			if strings.Contains(r.URL, "/v1/status/") {
				n++
			}
		}
		return n
	}
	before := fetched()
	c.Click(`[data-testid=strip-lists]`)
	for fetched() == before {
		c.WaitFor(`true`)
	}
	// Another challenge is shown when the engine has taken the lists.
	c.challenge()
	c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge !== ` + quoteJS(c.shown))
}

// A card that its holder reports is refused by its name as soon as the lists are
// new, and good again when it was found.
func TestLoss(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	c := openCounter(t, browser, server)
	card := openCard(wallet, server)
	other := newPhone(t, server)

	card.Click(`[data-testid=loss-open]`)
	card.Click(`[data-testid=lost]`)
	card.WaitFor(`document.querySelector('[data-testid=found]')`)
	c.refresh(browser)
	c.read(card)
	agree(card)
	c.verdict("rejected", "suspended")
	c.next()
	c.submit(other.answer("valid", c.challenge()))
	c.verdict("accepted", "ok") // somebody else's card of the same person
	c.next()

	// It is remembered, and undone.
	card.Goto("about:blank")
	card.Goto(server.URL + "web/card/")
	card.Click(`[data-testid=loss-open]`)
	card.Click(`[data-testid=found]`)
	card.WaitFor(`document.querySelector('[data-testid=lost]')`)
	c.refresh(browser)
	c.read(card)
	agree(card)
	c.verdict("accepted", "ok")
	for _, r := range wallet.Traffic() {
		if strings.HasSuffix(r.URL, "/v1/demo/losses") && len(r.Body) > 80 {
			t.Errorf("a report of %d bytes", len(r.Body))
		}
	}
}

// Where lists are signed elsewhere, and for a card that is suspended already, the
// page says so.
func TestLossRefused(t *testing.T) {
	for name, start := range map[string]func() (*chrome.Server, string){
		"edge":      func() (*chrome.Server, string) { return chrome.StartEdge(t), "valid" },
		"suspended": func() (*chrome.Server, string) { return chrome.StartServer(t), "suspended" },
	} {
		t.Run(name, func(t *testing.T) {
			server, person := start()
			card := openCardOf(chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en", Width: 390, Height: 844}), server, person)
			card.Allow("status of 404")
			card.Click(`[data-testid=loss-open]`)
			card.Click(`[data-testid=lost]`)
			card.WaitFor(`document.querySelector('[data-testid=note]').innerText.includes('takes no report')`)
			card.WaitFor(`document.querySelector('[data-testid=lost]') && !document.querySelector('[data-testid=found]')`)
		})
	}
}

// What was shown is listed on the phone, without what it said, and forgotten when
// the holder says so.
func TestPast(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	card := openCard(chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844}), server)
	c.read(card)
	agree(card)
	c.verdict("accepted", "ok")
	showsAgain(card)
	offer(card, "B")
	showsAgain(card)
	rows := `[...document.querySelectorAll('[data-testid=past-row]')]`
	card.WaitFor(rows + `.map((row) => row.dataset.way).join() === 'B,A'`)
	kept := `new Promise((done) => { indexedDB.open('jianzheng').onsuccess = ({ target: { result } }) => {
		result.transaction('cards').objectStore('cards').get('past').onsuccess = (got) => { result.close(); done(JSON.stringify(got.target.result ?? null)); }; }; })`
	var text string
	card.Eval(kept, &text)
	for _, secret := range []string{"张三", "990101", "KB1", "CH1"} {
		if strings.Contains(text, secret) {
			t.Errorf("the list holds %q", secret)
		}
	}
	if !strings.Contains(text, `"party":"演示网吧 DEMO Internet café"`) || !strings.Contains(text, `"claims":["name","id","over18"]`) {
		t.Errorf("kept %s", text)
	}

	card.Goto("about:blank")
	card.Goto(server.URL + "web/card/")
	card.WaitFor(rows + `.length === 2`)
	card.Click(`[data-testid=past-open]`)
	card.Click(`[data-testid=past-clear]`)
	card.WaitFor(rows + `.length === 0`)
	offer(card, "C")
	showsAgain(card)
	card.WaitFor(rows + `.length === 1`)
	card.Click(`[data-testid=forget]`)
	card.WaitFor(`document.querySelector('[data-testid=person-valid]')`)
	if card.Eval(kept, &text); text != "null" {
		t.Errorf("after forgetting: %s", text)
	}
}
