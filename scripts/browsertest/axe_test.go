package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// auditor looks at pages with axe-core, which is put into them by the debugger and is
// no part of them.
type auditor struct {
	t      *testing.T
	script string
	looked int
}

func newAuditor(t *testing.T) *auditor {
	t.Helper()
	root, err := chrome.Root()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing: npm ci: %v", err)
	}
	return &auditor{t: t, script: string(b)}
}

// violation is what axe found wrong with some elements.
type violation struct {
	ID     string
	Impact string
	Help   string
	Nodes  []struct {
		Target  []any
		Summary string `json:"failureSummary"`
	}
}

// look fails the test for each finding of impact serious or critical.
func (a *auditor) look(p *chrome.Page, state string) {
	a.t.Helper()
	a.looked++
	for _, v := range a.find(p) {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		for i, node := range v.Nodes {
			if i == 4 {
				a.t.Errorf("%s: %s: and %d more", state, v.ID, len(v.Nodes)-i)
				break
			}
			a.t.Errorf("%s: %s (%s): %s: %v: %s", state, v.ID, v.Impact, v.Help, node.Target, strings.Join(strings.Fields(node.Summary), " "))
		}
	}
}

func (a *auditor) find(p *chrome.Page) (found []violation) {
	a.t.Helper()
	p.Eval(`globalThis.axe === undefined && (() => { `+a.script+` })()`, nil)
	// The words across the stage are a watermark: that staff practise stands in full
	// contrast above it.
	p.Eval(`axe.run({ exclude: ['.practice-mark'] }, { resultTypes: ['violations'] }).then(({ violations }) => violations)`, &found)
	return found
}

// The auditor finds what is wrong.
func TestAuditorFinds(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.Eval(`(() => {
		const button = document.createElement('button');
		const text = document.createElement('p');
		text.textContent = 'pale';
		text.style.cssText = 'color: rgb(240,240,240); background: rgb(255,255,255)';
		document.querySelector('main').append(button, text);
	})()`, nil)
	found := map[string]bool{}
	for _, v := range newAuditor(t).find(c.Page) {
		found[v.ID] = true
	}
	if !found["button-name"] || !found["color-contrast"] {
		t.Errorf("found %v, want a button without a name and a pale text", found)
	}
}

// axe-core finds nothing serious on any page, in any state, in both languages and
// themes.
func TestAccessible(t *testing.T) {
	server := chrome.StartServer(t, "-ops", "127.0.0.1:0")
	for _, lang := range []string{"zh-CN", "en"} {
		for _, dark := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s dim=%v", lang, dark), func(t *testing.T) {
				t.Parallel() // much of it is waiting
				o := chrome.Options{Camera: chrome.NoCamera, Lang: lang, Dark: dark}
				a := newAuditor(t)
				auditStaff(a, server, o)
				auditCard(a, server, o)
				auditInspect(a, server, o)
				auditOthers(a, server, o)
				if a.looked < 40 {
					t.Errorf("only %d states were looked at", a.looked)
				}
			})
		}
	}
}

