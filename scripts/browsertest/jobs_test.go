package browsertest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/credential"
)

// shift is a clerk at work: one of the ten jobs, played in a browser as somebody
// does it who has not seen the page before.
type shift struct {
	*counter
	server  *chrome.Server
	browser *chrome.Browser
	look    chrome.Options
	name    string
	seen    int
}

// TestJobs plays the ten jobs of a counter. With -pictures each step is pictured, in
// both languages.
func TestJobs(t *testing.T) {
	looks := []chrome.Options{{Lang: "zh-CN"}}
	if *pictures != "" {
		looks = append(looks, chrome.Options{Lang: "en", Dark: true})
	}
	for i, job := range []struct {
		name string
		play func(s *shift)
	}{
		{"first shift", firstShift}, {"no camera", noCamera}, {"wrong face", wrongFace}, {"network dies mid-queue", networkDies},
		{"lost phone", lostPhone}, {"person without phone", withoutPhone}, {"light card at a full-card purpose", lightCard},
		{"under age by one day", underAgeByADay}, {"inspector's visit", inspectorsVisit}, {"next terminal set up", nextTerminal},
	} {
		for _, look := range looks {
			name := fmt.Sprintf("job-%02d-%s", i+1, strings.NewReplacer(" ", "-", "'", "").Replace(job.name))
			t.Run(name+"/"+look.Lang, func(t *testing.T) {
				server := chrome.StartServer(t)
				job.play(&shift{counter: &counter{t: t, server: server}, server: server, look: look, name: name})
			})
		}
	}
}

// opens begins the shift with a camera file, or none.
func (s *shift) opens(camera string) {
	s.t.Helper()
	o := s.look
	o.Camera, o.Width, o.Height = camera, 1366, 768
	s.browser = chrome.Start(s.t, o)
	s.counter = openCounter(s.t, s.browser, s.server)
}

// guest opens the card page of a sample person on a phone.
func (s *shift) guest(person string) (*chrome.Page, *chrome.Browser) {
	s.t.Helper()
	o := s.look
	o.Camera, o.Width, o.Height = chrome.NoCamera, 390, 844
	wallet := chrome.Start(s.t, o)
	return openCardOf(wallet, s.server, person), wallet
}

// picture keeps what a page shows.
func (s *shift) picture(p *chrome.Page) {
	s.t.Helper()
	s.seen++
	if *pictures != "" {
		p.Screenshot(filepath.Join(*pictures, fmt.Sprintf("%s-%d-%s.png", s.name, s.seen, s.look.Lang)))
	}
}

// purpose chooses another purpose and waits for its challenge.
func (s *shift) purpose(code string) {
	s.t.Helper()
	before := s.challenge()
	s.Eval(`(() => { const s = document.querySelector('[data-testid=purpose]'); s.value = `+quoteJS(code)+`; s.dispatchEvent(new Event('change', { bubbles: true })); })()`, nil)
	s.WaitFor(`(document.querySelector('[data-testid=challenge]')?.dataset.challenge ?? ` + quoteJS(before) + `) !== ` + quoteJS(before))
}

// A clerk's first evening: help, practice, a purpose that is still there after a
// reload, and the first guest.
func firstShift(s *shift) {
	camera := filepath.Join(s.t.TempDir(), "camera.y4m")
	film(s.t, camera, "")
	s.opens(camera)
	s.WaitFor(`document.body.dataset.camera === 'live'`)
	s.picture(s.Page)
	s.Key(kb.F1)
	s.WaitFor(`document.querySelector('dialog[open]')`)
	s.picture(s.Page)
	s.Key(kb.Escape)
	s.WaitFor(`!document.querySelector('dialog[open]')`)
	s.practise()
	s.Key("3")
	s.verdict("rejected", "under-age")
	s.picture(s.Page)
	s.next()
	s.Key(kb.Escape)
	s.WaitFor(`!document.querySelector('ev-practice')`)

	s.purpose("hotel")
	s.Goto(s.server.URL)
	s.WaitFor(`document.querySelector('[data-testid=purpose]')?.value === 'hotel'`)
	s.purpose("internet-cafe")
	card, _ := s.guest("valid")
	s.read(card)
	s.opened()
	s.picture(s.Page)
	s.picture(card)
	code := agree(card)
	s.verdict("accepted", "ok")
	s.compares(code)
	s.picture(s.Page)
	s.picture(card)
}

