package browsertest

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"

	"jianzheng/scripts/chrome"
)

var pictures = flag.String("pictures", "", "folder for screenshots of every page and outcome; empty makes none")

// eachLook calls f for both languages, both themes, a counter's PC and a phone,
// when pictures are to be made. Its name gives the file of a picture.
func eachLook(t *testing.T, f func(t *testing.T, o chrome.Options, name func(what string) string)) {
	if *pictures == "" {
		t.Log("no pictures made: make pictures does")
		return
	}
	for _, lang := range []string{"zh-CN", "en"} {
		for _, dark := range []bool{false, true} {
			for _, size := range [][2]int{{1366, 768}, {390, 844}} {
				theme := "light"
				if dark {
					theme = "dim"
				}
				o := chrome.Options{Camera: chrome.NoCamera, Lang: lang, Dark: dark, Width: size[0], Height: size[1]}
				t.Run(fmt.Sprint(lang, theme, size[0]), func(t *testing.T) {
					f(t, o, func(what string) string {
						return filepath.Join(*pictures, fmt.Sprintf("%s-%s-%s-%d.png", what, lang, theme, size[0]))
					})
				})
			}
		}
	}
}

// TestPictures makes the screenshots that a change of a page is judged by.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Log("no pictures made: make pictures does")
		return
	}
	server := chrome.StartServer(t)
	phone := newPhone(t, server)
	eachLook(t, func(t *testing.T, o chrome.Options, name func(string) string) {
		browser := chrome.Start(t, o)
		c := openCounter(t, browser, server)
		c.Screenshot(name("staff-ready"))
		c.Eval(`document.getElementById('app-note').hidden = false; document.querySelector('footer').scrollIntoView()`, nil)
		c.Screenshot(name("staff-late"))
		c.Eval(`document.getElementById('app-note').hidden = true; window.scrollTo(0, 0)`, nil)
		asleep := browser.Open(server.URL)
		asleep.WaitFor(`document.querySelector('[data-testid=asleep]').open`)
		asleep.Screenshot(name("staff-asleep"))
		asleep.Goto("about:blank")
		c.Run(page.BringToFront())
		for _, p := range []struct{ person, outcome, reason string }{
			{"valid", "accepted", "ok"}, {"under-18", "rejected", "under-age"}, {"expired", "rejected", "expired"},
		} {
			c.submit(phone.answer(p.person, c.challenge()))
			c.verdict(p.outcome, p.reason)
			c.WaitFor(`document.querySelector('[data-testid=recorded]').textContent`)
			c.Screenshot(name("staff-" + p.outcome + "-" + p.reason))
			if p.person == "valid" {
				c.redeemedBy("server")
				c.Screenshot(name("staff-why"))
			}
			c.next()
		}
		c.submit("https://example.com/menu")
		c.verdict("unreadable", "other-code")
		c.Screenshot(name("staff-unreadable"))
		c.next()
		answer := phone.answer("valid", c.challenge())
		c.Allow("Failed to load resource")
		withoutNetwork(c.Page)
		browser.Offline(true)
		c.submit(answer)
		c.verdict("undetermined", "redeem-unreachable")
		c.Screenshot(name("staff-undetermined"))
		browser.Offline(false)
		c.WaitFor(`!document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
		c.next()
		registerPictures(t, c, o, name)

		camera := filepath.Join(t.TempDir(), "camera.y4m")
		shiny(t, camera)
		filmed := o
		filmed.Camera = camera
		seen := openCounter(t, chrome.Start(t, filmed), server)
		seen.WaitFor(`document.querySelector('[data-testid=camera-hint]').dataset.advice`)
		seen.Eval(`document.querySelector('ev-viewfinder').scrollIntoView({ block: 'center' })`, nil)
		seen.Screenshot(name("staff-coach"))
		seen.film(camera, phone.answer("valid", seen.challenge()))
		seen.verdict("accepted", "ok")
		seen.redeemedBy("server")
		seen.Eval(`document.querySelector('[data-testid=rung]').scrollIntoView()`, nil)
		seen.Screenshot(name("staff-rung"))

		wallet := chrome.Start(t, o)
		card := wallet.Open(server.URL + "web/card/")
		card.WaitFor(`document.querySelector('[data-testid=person-valid]')`)
		card.Screenshot(name("card-people"))
		card.Click(`[data-testid=person-valid]`)
		card.WaitFor(`document.querySelector('[data-testid=card]')`)
		card.Screenshot(name("card-face"))
		c.read(card)
		c.opened()
		c.Screenshot(name("staff-opened"))
		card.Screenshot(name("card-ask"))
		agree(card)
		card.Screenshot(name("card-sent"))
		c.verdict("accepted", "ok")
		c.Screenshot(name("staff-way-a-accepted"))
		c.next()
		phone.send("under-18", c.challenge())
		c.verdict("rejected", "under-age")
		c.Screenshot(name("staff-way-a-rejected"))
		c.next()
		c.read(card)
		wallet.Offline(true)
		card.Allow("Failed to load resource")
		withoutNetwork(card)
		card.Click(`[data-testid=agree-all]`)
		card.WaitFor(`document.querySelector('[data-testid=not-sent]')`)
		card.Screenshot(name("card-answer"))
	})
}
