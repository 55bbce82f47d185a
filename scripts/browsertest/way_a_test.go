package browsertest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
)

// opened waits until the counter says that a phone shows its request.
func (c *counter) opened() {
	c.t.Helper()
	c.WaitFor(`document.querySelector('[data-testid=challenge-opened]')?.innerText.trim()`)
}

// compares checks the four digits beside a verdict.
func (c *counter) compares(want string) {
	c.t.Helper()
	if got := c.Text(`[data-testid=compare]`); got != want || len(want) != 4 {
		c.t.Errorf("the counter shows %q, the phone %q", got, want)
	}
}

// read has the card page of a wallet open the challenge on the counter.
func (c *counter) read(card *chrome.Page) {
	c.t.Helper()
	card.Eval(`location.hash = encodeURIComponent(`+quoteJS(c.challenge())+`)`, nil)
	card.WaitFor(`document.querySelector('[data-testid=agree-all]')`)
}

func openCard(wallet *chrome.Browser, server *chrome.Server) *chrome.Page {
	return openCardOf(wallet, server, "valid")
}

func openCardOf(wallet *chrome.Browser, server *chrome.Server, person string) *chrome.Page {
	card := wallet.Open(server.URL + "web/card/")
	card.Click(`[data-testid=person-` + person + `]`)
	card.WaitFor(`document.querySelector('[data-testid=card][data-person=` + person + `]')`)
	return card
}

// agree sends the answer and returns the code on the phone.
func agree(card *chrome.Page) string {
	card.Click(`[data-testid=agree-all]`)
	card.WaitFor(`document.querySelector('[data-testid=sent]')`)
	return card.Text(`[data-testid=compare]`)
}

// Way A: the phone posts its answer, encrypted, and the counter's page opens it.
func TestWayA(t *testing.T) { wayA(t, chrome.StartServer(t)) }

// The same with the edge worker on workerd in the middle.
func TestWayAOnTheEdge(t *testing.T) { wayA(t, chrome.StartEdge(t)) }

func wayA(t *testing.T, server *chrome.Server) {
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	c := openCounter(t, browser, server)
	card := openCard(wallet, server)

	c.read(card)
	c.opened()
	code := agree(card)
	c.verdict("accepted", "ok")
	c.compares(code)
	c.redeemedBy("server")
	var text string
	card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
	if !strings.HasPrefix(text, "KB1:") {
		t.Fatalf("answer %.20q", text)
	}
	c.next()
	if said := c.Text(`[data-testid=challenge-opened]`); said != "" {
		t.Errorf("after the answer the counter says %q", said)
	}

	// Somebody who brings it later is not let in.
	c.Eval(samePause, nil)
	c.submit(text)
	c.verdict("rejected", "nonce-used")
	c.next()

	requireNothingPersonal(t, text, browser.Traffic(), wallet.Traffic())
	requireOnlyCiphertext(t, wallet.Traffic())
	got := func(r chrome.Request) bool { return r.Method == "WS" && string(r.Body) == "got" }
	if !slices.ContainsFunc(browser.Traffic(), got) {
		t.Error("the answer did not come by a WebSocket")
	}
	requireReplaysRefused(t, server, browser.Traffic(), wallet.Traffic())

	t.Run("reload", func(t *testing.T) {
		c.t = t
		c.read(card)
		c.opened()
		c.Goto("about:blank")
		code := agree(card) // nobody listens
		c.Goto(server.URL)
		c.verdict("accepted", "ok")
		c.compares(code)
		c.redeemedBy("server")
		c.next()
	})
	t.Run("after rotation", func(t *testing.T) {
		c.t = t
		c.read(card)
		before := c.shown
		c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge !== ` + quoteJS(before))
		code := agree(card)
		c.verdict("accepted", "ok")
		c.compares(code)
		c.next()
	})
	t.Run("two at once", func(t *testing.T) {
		c.t = t
		phone := newPhone(t, server)
		phone.fetch("valid")
		phone.fetch("under-18")
		first := c.challenge()
		c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge !== ` + quoteJS(first))
		second := c.challenge()
		codes := make([]string, 2)
		codes[0] = phone.send("under-18", first)
		c.verdict("rejected", "under-age")
		codes[1] = phone.send("valid", second)
		c.compares(codes[0]) // the second waits
		c.verdict("rejected", "under-age")
		c.Key("\r")
		c.WaitFor(`document.querySelector('[data-testid=outcome]')?.dataset.outcome === 'accepted'`)
		c.compares(codes[1])
		c.next()
	})
}

