package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/qr"
	"jianzheng/shared/trust"
)

// maxBatch is the most cards of one call; each holds the person's portrait.
const maxBatch = 1000

// issuing is what a call of issue was asked for.
type issuing struct {
	key     *cwt.PrivateKey
	request credential.Request // of each card, but for holder, subject and status
	holders []*cwt.Key
	count   int
	printed bool
	status  string   // document of the status list; empty for none
	files   []string // of the cards; empty for none
	paper   *drawing
	force   bool
}

// issuedLine is what is printed of one card. It holds nothing of the person but,
// where no file was asked for, the card itself.
type issuedLine struct {
	File    string  `json:"file,omitempty"`
	Card    string  `json:"card,omitempty"` // SD-CWT in base64url, or the text of a printed card
	Subject string  `json:"subject,omitempty"`
	Holder  string  `json:"holder,omitempty"` // thumbprint of the phone's key
	Index   *uint64 `json:"index,omitempty"`  // place in the status list, by which it is revoked
	URI     string  `json:"uri,omitempty"`
}

func runIssue(c *call) (int, error) {
	keyFile := c.flags.String("key", "", "the issuer's private key")
	holders := c.flags.String("holder", "", "public keys of the phone, separated by commas: one for all cards, or one each")
	statusFile := c.flags.String("status", "", "document of the status list in which each card gets a place")
	trustFile := c.flags.String("trust", "", "document of the trust list; refuses cards that verifiers with it would")
	photo := c.flags.String("photo", "", "file of the portrait, instead of the one in the request")
	out := c.flags.String("out", "", "file for the card, numbered where there are several; without it, cards are printed")
	paper := c.drawing("a printed card")
	i := issuing{}
	c.flags.IntVar(&i.count, "count", 1, "number of single-use cards")
	c.flags.BoolVar(&i.printed, "printed", false, "make a card for paper, which holds no phone's key")
	force := c.force()
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	switch {
	case *keyFile == "":
		return 0, usage("--key is missing")
	case i.printed && (*holders != "" || i.count != 1):
		return 0, usage("--printed goes with neither --holder nor --count")
	case !i.printed && *holders == "":
		return 0, usage("--holder is missing")
	case !i.printed && paper.wanted():
		return 0, usage("--png and --svg are for printed cards; a phone's card fits no code")
	case i.count < 1 || i.count > maxBatch:
		return 0, usage("--count is 1 to %d", maxBatch)
	}
	i.status, i.paper, i.force = *statusFile, paper, *force
	if i.key, err = readPrivateKey(*keyFile); err != nil {
		return 0, err
	}
	if err := i.readHolders(list(*holders)); err != nil {
		return 0, err
	}
	if err := i.readRequest(c, args[0], *photo); err != nil {
		return 0, err
	}
	if *trustFile != "" {
		if err := i.wouldPass(*trustFile); err != nil {
			return 0, err
		}
	}
	i.files = numbered(*out, i.count)
	if err := checkFree(i.force, append(slices.Clone(i.files), i.paper.png, i.paper.svg)...); err != nil {
		return 0, err
	}
	lines, err := i.issue()
	if err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		Tier    string        `json:"tier"`
		Issued  document.Time `json:"issued"`
		Expires document.Time `json:"expires"`
		Cards   []issuedLine  `json:"cards"`
	}{i.request.Proofing.Tier, document.Time(i.request.IssuedAt), document.Time(i.request.Expires), lines})
}

// readHolders reads the phone's keys. Cards with one key can be linked by it, so
// single-use cards should have one each.
func (i *issuing) readHolders(files []string) error {
	for _, file := range files {
		key, err := readPublicKey(file)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(i.holders, key.Equal) {
			return fmt.Errorf("%s is a key that was named before", file)
		}
		i.holders = append(i.holders, key)
	}
	if n := len(i.holders); n > 1 && n != i.count {
		return usage("%d keys for %d cards", n, i.count)
	}
	if i.count > 1 && len(i.holders) == 1 {
		say("note: %d cards with one phone's key can be linked by that key", i.count)
	}
	return nil
}

// readRequest reads the card request from a file or standard input.
func (i *issuing) readRequest(c *call, file, photo string) error {
	var b []byte
	var err error
	if file == "-" {
		b, err = readAll(c.stdin)
	} else {
		b, err = readFile(file)
	}
	if err != nil {
		return err
	}
	var d document.Card
	if err := document.Decode(b, &d); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if photo != "" {
		if d.Person.Photo, err = readFile(photo); err != nil {
			return err
		}
	}
	// The cards of a batch would be told by their common second: all of a day
	// say the same.
	issued := c.second()
	if i.count > 1 {
		issued = issued.Truncate(day)
		d.Proofed = document.Time(time.Time(d.Proofed).Truncate(day))
		d.Expires = document.Time(time.Time(d.Expires).Truncate(day))
	}
	if i.request, err = d.Request(issued); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	switch {
	case !i.printed && i.request.Type == "":
		return fmt.Errorf("%s: %w: no type", file, document.ErrMalformed)
	case i.printed && i.request.Expires.Sub(issued) > maxPrintedLife:
		return fmt.Errorf("%s: %w: a printed card lives a year at most", file, document.ErrMalformed)
	}
	return nil
}

