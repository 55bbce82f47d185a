package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/qr"
)

// openDisplay opens the challenge display and waits until it shows a code.
func openDisplay(t *testing.T, browser *chrome.Browser, server *chrome.Server, before string) *counter {
	t.Helper()
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	c.Before(before)
	c.Goto(server.URL + "web/challenge/")
	display(c.Page, "waiting")
	return c
}

// The drawn modules, row by row, with the quiet zone.
const drawnModules = `(() => {
	const canvas = document.querySelector('[data-testid=challenge] canvas');
	const side = %d + 8;
	const scale = canvas.width / side;
	const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.width);
	let text = '';
	for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) text += data[4 * (Math.floor((y + .5) * scale) * canvas.width + Math.floor((x + .5) * scale))] < 128 ? '1' : '0';
	return text;
})()`

// A counter without a camera checks by the network alone, and shows nothing of the
// card that the decision does not need.
func TestChallengeDisplay(t *testing.T) {
	chrome.BuildPages(t)
	server := chrome.StartServer(t, "-web", "dist")
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	c := openDisplay(t, browser, server, `
		globalThis.awake = [];
		Object.defineProperty(navigator, 'wakeLock', { value: { request: async (what) => awake.push(what) } });
		if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () => { throw new Error('the display opened a camera'); };`)
	c.WaitFor(`awake.includes('screen')`)

	t.Run("code", func(t *testing.T) {
		c.t = t
		m, err := qr.Encode(c.challenge(), qr.M)
		if err != nil {
			t.Fatal(err)
		}
		var drawn struct {
			Modules string
			Part    float64
		}
		c.Eval(fmt.Sprintf(`({ modules: %s, part: document.querySelector('[data-testid=challenge] canvas').offsetHeight / innerHeight })`, fmt.Sprintf(drawnModules, m.Size)), &drawn)
		if drawn.Part < 0.4 {
			t.Errorf("the code takes %.2f of the height", drawn.Part)
		}
		var want strings.Builder
		for y := -4; y < m.Size+4; y++ {
			for x := -4; x < m.Size+4; x++ {
				dark := m.At(x, y)
				want.WriteByte("01"[map[bool]int{false: 0, true: 1}[dark]])
			}
		}
		if drawn.Modules != want.String() {
			t.Error("what is drawn is not the code of level M with its quiet zone")
		}
	})
	c.t = t
	card := openCard(wallet, server)
	c.read(card)
	display(c.Page, "opened")
	before := c.shown
	c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge !== ` + quoteJS(before)) // the code has gone on
	code := agree(card)
	c.verdict("accepted", "ok")
	c.compares(code)
	c.recorded(1)
	var text string
	c.Eval(`document.documentElement.outerHTML`, &text)
	for _, secret := range append([]string{"演***三"}, personal...) {
		if strings.Contains(text, secret) {
			t.Errorf("the display holds %q", secret)
		}
	}
	c.next()
	display(c.Page, "used")
	display(c.Page, "waiting")

	phone := newPhone(t, server)
	phone.send("under-18", c.challenge())
	c.verdict("rejected", "under-age")
	c.next()

	// Without a network it says so, draws no code that nobody could answer, and comes
	// back by itself.
	c.Allow("Failed to load resource")
	c.Allow("WebSocket connection to")
	withoutNetwork(c.Page)
	browser.Offline(true)
	display(c.Page, "offline")
	c.WaitFor(`document.querySelector('[data-testid=challenge]').getClientRects().length === 0`)
	browser.Offline(false)
	display(c.Page, "waiting")
	phone.send("valid", c.challenge())
	c.verdict("accepted", "ok")
}

// Where a proxy lets no WebSocket through, the display asks.
func TestChallengeDisplayWithoutSockets(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	browser.BlockSockets(true)
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	c.Allow("WebSocket connection to")
	c.Goto(server.URL + "web/challenge/")
	display(c.Page, "waiting")
	code := newPhone(t, server).send("valid", c.challenge())
	c.verdict("accepted", "ok")
	c.compares(code)
}

// The purpose that was chosen on one page is that of the others.
func TestPurposeIsRemembered(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := openCounter(t, browser, server)
	c.Eval(`(() => { const s = document.querySelector('[data-testid=purpose]'); s.value = 'hotel'; s.dispatchEvent(new Event('change')); })()`, nil)
	c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge`)
	c.Goto("about:blank")
	d := openDisplay(t, browser, server, "")
	d.WaitFor(`document.querySelector('[data-testid=purpose]').value === 'hotel'`)
	d.Goto("about:blank")
	c.Goto(server.URL)
	c.WaitFor(`document.querySelector('[data-testid=purpose]').value === 'hotel'`)
}

// The pictures of the display and of the customer's window.
func TestPicturesOfTheDisplay(t *testing.T) {
	server := chrome.StartServer(t)
	phone := newPhone(t, server)
	eachLook(t, func(t *testing.T, o chrome.Options, name func(string) string) {
		browser := chrome.Start(t, o)
		c := openDisplay(t, browser, server, "")
		c.Eval(`localStorage.setItem('jianzheng.seat', '7')`, nil)
		c.WaitFor(`document.querySelector('.display-seat')`)
		c.Screenshot(name("display-waiting"))
		phone.send("valid", c.challenge())
		c.verdict("accepted", "ok")
		c.Screenshot(name("display-accepted"))
		c.next()
		c.Screenshot(name("display-used"))
		phone.send("under-18", c.challenge())
		c.verdict("rejected", "under-age")
		c.Screenshot(name("display-rejected"))
		c.next()
		c.Allow("Failed to load resource")
		c.Allow("WebSocket connection to")
		withoutNetwork(c.Page)
		browser.Offline(true)
		display(c.Page, "offline")
		c.Screenshot(name("display-offline"))
		browser.Offline(false)
		c.Goto("about:blank")

		window := browser.Open(server.URL + "web/customer/")
		withoutNetwork(window) // the app that was being kept is kept later
		display(window, "gone")
		window.Screenshot(name("customer-gone"))
		s := openCounter(t, browser, server)
		withoutNetwork(s.Page)
		display(window, "waiting")
		window.Screenshot(name("customer-waiting"))
		phone.send("valid", s.challenge())
		s.verdict("accepted", "ok")
		display(window, "verdict")
		window.Screenshot(name("customer-accepted"))
		s.next()
		s.submit(paperCard(t, server, "演示·甲", picturePNG(t)))
		s.verdict("conditional", "static-card")
		display(window, "verdict")
		window.Screenshot(name("customer-conditional"))
	})
}
