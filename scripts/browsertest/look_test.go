package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// Big type holds until it is switched off, also when the page is loaded anew, and
// makes what counts a centimetre high.
func TestBigType(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.tool("big")
	c.Key(kb.Escape)
	c.Goto(server.URL)
	c.WaitFor(`document.documentElement.classList.contains('is-big')`)
	high := func(selector string, least float64) {
		t.Helper()
		c.WaitFor(fmt.Sprintf(`parseFloat(getComputedStyle(document.querySelector('%s')).fontSize) >= %v`, selector, least))
	}
	high(".challenge-purpose", 36)
	high(".challenge-words h2", 36)
	c.submitQuietly(newPhone(t, server).answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	for _, selector := range []string{".verdict-reason", ".verdict-next", ".verdict-age", ".verdict-name"} {
		high(selector, 36)
	}
	high(".verdict-word", 64)
	var fits bool
	c.Eval(`(() => { const box = document.querySelector('ev-verdict'); return box.scrollHeight <= box.clientHeight + 1 && box.scrollWidth <= box.clientWidth; })()`, &fits)
	if !fits {
		t.Error("the verdict does not fit its stage")
	}
	c.next()
	c.tool("big")
	c.Key(kb.Escape)
	c.Goto(server.URL)
	c.WaitFor(`!document.documentElement.classList.contains('is-big')`)
}

// pairs measures, of all that is to be read, the contrast with what lies behind it,
// and gives what is below 4.5 (WCAG 2.2, 1.4.3).
const weakContrast = `(() => {
	const numbers = (c) => (c.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
	const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (node) => {
		for (let at = node; at; at = at.parentElement) {
			const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
			if (a > 0.6) return [r, g, b];
		}
		return [255, 255, 255];
	};
	const weak = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const { parentElement: node, nodeValue } = walker.currentNode;
		if (!nodeValue.trim() || !node.getClientRects().length || node.closest('[aria-hidden=true], option, script, noscript, :disabled')) continue;
		const style = getComputedStyle(node);
		if (style.visibility !== 'visible') continue;
		const [a, b] = [luminance(numbers(style.color)), luminance(behind(node))].sort((x, y) => y - x);
		if ((a + 0.05) / (b + 0.05) < 4.5) weak.push(node.className + ': ' + nodeValue.trim().slice(0, 30) + ' ' + style.color + ' on ' + behind(node));
	}
	return weak.join('\n');
})()`

// The dim theme covers whatever the page shows, as light does.
func TestContrast(t *testing.T) {
	server := chrome.StartServer(t)
	for _, dark := range []bool{false, true} {
		t.Run(fmt.Sprintf("dim %v", dark), func(t *testing.T) {
			c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Dark: dark, Lang: "en"}), server)
			look := func(what string) {
				t.Helper()
				var weak string
				c.Eval(weakContrast, &weak)
				if weak != "" {
					t.Errorf("%s:\n%s", what, weak)
				}
			}
			// The measure finds what is too pale.
			var weak string
			pale := map[bool]string{false: "#888", true: "#555"}[dark]
			c.Eval(`(() => { const party = document.getElementById('party'); party.style.color = '`+pale+`'; const weak = `+weakContrast+`; party.style.color = ''; return weak; })()`, &weak)
			if !strings.Contains(weak, "演示网吧") {
				t.Errorf("pale words were not found: %q", weak)
			}
			look("ready")
			for _, box := range []string{"help", "tools", "strip-register"} {
				c.Click(`[data-testid=` + box + `]`)
				c.WaitFor(`document.querySelector('dialog[open]')`)
				look(box)
				c.Key(kb.Escape)
				c.WaitFor(`!document.querySelector('dialog[open]')`)
			}
			c.practise()
			look("practice")
			for i := range 5 {
				c.Key(string(rune('1' + i)))
				c.WaitFor(`document.querySelector('[data-testid=outcome]')`)
				look(fmt.Sprint("sample ", i+1))
				c.Click(`[data-testid=why]`)
				look(fmt.Sprint("why of sample ", i+1))
				if i == 1 {
					c.Key("1")
					c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'accepted'`)
				}
				c.next()
			}
		})
	}
}
