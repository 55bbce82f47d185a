package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
)

// drawCode draws a text as a code on a canvas of its own, by the test's encoder.
func drawCode(t *testing.T, text string) string {
	t.Helper()
	img := modules(t, text).Image(4, 4)
	bits := make([]byte, 0, len(img.Pix))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			bits = append(bits, "01"[img.GrayAt(x, y).Y>>7])
		}
	}
	return fmt.Sprintf(`((bits, side) => {
		const canvas = document.createElement('canvas');
		canvas.width = canvas.height = side;
		const context = canvas.getContext('2d');
		const data = context.createImageData(side, side);
		for (let i = 0; i < bits.length; i++) data.data.fill(bits[i] === '1' ? 255 : 0, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
		context.putImageData(data, 0, 0);
		return canvas;
	})('%s', %d)`, bits, img.Rect.Dx())
}

// A window of the computer is read like a camera, and the camera comes back after it.
func TestShareWindow(t *testing.T) {
	server := chrome.StartServer(t)
	camera := filepath.Join(t.TempDir(), "camera.y4m")
	film(t, camera, "")
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: camera, Lang: "en"}), server)
	c.WaitFor(scanning)
	phone := newPhone(t, server)
	answer := phone.answer("valid", c.challenge())
	c.Eval(`(() => { const canvas = `+drawCode(t, answer)+`; globalThis.window.shared = canvas.captureStream(10); const draw = () => { const c = canvas.getContext('2d'); c.putImageData(c.getImageData(0, 0, 1, 1), 0, 0); }; setInterval(draw, 50);
		navigator.mediaDevices.getDisplayMedia = async () => globalThis.window.shared; })()`, nil)
	c.Click(`[data-testid=share]`)
	c.verdict("accepted", "ok")
	c.WaitFor(`document.querySelector('[data-testid=strip-camera]').innerText.includes('Window')`)
	c.next()
	c.Click(`[data-testid=share-stop]`)
	c.WaitFor(`document.querySelector('[data-testid=video]').videoWidth === 1280`)
	c.WaitFor(`shared.getTracks().every((track) => track.readyState === 'ended')`)

	// Somebody who thinks better of it goes on with the camera.
	c.Eval(`navigator.mediaDevices.getDisplayMedia = async () => { globalThis.asked = true; throw new DOMException('no', 'NotAllowedError'); }`, nil)
	c.Click(`[data-testid=share]`)
	c.WaitFor(`globalThis.asked && document.querySelector('[data-testid=video]').videoWidth === 1280`)
}

// A code that stands as a picture in a PDF is read; of any other PDF the page says
// what to do.
func TestPDF(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"})
	c := openCounter(t, browser, server)
	phone := newPhone(t, server)
	for _, way := range []struct {
		name string
		make func(text string) []byte
		give func(file string)
	}{
		{"as a browser prints it", func(text string) []byte { return printed(t, browser, `document.body.append(`+drawCode(t, text)+`)`) },
			func(file string) { c.Choose("[data-testid=file]", file) }},
		{"JPEG", func(text string) []byte { return jpegPDF(t, modules(t, text).Image(4, 4)) }, c.Drop},
	} {
		t.Run(way.name, func(t *testing.T) {
			c.t = t
			file := filepath.Join(t.TempDir(), "card.pdf")
			if err := os.WriteFile(file, way.make(phone.answer("valid", c.challenge())), 0o600); err != nil {
				t.Fatal(err)
			}
			c.Run(page.BringToFront())
			way.give(file)
			c.verdict("accepted", "ok")
			c.next()
		})
	}
	c.t = t
	for name, content := range map[string][]byte{
		"words only": printed(t, browser, `document.body.textContent = '演示 DEMO'`), "no PDF": []byte("%PDF-1.7 cut off"),
	} {
		file := filepath.Join(t.TempDir(), "other.pdf")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c.Run(page.BringToFront())
		c.Eval(`document.querySelector('[data-testid=note]').textContent = ''`, nil)
		c.Choose("[data-testid=file]", file)
		c.WaitFor(`document.querySelector('[data-testid=note]').innerText.includes('screenshot')`)
		if got := c.Text(`[data-testid=outcome]`); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// printed is a page with a content as Chromium prints it.
func printed(t *testing.T, browser *chrome.Browser, script string) (pdf []byte) {
	t.Helper()
	p := browser.Open("about:blank")
	p.Eval(script, nil)
	p.Run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPrintBackground(true).Do(ctx)
		return err
	}))
	return pdf
}

