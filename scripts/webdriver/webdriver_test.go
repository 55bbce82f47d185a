package webdriver

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// site serves one page that writes down what is done to it.
func site(t *testing.T) string {
	t.Helper()
	files := map[string][2]string{
		"/": {"text/html; charset=utf-8", `<!doctype html><title>test</title><p>见证</p><input type="file"><button>press</button><input id="field"><script src="/log.js"></script>`},
		"/log.js": {"text/javascript", `
			window.keys = []; window.said = {};
			addEventListener('keydown', (e) => { if (e.isTrusted && e.key !== 'Shift') keys.push((e.shiftKey ? 'Shift+' : '') + e.code + '=' + e.key); });
			addEventListener('paste', (e) => { said.paste = e.clipboardData.getData('text') || e.clipboardData.files[0].name; });
			addEventListener('drop', async (e) => { said.drop = e.dataTransfer.files[0].name + '=' + await e.dataTransfer.files[0].text(); });
			document.querySelector('button').addEventListener('click', (e) => { said.clicked = e.isTrusted; });
			document.querySelector('input').addEventListener('change', (e) => { said.chosen = e.target.files[0].name; });`},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", file[0])
		w.Header().Set("Content-Security-Policy", "default-src 'self'; require-trusted-types-for 'script'")
		w.Write([]byte(file[1])) // who is gone needs no answer
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestInput(t *testing.T) {
	for _, engine := range []Engine{Firefox, WebKit} {
		t.Run(string(engine), func(t *testing.T) {
			page := Start(t, Options{Engine: engine})
			if name, version, ok := strings.Cut(page.Version, " "); name != string(engine) || !ok || version == "" {
				t.Errorf("version %q", page.Version)
			}
			page.Goto(site(t))
			var width int
			page.Eval(`innerWidth`, &width)
			if width != 1366 {
				t.Errorf("the page sees a width of %d", width)
			}
			page.Scan("K1:$ z")
			var keys []string
			page.Eval(`keys.splice(0)`, &keys)
			const want = "Shift+KeyK=K Digit1=1 Shift+Semicolon=: Shift+Digit4=$ Space=  KeyZ=z Enter=Enter"
			if got := strings.ReplaceAll(strings.Join(keys, " "), "Numpad", ""); got != want {
				t.Errorf("scanned keys %q, want %q", got, want)
			}
			page.Paste("it's \\ 见证\n")
			page.WaitFor(`said.paste === "it's \\ 见证\n"`)
			file := filepath.Join(t.TempDir(), "card.png")
			if err := os.WriteFile(file, []byte("pixels"), 0o644); err != nil {
				t.Fatal(err)
			}
			page.PasteFile(file)
			page.WaitFor(`said.paste === 'card.png'`)
			page.Drop(file)
			page.WaitFor(`said.drop === 'card.png=pixels'`)
			page.Type("input", file)
			page.WaitFor(`said.chosen === 'card.png'`)
			page.Click("button")
			page.WaitFor(`said.clicked`)
			page.Type("#field", "Kb1: 见")
			page.WaitFor(`document.getElementById('field').value === 'Kb1: 见'`)
			if got := page.Text("p"); got != "见证" {
				t.Errorf("text %q", got)
			}
			picture := filepath.Join(t.TempDir(), "new", "page.png")
			page.Screenshot(picture)
			if png, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
				t.Errorf("no picture: %v", err)
			}
		})
	}
}

func TestCamera(t *testing.T) {
	const ask = `Promise.race([
		navigator.mediaDevices.getUserMedia({ video: true }).then((s) => s.getVideoTracks()[0].readyState, (e) => e.name),
		new Promise((done) => setTimeout(done, 2500, 'pending'))])`
	for _, test := range []struct {
		engine Engine
		camera Camera
		want   string
	}{
		{Firefox, NoCamera, "NotFoundError"},
		{Firefox, LiveCamera, "live"},
		{Firefox, DeniedCamera, "NotAllowedError"},
		{Firefox, PendingCamera, "pending"},
		{WebKit, NoCamera, "OverconstrainedError"},
		{WebKit, LiveCamera, "live"},
	} {
		t.Run(string(test.engine)+" "+test.want, func(t *testing.T) {
			page := Start(t, Options{Engine: test.engine, Camera: test.camera})
			page.Goto(site(t))
			var got string
			page.Eval(ask, &got)
			if got != test.want {
				t.Errorf("getUserMedia gave %q, want %q", got, test.want)
			}
		})
	}
}
