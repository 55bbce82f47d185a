// Package credential reads the text of a code into one typed card, whatever
// family the card is of, and builds the claims of a card for an issuer.
//
// Families: a presentation by a phone ("KB1:", an SD-CWT inside a key binding
// token, draft-ietf-spice-sd-cwt) and a printed card ("ID1:", a plain CWT with
// claim 169). Both are Base45 (RFC 9285) without compression.
//
// Reading checks structure. Nothing a card says is true before [Card.Open] has
// seen the issuer's signature, and whether it is accepted is decided in
// shared/verify. A text that is no card is told from a card that is broken.
package credential

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/cwt"
	"jianzheng/shared/sdcwt"
)

// Prefixes of the texts of cards.
const (
	PrefixPresentation = "KB1:"
	PrefixPrinted      = "ID1:"
)

// MaxText is the most characters of a code that are looked at: more than three
// times what the largest QR symbol holds.
const MaxText = 16 << 10

// The errors that [Read] and [Card.Open] wrap, beside those of cwt and sdcwt.
var (
	ErrOther     = errors.New("credential: not a card")
	ErrMalformed = errors.New("credential: malformed card")
	ErrTooLarge  = errors.New("credential: text too long")
)

// Family says how a card is built.
type Family uint8

// The families.
const (
	Phone   Family = iota + 1 // SD-CWT with key binding
	Printed                   // CWT with claim 169, no key
)

// Card is a card as it was shown. Person and Disclosed are empty until Open.
type Card struct {
	Family   Family
	Issuer   string // iss
	Subject  string // sub; empty where it stays hidden
	Type     string // vct; empty for a printed card
	KeyID    []byte // kid of the issuer's key
	Proofing Proofing

	IssuedAt, NotBefore, Expires time.Time // zero where the card has none

	Person    Person
	Disclosed []string // names of the claims shown, in a fixed order

	claims       cwt.Claims          // readable claims of the card itself
	presentation *sdcwt.Presentation // of a phone card
	message      *cwt.Message        // of a printed card
	raw          []byte
}

// Read reads the text of a code. The error wraps [ErrOther] for a text that
// does not begin like a card, [ErrTooLarge], or [ErrMalformed].
func Read(text string) (*Card, error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("%w: %d characters", ErrTooLarge, len(text))
	}
	for prefix, read := range map[string]func([]byte) (*Card, error){
		PrefixPresentation: readPresentation,
		PrefixPrinted:      readPrinted,
	} {
		body, ok := strings.CutPrefix(text, prefix)
		if !ok {
			continue
		}
		raw, err := base45.Decode(body)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		c, err := read(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		c.raw = raw
		return c, nil
	}
	return nil, ErrOther
}

func readPresentation(raw []byte) (*Card, error) {
	p, err := sdcwt.ParsePresentation(raw)
	if err != nil {
		// The card alone, without the phone's signature around it, is what
		// somebody has who copied it: it is told from a broken code.
		card, other := sdcwt.ParseCard(raw)
		if other != nil {
			return nil, err
		}
		p = &sdcwt.Presentation{Card: card}
	}
	c, err := readCard(p.Card)
	if err != nil {
		return nil, err
	}
	c.presentation = p
	return c, nil
}

