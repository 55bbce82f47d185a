package browsertest

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
)

// The main job: the counter's challenge is answered by the card page in a
// browser of its own, and the counter's camera reads the answer.
func TestWayAB(t *testing.T) {
	server := chrome.StartServer(t)
	camera := filepath.Join(t.TempDir(), "camera.y4m")
	film(t, camera, "")
	browser := chrome.Start(t, chrome.Options{Camera: camera})
	c := openCounter(t, browser, server)
	c.WaitFor(`document.querySelector('[data-testid=video]')?.videoWidth === 1280`)

	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	card := wallet.Open(server.URL + "web/card/")
	card.Click(`[data-testid=person-valid]`)
	card.WaitFor(`document.querySelector('[data-testid=card][data-person=valid]')`)
	c.challenge()
	var link string
	c.Eval(`document.querySelector('[data-testid=open-card]').href`, &link)
	card.Goto(link)
	card.WaitFor(`document.querySelector('[data-testid=agree-all]')`)
	// Without a network the phone cannot send its answer (way A) and shows it.
	card.Allow("net::ERR_")
	card.Allow("Failed to load resource")
	withoutNetwork(card)
	wallet.Offline(true)
	card.Click(`[data-testid=agree-all]`)
	card.WaitFor(`document.querySelector('[data-answer]')?.dataset.answer`)
	card.WaitFor(`document.querySelector('[data-testid=not-sent]')`)
	var text string
	card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
	if !strings.HasPrefix(text, "KB1:") {
		t.Fatalf("answer %.20q", text)
	}
	c.film(camera, text)
	c.verdict("accepted", "ok")
	c.redeemedBy("server")
	c.WaitFor(`(document.querySelector('[data-testid=receipt]')?.textContent ?? '').length > 8`)

	// The same answer once more, after the phone was away for longer than the
	// pause in which one and the same text is taken for the same visit.
	c.film(camera, "")
	c.next()
	c.Eval(samePause, nil)
	c.film(camera, text)
	c.verdict("rejected", "nonce-used")

	// The endpoint refuses it too, also after its process was killed.
	var body string
	for _, r := range browser.Traffic() {
		if strings.HasSuffix(r.URL, "/v1/redeem") && r.Method == http.MethodPost {
			body = string(r.Body)
			break
		}
	}
	if body == "" {
		t.Fatal("no redemption was sent")
	}
	// While the server is gone, the page looks for it.
	c.Allow("net::ERR_")
	c.Allow("WebSocket connection to")
	withoutNetwork(c.Page)
	for _, when := range []string{"at once", "after kill -9"} {
		var answer struct{ Code string }
		if status := postRaw(t, server.URL+"v1/redeem", []byte(body), &answer); status != http.StatusConflict || answer.Code != "nonce-used" {
			t.Errorf("%s: %d %s", when, status, answer.Code)
		}
		server.Kill()
		server.Start()
	}
	requireNothingPersonal(t, text, browser.Traffic(), wallet.Traffic())
}

// withoutNetwork expects what a browser says when the service worker can neither be
// looked for nor fetch its files.
func withoutNetwork(p *chrome.Page) {
	p.Allow("service_worker sw.js")
	p.Allow("when fetching the script")
}

// samePause waits for as long as one and the same text is ignored.
const samePause = `new Promise((done) => setTimeout(done, 5100))`

// requireNothingPersonal looks through all that browsers sent for what a card
// holds, in every spelling it could have.
func requireNothingPersonal(t *testing.T, answer string, traffic ...[]chrome.Request) {
	t.Helper()
	secrets := []string{"张三", "%E5%BC%A0%E4%B8%89", "\\u5f20\\u4e09", "Zhang San", "990101199003077012", "19900307", answer, answer[4:60]}
	sent := 0
	for _, requests := range traffic {
		for _, r := range requests {
			sent++
			headers := ""
			for name, values := range r.Header {
				headers += name + ": " + strings.Join(values, ",") + "\n"
			}
			for _, secret := range secrets {
				if strings.Contains(r.URL, secret) || strings.Contains(string(r.Body), secret) || strings.Contains(headers, secret) {
					t.Errorf("%s %.80s holds something personal", r.Method, r.URL)
				}
			}
			if strings.Contains(r.URL, "CH1:") || strings.Contains(r.URL, "KB1:") {
				t.Errorf("%s %.80s: a code in an address", r.Method, r.URL)
			}
		}
	}
	if sent < 20 {
		t.Errorf("only %d requests were recorded", sent)
	}
}

// Without a network the page makes challenges itself and says so.
func TestOffline(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := openCounter(t, browser, server)
	phone := newPhone(t, server)
	phone.fetch("valid")
	c.Allow("net::ERR_")
	c.Allow("Failed to load resource")
	c.Allow("WebSocket connection to")
	withoutNetwork(c.Page)
	browser.Offline(true)
	c.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
	answer := phone.answer("valid", c.challenge())
	c.submit(answer)
	c.verdict("accepted", "ok")
	c.redeemedBy("page")
	c.next()
	c.Eval(samePause, nil)
	c.submit(answer)
	c.verdict("rejected", "nonce-used")
	c.next()
	browser.Offline(false)
	c.WaitFor(`!document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
	c.submit(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.redeemedBy("server")
}
