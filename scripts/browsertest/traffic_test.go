package browsertest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/base45"
	"jianzheng/shared/credential"
)

// face is a small picture of nobody.
func face(t testing.TB) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, 24, 32), color.Palette{color.White, color.Gray{160}, color.Gray{90}, color.Black})
	for i := range img.Pix {
		img.Pix[i] = uint8((i*i/7 + i/24) % 4)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// kong is a person who is on a card with all that a card can hold.
var kong = credential.Person{
	ID: "990101198804054321", Name: "演示·孔乙己", Sex: credential.Male,
	Birth: credential.Date{Year: 1988, Month: 4, Day: 5}, Address: "演示省演示县见证巷 42 号 DEMO",
}

// portraitCard is a printed card of the invented person with a portrait.
func portraitCard(t *testing.T, server *chrome.Server) string {
	t.Helper()
	yes := true
	person := kong
	person.Over18, person.Photo = &yes, face(t)
	return paper(t, server, person)
}

// inventedSecrets are what is personal on that card.
func (l *leaks) inventedSecrets(text string) {
	l.secret("name", kong.Name, "孔乙己")
	l.secret("id number", kong.ID)
	l.secret("birth", "1988-04-05", "19880405", "1988年4月5日")
	l.secret("address", kong.Address, "见证巷")
	l.secret("portrait", string(face(l.t)))
	l.secret("presentation", text)
}

// sampleSecrets are those of the sample person "valid", with an answer of theirs.
func (l *leaks) sampleSecrets(answer string) {
	l.secret("name", "演示·张三", "张三", "Zhang San")
	l.secret("id number", "990101199003077012")
	l.secret("address", "见证路 1 号")
	l.secret("presentation", answer)
}

// Nothing personal leaves a page in ways A and AB, nor where a printed card with a
// face is compared; of a phone it leaves encrypted to the counter alone.
func TestNothingPersonalLeaves(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	staff, holder := watchLeaks(t, browser), watchLeaks(t, wallet)
	// The demonstration issues its cards for a key that the page sends.
	holder.allow(func(left trace) bool { return strings.HasSuffix(left.where, "/v1/demo/cards body") })

	c := &counter{Page: browser.NewPage(), t: t, server: server}
	staff.watch(c.Page)
	c.Goto(server.URL)
	card := wallet.NewPage()
	holder.watch(card)
	card.Goto(server.URL + "web/card/")
	card.Click(`[data-testid=person-valid]`)
	card.WaitFor(`document.querySelector('[data-testid=card][data-person=valid]')`)
	answer := func() (text string) {
		card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
		return text
	}

	c.read(card)
	agree(card)
	c.verdict("accepted", "ok")
	c.redeemedBy("server")
	staff.sampleSecrets(answer())
	holder.sampleSecrets(answer())
	staff.keeps(c.Page) // with the verdict still there
	c.next()

	// Way AB: the same without the phone's network; the counter reads a picture of it.
	c.read(card)
	card.Allow("net::ERR_")
	card.Allow("Failed to load resource")
	withoutNetwork(card)
	wallet.Offline(true)
	card.Click(`[data-testid=agree-all]`)
	card.WaitFor(`document.querySelector('[data-testid=not-sent]')`)
	c.Drop(drawing(t, answer()))
	c.verdict("accepted", "ok")
	staff.secret("presentation", answer())
	holder.secret("presentation", answer())
	c.next()

	// A printed card with everything on it, and the question to staff.
	text := portraitCard(t, server)
	staff.inventedSecrets(text)
	c.Paste(text)
	c.verdict("conditional", "static-card")
	c.WaitFor(`[...document.querySelectorAll('ev-verdict img')].some((img) => img.naturalWidth === 24)`)
	staff.keeps(c.Page)
	c.Click(`[data-testid=same]`)
	c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'accepted'`)
	c.WaitFor(`document.querySelector('[data-testid=recorded]').textContent`)
	staff.keeps(c.Page)
	c.next()
	staff.keeps(c.Page)
	staff.require()
	holder.require()
}

// The recorder finds what it looks for, however it is spelled and whichever way it
// leaves: without this, that it finds nothing would say nothing.
func TestLeaksAreFound(t *testing.T) {
	const name = "演示·孔乙己"
	t.Run("spellings", func(t *testing.T) {
		l := watchLeaks(t, nil)
		l.secret("name", name)
		wide := func(at int) string {
			b := []byte{}
			for _, r := range name {
				unit := []byte{byte(r), byte(r >> 8)}
				b = append(b, unit[at], unit[1-at])
			}
			return string(b)
		}
		for spelling, write := range map[string]func(text string) string{
			"plain":     func(s string) string { return s },
			"address":   url.QueryEscape,
			"path":      url.PathEscape,
			"lowercase": func(s string) string { return strings.ToLower(url.QueryEscape(s)) },
			"JSON":      func(s string) string { return strings.Trim(fmt.Sprintf("%+q", s), `"`) },
			"hex":       func(s string) string { return hex.EncodeToString([]byte(s)) },
			"HEX":       func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
			"Base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
			"Base64url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
			"Base45":    func(s string) string { return base45.Encode([]byte(s)) },
			"UTF-16LE":  func(s string) string { return strings.Replace(s, name, wide(0), 1) },
			"UTF-16BE":  func(s string) string { return strings.Replace(s, name, wide(1), 1) },
		} {
			for before := range 4 {
				b := []byte(write(strings.Repeat("x", before) + name + "yz"))
				if !l.holds(b) {
					t.Errorf("%s, after %d bytes: not found", spelling, before)
				}
				if l.holds([]byte(write(strings.Repeat("x", before) + "演示·孔甲己"))) {
					t.Errorf("%s: found where it is not", spelling)
				}
			}
		}
	})
	t.Run("ways out", func(t *testing.T) {
		server := chrome.StartServer(t)
		browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
		l := watchLeaks(t, browser)
		page := browser.NewPage()
		page.Allow("Failed to load resource")
		l.watch(page)
		page.Before(`globalThis.sockets = []; globalThis.WebSocket = class extends WebSocket { constructor(...parts) { super(...parts); sockets.push(this); } };`)
		page.Goto(server.URL)
		page.WaitFor(`document.querySelector('[data-testid=challenge]')?.dataset.challenge`)
		for i, way := range []struct{ name, leak string }{
			{"GET http address", `fetch('/v1/healthz?q=' + encodeURIComponent(name)).catch(() => {})`},
			{"POST http body", `fetch('/v1/healthz', { method: 'POST', body: btoa(String.fromCharCode(...new TextEncoder().encode('x' + name))) }).catch(() => {})`},
			{"GET http header X-Test", `fetch('/v1/healthz', { headers: { 'X-Test': encodeURIComponent(name) } }).catch(() => {})`},
			{"WS ws body", `new Promise((done) => { const send = () => (sockets.at(-1)?.readyState === 1 ? done(sockets.at(-1).send(name)) : setTimeout(send, 20)); send(); })`},
			{"title", `document.title = name`},
			{"replaceState", `history.replaceState(null, '', '#' + encodeURIComponent(name))`},
			{"message to test", `new BroadcastChannel('test').postMessage({ name })`},
			{"console", `console.log(name)`},
			{"stored in localStorage", `localStorage.setItem('a', name)`},
			{"stored in sessionStorage", `sessionStorage.setItem('a', name)`},
			{"stored in cookie", `document.cookie = 'a=' + encodeURIComponent(name)`},
			{"stored in IndexedDB", `new Promise((done) => { const q = indexedDB.open('leak'); q.onupgradeneeded = () => q.result.createObjectStore('s'); q.onsuccess = () => { const t = q.result.transaction('s', 'readwrite'); t.objectStore('s').put({ b: new TextEncoder().encode(name) }, 1); t.oncomplete = () => { q.result.close(); done(); }; }; })`},
		} {
			t.Run(way.name, func(t *testing.T) {
				name := fmt.Sprintf("演示·%d孔乙己", i)
				l.secrets = map[string][][]byte{}
				l.secret("name", name)
				if found := l.found(); len(found) > 0 {
					t.Fatalf("before anything left: %q", found)
				}
				page.Eval(`(async () => { const name = `+quoteJS(name)+`; await (`+way.leak+`); })()`, nil)
				l.keeps(page)
				want := strings.Fields(way.name)
				for _, found := range l.found() {
					if strings.Contains(found, want[len(want)-1]) && strings.Contains(found, want[0]) {
						return
					}
				}
				t.Errorf("found only %q", l.found())
			})
		}
	})
}

// holds tells whether bytes hold a secret in some spelling.
func (l *leaks) holds(b []byte) bool {
	l.seen = []trace{{"test", b}}
	return len(l.found()) > 0
}
