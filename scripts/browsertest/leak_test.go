package browsertest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/base45"
)

// leaks looks for personal bytes in all that leaves a page: requests and WebSocket
// frames of the whole browser, titles, addresses, messages to other pages, the
// console, and what stays in the browser's storage. Any test can wrap a page:
//
//	l := watchLeaks(t, browser)
//	l.watch(page) // before it loads anything
//	l.secret("name", "演示·张三")
//	...
//	l.keeps(page) // whenever its storage is to be looked through
//	l.require()
type leaks struct {
	t       testing.TB
	browser *chrome.Browser
	secrets map[string][][]byte // by what they are, each in every spelling

	mu   sync.Mutex
	seen []trace
	may  []func(trace) bool
}

// trace is something that left a page.
type trace struct {
	where string // as "POST http://… body"
	bytes []byte
}

func watchLeaks(t testing.TB, browser *chrome.Browser) *leaks {
	return &leaks{t: t, browser: browser, secrets: map[string][][]byte{}}
}

// watch records the titles, addresses, messages and console of a page. It may not
// have loaded anything yet.
func (l *leaks) watch(p *chrome.Page) {
	l.t.Helper()
	chromedp.ListenTarget(p.Context, func(event any) {
		if e, ok := event.(*runtime.EventBindingCalled); ok && e.Name == "jzTrace" {
			var parts [2]string
			if json.Unmarshal([]byte(e.Payload), &parts) == nil {
				l.saw(parts[0], []byte(parts[1]))
			}
		}
	})
	p.OnConsole(func(line string) { l.saw("console", []byte(line)) })
	p.Run(runtime.AddBinding("jzTrace"))
	p.Before(`{
		const say = (where, what) => jzTrace(JSON.stringify([where, String(what)]));
		const title = Object.getOwnPropertyDescriptor(Document.prototype, 'title');
		Object.defineProperty(Document.prototype, 'title', { ...title, set(text) { say('title', text); title.set.call(this, text); } });
		for (const name of ['pushState', 'replaceState']) {
			const was = history[name];
			history[name] = (...parts) => { say(name, JSON.stringify(parts)); return was.apply(history, parts); };
		}
		const send = BroadcastChannel.prototype.postMessage;
		BroadcastChannel.prototype.postMessage = function (message) { say('message to ' + this.name, JSON.stringify(message)); return send.call(this, message); };
		say('address', location.href);
	}`)
}

func (l *leaks) saw(where string, b []byte) {
	l.mu.Lock()
	l.seen = append(l.seen, trace{where, b})
	l.mu.Unlock()
}

// secret adds what may not leave. Longer ones are looked for piece by piece, since
// a part of them tells enough.
func (l *leaks) secret(name string, values ...string) {
	const piece = 32
	for _, value := range values {
		b := []byte(value)
		if strings.HasPrefix(value, "KB1:") || strings.HasPrefix(value, "ID1:") {
			raw, err := base45.Decode(value[4:])
			if err != nil {
				l.t.Fatal(err)
			}
			b = raw // its Base45 is one of the spellings
		}
		if len(b) < 2*piece {
			l.secrets[name] = append(l.secrets[name], spellings(b)...)
			continue
		}
		for at := 0; at+piece <= len(b); at += piece {
			l.secrets[name] = append(l.secrets[name], spellings(b[at:at+piece])...)
		}
	}
}

// allow leaves out traces that have to hold what is looked for.
func (l *leaks) allow(may func(trace) bool) { l.may = append(l.may, may) }

// keeps looks through what a page's origin has stored.
func (l *leaks) keeps(p *chrome.Page) {
	l.t.Helper()
	var parts [][2]string
	p.Eval(storedHere, &parts)
	for _, part := range parts {
		l.saw("stored in "+part[0], []byte(part[1]))
	}
}

