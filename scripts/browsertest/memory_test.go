package browsertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/base45"
)

// remains are the personal bytes that a test looks for in memory.
type remains map[string][][]byte

// add takes a value as it is, and as UTF-16; a longer one piece by piece.
func (r remains) add(name string, value []byte) {
	const piece = 24
	if len(value) >= 2*piece {
		for at := 0; at+piece <= len(value); at += piece {
			r[name] = append(r[name], value[at:at+piece])
		}
		return
	}
	r[name] = append(r[name], value)
	var wide []byte
	for _, unit := range utf16.Encode([]rune(string(value))) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	r[name] = append(r[name], wide)
}

// code adds the text of a presentation or printed card, and its bytes.
func (r remains) code(t *testing.T, text string) {
	t.Helper()
	raw, err := base45.Decode(text[4:])
	if err != nil {
		t.Fatal(err)
	}
	r.add("presentation", []byte(text))
	r.add("presentation, decoded", raw)
}

// without leaves out the pieces that stand in texts for everybody as well, as the
// name of an issuer does.
func (r remains) without(public ...string) {
	for name, needles := range r {
		r[name] = slices.DeleteFunc(needles, func(needle []byte) bool {
			return slices.ContainsFunc(public, func(text string) bool { return strings.Contains(text, string(needle)) })
		})
	}
}

// in counts, for each kind, the pieces that memory holds.
func (r remains) in(m chrome.Memory) (found []string) {
	haystacks := append([][]byte{[]byte(strings.Join(m.Strings, "\x00"))}, m.Buffers...)
	for name, needles := range r {
		pieces := 0
		for _, needle := range needles {
			for _, b := range haystacks {
				if bytes.Contains(b, needle) {
					pieces++
					break
				}
			}
		}
		if pieces > 0 {
			found = append(found, fmt.Sprintf("%s (%d of %d pieces)", name, pieces, len(needles)))
		}
	}
	return found
}

// forgotten checks that neither the page nor its engine holds anything personal. A
// collector promises no moment, so the page's garbage is collected first: what this
// proves of it is that nothing holds on to those bytes. The engine collects by itself
// and writes over what it lets go.
func (c *counter) forgotten(r remains) {
	c.t.Helper()
	if found := r.in(c.Worker("worker.js").Memory()); len(found) > 0 {
		c.t.Errorf("the engine still holds %q", found)
	}
	if found := r.in(c.Memory()); len(found) > 0 {
		c.t.Errorf("the page still holds %q", found)
	}
}

// Portrait and claims are gone from memory with the verdict, when it is cleared after
// half a minute, and as soon as the tab is hidden. Codes come in as pictures, before the
// camera and over the network: a text that a debugger types would stay in its script.
func TestMemoryForgets(t *testing.T) {
	server := chrome.StartServer(t)
	phone := newPhone(t, server)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	// The test can let time pass.
	c.Before(`{
		const right = Date.now;
		globalThis.later = 0;
		Date.now = () => right() + later;
	}`)
	c.Goto(server.URL)
	public := c.challenge()

	of := func(text, challenge string) remains {
		r := remains{}
		r.code(t, text)
		r.without(challenge)
		return r
	}
	printed := portraitCard(t, server)
	r := of(printed, public)
	r.add("name", []byte(kong.Name))
	r.add("id number", []byte(kong.ID))
	r.add("address", []byte(kong.Address))
	r.add("portrait", face(t))
	r.add("portrait in Base64", []byte(base64.RawURLEncoding.EncodeToString(face(t))))
	show := func(t *testing.T) {
		t.Helper()
		c.t = t
		c.Eval(`later += 6000`, nil) // or it would be the same visit
		c.Choose("[data-testid=file]", drawing(t, printed))
		c.verdict("conditional", "static-card")
		c.WaitFor(`[...document.querySelectorAll('ev-verdict img')].some((img) => img.naturalWidth === 24)`)
	}

	t.Run("decided and left", func(t *testing.T) {
		show(t)
		c.Key(kb.F9) // in full as long as it is held
		if found := r.in(c.Memory()); len(found) < 2 {
			t.Errorf("while the verdict stands the page holds only %q: the test would find nothing", found)
		}
		if found := r.in(c.Worker("worker.js").Memory()); len(found) < 5 {
			t.Errorf("while the verdict stands the engine holds only %q: the test would find nothing", found)
		}
		c.Key("1")
		c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'accepted'`)
		c.WaitFor(`document.querySelector('[data-testid=recorded]').textContent`)
		c.next()
		c.forgotten(r)
	})
	t.Run("left undecided", func(t *testing.T) {
		show(t)
		c.Key(kb.Escape)
		c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
		c.WaitFor(`document.querySelector('[data-testid=strip-register]').textContent.includes('#2')`)
		c.forgotten(r)
	})
	t.Run("after half a minute", func(t *testing.T) {
		show(t)
		c.Eval(`later += 31000`, nil)
		c.WaitFor(`!document.querySelector('ev-verdict img[src]')`)
		c.WaitFor(`document.querySelector('[data-testid=strip-register]').textContent.includes('#3')`)
		c.verdict("conditional", "static-card")
		c.forgotten(r)
		c.next()
	})
	t.Run("hidden", func(t *testing.T) {
		show(t)
		uncover := c.Cover()
		c.WaitFor(`document.hidden && !document.querySelector('ev-verdict img[src]')`)
		c.forgotten(r)
		uncover()
		c.WaitFor(`!document.hidden`)
		c.next()
	})
	t.Run("over the network", func(t *testing.T) {
		c.t = t
		text := c.challenge()
		phone.send("valid", text)
		c.verdict("accepted", "ok")
		c.WaitFor(`document.querySelector('[data-testid=recorded]').textContent`)
		c.Eval(`later += 9000`, nil)
		c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
		r := remains{}
		r.add("name", []byte("演示·张三"))
		r.add("id number", []byte("990101199003077012"))
		c.forgotten(r)
	})
	t.Run("before the camera", func(t *testing.T) {
		c, camera := openFilmed(t, server, "")
		c.cameraIs("live", "")
		text := phone.answer("full", c.challenge())
		c.film(camera, text)
		c.verdict("accepted", "ok")
		c.WaitFor(`document.querySelector('[data-testid=recorded]').textContent`)
		c.Key(kb.F8)
		c.cameraIs("off", "")
		c.next()
		r := of(text, c.shown)
		r.add("name", []byte("演示·钱一"))
		r.add("id number", []byte("990101198507209098"))
		c.forgotten(r)
	})
}
