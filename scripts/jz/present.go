package main

import (
	"encoding/json"
	"fmt"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/qr"
	"jianzheng/shared/sdcwt"
)

func runPresent(c *call) (int, error) {
	file := c.flags.String("card", "", "card file, as `jz demo` or `jz issue` makes them")
	key := c.flags.String("key", "", "the phone's private key, for a card of `jz issue`")
	shownAs := c.flags.String("challenge", "", "the challenge: its text, CH1:…, or a file with it or its image")
	names := c.flags.String("claims", "", "claims to show, separated by commas; default: what the challenge asks for")
	out := c.drawing("the answer")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *file == "" || *shownAs == "" {
		return 0, usage("--card and --challenge are both needed")
	}
	q, err := c.challenge(*shownAs)
	if err != nil {
		return 0, err
	}
	shown := q.Claims
	if *names != "" {
		shown = list(*names)
	}
	answer, err := present(*file, *key, q, shown, c.now)
	if err != nil {
		return 0, err
	}
	if err := out.write(answer, qr.M); err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		Text    string    `json:"text"`
		Claims  []string  `json:"claims"`
		Expires time.Time `json:"expires"`
		PNG     string    `json:"png,omitempty"`
		SVG     string    `json:"svg,omitempty"`
	}{answer, shown, q.Expires, out.png, out.svg})
}

// challenge reads a challenge from a text, or from a file with it or its image.
func (c *call) challenge(arg string) (*challenge.Signed, error) {
	text, found, err := c.text(arg)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%s holds no code", arg)
	}
	return challenge.Parse(text)
}

// readCard reads a card and the phone's key: both from the file of a
// demonstration, or the card as it was issued and the key from keyFile.
func readCard(file, keyFile string) (card []byte, key *cwt.PrivateKey, err error) {
	b, err := readFile(file)
	if err != nil {
		return nil, nil, err
	}
	if keyFile != "" {
		key, err = readPrivateKey(keyFile)
		return b, key, err
	}
	var f cardFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, nil, fmt.Errorf("%s: not a card file; a card of `jz issue` needs --key: %w", file, err)
	}
	if key, err = cwt.ParsePrivateKey(f.Key); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	return f.Card, key, nil
}

// present answers a challenge with the card in a file.
func present(file, keyFile string, q *challenge.Signed, shown []string, now time.Time) (string, error) {
	card, key, err := readCard(file, keyFile)
	if err != nil {
		return "", err
	}
	u, err := credential.Present(card, shown, key.Alg, sdcwt.Binding{
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
