package browsertest

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
)

// drawn is the code that a card page draws, as a picture file.
func drawn(t *testing.T, card *chrome.Page) string {
	t.Helper()
	card.WaitFor(`document.querySelector('[data-testid=answer] canvas')?.width > 100`)
	var url string
	card.Eval(`document.querySelector('[data-testid=answer] canvas').toDataURL('image/png')`, &url)
	_, text, _ := strings.Cut(url, ",")
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "drawn.png")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// offer has the card page show a code of a class without a challenge.
func offer(card *chrome.Page, class string) {
	card.Click(`[data-testid=offer]`)
	card.Click(`[data-testid=class-` + class + `]`)
	card.WaitFor(`document.querySelector('[data-testid=class-` + class + `]').checked`)
	card.Click(`[data-testid=agree]`)
	card.WaitFor(`document.querySelector('[data-answer]')?.dataset.answer`)
}

// showsAgain leaves the code on the screen and begins anew.
func showsAgain(card *chrome.Page) {
	card.Click(`[data-testid=done]`)
	card.Click(`[data-testid=again]`)
	card.WaitFor(`document.querySelector('[data-testid=offer]')?.disabled === false`)
}

// Way B: the phone shows a code to whoever asks. A fresh one counts once at this
// counter, one for a day has staff look at the person.
func TestWayB(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	c := openCounter(t, browser, server)
	card := openCard(wallet, server)
	before := len(wallet.Traffic())

	offer(card, "B")
	first := drawn(t, card)
	c.Drop(first)
	c.verdict("accepted", "ok")
	c.redeemedBy("none")
	c.next()
	c.Eval(samePause, nil)
	c.Drop(first)
	c.verdict("rejected", "nonce-used")
	c.WaitFor(`sessionStorage.getItem('mail')`)
	c.Goto("about:blank")
	c.Goto(server.URL)
	c.challenge()
	c.Drop(first)
	c.verdict("rejected", "nonce-used") // to load the page again does not help
	c.next()

	// It renews itself.
	var text string
	card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
	card.Eval(`{ const now = Date.now; Date.now = () => now() + 61000; }`, nil)
	card.WaitFor(`document.querySelector('[data-answer]').dataset.answer !== ` + quoteJS(text))
	card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
	card.Goto("about:blank")
	card.Goto(server.URL + "web/card/")
	card.WaitFor(`document.querySelector('[data-testid=offer]')?.disabled === false`)

	offer(card, "C")
	day := drawn(t, card)
	for _, decision := range []struct{ answer, outcome, reason string }{
		{"same", "accepted", "ok"}, {"unsure", "undetermined", "person-unsure"}, {"different", "rejected", "person-different"},
	} {
		c.Drop(day)
		c.verdict("conditional", "static-card")
		c.decide(decision.answer, decision.outcome, decision.reason)
		c.next()
		c.Eval(samePause, nil)
	}

	// A counter with another purpose than the holder chose.
	c.Eval(`{ const s = document.querySelector('[data-testid=purpose]'); s.value = 'hotel'; s.dispatchEvent(new Event('change')); }`, nil)
	c.Drop(day)
	c.verdict("rejected", "over-disclosed")
	c.next()

	card.CheckErrors(t)
	requireNothingPersonal(t, text, browser.Traffic(), wallet.Traffic())
	for _, r := range wallet.Traffic()[before:] {
		if r.Method == "POST" {
			t.Errorf("the phone posted to %s to show a code", r.URL)
		}
	}
}

// Without a network the phone shows codes all the same.
func TestWayBOffline(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	card := openCard(wallet, server)
	card.Allow("net::ERR_")
	card.Allow("Failed to load resource")
	withoutNetwork(card)
	wallet.Offline(true)
	offer(card, "B")
	c.Drop(drawn(t, card))
	c.verdict("accepted", "ok")
	c.next()
	showsAgain(card)
	offer(card, "C")
	c.Drop(drawn(t, card))
	c.verdict("conditional", "static-card")
}
