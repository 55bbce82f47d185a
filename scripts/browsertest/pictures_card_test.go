package browsertest

import (
	"path/filepath"
	"testing"

	"jianzheng/scripts/chrome"
)

// TestPicturesOfTheCard makes those of the card page beyond an answer to a
// challenge, and of what the staff page reads of them.
func TestPicturesOfTheCard(t *testing.T) {
	if *pictures == "" {
		t.Log("no pictures made: make pictures does")
		return
	}
	server := chrome.StartServer(t)
	eachLook(t, func(t *testing.T, o chrome.Options, name func(string) string) {
		c := openCounter(t, chrome.Start(t, o), server)
		card := openCardOf(chrome.Start(t, o), server, "portrait")
		card.Click(`[data-testid=offer]`)
		card.Screenshot(name("card-offer"))
		card.Click(`[data-testid=agree]`)
		code := drawn(t, card)
		card.Screenshot(name("card-fresh"))
		c.Drop(code)
		c.verdict("accepted", "ok")
		c.Screenshot(name("staff-fresh"))
		c.next()
		card.Click(`[data-testid=copy-code]`)
		card.Screenshot(name("card-copy"))
		card.Click(`[data-testid=again]`)

		card.Click(`[data-testid=offer]`)
		card.Click(`[data-testid=class-C]`)
		tick(card, "photo")
		card.Click(`[data-testid=agree]`)
		card.WaitFor(`document.querySelector('[data-testid=part]')`)
		card.Screenshot(name("card-parts"))
		var text string
		card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
		c.submit(text)
		c.verdict("conditional", "static-card")
		c.seesPortrait()
		c.Screenshot(name("staff-day"))
		c.decide("unsure", "undetermined", "person-unsure")
		c.next()
		showsAgain(card)

		card.Click(`[data-testid=past-open]`)
		card.Click(`[data-testid=loss-open]`)
		card.Click(`[data-testid=lost]`)
		card.WaitFor(`document.querySelector('[data-testid=found]')`)
		card.Screenshot(name("card-lost"))
		card.Eval(`document.querySelector('[data-testid=past]').scrollIntoView()`, nil)
		card.Screenshot(name("card-past"))
		card.Click(`[data-testid=print]`)
		card.WaitFor(`document.querySelector('[data-testid=paper] img')?.naturalWidth === 40`)
		card.Screenshot(name("card-paper"))

		camera := filepath.Join(t.TempDir(), "camera.y4m")
		filmSomeParts(t, camera, text, 3)
		o.Camera = camera
		seen := openCounter(t, chrome.Start(t, o), server)
		seen.WaitFor(`document.querySelector('[data-testid=camera-hint]').dataset.parts.startsWith('3/')`)
		seen.Eval(`document.querySelector('ev-viewfinder').scrollIntoView({ block: 'center' })`, nil)
		seen.Screenshot(name("staff-parts"))
	})
}