// auditStaff walks through the staff page.
func auditStaff(a *auditor, server *chrome.Server, o chrome.Options) {
	t := a.t
	browser := chrome.Start(t, o)
	c := openCounter(t, browser, server)
	phone := newPhone(t, server)
	c.WaitFor(`document.body.dataset.camera === 'missing'`)
	a.look(c.Page, "staff, ready")
	for _, s := range []struct {
		name, outcome, reason string
		give                  func()
	}{
		{"accepted", "accepted", "ok", func() { c.submit(phone.answer("valid", c.challenge())) }},
		{"rejected", "rejected", "under-age", func() { c.submit(phone.answer("under-18", c.challenge())) }},
		{"unreadable", "unreadable", "other-code", func() { c.submit("https://example.com/menu") }},
		{"conditional", "conditional", "static-card", func() { c.submit(paperCard(t, server, "演示·甲", picturePNG(t))) }},
		{"conditional without a portrait", "conditional", "static-card", func() { c.submit(paperCard(t, server, "演示·乙", nil)) }},
	} {
		s.give()
		c.verdict(s.outcome, s.reason)
		if s.outcome == "accepted" {
			c.Key(" ") // it is held while axe looks
		}
		if s.name == "conditional" {
			c.seesPortrait()
		}
		a.look(c.Page, "staff, "+s.name)
		c.Click(`[data-testid=why]`)
		a.look(c.Page, "staff, why of "+s.name)
		c.Key(kb.Escape)
		c.Key(kb.Escape)
		c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
	}
	answer := phone.answer("valid", c.challenge())
	c.Allow("Failed to load resource")
	c.Allow("WebSocket connection to")
	withoutNetwork(c.Page)
	browser.Offline(true)
	c.submit(answer)
	c.verdict("undetermined", "redeem-unreachable")
	a.look(c.Page, "staff, undetermined")
	c.next()
	c.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
	a.look(c.Page, "staff, offline")
	browser.Offline(false)
	c.WaitFor(`!document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)

	dialog := func(name string) {
		c.WaitFor(`document.querySelector('dialog[open]')`)
		a.look(c.Page, "staff, "+name)
		c.Key(kb.Escape)
		c.WaitFor(`!document.querySelector('dialog[open]')`)
	}
	c.Key(kb.F1)
	dialog("help")
	c.Click(`[data-testid=tools]`)
	dialog("tools")
	c.register()
	dialog("register")
	c.practise()
	a.look(c.Page, "staff, practice")
	c.Key("1")
	c.verdict("accepted", "ok")
	a.look(c.Page, "staff, practice accepted")
	c.Key(kb.Escape)
	c.Key(kb.Escape)
	c.WaitFor(`!document.body.classList.contains('is-practice')`)
	c.tool("big")
	c.Key(kb.Escape)
	c.submitQuietly(phone.answer("full", c.challenge()))
	c.verdict("accepted", "ok")
	c.Key(" ")
	a.look(c.Page, "staff, big type")
	c.next()
	c.tool("big")
	c.Key(kb.Escape)
	c.tool("lock")
	c.WaitFor(`document.querySelector('[data-testid=lock-repeat]')`)
	a.look(c.Page, "staff, lock")
	c.setPIN("4831", "4831")
	c.Click(`[data-testid=lock-now]`)
	c.WaitFor(outOfOrder)
	a.look(c.Page, "staff, locked")

	both := chrome.Start(t, o)
	openCounter(t, both, server)
	second := both.Open(server.URL)
	second.WaitFor(`document.querySelector('[data-testid=asleep]').open`)
	a.look(second, "staff, asleep")
}

// auditCard walks through the card page.
func auditCard(a *auditor, server *chrome.Server, o chrome.Options) {
	t := a.t
	counter := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	o.Width, o.Height = 390, 844
	wallet := chrome.Start(t, o)
	card := wallet.Open(server.URL + "web/card/")
	card.WaitFor(`document.querySelector('[data-testid=person-valid]')`)
	a.look(card, "card, people")
	card.Click(`[data-testid=person-portrait]`)
	card.WaitFor(`document.querySelector('[data-testid=card]')`)
	a.look(card, "card, scan")
	counter.read(card)
	a.look(card, "card, asked")
	agree(card)
	a.look(card, "card, sent")
	showsAgain(card)
	card.Click(`[data-testid=offer]`)
	card.WaitFor(`document.querySelector('[data-testid=class-B]')`)
	a.look(card, "card, offer")
	card.Click(`[data-testid=class-C]`)
	card.Click(`[data-testid=agree]`)
	card.WaitFor(`document.querySelector('[data-answer]')?.dataset.answer`)
	a.look(card, "card, day code")
	showsAgain(card)
	card.Eval(`document.querySelectorAll('details').forEach((more) => { more.open = true; })`, nil)
	a.look(card, "card, all opened")
	counter.challenge()
	counter.answered = ""
	card.Eval(`location.hash = encodeURIComponent(`+quoteJS(counter.challenge())+`)`, nil)
	card.WaitFor(`document.querySelector('[data-testid=agree-all]')`)
	card.Click(`[data-testid=refuse]`)
	card.WaitFor(`document.body.dataset.step === 'refused'`)
	a.look(card, "card, refused")
}

// auditInspect walks through the inspector's page.
func auditInspect(a *auditor, server *chrome.Server, o chrome.Options) {
	t := a.t
	p := inspects(t, chrome.Start(t, o), server)
	a.look(p, "inspect, ready")
	l := makeLedger(t, 60, server)
	choose(p, l.file(t, nil))
	a.look(p, "inspect, intact")
	p.Click(`[data-testid=open][data-line="7"]`)
	a.look(p, "inspect, asked why")
	p.Choose(`[data-testid=key]`, inspectorKey(t))
	p.Eval(`document.querySelector('[data-testid=reader]').value = 'insp-1'; document.querySelector('[data-testid=ground]').value = 'DEMO case 2026-17'`, nil)
	p.Click(`[data-testid=open-go]`)
	p.WaitFor(`document.querySelector('[data-testid=open-note]').dataset.note === 'inspect.open.done'`)
	a.look(p, "inspect, opened")
	p.Click(`[data-testid=open-close]`)
	p.Click(`[data-testid=save]`)
	choose(p, l.file(t, func(lines [][]byte) [][]byte {
		lines[17][40] ^= 1
		return append(lines[:30], lines[33:50]...)
	}))
	a.look(p, "inspect, faulty")
}

// auditOthers looks at the challenge display, the customer's window and the operator's page.
func auditOthers(a *auditor, server *chrome.Server, o chrome.Options) {
	t := a.t
	browser := chrome.Start(t, o)
	phone := newPhone(t, server)
	alone := browser.Open(server.URL + "web/customer/")
	display(alone, "gone")
	a.look(alone, "customer, nobody there")
	c := openDisplay(t, browser, server, "")
	a.look(c.Page, "display, waiting")
	display(alone, "gone")
	phone.send("under-18", c.challenge())
	c.verdict("rejected", "under-age")
	a.look(c.Page, "display, rejected")
	c.Goto("about:blank")
	staff := openCounter(t, browser, server)
	display(alone, "waiting")
	a.look(alone, "customer, waiting")
	phone.send("valid", staff.challenge())
	staff.verdict("accepted", "ok")
	staff.Key(" ")
	display(alone, "verdict")
	a.look(alone, "customer, accepted")
	ops := browser.Open(opsURL(t, server))
	ops.WaitFor(`document.body.dataset.state === 'good'`)
	a.look(ops, "operator")
}
