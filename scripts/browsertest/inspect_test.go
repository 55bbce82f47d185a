package browsertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/register"
)

// manyLines is what the inspector's page has to check: a café's 1,000 checks a day for 60
// days. How long it takes is printed; the aim is 10 s.
const manyLines = 60_000

// ledger is a register made natively.
type ledger struct {
	lines [][]byte
	log   *register.Log
	head  []byte // what stands before the lines in a file
}

// makeLedger makes a register of n lines, sealed to the DEMO inspector and, with
// a server, signed for by its operator.
func makeLedger(t *testing.T, n int, server *chrome.Server) *ledger {
	t.Helper()
	key, err := register.GenerateKey(bytes.NewReader(demo.InspectorSeed()))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	start := now.Add(-59 * 24 * time.Hour)
	log, line, err := register.Start(register.First{
		PartyID: demo.PartyID, PartyName: demo.PartyName, Inspector: key.Public(), From: start, To: now.Add(24 * time.Hour), Retention: 60 * 24 * time.Hour,
	}, start)
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{lines: [][]byte{line}, log: log}
	step := now.Sub(start) / time.Duration(n)
	for i := 1; i < n; i++ {
		c := register.Check{
			Seat: fmt.Sprint(i%40 + 1), Staff: "a1", Outcome: "accepted", Reason: "ok", Class: "A", Purpose: "internet-cafe",
			Rule: "演示规则 DEMO rule", Handle: fmt.Sprintf("h-%06d", i), Hash: make(register.Hex, 32),
		}
		p := &register.Person{Name: fmt.Sprintf("演示·第%d人", i), ID: fmt.Sprintf("9901011990%08d", i)}
		switch i % 10 {
		case 3:
			c.Outcome, c.Reason, c.Handle, p = "rejected", "expired", "", nil
		case 7:
			c.Class, c.Portrait = "D", "same"
		}
		if line, err = log.Append(c, p, start.Add(time.Duration(i)*step)); err != nil {
			t.Fatal(err)
		}
		l.lines = append(l.lines, line)
	}
	if server != nil {
		b, err := os.ReadFile(filepath.Join(server.Data, "demo", "keys", "operator.cose"))
		if err != nil {
			t.Fatal(err)
		}
		operator, err := cwt.ParsePrivateKey(b)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := log.Checkpoint(demo.OperatorID, now).Sign(operator)
		if err != nil {
			t.Fatal(err)
		}
		var head bytes.Buffer
		if err := register.Export(&head, [][]byte{signed}); err != nil {
			t.Fatal(err)
		}
		l.head = head.Bytes()
	}
	return l
}

