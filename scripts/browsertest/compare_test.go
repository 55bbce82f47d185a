package browsertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/portrait"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
)

// picturePNG is the portrait of nobody.
func picturePNG(t *testing.T) []byte {
	t.Helper()
	b, err := portrait.PNG()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// paperCard issues a card on paper to a grown person.
func paperCard(t *testing.T, server *chrome.Server, name string, photo []byte) string {
	t.Helper()
	yes := true
	return paper(t, server, credential.Person{
		ID: "990101199003077012", Name: name, Over18: &yes, Birth: credential.Date{Year: 1990, Month: 3, Day: 7}, Photo: photo,
	})
}

// paper issues a card on paper with the demonstration's key; staff have to compare
// whoever brings it.
func paper(t *testing.T, server *chrome.Server, person credential.Person) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(server.Data, "demo", "keys", "issuer-light.cose"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := cwt.ParsePrivateKey(b)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	text, err := credential.IssuePrinted(k, credential.Request{
		Issuer: demo.IssuerID, IssuedAt: now.Add(-24 * time.Hour), Expires: now.Add(24 * time.Hour), Person: person,
		Proofing: credential.Proofing{Tier: credential.Light, Factors: policy.FactorFace, Proofed: now.Add(-24 * time.Hour)},
		Status:   &credential.StatusReference{Index: 0, URI: demo.StatusURI},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const (
	previewLive = `document.querySelector('[data-testid=preview]').videoWidth > 0 && document.querySelector('ev-compare').dataset.preview === 'live'`
	previewGone = `document.querySelector('[data-testid=preview]').srcObject === null`
	scanning    = `document.body.dataset.camera === 'live'`
)

// countCameras counts what the page opens and what it reads of the live picture.
const countCameras = `(() => {
	const media = navigator.mediaDevices;
	const open = media.getUserMedia.bind(media);
	globalThis.tracks = [];
	media.getUserMedia = async (wish) => {
		const stream = await open(wish);
		tracks.push(...stream.getTracks());
		return stream;
	};
	globalThis.read = 0;
	const preview = (source) => source instanceof HTMLVideoElement && source.dataset.testid === 'preview';
	const draw = CanvasRenderingContext2D.prototype.drawImage;
	CanvasRenderingContext2D.prototype.drawImage = function (source, ...rest) { read += preview(source); return draw.call(this, source, ...rest); };
	const Frame = globalThis.VideoFrame;
	globalThis.VideoFrame = class extends Frame { constructor(source, ...rest) { read += preview(source); super(source, ...rest); } };
	const bitmap = globalThis.createImageBitmap;
	globalThis.createImageBitmap = (source, ...rest) => { read += preview(source); return bitmap(source, ...rest); };
})()`

// Staff compare the portrait with the person, on wish beside the camera's picture,
// which is there for no longer than that.
func TestComparePortrait(t *testing.T) {
	server := chrome.StartServer(t)
	camera := filepath.Join(t.TempDir(), "camera.y4m")
	film(t, camera, "")
	c := openBookkeeper(t, chrome.Start(t, chrome.Options{Camera: camera, Lang: "en"}), server, countCameras)
	c.WaitFor(scanning)
	ask := func(name string) {
		t.Helper()
		c.submit(paperCard(t, server, name, picturePNG(t)))
		c.verdict("conditional", "static-card")
		c.WaitFor(`document.querySelector('[data-testid=portrait]').naturalWidth === 96`)
	}
	open := func() int {
		t.Helper()
		var n int
		c.Eval(`tracks.filter((track) => track.readyState === 'live').length`, &n)
		return n
	}

	ask("演示·甲")
	if got := c.Text(`[data-testid=proves]`); got == "" {
		t.Error("nothing says what the signature proves")
	}
	c.WaitFor(previewGone) // off unless staff ask for it
	c.Click(`[data-testid=preview-start]`)
	c.WaitFor(previewLive)
	if n := open(); n != 1 {
		t.Errorf("%d cameras are open, want that of the live picture alone", n)
	}
	c.Click(`[data-testid=same]`)
	c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'accepted'`)
	c.WaitFor(previewGone)
	if got := c.Text(`.verdict-reason`); !strings.Contains(got, "staff have compared") {
		t.Errorf("paper was accepted because %q", got)
	}
	c.recorded(1)
	c.WaitFor(scanning)
	c.next()
	c.WaitFor(`!document.querySelector('[data-testid=portrait]').getAttribute('src')`)

	t.Run("hidden tab", func(t *testing.T) {
		ask("演示·乙")
		c.Key("v")
		c.WaitFor(previewLive)
		c.Eval(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }); document.dispatchEvent(new Event('visibilitychange'))`, nil)
		c.WaitFor(previewGone)
		c.WaitFor(`tracks.every((track) => track.readyState === 'ended')`)
		c.WaitFor(`!document.querySelector('[data-testid=portrait]').getAttribute('src')`)
		c.Eval(`delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))`, nil)
		c.WaitFor(scanning)
		c.next()
	})
	t.Run("by key, not sure", func(t *testing.T) {
		ask("演示·丙")
		c.Key("v")
		c.WaitFor(previewLive)
		c.Key("v")
		c.WaitFor(previewGone)
		c.Key("2")
		c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.reason === 'person-unsure'`)
		c.WaitFor(`!document.querySelector('[data-testid=retry]')`) // there is nothing left to try again with
		c.next()
	})
	t.Run("time is up", func(t *testing.T) {
		ask("演示·丁")
		c.Eval(`(() => { const wait = setTimeout; globalThis.setTimeout = (run, ms, ...rest) => wait(run, ms === 30000 ? 300 : ms, ...rest); })()`, nil)
		c.Click(`[data-testid=preview-start]`)
		c.WaitFor(`document.querySelector('ev-compare').dataset.preview === 'over'`)
		c.WaitFor(previewGone)
		c.Key("3")
		c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'rejected'`)
		c.next()
	})
	var read int
	c.Eval(`read`, &read)
	if read != 0 {
		t.Errorf("the live picture was read %d times", read)
	}
}