// Where a proxy lets no WebSocket through, the page asks.
func TestWayAWithoutSockets(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	browser.BlockSockets(true)
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	c.Allow("WebSocket connection to")
	c.Goto(server.URL)
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	card := openCard(wallet, server)
	c.read(card)
	c.opened()
	code := agree(card)
	c.verdict("accepted", "ok")
	c.compares(code)
	polls := 0
	for _, r := range browser.Traffic() {
		if r.Method == http.MethodGet && strings.Contains(r.URL, "/response") {
			polls++
		}
		if strings.Contains(r.URL, "/events") {
			t.Errorf("%s %s went through", r.Method, r.URL)
		}
	}
	if polls == 0 {
		t.Error("the page did not ask")
	}
	c.next()
	// An older code is asked about too.
	c.read(card)
	before := c.shown
	c.WaitFor(`document.querySelector('[data-testid=challenge]').dataset.challenge !== ` + quoteJS(before))
	code = agree(card)
	c.verdict("accepted", "ok")
	c.compares(code)
}

// Without a network the phone shows its answer, and can send it when the network
// is back.
func TestSendAgain(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	card := openCard(wallet, server)
	card.Allow("Failed to load resource")
	card.Allow("service_worker") // which may be fetching the app
	c.read(card)
	wallet.Offline(true)
	card.Click(`[data-testid=agree-all]`)
	card.WaitFor(`document.querySelector('[data-testid=not-sent]') && document.querySelector('[data-testid=answer] canvas').width > 100`)
	wallet.Offline(false)
	card.Click(`[data-testid=send]`)
	card.WaitFor(`document.querySelector('[data-testid=sent]')`)
	c.verdict("accepted", "ok")
	c.compares(card.Text(`[data-testid=compare]`))
	card.Click(`[data-testid=instead]`)
	card.WaitFor(`document.querySelector('[data-testid=answer] canvas')?.offsetWidth > 100`)
}

// requireOnlyCiphertext checks what the phone posted: members known, and nothing
// readable in them but who asked for what.
func requireOnlyCiphertext(t *testing.T, traffic []chrome.Request) {
	t.Helper()
	posts := 0
	for _, r := range traffic {
		if r.Method != http.MethodPost || !strings.Contains(r.URL, "/v1/challenges/") {
			continue
		}
		posts++
		var body map[string]string
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		for name, value := range body {
			switch name {
			case "party", "purpose":
			case "nonce", "ciphertext":
				if !regexp.MustCompile(`^[0-9A-Za-z_-]+$`).MatchString(value) {
					t.Errorf("%s is %.40q", name, value)
				}
			default:
				t.Errorf("the phone posted a member %q", name)
			}
		}
		if !regexp.MustCompile(`/v1/challenges/[0-9A-Za-z_-]{16}/(opened|response)$`).MatchString(r.URL) {
			t.Errorf("posted to %s", r.URL)
		}
	}
	if posts < 2 {
		t.Errorf("%d posts", posts)
	}
}

// requireReplaysRefused sends the answer and its redemption once more.
func requireReplaysRefused(t *testing.T, server *chrome.Server, traffic ...[]chrome.Request) {
	t.Helper()
	again := map[string]int{}
	for _, requests := range traffic {
		for _, r := range requests {
			path := strings.TrimPrefix(r.URL, server.URL)
			if r.Method != http.MethodPost || path != "v1/redeem" && !strings.HasSuffix(path, "/response") {
				continue
			}
			again[path[strings.LastIndex(path, "/"):]]++
			var answer struct{ Code string }
			if status := postRaw(t, r.URL, r.Body, &answer); status != http.StatusConflict || answer.Code != "nonce-used" {
				t.Errorf("%s again: %d %s", path, status, answer.Code)
			}
		}
	}
	if again["/redeem"] == 0 || again["/response"] == 0 {
		t.Errorf("sent again: %v", again)
	}
}