// ReadIssued reads a phone card as its issuer made it, before any
// presentation: what a wallet does with a card it received.
func ReadIssued(raw []byte) (*Card, error) {
	card, err := sdcwt.ParseCard(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	c, err := readCard(card)
	if err != nil {
		return nil, err
	}
	c.presentation, c.raw = &sdcwt.Presentation{Card: card}, raw
	return c, nil
}

func readCard(card *sdcwt.Card) (*Card, error) {
	c := &Card{Family: Phone, KeyID: card.Message().Header.KeyID, claims: card.Claims()}
	var err error
	if c.Type, _, err = c.claims.Text(cwt.VerifiableType); err != nil {
		return nil, err
	}
	if c.Proofing, err = readProofing(c.claims); err != nil {
		return nil, err
	}
	return c, c.readCommon()
}

func readPrinted(raw []byte) (*Card, error) {
	m, err := cwt.Parse(raw)
	if err != nil {
		return nil, err
	}
	c := &Card{Family: Printed, KeyID: m.Header.KeyID, message: m}
	if c.claims, err = cwt.ParseClaims(m.Payload); err != nil {
		return nil, err
	}
	if _, ok := c.claims[cwt.Confirmation]; ok {
		return nil, fmt.Errorf("%w: a printed card holds no key", ErrMalformed)
	}
	if _, ok := c.claims[cwt.Claim169]; !ok {
		return nil, fmt.Errorf("%w: no claim 169", ErrMalformed)
	}
	if c.Unsigned() {
		return c, nil // nobody vouches for any of it, so nothing more is read
	}
	c.Proofing = Proofing{Tier: Light}
	if _, ok := c.claims[labelProofing]; ok {
		if c.Proofing, err = readProofing(c.claims); err != nil {
			return nil, err
		}
	}
	return c, c.readCommon()
}

// readCommon reads what cards of all families say in the open.
func (c *Card) readCommon() (err error) {
	if c.Issuer, _, err = c.claims.Text(cwt.Issuer); err != nil {
		return err
	}
	if len(c.KeyID) == 0 || c.Issuer == "" {
		return fmt.Errorf("%w: no issuer or key id", ErrMalformed)
	}
	if c.Subject, _, err = c.claims.Text(cwt.Subject); err != nil {
		return err
	}
	var there bool
	if c.Expires, there, err = c.claims.Time(cwt.Expires); err != nil {
		return err
	}
	if !there {
		return fmt.Errorf("%w: no date of expiry", ErrMalformed)
	}
	if c.IssuedAt, _, err = c.claims.Time(cwt.IssuedAt); err != nil {
		return err
	}
	c.NotBefore, _, err = c.claims.Time(cwt.NotBefore)
	return err
}

// Open checks the issuer's signature with k, puts the disclosures in their
// places and reads the person. The error wraps cwt.ErrSignature,
// cwt.ErrAlgorithm, sdcwt.ErrDisclosure or [ErrMalformed].
func (c *Card) Open(k *cwt.Key) error {
	message := c.message
	if c.Family == Phone {
		message = c.presentation.Card.Message()
	}
	if err := message.Verify(k); err != nil {
		return err
	}
	return c.reveal()
}

// Peek reads the person without asking whether the issuer signed: a wallet
// shows its holder what it was given. A verifier calls [Card.Open].
func (c *Card) Peek() error { return c.reveal() }

func (c *Card) reveal() error {
	var tree any
	var unnamed []string
	if c.Family == Printed {
		m := map[any]any{}
		if _, err := c.claims.Value(cwt.Claim169, &m); err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		tree = m
	} else {
		shown, err := c.presentation.Card.Reveal()
		if err != nil {
			return err
		}
		tree, _ = shown.Value(cwt.Claim169)
		unnamed = unnamedClaims(shown.Disclosed)
		if sub, ok := shown.Text(cwt.Subject); ok {
			c.Subject = sub
		}
	}
	person, ok := tree.(map[any]any)
	if tree != nil && !ok {
		return fmt.Errorf("%w: claim 169 is not a map", ErrMalformed)
	}
	var err error
	if c.Person, err = readPerson(person); err != nil {
		return err
	}
	c.Disclosed = append(c.Person.shown(), unnamed...)
	return nil
}

// unnamedClaims is [ClaimOther] where the card discloses a claim that has no
// name here, so that showing too much does not go unseen.
func unnamedClaims(disclosed [][]any) []string {
	for _, path := range disclosed {
		switch {
		case len(path) == 1 && path[0] == cwt.Subject:
		case len(path) >= 2 && path[0] == cwt.Claim169 && (path[1] == label169Group || claimNames[path[1]] != ""):
		default:
			return []string{ClaimOther}
		}
	}
	return nil
}

// Unsigned reports that a printed card has an empty signature, as some
// publishers of claim 169 make them. Nothing else of it is read then.
func (c *Card) Unsigned() bool { return c.Family == Printed && len(c.message.Signature) == 0 }

// Bare reports that a phone card was shown by itself, without a key binding
// token: anybody who ever saw a presentation could do that.
func (c *Card) Bare() bool { return c.Family == Phone && c.presentation.Message() == nil }

// Binding is what the phone signed, or nil for a printed or a bare card.
func (c *Card) Binding() *sdcwt.Binding {
	if c.Family != Phone || c.Bare() {
		return nil
	}
	return &c.presentation.Binding
}

// VerifyBinding checks the phone's signature with the key in the card. The
// error wraps sdcwt.ErrBinding.
func (c *Card) VerifyBinding() error { return c.presentation.Verify() }

// Claims are the claims of the card itself that are readable.
func (c *Card) Claims() cwt.Claims { return c.claims }

// Bytes is the presentation or card as it was read.
func (c *Card) Bytes() []byte { return c.raw }

// Kind says what a text that is no card looks like, for the sentence on the
// screen: "payment", "link", "challenge", "health", "wifi", "contact" or
// "text". The text is looked at and never opened.
func Kind(text string) string {
	lower := strings.ToLower(text[:min(len(text), 64)])
	for _, k := range []struct {
		kind     string
		prefixes []string
	}{
		{"challenge", []string{"ch1:"}},
		{"payment", []string{"wxp://", "https://qr.alipay.com/", "https://qr.95516.com/", "alipays://", "weixin://wxpay", "00020101"}},
		{"health", []string{"hc1:", "shc:/", "nzcp:/"}},
		{"wifi", []string{"wifi:"}},
		{"contact", []string{"begin:vcard", "mecard:"}},
		{"link", []string{"http://", "https://", "weixin://", "tel:", "mailto:", "sms:", "smsto:"}},
	} {
		for _, p := range k.prefixes {
			if strings.HasPrefix(lower, p) {
				return k.kind
			}
		}
	}
	// Alipay payment barcodes and WeChat ones are 16 to 24 digits.
	if n := len(text); n >= 16 && n <= 24 && strings.Trim(text, "0123456789") == "" {
		return "payment"
	}
	return "text"
}
