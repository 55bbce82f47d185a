package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jianzheng/scripts/chrome"
)

// shiftClock makes a page believe that its computer's clock is wrong. Only Date
// is: performance.now() counts as before, as it does on such a computer.
func shiftClock(p *chrome.Page, by time.Duration) {
	p.Before(fmt.Sprintf(`{
		const Right = Date, by = %d;
		globalThis.Date = class extends Right {
			constructor(...parts) { if (parts.length) super(...parts); else super(Right.now() + by); }
			static now() { return Right.now() + by; }
		};
	}`, by.Milliseconds()))
}

// clockSays waits until the strip says so of the clock.
func (c *counter) clockSays(what string) {
	c.t.Helper()
	c.WaitFor(`document.querySelector('[data-item=clock]')?.innerText.includes(` + quoteJS(what) + `)`)
}

// A counter whose clock is an hour off checks by the endpoint's signed time, goes on
// without a network, and without any signed time does not know.
func TestClockWrong(t *testing.T) {
	chrome.BuildPages(t)
	server := chrome.StartServer(t, "-web", "dist")
	for _, test := range []struct {
		name       string
		by         time.Duration
		lang, says string
	}{
		{"an hour fast", time.Hour, "en", "this PC is 60 min fast, corrected"},
		{"an hour slow", -time.Hour, "en", "this PC is 60 min slow, corrected"},
		{"an hour fast, in Chinese", time.Hour, "zh-CN", "本机快 60 分钟，已校正"},
	} {
		t.Run(test.name, func(t *testing.T) {
			browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: test.lang})
			c := &counter{Page: browser.NewPage(), t: t, server: server}
			shiftClock(c.Page, test.by)
			c.Goto(server.URL)
			c.clockSays(test.says)
			shoot(t, c, "clock-corrected-"+strings.ReplaceAll(test.name, " ", "-"))
			phone := newPhone(t, server)
			c.submit(phone.answer("valid", c.challenge()))
			c.verdict("accepted", "ok")
			c.redeemedBy("server")
			c.next()
			phone.send("under-18", c.challenge())
			c.verdict("rejected", "under-age")
			c.next()

			// The right time runs on when the network has gone.
			c.WaitFor(settled)
			c.Allow("net::ERR_")
			c.Allow("Failed to load resource")
			c.Allow("WebSocket connection to")
			withoutNetwork(c.Page)
			browser.Offline(true)
			c.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
			c.clockSays(test.says)
			c.submit(phone.answer("valid", c.challenge()))
			c.verdict("accepted", "ok")
			c.redeemedBy("page")
			c.next()

			// Loaded again without one, nothing signed says what time it is.
			c.Goto(server.URL)
			c.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
			c.submit(phone.answer("full", c.challenge()))
			c.verdict("undetermined", "clock-wrong")
			shoot(t, c, "clock-wrong-"+strings.ReplaceAll(test.name, " ", "-"))

			browser.Offline(false)
			c.Click(`[data-testid=retry]`)
			c.clockSays(test.says)
		})
	}
}

// An old signed time cannot put the clock back, even where it comes from the endpoint's
// address: then the clock of the computer stands, or nothing is known.
func TestClockReplayed(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	c.Before(`{
		const send = fetch;
		let old;
		globalThis.fetch = async (url, init) => {
			if (!String(url).includes('/v1/time')) return send(url, init);
			old ??= send('/v1/time?nonce=AAAAAAAAAAAAAAAAAAAAAA', init).then((r) => r.text());
			return new Response(await old, { headers: { 'Content-Type': 'application/json' } });
		};
	}`)
	shiftClock(c.Page, -time.Hour)
	c.Goto(server.URL)
	c.submit(newPhone(t, server).answer("valid", c.challenge()))
	c.verdict("undetermined", "clock-wrong")
	c.clockSays("相差约 60 分钟")
}
