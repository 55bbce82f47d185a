package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// enter types a PIN into the open dialog and sends it.
func (c *counter) enter(pin string) {
	c.t.Helper()
	c.WaitFor(`document.querySelector('[data-testid=lock-open]')?.disabled === false`)
	c.Eval(`(() => { const f = document.querySelector('[data-testid=lock-pin]'); f.value = `+quoteJS(pin)+`; f.form.requestSubmit(); })()`, nil)
}

// setPIN gives the counter one.
func (c *counter) setPIN(pin, again string) {
	c.t.Helper()
	c.WaitFor(`document.querySelector('[data-testid=lock-repeat]')`)
	c.Eval(`(() => { const set = (id, v) => { document.querySelector('[data-testid=' + id + ']').value = v; }; set('lock-pin', `+quoteJS(pin)+`); set('lock-repeat', `+quoteJS(again)+`); })()`, nil)
	c.Click(`[data-testid=lock-set]`)
}

const (
	outOfOrder = `document.querySelector('[data-testid=lock-box]')?.open && document.querySelector('.lock-card')?.getClientRects().length > 0`
	unlocked   = `!document.querySelector('[data-testid=lock-box]').open`
)

// A locked counter checks nothing and does nothing but ask for the PIN, also after
// a reload; what is kept on the computer does not tell it.
func TestLock(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	c := openCounter(t, browser, server)
	phone := newPhone(t, server)
	c.tool("lock")
	c.setPIN("4831", "4832")
	c.WaitFor(`document.querySelector('[data-testid=lock-note]').innerText.includes('differ')`)
	c.setPIN("12", "12")
	c.WaitFor(`document.querySelector('[data-testid=lock-note]').innerText.includes('4 to 12')`)
	if got := c.Text(`.lock-forgotten`); got == "" {
		t.Error("nothing says what to do when the PIN is forgotten")
	}
	c.setPIN("4831", "4831")
	c.Click(`[data-testid=lock-now]`)
	c.WaitFor(outOfOrder)
	c.WaitFor(`!document.querySelector('[data-testid=challenge]').dataset.challenge`)

	for _, key := range []string{kb.Escape, kb.Escape, kb.F1, kb.F2, kb.F4, kb.F8, kb.Escape} {
		c.Key(key)
	}
	c.WaitFor(outOfOrder)
	var others int
	c.Eval(`document.querySelectorAll('dialog[open]').length`, &others)
	if others != 1 {
		t.Errorf("%d dialogs are open", others)
	}
	c.Eval(`document.activeElement?.blur()`, nil)
	c.Scan(phone.answer("valid", c.shownBefore()))
	c.Goto(server.URL)
	c.WaitFor(outOfOrder)
	if got := c.Text(`[data-testid=recorded]`); got != "" {
		t.Errorf("a locked counter %q", got)
	}

	c.enter("0000")
	c.WaitFor(`document.querySelector('[data-testid=lock-note]').innerText.includes('not the PIN')`)
	// After many more the wait is long, and a reload does not end it.
	c.Eval(`localStorage.setItem('jianzheng.pin-wrong', JSON.stringify({ count: 9, at: Date.now() }))`, nil)
	waits := `document.querySelector('[data-testid=lock-open]')?.disabled && /Try again in \d+ s/.test(document.querySelector('[data-testid=lock-note]').innerText)`
	c.WaitFor(waits)
	c.Goto(server.URL)
	c.WaitFor(waits)
	c.Goto(server.URL + "web/challenge/") // the same counter
	c.WaitFor(outOfOrder)
	c.Goto(server.URL)
	c.Eval(`localStorage.removeItem('jianzheng.pin-wrong')`, nil)
	c.enter("4831")
	c.WaitFor(unlocked)
	var kept string
	c.Eval(`JSON.stringify(localStorage)`, &kept)
	if len(kept) == 0 || strings.Contains(kept, "4831") {
		t.Error("the PIN is kept in the open")
	}
	c.submit(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.recorded(1)
	c.next()

	t.Run("settings", func(t *testing.T) {
		c.t = t
		c.tool("lock")
		c.Click(`[data-testid=lock-fixed]`)
		c.Key(kb.Escape)
		c.WaitFor(`document.querySelector('[data-testid=purpose]').disabled`)
		c.Click(`[data-testid=strip-register]`)
		c.WaitFor(`document.querySelector('[data-testid=lock-open]')`)
		if c.Text(`[data-testid=register-box]`) != "" {
			t.Error("the register opened without the PIN")
		}
		c.submitQuietly(phone.answer("expired", c.challenge())) // the check goes on
		c.verdict("rejected", "expired")
		c.enter("4831")
		c.WaitFor(`document.querySelector('[data-testid=register-box]')?.open && !document.querySelector('[data-testid=purpose]').disabled`)
	})
}

// The pictures of the lock.
func TestPicturesOfTheLock(t *testing.T) {
	server := chrome.StartServer(t)
	eachLook(t, func(t *testing.T, o chrome.Options, name func(string) string) {
		c := openCounter(t, chrome.Start(t, o), server)
		c.tool("lock")
		c.WaitFor(`document.querySelector('[data-testid=lock-repeat]')`)
		c.Screenshot(name("lock-setup"))
		c.setPIN("4831", "4831")
		c.WaitFor(`document.querySelector('[data-testid=lock-now]')`)
		c.Screenshot(name("lock-menu"))
		c.Click(`[data-testid=lock-now]`)
		c.WaitFor(outOfOrder)
		c.Screenshot(name("lock-out"))
		c.enter("0000")
		c.WaitFor(`document.querySelector('[data-testid=lock-note]').dataset.waits`)
		c.Eval(`document.querySelector('.lock-forgotten').open = true`, nil)
		c.Screenshot(name("lock-wrong"))
	})
}
