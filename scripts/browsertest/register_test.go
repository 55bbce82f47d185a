package browsertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/register"
)

// keepFiles has a page keep the last file that it gave out, so that a test can
// look at it.
const keepFiles = `(() => {
	const give = URL.createObjectURL;
	URL.createObjectURL = (blob) => { if (blob.type === 'application/octet-stream') globalThis.given = blob; return give.call(URL, blob); };
})()`

// openBookkeeper is openCounter for a test of the register.
func openBookkeeper(t *testing.T, browser *chrome.Browser, server *chrome.Server, before string) *counter {
	t.Helper()
	c := &counter{Page: browser.NewPage(), t: t, server: server}
	c.Before(keepFiles)
	c.Before(before)
	c.Goto(server.URL)
	c.WaitFor(`document.querySelector('[data-testid=challenge]')?.dataset.challenge`)
	return c
}

// recorded waits until the page says which line the verdict became.
func (c *counter) recorded(number int) {
	c.t.Helper()
	c.WaitFor(fmt.Sprintf(`/#%d(\D|$)/.test(document.querySelector('[data-testid=recorded]').textContent)`, number))
}

// given is the file that a page gave out.
func given(t *testing.T, page *chrome.Page) string {
	t.Helper()
	page.WaitFor(`globalThis.given`)
	var text string
	page.Eval(`given.arrayBuffer().then((b) => btoa(Array.from(new Uint8Array(b), (n) => String.fromCharCode(n)).join('')))`, &text)
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cafe.jzr")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	page.Eval(`delete globalThis.given`, nil)
	return file
}

// export has the page give out its newest register.
func (c *counter) export() string {
	c.t.Helper()
	c.register()
	// The button that is pressed stays when a line or a signature comes meanwhile.
	c.WaitFor(`document.querySelector('[data-testid=register-export]')`)
	c.Eval(`(async () => {
		const button = document.querySelector('[data-testid=register-export]');
		await document.querySelector('ev-register').refresh();
		if (!button.isConnected) throw new Error('the button was drawn anew');
	})()`, nil)
	c.Click(`[data-testid=register-export]`)
	file := given(c.t, c.Page)
	c.note("register.export.done")
	c.Eval(`document.querySelector('[data-testid=register-box]').close()`, nil)
	return file
}

// register opens the dialog.
func (c *counter) register() {
	c.t.Helper()
	c.Click(`[data-testid=strip-register]`)
	c.WaitFor(`document.querySelector('[data-testid=register-box]')?.open`)
}

// note waits for what the dialog says.
func (c *counter) note(key string) {
	c.t.Helper()
	c.WaitFor(`document.querySelector('[data-testid=register-note]').dataset.note === ` + quoteJS(key))
}

// checkedReport is what `jz register check` prints.
type checkedReport struct {
	Lines     uint64
	Sealed    int
	Destroyed int
	Openings  int
	Covered   uint64
	Unsigned  int
	Intact    bool
	Faults    []struct {
		Kind     string
		From, To uint64
	}
}

// jz runs a verb of the command line.
func jz(t *testing.T, args ...string) []byte {
	t.Helper()
	root, err := chrome.Root()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{"run", "./scripts/jz"}, args...)...)
	cmd.Dir = root
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("jz %v: %v\n%s%s", args, err, out, problems.String())
	}
	return out
}

