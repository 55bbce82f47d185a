package browsertest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jianzheng/scripts/chrome"
)

// openFilmed opens the staff page before a camera that shows an empty room, after
// a script of the test.
func openFilmed(t *testing.T, server *chrome.Server, before string) (c *counter, camera string) {
	t.Helper()
	camera = filepath.Join(t.TempDir(), "camera.y4m")
	film(t, camera, "")
	browser := chrome.Start(t, chrome.Options{Camera: camera, Lang: "en"})
	c = &counter{Page: browser.NewPage(), t: t, server: server}
	c.Before(before)
	c.Goto(server.URL)
	return c, camera
}

// cameraIs waits until the page knows how its camera stands, and says it.
func (c *counter) cameraIs(state, sentence string) {
	c.t.Helper()
	c.WaitFor(`document.body.dataset.camera === ` + quoteJS(state))
	if sentence != "" {
		c.WaitFor(`document.querySelector('[data-testid=camera-sentence]').innerText.includes(` + quoteJS(sentence) + `)`)
	}
}

// A camera that another program holds is tried again by itself, one that was pulled
// out when somebody asks; the other ways in work meanwhile. Missing, denied and
// unanswered cameras are in TestCameraRefusals.
func TestCameraComesBack(t *testing.T) {
	server := chrome.StartServer(t)
	phone := newPhone(t, server)
	t.Run("busy", func(t *testing.T) {
		c, camera := openFilmed(t, server, `{
			globalThis.taken = true;
			const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
			navigator.mediaDevices.getUserMedia = (wish) => (taken ? Promise.reject(new DOMException('in use', 'NotReadableError')) : open(wish));
		}`)
		c.cameraIs("busy", "Another program is using the camera")
		c.submit(phone.answer("valid", c.challenge()))
		c.verdict("accepted", "ok")
		c.next()
		c.Eval(`taken = false`, nil)
		c.cameraIs("live", "")
		c.film(camera, phone.answer("valid", c.challenge()))
		c.verdict("accepted", "ok")
	})
	t.Run("pulled out", func(t *testing.T) {
		c, camera := openFilmed(t, server, "")
		c.cameraIs("live", "")
		// What a browser says of a camera whose cable is pulled.
		c.Eval(`(() => { const [track] = document.querySelector('[data-testid=video]').srcObject.getVideoTracks(); track.stop(); track.dispatchEvent(new Event('ended')); })()`, nil)
		c.cameraIs("missing", "No camera was found")
		c.submit(phone.answer("valid", c.challenge()))
		c.verdict("accepted", "ok")
		c.next()
		film(t, camera, phone.answer("valid", c.challenge()))
		c.Click(`[data-testid=camera-retry]`)
		c.verdict("accepted", "ok")
		c.cameraIs("live", "")
	})
}

// ready waits for an engine that runs in a worker of its own.
func (c *counter) ready() {
	c.t.Helper()
	c.WaitFor(`document.body.dataset.stage === 'ready'`)
}

// An engine that dies is started again, and nobody loses what was on its way.
func TestEngineRestarts(t *testing.T) {
	const boom = `setTimeout(() => { throw new Error('DEMO fault') }, 100)`
	server := chrome.StartServer(t)
	phone := newPhone(t, server)
	// Engines are counted, and a redemption can be held back.
	c, camera := openFilmed(t, server, `{
		globalThis.started = 0;
		globalThis.Worker = class extends Worker {
			constructor(...parts) { super(...parts); started++; }
		};
		globalThis.held = null;
		const send = fetch;
		globalThis.fetch = async (url, init) => {
			if (held && String(url).includes('/v1/redeem')) await held;
			return send(url, init);
		};
	}`)
	c.Allow("DEMO fault")
	c.Allow("A VideoFrame was garbage collected without being closed") // it died with its worker
	c.Allow("the server responded with a status of 409")               // to a redemption that was held back
	c.challenge()
	engine := c.Worker("worker.js")
	t.Run("between checks", func(t *testing.T) {
		c.t = t
		engine.Eval(boom, nil)
		engine = engine.Next()
		c.ready()
		c.submit(phone.answer("valid", c.challenge()))
		c.verdict("accepted", "ok")
		c.redeemedBy("server")
		c.next()
		c.cameraIs("live", "")
		c.film(camera, phone.answer("valid", c.challenge()))
		c.verdict("accepted", "ok")
		c.film(camera, "")
		c.next()
	})
	t.Run("while the endpoint redeems", func(t *testing.T) {
		c.t = t
		c.Eval(`held = new Promise((free) => { globalThis.free = free; }); 0`, nil)
		text := phone.answer("valid", c.challenge())
		c.submit(text)
		c.WaitFor(`document.body.dataset.stage === 'checking'`)
		engine.Eval(boom, nil)
		c.verdict("undetermined", "engine-crashed")
		engine = engine.Next()
		c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge`)
		// Nothing was redeemed yet: the same answer still counts, once.
		c.Eval(`held = null`, nil)
		c.Click(`[data-testid=retry]`)
		c.WaitFor(`document.body.dataset.outcome !== 'undetermined' && document.querySelector('[data-testid=outcome]')`)
		c.verdict("accepted", "ok")
		c.redeemedBy("server")
		// The answer that was held back comes to nobody.
		c.Eval(`free()`, nil)
		c.Eval(`new Promise((done) => setTimeout(done, 300))`, nil)
		c.verdict("accepted", "ok")
		c.next()
	})
	t.Run("hangs in a check", func(t *testing.T) {
		c.t = t
		text := phone.answer("valid", c.challenge())
		engine.Eval(`setTimeout(() => { for (;;) {} }, 200)`, nil)
		c.Eval(`new Promise((done) => setTimeout(done, 300))`, nil)
		c.submit(text)
		c.verdict("undetermined", "engine-crashed")
		engine = engine.Next()
		c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge`)
		c.Click(`[data-testid=retry]`)
		c.WaitFor(`document.body.dataset.outcome !== 'undetermined' && document.querySelector('[data-testid=outcome]')`)
		c.verdict("accepted", "ok")
		c.next()
	})
	t.Run("again and again", func(t *testing.T) {
		c.t = t
		// One that cannot live is left alone in the end, and a person starts it.
		for stopped := false; !stopped; {
			var started int
			c.Eval(`started`, &started)
			engine.Eval(boom, nil)
			c.WaitFor(fmt.Sprintf(`started > %d || !document.getElementById('restart').hidden`, started))
			if c.Eval(`!document.getElementById('restart').hidden`, &stopped); !stopped {
				engine = engine.Next()
				c.ready()
			}
		}
		c.Click(`#restart`)
		c.ready()
		c.submit(phone.answer("valid", c.challenge()))
		c.verdict("accepted", "ok")
	})
}

