package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// display reads what people in front of a counter see.
func display(page *chrome.Page, step string) {
	page.WaitFor(`document.querySelector('ev-display')?.dataset.step === ` + quoteJS(step))
}

// The customer's window shows code, purpose and outcome, nothing of the card, and
// says when the staff page is gone.
func TestCustomerWindow(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	early := browser.Open(server.URL + "web/customer/") // before there is a staff page
	display(early, "gone")
	c := openCounter(t, browser, server)
	var opened string
	c.Eval(`(() => { window.open = (url, name) => { globalThis.opened = url + ' ' + name; return null; }; })()`, nil)
	c.tool("customer")
	c.Eval(`globalThis.opened`, &opened)
	if opened != server.URL+"web/customer/ jianzheng-customer" {
		t.Errorf("opened %q", opened)
	}

	display(early, "waiting")
	shown := c.challenge()
	early.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge === ` + quoteJS(shown))
	if got := early.Text(`[data-testid=display-asks]`); !strings.Contains(got, "18 or over") {
		t.Errorf("asks %q", got)
	}
	phone := newPhone(t, server)
	code := phone.send("valid", c.challenge())
	c.verdict("accepted", "ok")
	display(early, "verdict")
	if got := early.Text(`[data-testid=display-compare]`); got != code {
		t.Errorf("the customer sees %q, the phone %q", got, code)
	}
	name := c.Text(`[data-testid=name]`)
	var text string
	early.Eval(`document.documentElement.outerHTML`, &text)
	for _, secret := range append([]string{name}, personal...) {
		if strings.Contains(text, secret) {
			t.Errorf("the customer's window holds %q", secret)
		}
	}
	c.next()
	display(early, "used")
	c.practise()
	display(early, "away")
	c.Key(kb.Escape)
	display(early, "waiting")
	c.Goto("about:blank")
	display(early, "gone")
	c.Goto(server.URL)
	display(early, "waiting")
}