func jzCheck(t *testing.T, file string) (r checkedReport) {
	t.Helper()
	if err := json.Unmarshal(jz(t, "register", "check", file), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// storedText is everything that the page keeps, as text of one byte a character.
const storedText = `(async () => {
	const spell = (v) => v instanceof Uint8Array ? Array.from(v, (n) => String.fromCharCode(n)).join('')
		: v instanceof CryptoKey ? '' : v && typeof v === 'object' ? Object.values(v).map(spell).join(' ') : unescape(encodeURIComponent(String(v)));
	let all = spell({ ...localStorage, ...sessionStorage });
	for (const { name } of await indexedDB.databases()) {
		const db = await new Promise((r) => { const q = indexedDB.open(name); q.onsuccess = () => r(q.result); });
		for (const store of db.objectStoreNames) all += await new Promise((r) => { const q = db.transaction(store).objectStore(store).getAll(); q.onsuccess = () => r(q.result.map(spell).join(' ')); });
		db.close();
	}
	return btoa(all);
})()`

// stored is what the page keeps in its databases and storages, lines of a
// register among it.
func stored(t *testing.T, page *chrome.Page) string {
	t.Helper()
	var text string
	page.Eval(storedText, &text)
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !strings.Contains(string(b), "JZR1") {
		t.Fatalf("%d bytes are stored, %v", len(b), err)
	}
	return string(b)
}

// Names and numbers of the sample people who were let in.
var personal = []string{"演示·张三", "990101199003077012", "演示·李四", "990101198805143024"}

// Each check becomes a line by itself; the chain goes on over reloads and pages,
// and what is given out is what `jz register check` accepts.
func TestRegisterAtTheCounter(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	phone := newPhone(t, server)
	c := openBookkeeper(t, browser, server, "")
	c.submit(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.recorded(1)
	c.next()
	c.submit(phone.answer("expired", c.challenge()))
	c.verdict("rejected", "expired")
	c.recorded(2)
	c.Goto(server.URL)
	c.submit(phone.answer("expires-soon", c.challenge()))
	c.verdict("accepted", "ok")
	c.recorded(3)

	c.Goto("about:blank") // of two open pages the later one sleeps
	second := openBookkeeper(t, browser, server, "")
	second.submit("https://example.com/menu")
	second.verdict("unreadable", "other-code")
	second.recorded(4)
	file := second.export()
	if r := jzCheck(t, file); !r.Intact || r.Lines != 5 || r.Sealed != 2 || r.Unsigned < 1 {
		t.Errorf("%+v", r)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kept := stored(t, second.Page)
	if !strings.Contains(kept, "internet-cafe") {
		t.Error("the lines were not found in what is stored")
	}
	for _, secret := range personal {
		if strings.Contains(kept, secret) || strings.Contains(string(b), secret) {
			t.Errorf("%s is stored in the open", secret)
		}
	}
	signed := 0
	for _, r := range browser.Traffic() {
		for _, secret := range personal {
			if strings.Contains(r.URL+string(r.Body), secret) {
				t.Errorf("%s went over the network to %s", secret, r.URL)
			}
		}
		if strings.HasSuffix(r.URL, "/v1/checkpoints") && r.Method == "POST" {
			signed++
			var body map[string]any
			if err := json.Unmarshal(r.Body, &body); err != nil || len(body) != 4 {
				t.Errorf("a checkpoint was asked for with %s", r.Body)
			}
		}
	}
	if signed == 0 {
		t.Error("no checkpoint was asked for")
	}

	// The DEMO inspector opens a line of it.
	key := filepath.Join(t.TempDir(), "demo")
	jz(t, "register", "keygen", "--demo", "--out", key)
	out := jz(t, "register", "open", "--register", file, "--key", key+".key", "--line", "1", "--reader", "insp-1", "--ground", "case 2026-17")
	if !strings.Contains(string(out), personal[0]) {
		t.Errorf("line 1 opens as %s", out)
	}

	// Another computer goes on from the file.
	other := openBookkeeper(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"}), server, "")
	other.register()
	other.Choose(`[data-testid=register-import]`, "../../README.md")
	other.note("register.import.none")
	other.Choose(`[data-testid=register-import]`, file)
	other.note("register.import.done")
	other.Choose(`[data-testid=register-import]`, file)
	other.note("register.import.known")
	other.Eval(`document.querySelector('[data-testid=register-box]').close()`, nil)
	other.submit(newPhone(t, server).answer("valid", other.challenge()))
	other.verdict("accepted", "ok")
	other.recorded(6) // line 5 says that the inspector opened line 1
	if r := jzCheck(t, other.export()); !r.Intact || r.Lines != 7 || r.Sealed != 3 || r.Openings != 1 {
		t.Errorf("%+v", r)
	}
}

// bothAwake keeps a page from noticing that another is open, as while one takes the
// other's place.
const bothAwake = `{
	const request = LockManager.prototype.request;
	LockManager.prototype.request = function (name, ...rest) {
		return request.call(this, name === 'jianzheng.counter' ? name + Math.random() : name, ...rest);
	};
}`

// Two pages that check at the same time write one chain.
func TestTwoPagesOneChain(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	a, b := openBookkeeper(t, browser, server, bothAwake), openBookkeeper(t, browser, server, bothAwake)
	for i := range 8 {
		for _, c := range []*counter{a, b} {
			c.Eval(fmt.Sprintf(`document.querySelector('ev-inputs').dispatchEvent(new CustomEvent('flow', { bubbles: true, detail: { type: 'text', text: 'https://example.com/%d', source: 'typed' } }))`, i), nil)
		}
		for _, c := range []*counter{a, b} {
			c.WaitFor(`document.querySelector('[data-testid=recorded]').textContent`)
			c.next()
		}
	}
	if r := jzCheck(t, a.export()); !r.Intact || r.Lines != 17 {
		t.Errorf("%+v", r)
	}
}

// A register that cannot write shows it, holds up nobody, and writes what waited
// as soon as it can.
func TestRegisterCannotWrite(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	phone := newPhone(t, server)
	c := openBookkeeper(t, browser, server, `(() => {
		const add = IDBObjectStore.prototype.add;
		IDBObjectStore.prototype.add = function (...args) {
			if (globalThis.full) throw new DOMException('no room', 'QuotaExceededError');
			return add.apply(this, args);
		};
	})()`)
	c.Eval(`globalThis.full = true`, nil)
	c.submit(phone.answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.WaitFor(`document.querySelector('[data-testid=strip-register]').classList.contains('is-bad')`)
	c.next()
	c.submit(phone.answer("expired", c.challenge()))
	c.verdict("rejected", "expired")
	c.Eval(`globalThis.full = false`, nil)
	c.recorded(2)
	c.WaitFor(`!document.querySelector('[data-testid=strip-register]').classList.contains('is-bad')`)
	if r := jzCheck(t, c.export()); !r.Intact || r.Lines != 3 || r.Sealed != 1 {
		t.Errorf("%+v", r)
	}
}

// After retention the sealed parts are gone from the browser, and a line says so.
func TestRegisterAfterRetention(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	c := openBookkeeper(t, browser, server, `(() => {
		const now = Date.now;
		const later = Number(localStorage.getItem('later') ?? 0);
		Date.now = () => now() + later;
		// Nobody corrects this clock: two months go by without a word of the endpoint's.
		const send = fetch;
		globalThis.fetch = (url, init) => (String(url).includes('/v1/time') ? Promise.reject(new TypeError('gone')) : send(url, init));
	})()`)
	c.submit(newPhone(t, server).answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
	c.recorded(1)
	c.WaitFor(`indexedDB.databases && new Promise((resolve) => { const q = indexedDB.open('jianzheng-register'); q.onsuccess = () => { const a = q.result.transaction('books').objectStore('books').getAll(); a.onsuccess = () => { q.result.close(); resolve(a.result[0]?.signed === 2); }; }; })`)
	c.Eval(`localStorage.setItem('later', 61 * 86400000)`, nil)
	c.Goto(server.URL)
	c.WaitFor(`document.querySelector('[data-testid=strip-register]')`)
	c.submit("https://example.com/menu")
	c.verdict("unreadable", "other-code")
	c.WaitFor(`document.querySelector('[data-testid=strip-register]').textContent.includes('#3')`)
	if r := jzCheck(t, c.export()); !r.Intact || r.Lines != 4 || r.Sealed != 0 || r.Destroyed != 1 {
		t.Errorf("%+v", r)
	}
}

// What staff see when they compare the person is in the line of the check: one
// line, also where they do not say.
func TestRegisterHoldsTheDecision(t *testing.T) {
	server := chrome.StartServer(t)
	c := openBookkeeper(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"}), server, "")
	c.register()
	for field, text := range map[string]string{"seat": "7", "staff": "a1"} {
		c.Eval(fmt.Sprintf(`(() => { const f = document.querySelector('[data-testid=register-%s]'); f.value = '%s'; f.dispatchEvent(new Event('change')); })()`, field, text), nil)
	}
	c.Eval(`document.querySelector('[data-testid=register-box]').close()`, nil)
	for i, d := range []struct{ answer, outcome, reason string }{
		{"same", "accepted", "ok"}, {"unsure", "undetermined", "person-unsure"}, {"different", "rejected", "person-different"},
	} {
		c.submit(paperCard(t, server, fmt.Sprintf("演示·甲%d", i), picturePNG(t)))
		c.verdict("conditional", "static-card")
		if got := c.Text(`[data-testid=recorded]`); got != "" {
			t.Errorf("%q before the decision", got)
		}
		c.Click(`[data-testid=` + d.answer + `]`)
		c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.reason === ` + quoteJS(d.reason))
		c.recorded(i + 1)
		c.next()
	}
	c.submit(paperCard(t, server, "演示·丁", nil))
	c.verdict("conditional", "static-card")
	c.Key(kb.Escape)
	c.WaitFor(`document.querySelector('[data-testid=strip-register]').textContent.includes('#4')`)

	b, err := os.ReadFile(c.export())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	checker, err := register.NewChecker(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	checker.Visit = func(_ []byte, l *register.Line) {
		if c := l.Check; c != nil {
			lines = append(lines, strings.Join([]string{c.Outcome, c.Portrait, c.Class, c.Seat, c.Staff}, " "))
		}
	}
	_, _ = checker.Write(b)
	want := []string{"accepted same D 7 a1", "undetermined unsure D 7 a1", "rejected different D 7 a1", "conditional  D 7 a1"}
	if !slices.Equal(lines, want) || !checker.Report().Intact {
		t.Errorf("lines %q, want %q", lines, want)
	}
}

// The pictures of the register and of the inspector's page.
func registerPictures(t *testing.T, c *counter, o chrome.Options, name func(string) string) {
	c.register()
	c.Screenshot(name("staff-register"))
	c.Eval(`document.querySelector('[data-testid=register-box]').close()`, nil)

	l := makeLedger(t, 240, c.server)
	page := inspects(t, chrome.Start(t, o), c.server)
	page.Screenshot(name("inspect-ready"))
	choose(page, l.file(t, nil))
	page.Screenshot(name("inspect-intact"))
	page.Eval(`document.querySelector('[data-testid=table]').scrollIntoView()`, nil)
	page.Screenshot(name("inspect-lines"))
	page.Click(`[data-testid=open][data-line="7"]`)
	page.Screenshot(name("inspect-ask"))
	page.Choose(`[data-testid=key]`, inspectorKey(t))
	page.Eval(`document.querySelector('[data-testid=reader]').value = 'insp-1'; document.querySelector('[data-testid=ground]').value = 'DEMO case 2026-17'`, nil)
	page.Click(`[data-testid=open-go]`)
	page.WaitFor(`document.querySelector('[data-testid=open-note]').dataset.note === 'inspect.open.done'`)
	page.Screenshot(name("inspect-opened"))
	page.Click(`[data-testid=open-close]`)
	page.Click(`[data-testid=save]`)
	choose(page, l.file(t, func(lines [][]byte) [][]byte {
		lines[17][40] ^= 1
		return append(lines[:30], lines[33:200]...)
	}))
	page.Eval(`scrollTo(0, 0)`, nil)
	page.Screenshot(name("inspect-faulty"))
	var wide bool
	page.Eval(`document.documentElement.scrollWidth > innerWidth`, &wide)
	if wide {
		t.Errorf("%s: the page is wider than its window", name("inspect-faulty"))
	}
}