// file writes the register, with lines as edit leaves them.
func (l *ledger) file(t *testing.T, edit func(lines [][]byte) [][]byte) string {
	t.Helper()
	lines := make([][]byte, len(l.lines))
	for i, line := range l.lines {
		lines[i] = bytes.Clone(line)
	}
	if edit != nil {
		lines = edit(lines)
	}
	name := filepath.Join(t.TempDir(), "cafe.jzr")
	if err := os.WriteFile(name, append(bytes.Clone(l.head), bytes.Join(lines, nil)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// inspectorKey makes the DEMO inspector's key file.
func inspectorKey(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "demo.key")
	if err := os.WriteFile(name, demo.InspectorSeed(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// inspects opens the inspector's page.
func inspects(t *testing.T, browser *chrome.Browser, server *chrome.Server) *chrome.Page {
	t.Helper()
	page := browser.NewPage()
	page.Before(keepFiles)
	page.Goto(server.URL + "web/inspect/")
	page.WaitFor(`document.body.dataset.state === 'ready'`)
	return page
}

// choose gives the page a file and waits for the report.
func choose(page *chrome.Page, file string) {
	page.Choose(`[data-testid=file]`, file)
	page.WaitFor(`document.body.dataset.state === 'checked'`)
}

// faults are those that the page lists.
func faults(t *testing.T, page *chrome.Page) string {
	t.Helper()
	var list []string
	page.Eval("[...document.querySelectorAll('[data-testid=faults] li')].map(({dataset: d}) => `${d.kind} ${d.from}-${d.to}`)", &list)
	return strings.Join(list, ", ")
}

// A register of 60 days is checked in seconds, without a network, and each line
// is at hand.
func TestInspectLargeRegister(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	file := makeLedger(t, manyLines, server).file(t, nil)
	page := inspects(t, browser, server)
	browser.Offline(true)
	choose(page, file)
	var took, longest float64
	page.Eval(`Number(document.getElementById('note').dataset.ms)`, &took)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lines, %d MB: checked and listed in %.1f s (%d processors)", manyLines, info.Size()>>20, took/1000, runtime.NumCPU())
	var intact, covered string
	page.Eval(`document.querySelector('[data-testid=banner]').dataset.intact`, &intact)
	page.Eval(`document.querySelector('[data-testid=checkpoints]').textContent`, &covered)
	if intact != "yes" || !strings.Contains(covered, fmt.Sprintf("signed for all %d lines", manyLines)) {
		t.Errorf("intact %s, %q", intact, covered)
	}
	page.Eval(`document.querySelector('[data-testid=number]').value = '31234'; document.getElementById('jump').requestSubmit()`, nil)
	page.WaitFor(`document.querySelector('tr.is-found')?.dataset.number === '31234'`)
	page.Eval(`(() => { const begun = performance.now(); document.getElementById('after').click(); return performance.now() - begun; })()`, &longest)
	page.WaitFor(`document.querySelector('[data-testid=where]').textContent.startsWith('31301')`)
	t.Logf("turning a page of 100 lines: %.0f ms", longest)
}

// What was done to a file is named by line.
func TestInspectNamesFaults(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	l := makeLedger(t, 60, server)
	page := inspects(t, browser, server)
	for _, c := range []struct {
		name, want string
		edit       func(lines [][]byte) [][]byte
	}{
		{"whole", "", nil},
		{"altered", "altered 17-17", func(lines [][]byte) [][]byte { lines[17][40] ^= 1; return lines }},
		{"sealed part altered", "sealed-altered 20-20", func(lines [][]byte) [][]byte { lines[20][len(lines[20])-1] ^= 1; return lines }},
		{"missing", "missing 30-32", func(lines [][]byte) [][]byte { return append(lines[:30], lines[33:]...) }},
		{"cut off", "truncated 50-59", func(lines [][]byte) [][]byte { return lines[:50] }},
		{"moved", "reordered 11-11", func(lines [][]byte) [][]byte { lines[11], lines[12] = lines[12], lines[11]; return lines }},
	} {
		t.Run(c.name, func(t *testing.T) {
			choose(page, l.file(t, c.edit))
			if got := faults(t, page); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	page.Choose(`[data-testid=file]`, "../../README.md")
	page.WaitFor(`document.getElementById('note').dataset.note === 'inspect.none'`)
}

// A line is opened with the inspector's key only, and that it was is in the file
// that is saved, and on the page when the old file is opened again.
func TestInspectOpensOneLine(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	file := makeLedger(t, 40, server).file(t, nil)
	page := inspects(t, browser, server)
	choose(page, file)
	said := func(key string) {
		t.Helper()
		page.WaitFor(`document.querySelector('[data-testid=open-note]').dataset.note === ` + quoteJS(key))
	}
	page.Click(`[data-testid=open][data-line="7"]`)
	page.Eval(`document.querySelector('[data-testid=reader]').value = 'insp-1'; document.querySelector('[data-testid=ground]').value = 'case 2026-17'`, nil)
	page.Click(`[data-testid=open-go]`)
	said("inspect.key.none")
	wrong := filepath.Join(t.TempDir(), "wrong.key")
	if err := os.WriteFile(wrong, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	page.Choose(`[data-testid=key]`, wrong)
	page.Click(`[data-testid=open-go]`)
	said("inspect.open.refused")
	page.Choose(`[data-testid=key]`, inspectorKey(t))
	page.Click(`[data-testid=open-go]`)
	said("inspect.open.done")
	if got := page.Text(`[data-testid=person]`); !strings.Contains(got, "演示·第7人") || !strings.Contains(got, "990101199000000007") {
		t.Errorf("the person shown is %q", got)
	}
	var body string
	page.Eval(`document.body.innerText`, &body)
	if strings.Contains(body, "演示·第8人") {
		t.Error("another line is open")
	}
	page.Click(`[data-testid=open-close]`)
	if got := page.Text(`[data-testid=person]`); got != "" {
		t.Errorf("%q stays on the page", got)
	}
	page.Click(`[data-testid=save]`)
	saved := given(t, page)
	if r := jzCheck(t, saved); !r.Intact || r.Lines != 41 || r.Openings != 1 {
		t.Errorf("%+v", r)
	}
	b, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	kept := stored(t, page)
	if strings.Contains(string(b), "演示·第7人") || strings.Contains(kept, "演示·第7人") || strings.Contains(kept, string(demo.InspectorSeed())) {
		t.Error("what was opened, or the key, was kept")
	}
	again := inspects(t, browser, server)
	choose(again, file)
	again.WaitFor(`document.getElementById('note').dataset.note === 'inspect.restored'`)
	again.WaitFor(`document.querySelector('tr[data-number="40"]')?.textContent.includes('insp-1')`)
	choose(again, saved)
	if got := faults(t, again); got != "" {
		t.Errorf("the saved file has %s", got)
	}
}
