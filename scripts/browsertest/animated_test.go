package browsertest

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"testing"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/y4m"
	"jianzheng/shared/qr"
	"jianzheng/shared/sequence"
)

// filmParts writes a camera file in which a phone shows the parts of a text in
// turn, three a second.
func filmParts(t *testing.T, file, text string) {
	t.Helper()
	filmSomeParts(t, file, text, sequence.MaxParts)
}

// filmSomeParts is filmParts of the first parts alone.
func filmSomeParts(t *testing.T, file, text string, most int) {
	t.Helper()
	parts, err := sequence.Split(text)
	if err != nil {
		t.Fatal(err)
	}
	var frames []*image.Gray
	for i, p := range parts[:min(most, len(parts))] {
		m, err := qr.Encode(p, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		frame := y4m.Frame(m, y4m.Webcam(uint64(i)))
		for range 5 {
			frames = append(frames, frame)
		}
	}
	writeFilm(t, file, frames)
}

// drawnParts are the pictures that a card page draws in turn.
func drawnParts(t *testing.T, card *chrome.Page) (files []string) {
	t.Helper()
	canvas := `document.querySelector('[data-testid=answer] canvas')`
	card.WaitFor(canvas + `?.dataset.part`)
	var n int
	card.Eval(`Number(document.querySelector('[data-testid=part]').textContent.match(/\d+/g)[1])`, &n)
	for i := range n {
		card.WaitFor(fmt.Sprintf(`%s.dataset.part === '%d'`, canvas, i+1))
		files = append(files, drawn(t, card))
	}
	return files
}

// An answer with a portrait is too large for one code: the phone shows several in
// turn, and the counter's camera takes them as they come.
func TestAnimatedCode(t *testing.T) {
	server := chrome.StartServer(t)
	camera := filepath.Join(t.TempDir(), "camera.y4m")
	film(t, camera, "")
	browser := chrome.Start(t, chrome.Options{Camera: camera})
	wallet := chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844})
	c := openCounter(t, browser, server)
	c.WaitFor(`document.querySelector('[data-testid=video]')?.videoWidth === 1280`)
	card := openCardOf(wallet, server, "portrait")

	// Way AB: the phone is offline, and answers the counter's challenge.
	c.read(card)
	tick(card, "photo")
	card.Allow("net::ERR_")
	card.Allow("Failed to load resource")
	withoutNetwork(card)
	wallet.Offline(true)
	card.Click(`[data-testid=agree-all]`)
	card.WaitFor(`document.querySelector('[data-testid=not-sent]')`)
	var text string
	card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
	c.Eval(`window.progress = new Set(); setInterval(() => { const { parts } = document.querySelector('[data-testid=camera-hint]').dataset; if (parts) window.progress.add(parts); }, 30)`, nil)
	c.filmWith(func() { filmParts(t, camera, text) })
	c.verdict("conditional", "compare-person")
	c.seesPortrait()
	c.decide("same", "accepted", "ok")
	c.redeemedBy("server")
	var steps int
	if c.Eval(`window.progress.size`, &steps); steps == 0 {
		t.Error("the counter did not say how far it was")
	}
	// While it stays in view it is the same visit.
	c.next()
	c.Eval(samePause, nil)
	c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
	c.film(camera, "")
	wallet.Offline(false)

	// Way B: what the page draws is read from pictures, in any order.
	showsAgain(card)
	card.Click(`[data-testid=offer]`)
	card.WaitFor(`document.querySelector('[data-testid=claim-photo]')`)
	tick(card, "photo")
	card.Click(`[data-testid=agree]`)
	files := drawnParts(t, card)
	if len(files) < 3 {
		t.Fatalf("%d parts", len(files))
	}
	slices.Reverse(files)
	for i, file := range files {
		c.Drop(file)
		if i < len(files)-1 {
			c.WaitFor(`document.querySelector('[data-testid=note]').innerText.trim()`)
		}
	}
	c.verdict("conditional", "compare-person")
	c.seesPortrait()
	c.decide("different", "rejected", "person-different")
	c.next()

	// The picture stops when the holder wants it to.
	card.Click(`[data-testid=loop-pause]`)
	var before, after string
	card.Eval(`document.querySelector('[data-testid=part]').textContent`, &before)
	card.Eval(`new Promise((done) => setTimeout(done, 1000))`, nil)
	if card.Eval(`document.querySelector('[data-testid=part]').textContent`, &after); before != after {
		t.Errorf("%s, then %s", before, after)
	}
	requireNothingPersonal(t, text, browser.Traffic(), wallet.Traffic())
}

// The parts may come as texts, one by one.
func TestAnimatedCodeAsTexts(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	card := openCardOf(chrome.Start(t, chrome.Options{Camera: chrome.NoCamera, Width: 390, Height: 844}), server, "portrait")
	card.Click(`[data-testid=offer]`)
	card.Click(`[data-testid=class-C]`)
	tick(card, "photo")
	card.Click(`[data-testid=agree]`)
	card.WaitFor(`document.querySelector('[data-answer]')?.dataset.answer`)
	var text string
	card.Eval(`document.querySelector('[data-answer]').dataset.answer`, &text)
	split, err := sequence.Split(text)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range split {
		c.Paste(p)
		if i < len(split)-1 {
			c.WaitFor(`document.querySelector('[data-testid=note]').innerText.trim()`)
			c.WaitFor(`document.body.dataset.stage === 'ready'`) // while one is looked at, no other is taken
		}
	}
	c.verdict("conditional", "static-card")
	c.seesPortrait()
	c.decide("unsure", "undetermined", "person-unsure")
}