// maxPrintedLife is how long verifiers take a printed card for: a leap year.
const maxPrintedLife = 366 * day

// wouldPass asks the trust list what verifiers will ask it.
func (i *issuing) wouldPass(file string) error {
	d, err := readDocument[document.Trust](file)
	if err != nil {
		return err
	}
	r := i.request
	l, err := d.List(max(d.Sequence, 1), r.IssuedAt, r.Expires)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	role := trust.RoleCardLight
	if r.Proofing.Tier == credential.Full {
		role = trust.RoleCardFull
	}
	entry, key, err := l.Find(i.key.ID, role, r.IssuedAt)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	case !key.Equal(i.key.Public()):
		return fmt.Errorf("%s lists another key as %s", file, document.KeyIDText(i.key.ID))
	case entry.ID != r.Issuer:
		return fmt.Errorf("%s lists the key for %s, the request says %s", file, entry.ID, r.Issuer)
	case !i.printed && !entry.Accepts(r.Type):
		return fmt.Errorf("%s does not list the type %s for %s", file, r.Type, entry.ID)
	case i.status == "" && len(entry.StatusURIs) > 0:
		return fmt.Errorf("%s names status lists for %s; --status is missing", file, entry.ID)
	}
	if i.status == "" {
		return nil
	}
	s, err := readDocument[document.Status](i.status)
	if err != nil {
		return err
	}
	if !slices.Contains(entry.StatusURIs, s.URI) {
		return fmt.Errorf("%s does not list the status list %s for %s", file, s.URI, entry.ID)
	}
	return nil
}

// numbered are the names of n files: the name itself for one, else with -1, -2
// and so on before the extension.
func numbered(name string, n int) []string {
	if name == "" {
		return nil
	}
	if n == 1 {
		return []string{name}
	}
	ext := filepath.Ext(name)
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s-%0*d%s", strings.TrimSuffix(name, ext), len(fmt.Sprint(n)), i+1, ext))
	}
	return names
}

// issue makes the cards and writes them. The status list is written between: a
// place that no card got in the end is lost, one that two cards got would revoke
// a stranger.
func (i *issuing) issue() ([]issuedLine, error) {
	requests := make([]credential.Request, i.count)
	for n := range requests {
		requests[n] = i.request
		if i.printed {
			continue
		}
		requests[n].Holder = i.holders[n%len(i.holders)]
		var err error
		if requests[n].Subject, err = document.Subject(rand.Reader); err != nil {
			return nil, err
		}
	}
	cards, err := i.place(requests)
	if err != nil {
		return nil, err
	}
	pictures, err := i.paper.draw(string(cards[0]), qr.M)
	if err != nil {
		return nil, err
	}
	var lines []issuedLine
	for n, r := range requests {
		line, err := i.deliver(n, r, cards[n])
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	for _, p := range pictures {
		if err := writeFile(p.file, p.bytes, modePrivate, i.force); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// place gives each request a place in the status list, if there is one, and
// signs the cards. When one cannot be signed no place is taken.
func (i *issuing) place(requests []credential.Request) (cards [][]byte, err error) {
	sign := func() error {
		for _, r := range requests {
			card, err := i.sign(r)
			if err != nil {
				return err
			}
			cards = append(cards, card)
		}
		return nil
	}
	if i.status == "" {
		say("note: without --status a card cannot be revoked")
		err = sign()
		return cards, err
	}
	err = editStatus(i.status, func(d *document.Status) error {
		places, err := d.Allocate(len(requests), rand.Reader)
		if err != nil {
			return err
		}
		for n, at := range places {
			requests[n].Status = &credential.StatusReference{Index: at, URI: d.URI}
		}
		return sign()
	})
	return cards, err
}

// sign makes one card and reads it back as a verifier would.
func (i *issuing) sign(r credential.Request) ([]byte, error) {
	var b []byte
	var card *credential.Card
	var err error
	if i.printed {
		var text string
		if text, err = credential.IssuePrinted(i.key, r); err != nil {
			return nil, err
		}
		b = []byte(text)
		card, err = credential.Read(text)
	} else {
		if b, err = credential.Issue(i.key, r, rand.Reader); err != nil {
			return nil, err
		}
		card, err = credential.ReadIssued(b)
	}
	if err == nil {
		err = card.Open(i.key.Public())
	}
	if err != nil {
		return nil, fmt.Errorf("the card would be refused: %w", err)
	}
	return b, nil
}

// deliver writes card n into its file, or puts it into the line.
func (i *issuing) deliver(n int, r credential.Request, card []byte) (issuedLine, error) {
	line := issuedLine{Subject: r.Subject}
	if r.Status != nil {
		line.Index, line.URI = &r.Status.Index, r.Status.URI
	}
	if r.Holder != nil {
		print, err := r.Holder.Thumbprint()
		if err != nil {
			return line, err
		}
		line.Holder = hex.EncodeToString(print[:])
	}
	switch {
	case i.files != nil:
		if i.printed {
			card = append(card, '\n')
		}
		line.File = i.files[n]
		return line, writeFile(line.File, card, modePrivate, i.force)
	case i.printed:
		line.Card = string(card)
	default:
		line.Card = base64.RawURLEncoding.EncodeToString(card)
	}
	return line, nil
}