// A card without a portrait says so, and has staff look at another document.
func TestCompareWithoutPortrait(t *testing.T) {
	server := chrome.StartServer(t)
	c := openCounter(t, chrome.Start(t, chrome.Options{Camera: chrome.NoCamera}), server)
	c.submit(paperCard(t, server, "演示·戊", nil))
	c.verdict("conditional", "static-card")
	if got := c.Text(`[data-testid=no-portrait]`); got == "" {
		t.Error("nothing says that there is no portrait")
	}
	c.Key("v") // does nothing
	c.Key(kb.Escape)
	c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
}

// The pictures of what staff do at the counter besides a plain check.
func TestPicturesOfTheCounter(t *testing.T) {
	server := chrome.StartServer(t)
	eachLook(t, func(t *testing.T, o chrome.Options, name func(string) string) {
		o.Camera = filepath.Join(t.TempDir(), "camera.y4m")
		film(t, o.Camera, "")
		c := openCounter(t, chrome.Start(t, o), server)
		c.WaitFor(scanning)
		c.submit(paperCard(t, server, "演示·甲", picturePNG(t)))
		c.verdict("conditional", "static-card")
		c.Screenshot(name("staff-compare"))
		c.Click(`[data-testid=preview-start]`)
		c.WaitFor(previewLive)
		c.Screenshot(name("staff-compare-live"))
		c.Key("1")
		c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'accepted'`)
		c.Screenshot(name("staff-compare-same"))
		c.next()
		c.submit(paperCard(t, server, "演示·戊", nil))
		c.verdict("conditional", "static-card")
		c.Screenshot(name("staff-compare-none"))
		c.Key(kb.Escape)
		c.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
		c.Click(`[data-testid=tools]`)
		c.WaitFor(`document.querySelector('[data-testid=tools-box]')?.open`)
		c.Screenshot(name("staff-tools"))
		c.Key(kb.Escape)
		c.practise()
		c.Screenshot(name("staff-practice"))
		for i, outcome := range []string{"accepted", "conditional", "rejected", "undetermined", "unreadable"} {
			c.Key(string(rune('1' + i)))
			c.WaitFor(`document.querySelector('[data-testid=outcome]')`)
			c.Screenshot(name("staff-practice-" + outcome))
			if outcome == "conditional" {
				c.Key("1")
				c.WaitFor(`document.querySelector('[data-testid=outcome]').dataset.outcome === 'accepted'`)
			}
			c.next()
		}
		c.Key(kb.Escape)
		c.WaitFor(`!document.querySelector('ev-practice')`)
		c.tool("big")
		c.Key(kb.Escape)
		c.challenge()
		c.Screenshot(name("staff-big"))
		phone := newPhone(t, server)
		for _, p := range []struct{ person, outcome, reason string }{{"valid", "accepted", "ok"}, {"under-18", "rejected", "under-age"}} {
			c.submitQuietly(phone.answer(p.person, c.challenge()))
			c.verdict(p.outcome, p.reason)
			c.Screenshot(name("staff-big-" + p.outcome))
			c.next()
		}
		c.submitQuietly(paperCard(t, server, "演示·甲", picturePNG(t)))
		c.verdict("conditional", "static-card")
		c.Screenshot(name("staff-big-conditional"))
		c.Key(kb.Escape)
		c.tool("big")
		c.Key(kb.Escape)
		c.tool("scanner")
		c.WaitFor(`document.querySelector('.scanner-code canvas')?.width > 100`)
		c.Screenshot(name("scanner-setup"))
		c.Scan("0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY $%}]/.&>")
		c.WaitFor(`document.querySelector('[data-testid=scanner-said]').dataset.kind`)
		c.Screenshot(name("scanner-layout"))
		c.Key(kb.Escape)
		c.Screenshot(name("staff-inputs"))
	})
}