// Lists past their date, as on a counter that had no network for long, are neither
// success nor fraud; what an old list refuses stays refused.
func TestListsOld(t *testing.T) {
	chrome.BuildPages(t)
	server := chrome.StartServer(t, "-web", "dist")
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	c := openCounter(t, browser, server)
	phone := newPhone(t, server)
	for _, person := range []string{"full", "valid", "revoked"} {
		phone.fetch(person)
	}
	c.WaitFor(settled)
	c.Allow("net::ERR_")
	c.Allow("Failed to load resource")
	c.Allow("WebSocket connection to")
	withoutNetwork(c.Page)
	browser.Offline(true)
	for _, test := range []struct {
		name   string
		after  time.Duration
		person string
		reason string
	}{
		{"status list", 8 * 24 * time.Hour, "full", "status-old"},
		{"trust list", 32 * 24 * time.Hour, "valid", "list-old"},
	} {
		t.Run(test.name, func(t *testing.T) {
			old := &counter{Page: browser.NewPage(), t: t, server: server}
			old.Allow("net::ERR_")
			old.Allow("Failed to load resource")
			withoutNetwork(old.Page)
			c.Goto("about:blank") // of two copies one would sleep
			shiftClock(old.Page, test.after)
			old.Goto(server.URL)
			old.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
			old.WaitFor(`document.querySelector('[data-item=lists]').innerText.includes(` + quoteJS("Lists out of date") + `)`)
			old.submit(phone.answer(test.person, old.challenge()))
			old.verdict("undetermined", test.reason)
			shoot(t, old, "lists-old-"+test.reason)
			old.next()
			old.submit(phone.answer("revoked", old.challenge()))
			old.verdict("rejected", "revoked")
			old.Goto("about:blank")
		})
	}
}

// The endpoint may be gone between a challenge and the redemption of its answer.
func TestEndpointGone(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"}), server)
	phone := newPhone(t, server)
	text := phone.answer("valid", c.challenge())
	c.Allow("net::ERR_")
	c.Allow("the server responded with a status of 502")
	c.Allow("WebSocket connection to")
	withoutNetwork(c.Page)
	server.Kill()
	c.submit(text)
	c.verdict("undetermined", "redeem-unreachable")
	c.WaitFor(`document.querySelector('[data-item=network]').innerText.includes('Offline')`)
	server.Start()
	c.Click(`[data-testid=retry]`)
	c.WaitFor(`document.body.dataset.outcome !== 'undetermined' && document.querySelector('[data-testid=outcome]')`)
	c.verdict("accepted", "ok")
	c.redeemedBy("server")
}

// loseReply has the first redemption reach the endpoint, whose answer is lost.
const loseReply = `(() => {
	const send = fetch;
	let lost = false;
	globalThis.fetch = async (...all) => {
		const answer = await send(...all);
		if (lost || !String(all[0]?.url ?? all[0]).includes('/v1/redeem')) return answer;
		lost = true;
		throw new TypeError('the line broke');
	};
})()`

// Where only the answer to a redemption was lost, a second try finds the nonce used, by
// this very counter: that is no reason to refuse anybody. A new answer is good.
func TestReplyLost(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	c.Before(loseReply)
	c.Goto(server.URL)
	c.Allow("status of 409")
	phone := newPhone(t, server)
	first := c.challenge()
	c.submit(phone.answer("valid", first))
	c.verdict("undetermined", "redeem-unreachable")
	c.Click(`[data-testid=retry]`)
	redeemed := func() (n int) {
		for _, r := range browser.Traffic() {
			if strings.HasSuffix(r.URL, "/v1/redeem") {
				n++
			}
		}
		return n
	}
	for redeemed() < 2 {
		c.WaitFor(`true`)
	}
	c.WaitFor(`document.body.dataset.stage === 'outcome'`)
	c.verdict("undetermined", "redeem-unreachable")
	c.next()
	c.answered = first
	c.submit(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.redeemedBy("server")
}
