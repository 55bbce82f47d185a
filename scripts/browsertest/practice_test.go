package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// tool opens the tools and presses one.
func (c *counter) tool(name string) {
	c.t.Helper()
	c.Click(`[data-testid=tools]`)
	c.Click(`[data-testid=tool-` + name + `]`)
}

// practise begins practice and waits for its samples.
func (c *counter) practise() {
	c.t.Helper()
	c.tool("practice")
	c.WaitFor(`document.querySelector('[data-testid=sample-accepted]')?.disabled === false`)
}

// Staff practise every outcome: the real engine answers, and neither the register
// nor the endpoint hears of it.
func TestPractice(t *testing.T) {
	chrome.BuildPages(t)
	server := chrome.StartServer(t, "-web", "dist")
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	c := openCounter(t, browser, server)
	phone := newPhone(t, server)
	c.Click(`[data-testid=tools]`) // so that what follows needs nothing more of the network
	c.WaitFor(`document.querySelector('[data-testid=tools-box]')?.open`)
	c.Key(kb.Escape)
	c.practise()
	c.WaitFor(`document.querySelector('[data-testid=challenge]').getClientRects().length === 0`)
	for i, s := range []struct{ kind, reason string }{
		{"accepted", "ok"}, {"conditional", "static-card"}, {"rejected", "under-age"}, {"undetermined", "status-old"}, {"unreadable", "other-code"},
	} {
		t.Run(s.kind, func(t *testing.T) {
			c.t = t
			if i%2 == 0 {
				c.Key(string(rune('1' + i)))
			} else {
				c.Click(`[data-testid=sample-` + s.kind + `]`)
			}
			c.verdict(s.kind, s.reason)
			var marked bool
			c.Eval(`document.querySelector('.practice-mark').getClientRects().length > 0 && document.querySelector('.practice-mark').textContent.includes('DEMO')`, &marked)
			if !marked {
				t.Error("nothing marks it as practice")
			}
			switch s.kind {
			case "conditional":
				c.WaitFor(`document.querySelector('[data-testid=portrait]').naturalWidth > 0`)
				c.Key("3")
				c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.reason === 'person-different'`)
			case "undetermined":
				c.Click(`[data-testid=retry]`)
				c.WaitFor(`document.querySelector('[data-testid=outcome]')?.dataset.outcome === 'conditional'`)
				c.Key("1")
				c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'accepted'`)
			}
			if got := c.Text(`[data-testid=recorded]`); got != "" {
				t.Errorf("it says %q", got)
			}
			c.next()
		})
	}
	c.t = t

	// A real card is not checked meanwhile.
	c.Eval(`document.activeElement?.blur()`, nil)
	c.Scan(phone.answer("valid", c.shownBefore()))
	c.WaitFor(`document.querySelector('[data-testid=note]').innerText.includes('practice')`)
	if got := c.Text(`[data-testid=outcome]`); got != "" {
		t.Errorf("the real card led to %q", got)
	}
	for _, r := range browser.Traffic() {
		if strings.Contains(r.URL, "/v1/redeem") || strings.Contains(r.URL, "/v1/checkpoints") {
			t.Errorf("practice sent %s %s", r.Method, r.URL)
		}
	}

	c.Eval(`document.activeElement?.blur()`, nil)
	c.Key(kb.Escape)
	c.WaitFor(`!document.querySelector('ev-practice')`)
	c.submit(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.recorded(1) // the first line of the register
}

// shownBefore is a challenge as the endpoint gives it, while the page shows none.
func (c *counter) shownBefore() string {
	c.t.Helper()
	var answer struct{ Challenge string }
	post(c.t, c.server.URL+"v1/challenges", map[string]string{"purpose": "internet-cafe", "party": "demo-cafe"}, &answer)
	return answer.Challenge
}
