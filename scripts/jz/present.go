package main

import (
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/qr"
	"jianzheng/shared/sdcwt"
)

// How a code is drawn into a file.
const (
	pngScale = 8 // pixels a module
	pngQuiet = 4 // modules of quiet zone, ISO/IEC 18004 §6.3.8
)

func runPresent(c *call) (int, error) {
	file := c.flags.String("card", "", "card file, as `jz demo` makes them")
	text := c.flags.String("challenge", "", "text of the challenge, CH1:…")
	names := c.flags.String("claims", "", "claims to show, separated by commas; default: what the challenge asks for")
	out := c.flags.String("png", "", "draw the answer into this file as well")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *file == "" || *text == "" {
		return 0, usage("--card and --challenge are both needed")
	}
	q, err := challenge.Parse(*text)
	if err != nil {
		return 0, err
	}
	shown := q.Claims
	if *names != "" {
		shown = list(*names)
	}
	answer, err := present(*file, q, shown, c.now)
	if err != nil {
		return 0, err
	}
	if err := drawPNG(*out, answer, qr.M); err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		Text    string    `json:"text"`
		Claims  []string  `json:"claims"`
		Expires time.Time `json:"expires"`
		PNG     string    `json:"png,omitempty"`
	}{answer, shown, q.Expires, *out})
}

// present answers a challenge with the card in a file.
func present(file string, q *challenge.Signed, shown []string, now time.Time) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var f cardFile
	if err := json.Unmarshal(b, &f); err != nil {
		return "", fmt.Errorf("%s: not a card file: %w", file, err)
	}
	key, err := cwt.ParsePrivateKey(f.Key)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	u, err := credential.Present(f.Card, shown, key.Alg, sdcwt.Binding{
		Audience: q.PartyID, IssuedAt: now.UTC().Truncate(time.Second), Nonce: q.Nonce,
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	sig, err := key.Sign(u.ToBeSigned())
	if err != nil {
		return "", err
	}
	finished, err := u.Finish(sig)
	if err != nil {
		return "", err
	}
	return credential.Text(finished), nil
}

// drawPNG draws a text as a code, or does nothing where file is empty. Where
// the level does not fit, L is tried.
func drawPNG(file, text string, level qr.Level) error {
	if file == "" {
		return nil
	}
	m, err := qr.Encode(text, level)
	if err != nil {
		if m, err = qr.Encode(text, qr.L); err != nil {
			return err
		}
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := png.Encode(f, m.Image(pngScale, pngQuiet)); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