// storedHere lists everything an origin keeps, as pairs of place and text; bytes are
// written one character each.
const storedHere = `(async () => {
	const out = [['cookie', document.cookie], ['name', window.name], ['history', JSON.stringify(history.state)], ['address', location.href]];
	const plain = (value, depth = 0) => {
		if (depth > 12) return '';
		if (value instanceof ArrayBuffer) value = new Uint8Array(value);
		if (ArrayBuffer.isView(value)) return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), (b) => String.fromCharCode(b)).join('');
		if (value && typeof value === 'object') return Object.entries(value).map(([k, v]) => k + '=' + plain(v, depth + 1)).join('\n');
		return String(value);
	};
	for (const [name, store] of [['localStorage', localStorage], ['sessionStorage', sessionStorage]]) {
		for (const [key, value] of Object.entries(store)) out.push([name, key + '=' + value]);
	}
	const settled = (q) => new Promise((done, fail) => { q.onsuccess = () => done(q.result); q.onerror = () => fail(q.error); });
	for (const { name } of await indexedDB.databases()) {
		const database = await settled(indexedDB.open(name));
		for (const store of database.objectStoreNames) {
			const all = database.transaction(store).objectStore(store);
			for (const key of await settled(all.getAllKeys())) out.push(['IndexedDB ' + name + '/' + store, plain(key)]);
			for (const value of await settled(database.transaction(store).objectStore(store).getAll())) out.push(['IndexedDB ' + name + '/' + store, plain(value)]);
		}
		database.close();
	}
	for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) out.push(['cache ' + name, url]);
	return out;
})()`

// require fails the test for each personal byte that left.
func (l *leaks) require() {
	l.t.Helper()
	for _, found := range l.found() {
		l.t.Errorf("something personal left the page: %s", found)
	}
	if n := len(l.traces()); n < 20 {
		l.t.Errorf("only %d traces were recorded", n)
	}
}

// found names what was seen of the secrets, and where.
func (l *leaks) found() (list []string) {
	for _, left := range l.traces() {
		if slices.ContainsFunc(l.may, func(may func(trace) bool) bool { return may(left) }) {
			continue
		}
		readings := readings(left.bytes)
		for name, spelled := range l.secrets {
			hit := func(needle []byte) bool {
				return slices.ContainsFunc(readings, func(b []byte) bool { return bytes.Contains(b, needle) })
			}
			if slices.ContainsFunc(spelled, hit) {
				list = append(list, fmt.Sprintf("%s in %.120s", name, left.where))
			}
		}
	}
	return list
}

// traces are those of pages and those of the network.
func (l *leaks) traces() []trace {
	l.mu.Lock()
	all := slices.Clone(l.seen)
	l.mu.Unlock()
	if l.browser == nil {
		return all
	}
	for _, r := range l.browser.Traffic() {
		all = append(all, trace{r.Method + " " + r.URL + " address", []byte(r.URL)}, trace{r.Method + " " + r.URL + " body", r.Body})
		for name, values := range r.Header {
			all = append(all, trace{r.Method + " " + r.URL + " header " + name, []byte(name + ": " + strings.Join(values, ","))})
		}
	}
	return all
}

// spellings are the ways to write bytes that a page has at hand. Where several
// bytes share a character, as in Base64, there is one for each place in which the
// bytes may stand.
func spellings(b []byte) [][]byte {
	list := [][]byte{b, []byte(hex.EncodeToString(b)), []byte(strings.ToUpper(hex.EncodeToString(b)))}
	for at := range 3 {
		padded := append(make([]byte, at), b...)
		first, last := (at*8+5)/6, len(padded)*8/6
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			list = append(list, []byte(e.EncodeToString(padded)[first:last]))
		}
	}
	for at := range 2 {
		whole := b[at:]
		list = append(list, []byte(base45.Encode(whole[:len(whole)/2*2])))
	}
	if wide := utf16.Encode([]rune(string(b))); !bytes.ContainsRune(b, '\uFFFD') {
		little, big := make([]byte, 0, 2*len(wide)), make([]byte, 0, 2*len(wide))
		for _, unit := range wide {
			little = append(little, byte(unit), byte(unit>>8))
			big = append(big, byte(unit>>8), byte(unit))
		}
		list = append(list, little, big)
	}
	return list
}

var escape = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)

// readings are bytes as they are, and as they read without escapes of addresses, of
// JSON and of strings that hold bytes.
func readings(b []byte) [][]byte {
	list := [][]byte{b}
	if s, err := url.QueryUnescape(string(b)); err == nil {
		list = append(list, []byte(s))
	}
	if s, err := url.PathUnescape(string(b)); err == nil {
		list = append(list, []byte(s))
	}
	if bytes.Contains(b, []byte(`\u`)) {
		list = append(list, escape.ReplaceAllFunc(b, func(m []byte) []byte {
			unit, _ := strconv.ParseUint(string(m[2:]), 16, 16) // four hexadecimal digits
			return []byte(string(rune(unit)))
		}))
	}
	narrow := make([]byte, 0, len(b))
	for _, r := range string(b) {
		if r > 0xff {
			return list
		}
		narrow = append(narrow, byte(r))
	}
	return append(list, narrow)
}
