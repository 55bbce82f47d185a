package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"jianzheng/scripts/chrome"
)

// The ways to show a code better: larger, in parts, beside the words.
func TestCodeIsShownBetter(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	card := openCard(chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844}), server)
	offer(card, "C")
	drawn(t, card)
	canvas := `document.querySelector('[data-testid=answer] canvas')`
	side := func() (n float64) {
		t.Helper()
		card.Eval(canvas+`.offsetWidth`, &n)
		return n
	}

	// In parts, as for a camera that reads no other; the staff page takes them.
	single := side()
	card.Click(`[data-testid=in-parts]`)
	files := drawnParts(t, card)
	if len(files) < 2 {
		t.Errorf("%d parts", len(files))
	}
	for i, file := range files {
		c.Drop(file)
		if i < len(files)-1 {
			c.WaitFor(`document.querySelector('[data-testid=note]').innerText.trim()`)
		}
	}
	c.verdict("conditional", "static-card")
	c.decide("same", "accepted", "ok")
	showsAgain(card)

	// On its side the code stands beside the words, on the side that is wished.
	offer(card, "C")
	card.Run(emulation.SetDeviceMetricsOverride(844, 390, 1, false))
	card.WaitFor(canvas + `.getBoundingClientRect().right < document.querySelector('[data-testid=time]').getBoundingClientRect().left`)
	card.Eval(`document.querySelector('[data-testid=hand]').click()`, nil)
	card.WaitFor(canvas + `.getBoundingClientRect().left > document.querySelector('[data-testid=time]').getBoundingClientRect().right`)
	var overflow bool
	if card.Eval(`document.documentElement.scrollWidth > innerWidth`, &overflow); overflow {
		t.Error("wider than the screen")
	}
	onSide := side()

	// A tap fills the screen with it, another gives the page back.
	card.Run(emulation.SetDeviceMetricsOverride(1366, 768, 1, false))
	card.WaitFor(canvas + `.offsetWidth > ` + quoteJS(onSide))
	before := side()
	card.Click(`[data-testid=answer]`)
	card.WaitFor(canvas + `.offsetWidth > ` + quoteJS(before))
	card.Click(`[data-testid=answer]`)
	card.WaitFor(canvas + `.offsetWidth === ` + quoteJS(before))
	if single <= 0 || onSide <= 300 {
		t.Errorf("%g wide upright, %g on its side", single, onSide)
	}
}

// A copy of a code is refused, and the phone says why.
func TestCopyOfACode(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	card := openCard(chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844}), server)
	offer(card, "B")
	c.Drop(drawn(t, card))
	c.verdict("accepted", "ok")
	c.next()
	card.Click(`[data-testid=copy-code]`)
	card.WaitFor(`document.querySelector('[data-testid=copied]').innerText.includes('90')`)
	c.Eval(samePause, nil)
	c.Drop(drawn(t, card))
	c.verdict("rejected", "nonce-used")
	c.next()
	card.Click(`[data-testid=again]`)

	// An answer to a challenge, after it was used.
	c.read(card)
	agree(card)
	c.verdict("accepted", "ok")
	c.next()
	card.Click(`[data-testid=instead]`)
	card.Click(`[data-testid=copy-code]`)
	card.WaitFor(`document.querySelector('[data-testid=copied]')`)
	c.Eval(samePause, nil)
	c.Drop(drawn(t, card))
	c.verdict("rejected", "nonce-used")
}
