package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/qr"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/verify"
)

func runPresent(c *call) (int, error) {
	file := c.flags.String("card", "", "card file, as `jz demo` or `jz issue` makes them")
	key := c.flags.String("key", "", "the phone's private key, for a card of `jz issue`")
	shownAs := c.flags.String("challenge", "", "the challenge: its text, CH1:…, or a file with it or its image")
	class := c.flags.String("class", "", "without a challenge: B for a code of the next 90 s, C for one of a day")
	names := c.flags.String("claims", "", "claims to show, separated by commas; default: what the challenge, or the purpose "+defaultPurpose+", asks for")
	out := c.drawing("the answer")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *file == "" || (*shownAs == "") == (*class == "") {
		return 0, usage("--card and one of --challenge and --class are needed")
	}
	card, phone, err := readCard(*file, *key)
	if err != nil {
		return 0, err
	}
	binding, shown, expires, err := c.binding(card, *shownAs, *class)
	if err != nil {
		return 0, err
	}
	if *names != "" {
		shown = list(*names)
	}
	answer, err := present(card, phone, binding, shown)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", *file, err)
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
	}{answer, shown, expires, out.png, out.svg})
}

// binding is what the phone signs to answer a challenge or to show a code of a
// class, with the claims that are asked for and the end of it.
func (c *call) binding(card []byte, shownAs, class string) (b sdcwt.Binding, claims []string, expires time.Time, err error) {
	if class == "" {
		q, err := c.challenge(shownAs)
		if err != nil {
			return b, nil, expires, err
		}
		b = sdcwt.Binding{Audience: q.PartyID, IssuedAt: c.now.UTC().Truncate(time.Second), Nonce: q.Nonce}
		return b, q.Claims, q.Expires, nil
	}
	issued, err := credential.ReadIssued(card)
	if err != nil {
		return b, nil, expires, err
	}
	id := make([]byte, verify.TokenIDBytes)
	if _, err := rand.Read(id); err != nil {
		return b, nil, expires, err
	}
	b, ok := verify.ShownBinding(verify.Class(class), c.now, issued.Expires, id)
	if !ok {
		return b, nil, expires, usage("--class is B or C")
	}
	catalogue := policy.Catalogue{Purposes: policy.Default()}
	p, _ := catalogue.Find(defaultPurpose)
	return b, p.Request, b.Expires, nil
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

// present signs what a card shows.
func present(card []byte, key *cwt.PrivateKey, b sdcwt.Binding, shown []string) (string, error) {
	u, err := credential.Present(card, shown, key.Alg, b)
	if err != nil {
		return "", err
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
