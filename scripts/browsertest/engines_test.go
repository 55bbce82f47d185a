package browsertest

import (
	_ "embed"
	"encoding/base64"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/webdriver"
	"jianzheng/scripts/y4m"
)

// shim is put before the scripts of each page.
//
//go:embed shim.js
var shim string

// TestEngines plays what matters most in the engines beside Chromium, on the pages of
// a release.
func TestEngines(t *testing.T) {
	site := shimmed(t)
	for _, engine := range []webdriver.Engine{webdriver.Firefox, webdriver.WebKit} {
		t.Run(string(engine), func(t *testing.T) {
			server := chrome.StartServer(t, "-web", site)
			d := openDesk(t, server, webdriver.Options{Engine: engine})
			t.Log(d.Version)
			t.Run("pages", d.pages)
			d.Goto(server.URL)
			t.Run("verify", d.verify)
			t.Run("inputs", d.inputs)
			t.Run("card page", d.cardPage)
			t.Run("offline", func(t *testing.T) { engineOffline(t, engine, site) })
			t.Run("camera", func(t *testing.T) { engineCameras(t, engine, server) })
		})
	}
}

// shimmed copies the pages of a release, with [shim] put into each.
func shimmed(t *testing.T) string {
	t.Helper()
	chrome.BuildPages(t)
	root, err := chrome.Root()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	from := os.DirFS(filepath.Join(root, "dist"))
	for _, part := range []string{"index.html", "web", "engine"} {
		err := fs.WalkDir(from, part, func(name string, entry fs.DirEntry, err error) error {
			// The server makes the list of files, since there is none; it would prefer
			// compressed copies, which are without the shim.
			if err != nil || entry.IsDir() || name == "web/files.js" || path.Ext(name) == ".br" || path.Ext(name) == ".gz" {
				return err
			}
			content, err := fs.ReadFile(from, name)
			if err != nil {
				return err
			}
			text := string(content)
			if path.Base(name) == "index.html" {
				script := strings.Repeat("../", strings.Count(name, "/")) + "web/shim.js"
				text = strings.Replace(text, "<head>", `<head><script src="`+script+`"></script>`, 1)
			}
			writePage(t, folder, name, text)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	writePage(t, folder, "web/shim.js", shim)
	return folder
}

// desk is a staff page in a browser that is driven by WebDriver.
type desk struct {
	*webdriver.Page
	server *chrome.Server
	phone  *phone

	shown    string // the challenge last asked for
	answered string // the one last answered with success
}

func openDesk(t *testing.T, server *chrome.Server, o webdriver.Options) *desk {
	t.Helper()
	return &desk{Page: webdriver.Start(t, o), server: server, phone: newPhone(t, server)}
}

// in gives the desk to a subtest.
func (d *desk) in(t *testing.T) {
	d.Page, d.phone.t = d.For(t), t
}

// answer waits for a challenge that was not answered and has the phone answer it.
func (d *desk) answer(person string) string {
	d.shown = awaitChallenge(d, d.answered)
	return d.phone.answer(person, d.shown)
}

// verdict waits for a verdict and checks it.
func (d *desk) verdict(t *testing.T, outcome, reason string) {
	t.Helper()
	gotOutcome, gotReason := awaitVerdict(d)
	if gotOutcome == "accepted" {
		d.answered = d.shown
	}
	if gotOutcome != outcome || gotReason != reason {
		t.Errorf("%s, %s; want %s, %s", gotOutcome, gotReason, outcome, reason)
	}
}

// next leaves the verdict.
func (d *desk) next() {
	d.Key(webdriver.Enter)
	d.WaitFor(`!document.querySelector('[data-testid=outcome]')`)
}

// shoot makes a screenshot where -pictures says so.
func (d *desk) shoot(name string) {
	if *pictures != "" {
		d.Screenshot(filepath.Join(*pictures, string(d.Engine)+"-"+name+".png"))
	}
}

// submit types a text into the field and sends it.
func (d *desk) submit(text string) {
	d.Type(`[data-testid=text]`, text)
	d.Click(`[data-testid=submit]`)
}

// untroubled fails the test for each error of the page that holds none of the texts.
func (d *desk) untroubled(t *testing.T, expected ...string) {
	t.Helper()
	var trouble []string
	d.Eval(`trouble.splice(0)`, &trouble)
next:
	for _, line := range trouble {
		for _, text := range expected {
			if strings.Contains(line, text) {
				continue next
			}
		}
		t.Errorf("the page had an error: %s", line)
	}
}

func (d *desk) pages(t *testing.T) {
	for _, name := range pages(t) {
		t.Run("at "+name, func(t *testing.T) {
			d.in(t)
			d.Goto(d.server.URL + name)
			d.WaitFor(`document.title !== '' && document.body.innerText.trim() !== ''`)
			d.untroubled(t)
		})
	}
}

func (d *desk) verify(t *testing.T) {
	for _, p := range []struct{ person, outcome, reason string }{
		{"valid", "accepted", "ok"},
		{"under-18", "rejected", "under-age"},
		{"revoked", "rejected", "revoked"},
		{"altered", "rejected", "signature-invalid"},
	} {
		t.Run(p.person, func(t *testing.T) {
			d.in(t)
			d.Paste(d.answer(p.person))
			d.verdict(t, p.outcome, p.reason)
			d.WaitFor(`document.querySelector('[data-testid=recorded]').textContent`)
			d.shoot(p.person)
			d.next()
			d.untroubled(t)
		})
	}
}

func (d *desk) inputs(t *testing.T) {
	for _, way := range []struct {
		name string
		give func(d *desk, text string)
	}{
		{"file", func(d *desk, text string) { d.Type("[data-testid=file]", drawing(t, text)) }},
		{"drop", func(d *desk, text string) { d.Drop(drawing(t, text)) }},
		{"paste of an image", func(d *desk, text string) { d.PasteFile(drawing(t, text)) }},
		{"paste of text", func(d *desk, text string) { d.Paste(text) }},
		{"typed text", func(d *desk, text string) { d.submit(text) }},
		{"scanner", func(d *desk, text string) {
			scanned(t, d, d.Scan, text, func() { d.Key(webdriver.Escape) })
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			d.in(t)
			way.give(d, d.answer("valid"))
			d.verdict(t, "accepted", "ok")
			d.next()
			d.untroubled(t)
		})
	}
	t.Run("something else", func(t *testing.T) {
		d.in(t)
		d.submit("https://example.com/menu")
		d.verdict(t, "unreadable", "other-code")
		d.next()
		d.Type("[data-testid=file]", blank(t))
		d.verdict(t, "unreadable", "no-code")
		d.next()
		d.untroubled(t)
	})
}

// cardPage makes a card, with a key that the browser keeps, and answers by way A.
func (d *desk) cardPage(t *testing.T) {
	d.in(t)
	var link string
	d.shown = awaitChallenge(d, d.answered)
	d.Eval(`document.querySelector('[data-testid=open-card]').href`, &link)
	card := openDesk(t, d.server, webdriver.Options{Engine: d.Engine, Width: 480, Height: 844})
	card.Goto(d.server.URL + "web/card/")
	card.Click(`[data-testid=person-valid]`)
	card.WaitFor(`document.querySelector('[data-testid=card][data-person=valid]')`)
	card.Goto(link)
	card.Click(`[data-testid=agree-all]`)
	card.WaitFor(`document.querySelector('[data-testid=sent]')`)
	code := card.Text(`[data-testid=compare]`)
	card.shoot("card")
	card.untroubled(t)
	d.verdict(t, "accepted", "ok")
	if got := d.Text(`[data-testid=compare]`); got != code || len(code) != 4 {
		t.Errorf("the counter shows %q, the phone %q", got, code)
	}
	d.next()
	d.untroubled(t)
}

// engineOffline loads the page again when its server is gone.
func engineOffline(t *testing.T, engine webdriver.Engine, site string) {
	server := chrome.StartServer(t, "-web", site)
	d := openDesk(t, server, webdriver.Options{Engine: engine})
	d.Goto(server.URL)
	awaitChallenge(d, "")
	d.phone.fetch("valid")
	d.WaitFor(settled)
	d.untroubled(t)
	server.Kill()
	d.Goto(server.URL + "?again")
	d.WaitFor(`document.querySelector('[data-testid=challenge-offline]')?.innerText.trim()`)
	d.Paste(d.answer("valid"))
	d.verdict(t, "accepted", "ok")
	d.Click(`[data-testid=why]`)
	d.WaitFor(`document.querySelector('[data-testid=redeemed]')?.dataset.redeemed === 'page'`)
	d.untroubled(t)
}

// engineCameras opens the staff page with each state of a camera. Whatever it is, the
// other ways in remain.
func engineCameras(t *testing.T, engine webdriver.Engine, server *chrome.Server) {
	denied, pending := webdriver.DeniedCamera, webdriver.PendingCamera
	if engine == webdriver.WebKit { // has neither, so the shim plays them
		denied, pending = webdriver.NoCamera, webdriver.NoCamera
	}
	for _, camera := range []struct {
		name  string
		own   webdriver.Camera
		shim  string
		state string
	}{
		{"missing", webdriver.NoCamera, "", "missing"},
		{"denied", denied, "denied", "denied"},
		{"pending", pending, "pending", "asking"},
		{"busy", webdriver.NoCamera, "busy", "busy"},
		{"made-up", webdriver.LiveCamera, "", "live"},
		{"film", webdriver.NoCamera, "film", "live"},
	} {
		t.Run(camera.name, func(t *testing.T) {
			d := openDesk(t, server, webdriver.Options{Engine: engine, Camera: camera.own})
			search := ""
			if camera.own == webdriver.NoCamera {
				search = "?test-camera=" + camera.shim
			}
			d.Goto(server.URL + search)
			text := d.answer("valid")
			d.WaitFor(`document.body.dataset.camera === ` + quoteJS(camera.state))
			if camera.state == "live" {
				d.WaitFor(`document.querySelector('[data-testid=video]').videoWidth > 0`)
			} else {
				d.WaitFor(`document.querySelector('[data-testid=camera-sentence]').innerText.trim()`)
			}
			if camera.shim == "film" {
				frame := pngOf(t, y4m.Frame(modules(t, text), y4m.Webcam(1)))
				d.Eval(`film(`+quoteJS(base64.StdEncoding.EncodeToString(frame))+`)`, nil)
			} else {
				d.Paste(text)
			}
			d.verdict(t, "accepted", "ok")
			d.shoot("camera-" + camera.name)
			d.untroubled(t)
		})
	}
}
