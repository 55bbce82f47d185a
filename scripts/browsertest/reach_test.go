package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// At 200 % a counter's screen is 683 by 384 pixels of CSS: nothing is cut off at the
// side, and what cannot be seen at once can be scrolled to.
func TestZoom(t *testing.T) {
	server := chrome.StartServer(t)
	phone := newPhone(t, server)
	for _, lang := range []string{"zh-CN", "en"} {
		browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: lang, Width: 683, Height: 384})
		fits := func(t *testing.T, page *chrome.Page, state string) {
			t.Helper()
			var wide []string
			page.Eval(`(() => {
				const root = document.documentElement;
				if (root.scrollWidth <= innerWidth) return [];
				return [...document.body.querySelectorAll('*')].filter((node) => node.getBoundingClientRect().right > innerWidth + 1).slice(0, 4).map((node) => node.tagName + '.' + node.className);
			})()`, &wide)
			if len(wide) > 0 {
				t.Errorf("%s: the page is wider than its window: %q", state, wide)
			}
		}
		t.Run(lang, func(t *testing.T) {
			c := openCounter(t, browser, server)
			fits(t, c.Page, "ready")
			for _, p := range []struct{ person, outcome, reason string }{{"valid", "accepted", "ok"}, {"under-18", "rejected", "under-age"}} {
				c.submit(phone.answer(p.person, c.challenge()))
				c.verdict(p.outcome, p.reason)
				fits(t, c.Page, p.outcome)
				shoot(t, c, "zoom-"+p.outcome+"-"+lang)
				c.next()
			}
			c.submit(paperCard(t, server, "演示·甲", picturePNG(t)))
			c.verdict("conditional", "static-card")
			c.seesPortrait()
			fits(t, c.Page, "conditional")
			// Each of the three answers can be brought into view.
			for _, answer := range []string{"same", "unsure", "different"} {
				var seen bool
				c.Eval(fmt.Sprintf(`(() => {
					const button = document.querySelector('[data-testid=%s]');
					button.scrollIntoView({ block: 'center' });
					const { left, right, top, bottom } = button.getBoundingClientRect();
					const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
					return left >= 0 && right <= innerWidth && button.contains(over);
				})()`, answer), &seen)
				if !seen {
					t.Errorf("%q cannot be pressed", answer)
				}
			}
			shoot(t, c, "zoom-conditional-"+lang)
			c.Click(`[data-testid=different]`)
			c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.reason === 'person-different'`)
			c.next()
			for _, path := range []string{"web/card/", "web/inspect/", "web/challenge/", "web/customer/"} {
				p := browser.Open(server.URL + path)
				p.WaitFor(`document.title && document.body.innerText.trim()`)
				fits(t, p, path)
				p.Goto("about:blank")
			}
		})
	}
}

// Whoever asked for less motion sees none: no animation and no transition lasts.
func TestReducedMotion(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.Run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}))
	c.submit(newPhone(t, server).answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	var moving []string
	c.Eval(`[...document.querySelectorAll('*')].filter((node) => {
		const style = getComputedStyle(node);
		const seconds = (list) => Math.max(...list.split(',').map((t) => parseFloat(t) * (t.trim().endsWith('ms') ? 0.001 : 1)));
		return (style.animationName !== 'none' && seconds(style.animationDuration) > 0.01) || seconds(style.transitionDuration) > 0.01;
	}).map((node) => node.tagName + '.' + node.className)`, &moving)
	if len(moving) > 0 {
		t.Errorf("still moving: %q", moving)
	}
}

// focused says what has the focus, and whether that can be seen.
const focused = `(() => {
	const node = document.activeElement;
	if (!node || node === document.body) return { name: '', seen: true };
	const style = getComputedStyle(node);
	return {
		name: node.dataset.testid || node.id || node.dataset.item || node.className,
		seen: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none',
	};
})()`

// A whole check is done without a mouse: to the field, the verdict and its reasons,
// the question about the person and the next person; wherever the focus is, it is seen.
func TestKeyboardOnly(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"}), server)
	phone := newPhone(t, server)
	type place struct {
		Name string
		Seen bool
	}
	// reach presses Tab until something has the focus.
	reach := func(name string) {
		t.Helper()
		for range 40 {
			c.Key(kb.Tab)
			var at place
			c.Eval(focused, &at)
			if !at.Seen {
				t.Errorf("the focus on %q cannot be seen", at.Name)
			}
			if at.Name == name {
				return
			}
		}
		t.Fatalf("40 times Tab do not lead to %q", name)
	}
	// What is typed comes from the clipboard, as no finger types a card.
	give := func(text string) {
		t.Helper()
		reach("text")
		c.Eval(`document.activeElement.value = `+quoteJS(text), nil)
		c.Key(kb.Enter)
	}
	give(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	var at place
	c.Eval(`({ name: document.activeElement.className, seen: true })`, &at)
	if at.Name != "verdict-alert" {
		t.Errorf("the focus is on %q, not on the verdict", at.Name)
	}
	reach("why")
	c.Key(kb.Enter)
	c.WaitFor(`document.querySelector('[data-testid=checks]')`)
	c.Key(kb.Escape)
	c.Key(kb.Escape)
	c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)

	give(paperCard(t, server, "演示·甲", nil))
	c.verdict("conditional", "static-card")
	reach("different")
	c.Key(kb.Enter)
	c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.reason === 'person-different'`)
	reach("next")
	c.Key(kb.Enter)
	c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)

	reach("strip-language")
	c.Key(kb.Enter)
	c.WaitFor(`document.documentElement.lang === 'zh-CN'`)
}
