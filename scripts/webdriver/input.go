package webdriver

import (
	"encoding/base64"
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"jianzheng/scripts/chrome"
)

// Keys that are no character (WebDriver, section 17.4.2).
const (
	Enter   = "\uE007"
	Escape  = "\uE00C"
	shift   = "\uE008"
	control = "\uE009"
)

// shifted are the characters that a US keyboard gives with Shift, besides capitals.
const shifted = `~!@#$%^&*()_+{}|:"<>?`

// Key presses one key as a person would: a character, or one of those above.
func (p *Page) Key(key string) {
	p.t.Helper()
	p.press(down(key), up(key))
}

// Scan plays a USB scanner (keyboard wedge): text in one burst of trusted key events
// under a US layout, and Enter. It reports whether the machine kept up: with 100 ms
// between two keys, what was played was no scanner.
func (p *Page) Scan(text string) bool {
	p.t.Helper()
	p.Key(shift) // the first key of all takes its time on the way
	p.Eval(chrome.WatchKeys, nil)
	var strokes []params
	for _, r := range text {
		key := string(r)
		if unicode.IsUpper(r) || strings.ContainsRune(shifted, r) {
			strokes = append(strokes, down(shift), down(key), up(key), up(shift))
		} else {
			strokes = append(strokes, down(key), up(key))
		}
	}
	p.press(append(strokes, down(Enter), up(Enter))...)
	var gap float64
	p.Eval(chrome.WidestGap, &gap)
	return gap < 100
}

// Paste copies text out of a field of its own and pastes it where the focus was, both
// by trusted keys.
func (p *Page) Paste(text string) {
	p.t.Helper()
	const field = "webdriver-clipboard"
	p.Eval(`(() => {
		const field = Object.assign(document.createElement('textarea'), { id: '`+field+`', value: `+quote(text)+` });
		document.body.append(field);
		field.focus();
		field.select();
	})()`, nil)
	p.press(down(control), down("c"), up("c"), up(control))
	p.Eval(`document.getElementById('`+field+`').remove()`, nil)
	p.press(down(control), down("v"), up("v"), up(control))
}

func down(key string) params { return params{"type": "keyDown", "value": key} }
func up(key string) params   { return params{"type": "keyUp", "value": key} }

// press hands strokes to the browser, all at once.
func (p *Page) press(strokes ...params) {
	p.t.Helper()
	p.do(performActions, params{"actions": []any{params{"type": "key", "id": "keyboard", "actions": strokes}}})
}

// PasteFile pastes a file, as Ctrl+V does with a screenshot.
func (p *Page) PasteFile(name string) {
	p.t.Helper()
	// Firefox makes such an event without the data.
	p.transfer(`(document.activeElement ?? document.body).dispatchEvent(Object.defineProperty(
		new ClipboardEvent('paste', { bubbles: true, cancelable: true }), 'clipboardData', { value: data }))`, name)
}

// Drop drops a file in the middle of the window.
func (p *Page) Drop(name string) {
	p.t.Helper()
	p.transfer(`(() => {
		const middle = { clientX: innerWidth / 2, clientY: innerHeight / 2 };
		const target = document.elementFromPoint(middle.clientX, middle.clientY) ?? document.body;
		for (const type of ['dragenter', 'dragover', 'drop']) {
			target.dispatchEvent(new DragEvent(type, { dataTransfer: data, ...middle, bubbles: true, cancelable: true }));
		}
	})()`, name)
}

// transfer evaluates send, in which data is a DataTransfer that holds a file. Files on
// the clipboard and in a drag are out of reach of trusted events, so these
// are made in the page.
func (p *Page) transfer(send, name string) {
	p.t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Eval(fmt.Sprintf(`(() => {
		const data = new DataTransfer();
		data.items.add(new File([Uint8Array.from(atob(%s), (c) => c.charCodeAt(0))], %s, { type: %s }));
		%s;
	})()`, quote(base64.StdEncoding.EncodeToString(content)), quote(filepath.Base(name)), quote(mime.TypeByExtension(filepath.Ext(name))), send), nil)
}
