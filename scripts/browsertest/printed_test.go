package browsertest

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"jianzheng/scripts/chrome"
)

// printOut prints a page as its style sheet says, and returns the size of its
// only sheet in millimetres.
func printOut(t *testing.T, p *chrome.Page, file string) (width, height float64) {
	t.Helper()
	var pdf []byte
	p.Run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPrintBackground(true).Do(ctx)
		return err
	}))
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	boxes := regexp.MustCompile(`/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]`).FindAllSubmatch(pdf, -1)
	if len(boxes) != 1 {
		t.Fatalf("%d sheets: %s", len(boxes), boxes)
	}
	number := func(b []byte) float64 {
		x, err := strconv.ParseFloat(string(b), 64)
		if err != nil {
			t.Fatal(err)
		}
		return x * 25.4 / 72
	}
	return number(boxes[0][1]), number(boxes[0][2])
}

// onPaper is a picture of an element as it is printed, at so many pixels for one
// of CSS.
func onPaper(t *testing.T, p *chrome.Page, selector string, scale float64) string {
	t.Helper()
	p.Run(emulation.SetEmulatedMedia().WithMedia("print"))
	var box struct{ X, Y, Width, Height float64 }
	p.Eval(`document.querySelector('`+selector+`').getBoundingClientRect().toJSON()`, &box)
	var png []byte
	p.Run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).
			WithClip(&page.Viewport{X: box.X, Y: box.Y, Width: box.Width, Height: box.Height, Scale: scale}).Do(ctx)
		return err
	}))
	p.Run(emulation.SetEmulatedMedia().WithMedia(""))
	file := filepath.Join(t.TempDir(), "paper.png")
	if err := os.WriteFile(file, png, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A card on paper: printed in its size or on a sheet, read by the staff page, and
// always held against the portrait.
func TestPrintedCard(t *testing.T) {
	server := chrome.StartServer(t)
	browser := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera})
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	c := openCounter(t, browser, server)
	card := openCard(wallet, server)
	card.Eval(`window.print = () => { document.body.dataset.printed = document.body.dataset.print; }`, nil)
	card.Click(`[data-testid=print]`)
	card.WaitFor(`document.querySelector('[data-testid=paper] img')?.naturalWidth === 40`)

	for form, size := range map[string][2]float64{"card": {85.6, 54}, "sheet": {210, 297}} {
		card.Click(`[data-testid=print-` + form + `]`)
		card.WaitFor(`document.body.dataset.printed === ` + quoteJS(form))
		w, h := printOut(t, card, filepath.Join(t.TempDir(), form+".pdf"))
		if math.Abs(w-size[0]) > 0.5 || math.Abs(h-size[1]) > 0.5 {
			t.Errorf("%s: %.1f by %.1f mm, want %.1f by %.1f", form, w, h, size[0], size[1])
		}
	}

	card.Eval(`document.body.dataset.print = 'card'`, nil)
	small := onPaper(t, card, "[data-testid=paper]", 3)
	card.Eval(`document.body.dataset.print = 'sheet'`, nil)
	large := onPaper(t, card, ".sheet-code", 1)
	for _, decision := range []struct{ file, answer, outcome, reason string }{
		{small, "same", "accepted", "ok"}, {large, "different", "rejected", "person-different"},
	} {
		c.Drop(decision.file)
		c.verdict("conditional", "static-card")
		c.seesPortrait()
		c.decide(decision.answer, decision.outcome, decision.reason)
		c.next()
		c.Eval(samePause, nil)
	}
	requireNothingPersonal(t, "ID1:NOT SENT BY ANYBODY"+string(make([]byte, 60)), browser.Traffic(), wallet.Traffic())
}

// Every sample person has a card for paper, which ends as the person does.
func TestPrintedPeople(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	for _, p := range []struct{ person, outcome, reason string }{
		{"full", "conditional", "static-card"}, {"expired", "rejected", "expired"}, {"under-18", "rejected", "under-age"},
		{"revoked", "rejected", "revoked"}, {"suspended", "rejected", "suspended"}, {"unknown-issuer", "rejected", "issuer-unknown"},
		{"altered", "rejected", "signature-invalid"},
	} {
		t.Run(p.person, func(t *testing.T) {
			c.t = t
			var answer struct{ Text string }
			post(t, server.URL+"v1/demo/printed", map[string]string{"person": p.person}, &answer)
			c.submit(answer.Text)
			c.verdict(p.outcome, p.reason)
			if p.outcome == "conditional" {
				c.decide("same", "accepted", "ok")
			}
			c.next()
		})
	}
}