// A counter whose camera is broken: the page says so in one sentence, and guests answer
// by network or by the scanner gun.
func noCamera(s *shift) {
	s.opens(chrome.NoCamera)
	s.WaitFor(`document.querySelector('[data-testid=camera-sentence]').innerText.trim()`)
	s.picture(s.Page)
	card, _ := s.guest("valid")
	s.read(card)
	agree(card)
	s.verdict("accepted", "ok")
	s.picture(s.Page)
	s.next()
	s.scan(s.Scan, newPhone(s.t, s.server).answer("valid", s.challenge()))
	s.verdict("accepted", "ok")
	s.picture(s.Page)
}

// Somebody brings another person's phone and card.
func wrongFace(s *shift) {
	s.opens(chrome.NoCamera)
	card, _ := s.guest("portrait")
	s.read(card)
	tick(card, "photo")
	s.picture(card)
	agree(card)
	s.verdict("conditional", "compare-person")
	s.seesPortrait()
	s.picture(s.Page)
	s.decide("different", "rejected", "person-different")
	s.recorded(1)
	s.picture(s.Page)
}

// The network dies while people wait: who comes then is checked all the same, and the
// page says what was not asked of the server.
func networkDies(s *shift) {
	s.opens(chrome.NoCamera)
	phone := newPhone(s.t, s.server)
	s.submit(phone.answer("valid", s.challenge()))
	s.verdict("accepted", "ok")
	s.redeemedBy("server")
	s.next()
	halfway := phone.answer("full", s.challenge())
	s.Allow("net::ERR_")
	s.Allow("Failed to load resource")
	s.Allow("WebSocket connection to")
	withoutNetwork(s.Page)
	s.browser.Offline(true)
	s.submit(halfway)
	s.verdict("undetermined", "redeem-unreachable")
	s.picture(s.Page)
	s.next()
	s.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
	s.picture(s.Page)
	s.submit(phone.answer("full", s.challenge()))
	s.verdict("accepted", "ok")
	s.redeemedBy("page")
	s.picture(s.Page)
	s.next()
	s.browser.Offline(false)
	s.WaitFor(`!document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
	s.submit(phone.answer("valid", s.challenge()))
	s.verdict("accepted", "ok")
	s.redeemedBy("server")
}

// A guest reports a phone lost; whoever found it is refused, and when it is found again
// the card is good.
func lostPhone(s *shift) {
	s.opens(chrome.NoCamera)
	card, _ := s.guest("valid")
	card.Click(`[data-testid=loss-open]`)
	card.Click(`[data-testid=lost]`)
	card.WaitFor(`document.querySelector('[data-testid=found]')`)
	s.picture(card)
	s.refresh(s.browser)
	s.read(card)
	agree(card)
	s.verdict("rejected", "suspended")
	s.picture(s.Page)
	s.next()
	card.Goto("about:blank")
	card.Goto(s.server.URL + "web/card/")
	card.Click(`[data-testid=loss-open]`)
	card.Click(`[data-testid=found]`)
	card.WaitFor(`document.querySelector('[data-testid=lost]')`)
	s.refresh(s.browser)
	s.read(card)
	agree(card)
	s.verdict("accepted", "ok")
}

// A guest without a phone brings the card on paper; staff look at the face.
func withoutPhone(s *shift) {
	s.opens(chrome.NoCamera)
	card, _ := s.guest("full")
	card.Click(`[data-testid=print]`)
	card.WaitFor(`document.querySelector('[data-testid=paper] img')?.naturalWidth === 40`)
	s.picture(card)
	card.Eval(`document.body.dataset.print = 'card'`, nil)
	s.Drop(onPaper(s.t, card, "[data-testid=paper]", 3))
	s.verdict("conditional", "static-card")
	s.seesPortrait()
	s.picture(s.Page)
	s.decide("same", "accepted", "ok")
	s.picture(s.Page)
}

// A light card is not enough for a bank account, a full one is.
func lightCard(s *shift) {
	s.opens(chrome.NoCamera)
	s.purpose("bank-account")
	phone := newPhone(s.t, s.server)
	s.submit(phone.answer("valid", s.challenge()))
	s.verdict("rejected", "tier-too-low")
	s.picture(s.Page)
	s.next()
	s.submit(phone.answer("full", s.challenge()))
	s.verdict("accepted", "ok")
	s.picture(s.Page)
}

// Who turns 18 tomorrow, by the calendar in China, may not sit down; who does today may.
func underAgeByADay(s *shift) {
	s.opens(chrome.NoCamera)
	over18 := false // when the card was issued
	today := time.Now().In(time.FixedZone("CST", 8*60*60))
	for _, guest := range []struct {
		born            time.Time
		outcome, reason string
	}{
		{today.AddDate(-18, 0, 1), "rejected", "under-age"},
		{today.AddDate(-18, 0, 0), "conditional", "static-card"},
	} {
		s.submit(paper(s.t, s.server, credential.Person{
			ID: "990101200811305017", Name: "演示·己", Photo: picturePNG(s.t), Over18: &over18,
			Birth: credential.Date{Year: guest.born.Year(), Month: int(guest.born.Month()), Day: guest.born.Day()},
		}))
		s.verdict(guest.outcome, guest.reason)
		s.picture(s.Page)
		if guest.outcome == "conditional" {
			s.decide("same", "accepted", "ok")
		}
		s.next()
	}
}

// An inspector wants to see the register: staff export it, and the inspector opens the one
// line that the case is about.
func inspectorsVisit(s *shift) {
	o := s.look
	o.Width, o.Height = 1366, 768
	s.browser = chrome.Start(s.t, o)
	s.counter = openBookkeeper(s.t, s.browser, s.server, "")
	phone := newPhone(s.t, s.server)
	for i, person := range []string{"valid", "under-18", "full"} {
		s.submit(phone.answer(person, s.challenge()))
		awaitVerdict(s)
		s.recorded(i + 1)
		s.answered = s.shown
		s.next()
	}
	file := s.export()
	s.register()
	s.picture(s.Page)

	visit := inspects(s.t, chrome.Start(s.t, o), s.server)
	choose(visit, file)
	s.picture(visit)
	visit.Click(`[data-testid=open][data-line="1"]`)
	visit.Eval(`document.querySelector('[data-testid=reader]').value = 'insp-1'; document.querySelector('[data-testid=ground]').value = 'case 2026-17'`, nil)
	visit.Choose(`[data-testid=key]`, inspectorKey(s.t))
	visit.Click(`[data-testid=open-go]`)
	visit.WaitFor(`document.querySelector('[data-testid=open-note]').dataset.note === 'inspect.open.done'`)
	if got := visit.Text(`[data-testid=person]`); !strings.Contains(got, "演示·张三") {
		s.t.Errorf("the person shown is %q", got)
	}
	s.picture(visit)
}

// The owner sets up a second counter with the operator's link.
func nextTerminal(s *shift) {
	o := s.look
	o.Camera, o.Width, o.Height = chrome.NoCamera, 1366, 768
	s.browser = chrome.Start(s.t, o)
	s.counter = &counter{Page: s.browser.NewPage(), t: s.t, server: s.server}
	s.Goto(enrolmentLink(s.t, s.server, "counter-2"))
	s.WaitFor(`JSON.parse(localStorage.getItem('jianzheng.terminal') ?? '{}').terminal === 'counter-2' && location.hash === ''`)
	s.challenge()
	s.picture(s.Page)
	s.submit(newPhone(s.t, s.server).answer("valid", s.challenge()))
	s.verdict("accepted", "ok")
	s.redeemedBy("server")
	s.picture(s.Page)
	s.next()
	// The link is good for one counter only.
	again := chrome.Start(s.t, o).Open("about:blank")
	again.Allow("Failed to load resource")
	again.Goto(enrolmentLink(s.t, s.server, "counter-2") + "x")
	again.WaitFor(`document.querySelector('[data-testid=note]').innerText.trim()`)
	s.picture(again)
}
