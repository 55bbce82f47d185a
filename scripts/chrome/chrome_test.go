package chrome

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// site serves files of a test from memory, and a WebSocket at /socket that
// answers each text with the same.
func site(t *testing.T, files map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/socket" {
			conn, _, _, err := ws.UpgradeHTTP(r, w)
			if err != nil {
				return
			}
			defer conn.Close()
			for {
				text, err := wsutil.ReadClientText(conn)
				if err != nil || wsutil.WriteServerText(conn, text) != nil {
					return
				}
			}
		}
		text, ok := files[r.URL.Path]
		switch {
		case strings.HasSuffix(r.URL.Path, ".js"):
			w.Header().Set("Content-Type", "text/javascript")
		case r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:")
		case !ok:
			http.Error(w, "no such thing", http.StatusConflict)
			return
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

const blank = `<!doctype html><link rel="icon" href="data:,"><title>test</title><p>见证</p><input type="file">`

// take returns the errors of a page and clears them, so that they do not
// fail the test.
func (p *Page) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := strings.Join(p.problems, "\n")
	p.problems = nil
	return all
}

func TestErrorsAreSeen(t *testing.T) {
	url := site(t, map[string]string{
		"/":          blank,
		"/worker.js": `onmessage = (e) => { if (e.data === 'throw') throw new Error('worker-threw'); console.error('worker-said'); }`,
	})
	browser := Start(t, Options{})
	tests := []struct {
		name, script, want string
	}{
		{"console", `console.error('page-said')`, "page-said"},
		{"uncaught", `setTimeout(() => { throw new Error('page-threw') })`, "page-threw"},
		{"rejection", `setTimeout(() => { Promise.reject(new Error('page-rejected')) })`, "page-rejected"},
		{"policy", `document.body.append(Object.assign(document.createElement('script'), { text: 'window.bad = 1' }))`, "Content Security Policy"},
		{"status", `fetch('/missing')`, "status of 409"},
		{"worker console", `new Worker('/worker.js').postMessage('say')`, "worker-said"},
		{"worker uncaught", `new Worker('/worker.js').postMessage('throw')`, "worker-threw"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page := browser.Open(url)
			page.Allow(test.want) // a worker's error is told twice, the second may come late
			page.Eval(test.script+"; undefined", nil)
			page.waitProblem(t, test.want)
		})
	}
}

func (p *Page) waitProblem(t *testing.T, want string) {
	t.Helper()
	var seen string
	for range 200 {
		p.Eval("new Promise((done) => setTimeout(done, 20))", nil)
		if seen += p.take(); strings.Contains(seen, want) {
			return
		}
	}
	t.Errorf("the error %q was not seen, but: %q", want, seen)
}

func TestAllowedErrorPasses(t *testing.T) {
	page := Start(t, Options{}).Open(site(t, map[string]string{"/": blank}))
	page.Allow("status of 409")
	page.Eval("fetch('/v1/redeem', { method: 'POST' }).then((r) => r.status)", nil)
}

func TestTraffic(t *testing.T) {
	url := site(t, map[string]string{
		"/":          blank,
		"/worker.js": `fetch('/from-worker', { method: 'POST', body: 'worker-body' }).then(() => postMessage(1))`,
		"/sw.js":     `self.addEventListener('install', (e) => e.waitUntil(fetch('/from-service-worker?q=1')))`,
	})
	browser := Start(t, Options{})
	page := browser.Open(url)
	page.Allow("status of 409")
	page.Eval(`new Promise((done) => { new Worker('/worker.js').onmessage = done }).then(() => 0)`, nil)
	page.Eval(`navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => 0)`, nil)
	page.Eval(`new Promise((done) => {
		const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket');
		socket.onopen = () => socket.send('frame-body');
		socket.onmessage = (e) => done(e.data);
	})`, nil)
	page.Eval(`navigator.sendBeacon('/beacon', 'beacon-body'), 0`, nil)
	page.WaitFor(`fetch('/last', { headers: { 'X-Test': 'header-value' } }).then(() => true)`)

	var all []string
	for _, r := range browser.Traffic() {
		all = append(all, fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Header.Get("X-Test"), r.Body))
	}
	if strings.Contains(strings.Join(all, " "), "google") {
		t.Error("what Chromium says by itself is recorded")
	}
	for _, want := range []string{
		"GET " + url,
		"POST " + url + "from-worker  worker-body",
		"GET " + url + "from-service-worker?q=1",
		"WS ws" + strings.TrimPrefix(url, "http") + "socket  frame-body",
		"POST " + url + "beacon  beacon-body",
		"GET " + url + "last header-value",
	} {
		if !slices.ContainsFunc(all, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("not recorded: %s", want)
		}
	}
	t.Logf("recorded:\n%s", strings.Join(all, "\n"))
}

func TestOtherMachinesAreOutOfReach(t *testing.T) {
	browser := Start(t, Options{})
	page := browser.NewPage()
	page.Allow("ERR_")
	page.Eval(`fetch('http://example.invalid/stolen').catch(() => 0)`, nil)
	page.Eval(`fetch('https://example.invalid/stolen').catch(() => 0)`, nil)
	var seen []string
	for _, r := range browser.Traffic() {
		seen = append(seen, r.Method+" "+r.URL)
	}
	for _, want := range []string{"GET http://example.invalid/stolen", "CONNECT example.invalid:443"} {
		if !slices.Contains(seen, want) {
			t.Errorf("%s is not in %q", want, seen)
		}
	}
}

