package browsertest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/challenge"
	"jianzheng/shared/demo"
	"jianzheng/worker/core"
)

// opsURL is the address of the operator's page, as the server's log has it.
func opsURL(t *testing.T, server *chrome.Server) string {
	t.Helper()
	found := regexp.MustCompile(`url=(http://127\S+)`).FindStringSubmatch(server.Output())
	if found == nil {
		t.Fatal("the server names no operator's page")
	}
	return found[1]
}

// enrolmentLink makes a link as `jz terminal` does.
func enrolmentLink(t *testing.T, server *chrome.Server, terminal string) string {
	t.Helper()
	secret, err := os.ReadFile(filepath.Join(server.Data, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := challenge.NewSealer(secret)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ticket, err := core.MakeTicket(sealer, core.Caller{Party: demo.PartyID, Terminal: terminal}, now, now.Add(time.Hour), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return server.URL + "#enrol=" + ticket
}

// A counter is enrolled by opening its link; the operator sees it, and a second
// use of the link is refused in words.
func TestEnrolmentLink(t *testing.T) {
	server := chrome.StartServer(t, "-ops", "127.0.0.1:0")
	browser := chrome.Start(t, chrome.Options{Lang: "en"})
	link := enrolmentLink(t, server, "counter-1")
	page := browser.Open(link)
	page.WaitFor(`JSON.parse(localStorage.getItem('jianzheng.terminal') ?? '{}').terminal === 'counter-1' && location.hash === ''`)
	page.WaitFor(`document.querySelector('[data-testid=challenge]')?.dataset.challenge`)
	page.WaitFor(`document.body.innerText.includes('This terminal is enrolled and ready')`)
	page.CheckErrors(t)

	ops := browser.Open(opsURL(t, server) + "web/ops/")
	ops.WaitFor(`document.getElementById('terminals').innerText.includes('` + demo.PartyID + ` / counter-1')`)
	ops.CheckErrors(t)

	again := browser.Open("about:blank")
	again.Allow("Failed to load resource")
	again.Goto(link)
	again.WaitFor(`document.body.innerText.includes('This link was used, has ended, or was not made here')`)
}

// The operator's page: what was counted stands on it, in both languages.
func TestOpsPage(t *testing.T) {
	server := chrome.StartServer(t, "-ops", "127.0.0.1:0")
	for i := range 40 {
		var issued struct{ Nonce string }
		post(t, server.URL+"v1/challenges", map[string]string{"purpose": "internet-cafe"}, &issued)
		why := []struct{ outcome, reason string }{{"accepted", "ok"}, {"accepted", "ok"}, {"rejected", "under-age"}, {"rejected", "revoked"}}[i%4]
		body := map[string]any{
			"nonce": issued.Nonce, "party": demo.PartyID, "purpose": "internet-cafe", "outcome": why.outcome, "class": "A", "reason": why.reason,
			"hash": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "labels": []string{}, "sequence": 7,
		}
		var none any
		if status := post(t, server.URL+"v1/redeem", body, &none); status != http.StatusOK {
			t.Fatal(status)
		}
		if i < 3 {
			post(t, server.URL+"v1/redeem", body, &none)
		}
	}
	for _, lang := range []string{"zh-CN", "en"} {
		for _, dark := range []bool{false, true} {
			for _, size := range [][2]int{{1366, 768}, {390, 844}} {
				browser := chrome.Start(t, chrome.Options{Lang: lang, Dark: dark, Width: size[0], Height: size[1]})
				page := browser.Open(opsURL(t, server))
				page.WaitFor(`document.body.dataset.state === 'good'`)
				var tiles string
				page.Eval(`[...document.querySelectorAll('#tiles strong')].slice(0, 3).map((node) => node.textContent).join(' ')`, &tiles)
				if tiles != "40 40 3" {
					t.Errorf("tiles %q, want issued 40, redeemed 40, replays 3", tiles)
				}
				var wide bool
				page.Eval(`document.documentElement.scrollWidth > innerWidth`, &wide)
				if wide {
					t.Errorf("%s at %d: the page is wider than its window", lang, size[0])
				}
				page.CheckErrors(t)
				if *pictures != "" {
					page.Screenshot(filepath.Join(*pictures, fmt.Sprintf("ops-%s-%v-%d.png", lang, dark, size[0])))
				}
			}
		}
	}
}