// jpegPDF is a PDF of one image, coded as JPEG.
func jpegPDF(t *testing.T, img image.Image) []byte {
	t.Helper()
	var picture, pdf bytes.Buffer
	if err := jpeg.Encode(&picture, img, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	size := img.Bounds().Size()
	fmt.Fprintf(&pdf, "%%PDF-1.4\n1 0 obj\n<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode/Length %d>>\nstream\r\n%s\r\nendstream\nendobj\n%%%%EOF",
		size.X, size.Y, picture.Len(), picture.Bytes())
	return pdf.Bytes()
}

// typeCodes plays a scanner that ends with silence instead of Enter.
const typeCodes = `((text) => {
	const signs = { ' ': ['Space'], $: ['Digit4', 1], '%': ['Digit5', 1], '*': ['Digit8', 1], '+': ['Equal', 1], '-': ['Minus'], '.': ['Period'], '/': ['Slash'], ':': ['Semicolon', 1] };
	for (const letter of text) {
		const [code, shift = 0] = signs[letter] ?? (/\d/.test(letter) ? ['Digit' + letter] : ['Key' + letter, 1]);
		document.body.dispatchEvent(new KeyboardEvent('keydown', { code, shiftKey: Boolean(shift), bubbles: true, cancelable: true }));
	}
})`

const calibration = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// The setup of a scanner names what is wrong with it.
func TestScannerSetup(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Lang: "en"}), server)
	c.tool("scanner")
	c.WaitFor(`document.querySelector('.scanner-code canvas')?.width > 100`)
	var drawn string
	c.Eval(`import('/web/lib/calibrate.js').then((m) => m.calibration)`, &drawn)
	if drawn != calibration {
		t.Errorf("the code holds %q", drawn)
	}
	// said scans until the page has said so: on a busy machine the keys of a test come
	// with gaps that no scanner leaves.
	said := func(text, kind string) {
		t.Helper()
		var got string
		for range 5 {
			c.Eval(`delete document.querySelector('[data-testid=scanner-said]').dataset.kind`, nil)
			c.Scan(text)
			c.WaitFor(`document.querySelector('[data-testid=scanner-said]').dataset.kind`)
			c.Eval(`(({ kind, enter }) => kind + ' ' + enter)(document.querySelector('[data-testid=scanner-said]').dataset)`, &got)
			if got == kind+" yes" {
				return
			}
		}
		t.Errorf("%s: the page says %q, want %q", text, got, kind)
	}
	said(calibration, "right")
	said("0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY $%}]/.&>", "layout")
	if got := c.Text(`.scanner-pairs`); !strings.Contains(got, "Y\u00a0→\u00a0Z") {
		t.Errorf("the wrong characters are %q", got)
	}
	c.Eval(typeCodes+`(`+quoteJS(calibration)+`)`, nil)
	c.WaitFor(`document.querySelector('[data-testid=scanner-said]').dataset.enter === 'no'`)
	said(calibration[:40], "dropped")
	if got := c.Text(`[data-testid=outcome]`); got != "" {
		t.Errorf("the calibration was checked as a card: %q", got)
	}
	c.Key(kb.Escape)
	c.WaitFor(`!document.querySelector('[data-testid=scanner-box]').open`)
	c.scan(c.Scan, newPhone(t, server).answer("valid", c.challenge()))
	c.verdict("accepted", "ok")
}