func TestOffline(t *testing.T) {
	browser := Start(t, Options{})
	page := browser.Open(site(t, map[string]string{"/": blank, "/x": "1"}))
	page.Allow("ERR_")
	var got [3]string
	ask := `fetch('/x').then((r) => String(r.status), (e) => e.name)`
	page.Eval(ask, &got[0])
	browser.Offline(true)
	page.Eval(ask, &got[1])
	browser.Offline(false)
	page.Eval(ask, &got[2])
	if want := [3]string{"200", "TypeError", "200"}; got != want {
		t.Errorf("online, offline, online: %q, want %q", got, want)
	}
}

// writeCamera writes a Y4M file of grey frames and returns its path.
func writeCamera(t *testing.T, width, height int) string {
	t.Helper()
	frame := slices.Repeat([]byte{128}, width*height*3/2)
	text := fmt.Sprintf("YUV4MPEG2 W%d H%d F10:1 Ip C420jpeg\n", width, height)
	for range 3 {
		text += "FRAME\n" + string(frame)
	}
	name := filepath.Join(t.TempDir(), "camera.y4m")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCamera(t *testing.T) {
	url := site(t, map[string]string{"/": blank})
	const ask = `Promise.race([
		navigator.mediaDevices.getUserMedia({ video: true }).then((s) => {
			const { width, height } = s.getVideoTracks()[0].getSettings();
			return width + 'x' + height;
		}, (e) => e.name),
		new Promise((done) => setTimeout(done, 1500, 'pending'))])`
	for _, test := range []struct{ name, camera, want string }{
		{"file", writeCamera(t, 320, 240), "320x240"},
		{"none", NoCamera, "NotFoundError"},
		{"denied", DeniedCamera, "NotAllowedError"},
		{"pending", PendingCamera, "pending"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			Start(t, Options{Camera: test.camera}).Open(url).Eval(ask, &got)
			if got != test.want {
				t.Errorf("getUserMedia gave %q, want %q", got, test.want)
			}
		})
	}
}

func TestInput(t *testing.T) {
	page := Start(t, Options{}).Open(site(t, map[string]string{"/": blank + `<script src="/log.js"></script>`, "/log.js": `
		window.keys = []; window.said = {};
		addEventListener('keydown', (e) => keys.push((e.shiftKey ? 'Shift+' : '') + e.code + '=' + e.key));
		addEventListener('paste', (e) => { said.paste = e.clipboardData.getData('text') || e.clipboardData.files[0].name });
		addEventListener('drop', async (e) => { said.drop = e.dataTransfer.files[0].name + '=' + await e.dataTransfer.files[0].text() });
		document.querySelector('input').addEventListener('change', (e) => { said.chosen = e.target.files[0].name });`}))
	file := filepath.Join(t.TempDir(), "card.png")
	if err := os.WriteFile(file, []byte("pixels"), 0o644); err != nil {
		t.Fatal(err)
	}
	keys := func() string {
		var list []string
		page.Eval(`keys.splice(0)`, &list)
		return strings.Join(list, " ")
	}
	page.Scan("K1:$ z")
	if got, want := keys(), "Shift+KeyK=K Digit1=1 Shift+Semicolon=: Shift+Digit4=$ Space=  KeyZ=z Enter=Enter"; got != want {
		t.Errorf("scanned keys %q, want %q", got, want)
	}
	page.ScanIME("K1:")
	if got, want := keys(), "Shift+KeyK=Process Digit1=Process Shift+Semicolon=Process Enter=Enter"; got != want {
		t.Errorf("keys under an input method %q, want %q", got, want)
	}
	page.Paste("it's \\ 见证\n")
	page.WaitFor(`said.paste === "it's \\ 见证\n"`)
	page.PasteFile(file)
	page.WaitFor(`said.paste === 'card.png'`)
	page.Drop(file)
	page.WaitFor(`said.drop === 'card.png=pixels'`)
	page.Choose("input", file)
	page.WaitFor(`said.chosen === 'card.png'`)
}

func TestLooks(t *testing.T) {
	url := site(t, map[string]string{"/": blank})
	page := Start(t, Options{Width: 390, Height: 844, Dark: true, Lang: "en-GB"}).Open(url)
	var got string
	page.Eval(`[innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches, navigator.language].join()`, &got)
	if want := "390,844,true,en-GB"; got != want {
		t.Errorf("the page sees %q, want %q", got, want)
	}
	file := filepath.Join(t.TempDir(), "new", "page.png")
	page.Screenshot(file)
	if png, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("no picture: %v", err)
	}
}

// The oldest browser that the pages are for is at hand, and is what it is called.
func TestFloor(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	path, err := Floor(root)
	if err != nil {
		t.Fatal(err)
	}
	version, err := Version(path)
	if err != nil || !strings.HasPrefix(version, "HeadlessChrome/109.") {
		t.Errorf("%s: %q, %v", path, version, err)
	}
}
