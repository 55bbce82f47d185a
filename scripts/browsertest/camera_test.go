package browsertest

import (
	"image"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/y4m"
)

// Each rung of the ladder reads a camera, in a browser that lacks those above it, and
// the details say which it was. WebGL is drawn in software here, which the page
// passes over unless the address asks for it.
func TestCameraRungs(t *testing.T) {
	const (
		noProcessor = `delete globalThis.MediaStreamTrackProcessor;`
		noFrames    = noProcessor + `delete globalThis.VideoFrame;`
	)
	for _, rung := range []struct {
		name    string
		without string // what the browser lacks
		search  string
	}{
		{"processor", "", ""},
		{"frame", noProcessor, ""},
		{"webgl", noFrames, "?rung=webgl"},
		{"canvas", noFrames, ""},
	} {
		t.Run(rung.name, func(t *testing.T) {
			server := chrome.StartServer(t)
			camera := filepath.Join(t.TempDir(), "camera.y4m")
			film(t, camera, "")
			browser := chrome.Start(t, chrome.Options{Camera: camera})
			page := browser.NewPage()
			page.Before(rung.without)
			page.Goto(server.URL + rung.search)
			c := &counter{Page: page, t: t, server: server}
			text := newPhone(t, server).answer("valid", c.challenge())
			c.WaitFor(`document.querySelector('[data-testid=video]')?.videoWidth === 1280`)
			c.film(camera, text)
			c.verdict("accepted", "ok")
			c.Click(`[data-testid=why]`)
			c.WaitFor(`document.querySelector('[data-testid=rung]')`)
			var got string
			c.Eval(`document.querySelector('[data-testid=rung]').dataset.rung`, &got)
			if got != rung.name {
				t.Errorf("read by %q, want %q", got, rung.name)
			}
		})
	}
}

// shiny writes a film of a code in which a reflection drowns so much that nobody can
// read it, while its finder patterns stand.
func shiny(t testing.TB, file string) {
	t.Helper()
	frame := y4m.Frame(modules(t, "KB1:DEMO REFLECTION "+strings.Repeat("0123456789", 40)), y4m.Webcam(1))
	centre := frame.Rect.Max.Div(2)
	for y := -120; y < 120; y++ {
		row := frame.Pix[(centre.Y+y)*frame.Stride+centre.X-120:][:240]
		for x := range row {
			row[x] = 235
		}
	}
	writeFilm(t, file, []*image.Gray{frame})
}

// While a code is seen that cannot be read, the page draws its outline and says one
// thing to do; both go when it is read.
func TestCameraCoach(t *testing.T) {
	server := chrome.StartServer(t)
	for lang, line := range map[string]string{"zh-CN": "屏幕反光，斜一点", "en": "The screen reflects: tilt it"} {
		t.Run(lang, func(t *testing.T) {
			camera := filepath.Join(t.TempDir(), "camera.y4m")
			shiny(t, camera)
			c := openCounter(t, chrome.Start(t, chrome.Options{Camera: camera, Lang: lang}), server)
			c.WaitFor(`document.querySelector('[data-testid=camera-hint]').dataset.advice === 'glare'`)
			var got struct {
				Line, Points, Box string
				Seen, Read        bool
			}
			c.Eval(`(() => {
				const view = document.querySelector('ev-viewfinder'), shape = view.querySelector('.view-outline');
				return {
					line: view.querySelector('[data-testid=camera-hint]').innerText, points: shape.getAttribute('points'),
					box: view.querySelector('svg').getAttribute('viewBox'), seen: view.matches('.has-sight'), read: view.matches('.has-code'),
				};
			})()`, &got)
			if got.Line != line || got.Box != "0 0 1280 720" || len(strings.Fields(got.Points)) != 4 || !got.Seen || got.Read {
				t.Errorf("%+v, want the line %q", got, line)
			}
			c.film(camera, newPhone(t, server).answer("valid", c.challenge()))
			c.verdict("accepted", "ok")
			c.WaitFor(`document.querySelector('[data-testid=camera-hint]').dataset.advice === ''`)
		})
	}
}
