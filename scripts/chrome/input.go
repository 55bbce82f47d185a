package chrome

import (
	"context"
	"encoding/base64"
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Key presses one key as a person would. Names are those of the kb package,
// as kb.Enter, or the character itself.
func (p *Page) Key(key string) {
	p.t.Helper()
	p.Run(chromedp.KeyEvent(key))
}

// WatchKeys has a page measure the widest gap between the keys it hears, and WidestGap ends
// that and gives it in ms: with 100 or more of them, what was played was no scanner.
const (
	WatchKeys = `(() => {
		let widest = 0, last;
		const see = ({ timeStamp }) => {
			const now = performance.now();
			if (last) widest = Math.max(widest, timeStamp - last.timeStamp, now - last.now);
			last = { timeStamp, now };
		};
		addEventListener('keydown', see, { capture: true });
		window.widestGap = () => { removeEventListener('keydown', see, { capture: true }); return widest; };
	})()`
	WidestGap = `widestGap()`
)

// Scan plays a USB scanner (keyboard wedge): text in one burst of trusted key
// events under a US layout, and Enter. It reports whether the machine kept up: with
// 100 ms between two keys, what was played was no scanner.
func (p *Page) Scan(text string) bool {
	p.t.Helper()
	return p.scan(burst(text, false))
}

// ScanIME plays the same under an active Chinese input method, when Chromium
// reports every key as "Process" and only its physical code tells it.
func (p *Page) ScanIME(text string) bool {
	p.t.Helper()
	return p.scan(burst(text, true))
}

func (p *Page) scan(keys chromedp.Action) bool {
	p.t.Helper()
	p.Eval(WatchKeys, nil)
	p.Run(keys)
	var gap float64
	p.Eval(WidestGap, &gap)
	return gap < 100
}

func burst(text string, ime bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for _, r := range text + "\r" {
			key, ok := kb.Keys[r]
			if !ok {
				return fmt.Errorf("no key for %q on a US keyboard", r)
			}
			var modifiers input.Modifier
			if key.Shift {
				modifiers = input.ModifierShift
			}
			down := input.DispatchKeyEvent(input.KeyRawDown).WithCode(key.Code).WithKey(key.Key).
				WithWindowsVirtualKeyCode(key.Windows).WithModifiers(modifiers)
			switch {
			case ime && r != '\r':
				const processKey = 229 // VK_PROCESSKEY
				down = down.WithKey("Process").WithWindowsVirtualKeyCode(processKey)
			case key.Print || r == '\r':
				down = down.WithText(key.Text).WithUnmodifiedText(key.Unmodified)
				down.Type = input.KeyDown
			}
			if err := down.Do(ctx); err != nil {
				return err
			}
			up := input.DispatchKeyEvent(input.KeyUp).WithCode(key.Code).WithKey(key.Key).
				WithWindowsVirtualKeyCode(key.Windows).WithModifiers(modifiers)
			if err := up.Do(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Paste pastes text, as Ctrl+V does.
func (p *Page) Paste(text string) {
	p.t.Helper()
	p.transfer("paste", fmt.Sprintf("data.setData('text/plain', %s);", quote(text)))
}

// PasteFile pastes a file, as Ctrl+V does with a screenshot.
func (p *Page) PasteFile(name string) {
	p.t.Helper()
	p.transfer("paste", p.addFile(name))
}

// Drop drops a file in the middle of the window.
func (p *Page) Drop(name string) {
	p.t.Helper()
	p.transfer("drop", p.addFile(name))
}

// Choose puts files into the file input that fits selector.
func (p *Page) Choose(selector string, names ...string) {
	p.t.Helper()
	p.find(chromedp.SetUploadFiles(selector, names, chromedp.ByQuery))
}

// addFile gives the statement that adds a file to a DataTransfer called data.
func (p *Page) addFile(name string) string {
	p.t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("data.items.add(new File([Uint8Array.from(atob('%s'), (c) => c.charCodeAt(0))], %s, { type: %s }));",
		base64.StdEncoding.EncodeToString(content), quote(filepath.Base(name)), quote(mime.TypeByExtension(filepath.Ext(name))))
}

// transfer sends a clipboard or drag event with what fill adds to data. The
// clipboard of a headless browser and the files of a drag are out of reach of
// trusted events, so these are made in the page.
func (p *Page) transfer(kind, fill string) {
	p.t.Helper()
	p.Eval(`(() => {
		const data = new DataTransfer();
		`+fill+`
		const middle = { clientX: innerWidth / 2, clientY: innerHeight / 2 };
		const target = document.elementFromPoint(middle.clientX, middle.clientY) ?? document.body;
		if ('`+kind+`' === 'paste') {
			(document.activeElement ?? document.body).dispatchEvent(
				new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true, composed: true }));
			return;
		}
		for (const type of ['dragenter', 'dragover', 'drop']) {
			target.dispatchEvent(new DragEvent(type, { dataTransfer: data, ...middle, bubbles: true, cancelable: true, composed: true }));
		}
	})()`, nil)
}

// quote gives text as a JavaScript literal.
func quote(text string) string {
	var literal strings.Builder
	literal.WriteByte('\'')
	for _, r := range text {
		switch {
		case r == '\'' || r == '\\' || !unicode.IsPrint(r):
			fmt.Fprintf(&literal, `\u{%x}`, r)
		default:
			literal.WriteRune(r)
		}
	}
	literal.WriteByte('\'')
	return literal.String()
}
