package browsertest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/y4m"
	seal "jianzheng/shared/answer"
	"jianzheng/shared/base45"
	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/qr"
	"jianzheng/shared/sdcwt"
)

// phone is a holder's phone without a page: the tests of the card page use a
// browser, all others this.
type phone struct {
	t    testing.TB
	url  string // of the server that issues its cards
	key  *cwt.PrivateKey
	card map[string][]byte
}

func newPhone(t testing.TB, server *chrome.Server) *phone {
	t.Helper()
	key, err := cwt.GenerateKey(cwt.ES256, nil, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &phone{t, server.URL, key, map[string][]byte{}}
}

// fetch gets the card of a sample person from the server, once.
func (p *phone) fetch(person string) []byte {
	p.t.Helper()
	if b, ok := p.card[person]; ok {
		return b
	}
	public, err := p.key.Public().MarshalCBOR()
	if err != nil {
		p.t.Fatal(err)
	}
	var answer struct{ Card string }
	post(p.t, p.url+"v1/demo/cards", map[string]string{"person": person, "key": base64.RawURLEncoding.EncodeToString(public)}, &answer)
	b, err := base64.RawURLEncoding.DecodeString(answer.Card)
	if err != nil || len(b) == 0 {
		p.t.Fatalf("card of %s: %v", person, err)
	}
	p.card[person] = b
	return b
}

// answer signs what a challenge asks for, and what the holder chose to show besides.
func (p *phone) answer(person, text string, besides ...string) string {
	p.t.Helper()
	q, err := challenge.Parse(text)
	if err != nil {
		p.t.Fatal(err)
	}
	u, err := credential.Present(p.fetch(person), append(slices.Clone(q.Claims), besides...), cwt.ES256, sdcwt.Binding{
		Audience: q.PartyID, IssuedAt: time.Now().Truncate(time.Second), Nonce: q.Nonce,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	sig, err := p.key.Sign(u.ToBeSigned())
	if err != nil {
		p.t.Fatal(err)
	}
	b, err := u.Finish(sig)
	if err != nil {
		p.t.Fatal(err)
	}
	return credential.Text(b)
}

// send seals an answer to the page that asked and posts it (way A). It returns
// the four digits that phone and counter show.
func (p *phone) send(person, text string, besides ...string) (compare string) {
	p.t.Helper()
	raw, err := base45.Decode(strings.TrimPrefix(p.answer(person, text, besides...), credential.PrefixPresentation))
	if err != nil {
		p.t.Fatal(err)
	}
	return p.deliver(raw, text)
}

// deliver is send for any bytes, a presentation or not.
func (p *phone) deliver(raw []byte, text string) (compare string) {
	p.t.Helper()
	q, err := challenge.Parse(text)
	if err != nil {
		p.t.Fatal(err)
	}
	sealed, err := seal.Seal(q.PageKey, q.Nonce, raw)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{
		"nonce": base64.RawURLEncoding.EncodeToString(q.Nonce), "party": q.PartyID, "purpose": q.Purpose,
		"ciphertext": base64.RawURLEncoding.EncodeToString(sealed),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.Post(q.ResponseURI+"/"+seal.ID(q.Nonce)+"/response", "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		p.t.Fatalf("the answer was not taken: %s", response.Status)
	}
	return seal.Compare(q.Nonce, sealed)
}

// post sends JSON and decodes the answer, whatever its status, into answer.
func post(t testing.TB, url string, body, answer any) (status int) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return postRaw(t, url, b, answer)
}

func postRaw(t testing.TB, url string, body []byte, answer any) (status int) {
	t.Helper()
	response, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, answer); err != nil {
		t.Fatalf("%s: %v: %s", url, err, b)
	}
	return response.StatusCode
}

// modules is the answer as a symbol, as the card page draws it.
func modules(t testing.TB, text string) *qr.Modules {
	t.Helper()
	m, err := qr.Encode(text, qr.M)
	if err != nil {
		if m, err = qr.Encode(text, qr.L); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// drawing is a picture of a code as a file.
func drawing(t testing.TB, text string) string {
	t.Helper()
	return picture(t, modules(t, text).Image(5, 4))
}

// blank is a picture without a code.
func blank(t testing.TB) string {
	t.Helper()
	return picture(t, image.NewGray(image.Rect(0, 0, 320, 240)))
}

func picture(t testing.TB, img image.Image) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(file, pngOf(t, img), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// film writes webcam frames of a phone that shows a code into a camera file;
// an empty text gives a grey room.
func film(t testing.TB, file, text string) {
	t.Helper()
	var frames []*image.Gray
	if text == "" {
		empty := image.NewGray(image.Rect(0, 0, 1280, 720))
		for i := range empty.Pix {
			empty.Pix[i] = 96
		}
		frames = append(frames, empty)
	} else {
		m := modules(t, text)
		for seed := range uint64(6) {
			frames = append(frames, y4m.Frame(m, y4m.Webcam(seed)))
		}
	}
	writeFilm(t, file, frames)
}

// writeFilm writes frames, 15 a second.
func writeFilm(t testing.TB, file string, frames []*image.Gray) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := y4m.Write(f, frames, 15); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// quoteJS writes a text or number as a JavaScript literal.
func quoteJS(v any) string {
	b, _ := json.Marshal(v) // texts and numbers never fail
	return string(b)
}
