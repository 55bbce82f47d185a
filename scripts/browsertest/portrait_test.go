package browsertest

import (
	"testing"

	"jianzheng/scripts/chrome"
)

// decide gives one of the three answers about a person.
func (c *counter) decide(answer, outcome, reason string) {
	c.t.Helper()
	c.Click(`[data-testid=` + answer + `]`)
	c.WaitFor(`document.querySelector('[data-testid=outcome]')?.dataset.reason === ` + quoteJS(reason))
	c.verdict(outcome, reason)
}

// seesPortrait waits until the portrait on the stage is drawn.
func (c *counter) seesPortrait() {
	c.t.Helper()
	c.WaitFor(`[...document.querySelectorAll('ev-verdict img')].some((img) => img.complete && img.naturalWidth >= 40)`)
}

// tick switches a claim on. The buttons to decide with may lie over it.
func tick(card *chrome.Page, claim string) {
	box := `document.querySelector('[data-testid=claim-` + claim + `]')`
	card.Eval(box+`.click()`, nil)
	card.WaitFor(box + `.checked`)
}

// A portrait that the holder chose to show travels on way A, and staff compare it.
func TestPortraitOnWayA(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	card := openCardOf(chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844}), server, "portrait")
	for _, decision := range []struct{ answer, outcome, reason string }{
		{"same", "accepted", "ok"}, {"unsure", "undetermined", "person-unsure"}, {"different", "rejected", "person-different"},
	} {
		c.read(card)
		tick(card, "photo")
		code := agree(card)
		c.verdict("conditional", "compare-person")
		c.compares(code)
		c.seesPortrait()
		c.decide(decision.answer, decision.outcome, decision.reason)
		c.answered = c.shown
		c.next()
	}
	// Nobody asks for it: without it the same card is good.
	c.read(card)
	agree(card)
	c.verdict("accepted", "ok")
	c.redeemedBy("server")
}
