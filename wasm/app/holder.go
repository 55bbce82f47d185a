package app

import (
	"io"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/sequence"
	"jianzheng/shared/verify"
)

// presenting is a presentation that waits for the phone's signature.
type presenting struct {
	unsigned  *cwt.Unsigned
	challenge *challenge.Signed // nil for a code that answers none
	expires   time.Time
	renew     time.Time // zero for an answer to a challenge
}

// HolderReadRequest is a challenge that the holder scanned. The lists may be
// handed over here or by boot.
type HolderReadRequest struct {
	Signed
	Now  millis `json:"now"`
	Text string `json:"text"`
}

// HolderReadAnswer says who asks for what. Reason is null where the challenge
// may be answered.
type HolderReadAnswer struct {
	Party    verify.Party   `json:"party"`
	Operator *verify.Issuer `json:"operator"` // null for a challenge made without a network
	Purpose  Asked          `json:"purpose"`
	Claims   []string       `json:"claims"`
	Optional []string       `json:"optional"` // claims that the holder may show besides
	Expires  millis         `json:"expires"`
	Offline  bool           `json:"offline"`
	Reason   *reason.Code   `json:"reason"`
	Opened   *Post          `json:"opened"` // tells the counter that its code was read; null without way A
}

// Asked is the purpose of a challenge.
type Asked struct {
	Code string `json:"code"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
	Rule string `json:"rule"`
}

// holderLists are the lists of a request that brings its own, else the booted ones.
func (a *App) holderLists(s Signed) (*verify.Lists, error) {
	if len(s.Anchor) == 0 {
		return a.lists, nil
	}
	lists, _, err := s.open()
	return lists, err
}

func (a *App) holderRead(r HolderReadRequest) (HolderReadAnswer, error) {
	lists, err := a.holderLists(r.Signed)
	if err != nil {
		return HolderReadAnswer{}, err
	}
	q := verify.ReadRequest(r.Text, lists, r.Now.time())
	answer := HolderReadAnswer{
		Party: q.Party, Operator: q.Operator, Claims: q.Claims, Optional: q.Optional, Expires: toMillis(q.Expires), Offline: q.Offline,
		Purpose: Asked{q.PurposeCode, q.PurposeZh, q.PurposeEn, q.Rule},
	}
	if q.Reason != reason.OK {
		answer.Reason = &q.Reason
		return answer, nil
	}
	c, err := challenge.Parse(r.Text)
	if err != nil {
		return HolderReadAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	answer.Opened = openedPost(c)
	return answer, nil
}

// HolderCardRequest is a card as the issuer gave it to the phone.
type HolderCardRequest struct {
	Now  millis `json:"now"`
	Card data   `json:"card"`
}

// HolderCardAnswer is what the card says, whether or not a verifier will
// believe it: a wallet shows its holder what it holds.
type HolderCardAnswer struct {
	Tier    string        `json:"tier"`
	Issuer  string        `json:"issuer"`
	Expires millis        `json:"expires"`
	Claims  verify.Claims `json:"claims"`
}

func (a *App) holderCard(r HolderCardRequest) (HolderCardAnswer, error) {
	c, err := credential.ReadIssued(r.Card)
	if err != nil {
		return HolderCardAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	if err := c.Peek(); err != nil {
		return HolderCardAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	return HolderCardAnswer{
		Tier: c.Proofing.Tier, Issuer: c.Issuer, Expires: toMillis(c.Expires), Claims: verify.ClaimsOf(c.Person),
	}, nil
}

// HolderPaperRequest is a card for paper, as the issuer gave its text.
type HolderPaperRequest struct {
	Text string `json:"text"`
}

// HolderPaperAnswer is the code to be printed, of level M, since paper is folded and
// stained, and what is printed beside it.
type HolderPaperAnswer struct {
	Modules
	Expires millis        `json:"expires"`
	Claims  verify.Claims `json:"claims"`
}

func (a *App) holderPaper(r HolderPaperRequest) (HolderPaperAnswer, error) {
	c, err := credential.Read(r.Text)
	if err == nil && c.Family != credential.Printed {
		err = credential.ErrOther
	}
	if err == nil {
		err = c.Peek()
	}
	if err != nil {
		return HolderPaperAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	m, err := modules(r.Text, qr.M)
	return HolderPaperAnswer{m, toMillis(c.Expires), verify.ClaimsOf(c.Person)}, err
}

// HolderBeginRequest asks for what the phone has to sign to answer a challenge.
type HolderBeginRequest struct {
	Now       millis   `json:"now"`
	Card      data     `json:"card"`
	Challenge string   `json:"challenge"`
	Claims    []string `json:"claims"`
}

// HolderBeginAnswer holds the bytes to be signed with ES256.
type HolderBeginAnswer struct {
	Ticket string `json:"ticket"`
	ToSign data   `json:"toSign"`
}

func (a *App) holderBegin(r HolderBeginRequest) (HolderBeginAnswer, error) {
	c, err := challenge.Parse(r.Challenge)
	if err != nil {
		return HolderBeginAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	u, err := credential.Present(r.Card, r.Claims, cwt.ES256, sdcwt.Binding{
		Audience: c.PartyID, IssuedAt: r.Now.time().Truncate(time.Second), Nonce: c.Nonce,
	})
	if err != nil {
		return HolderBeginAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	return a.hold(&presenting{unsigned: u, challenge: c, expires: c.Expires}), nil
}

// hold keeps one presentation until it is signed.
func (a *App) hold(p *presenting) HolderBeginAnswer {
	clear(a.holdings)
	ticket := a.ticket()
	a.holdings[ticket] = p
	return HolderBeginAnswer{ticket, p.unsigned.ToBeSigned()}
}

// HolderShowRequest asks for what the phone has to sign for a code that answers
// no challenge: of class B, for the next seconds, or C, for a day.
type HolderShowRequest struct {
	Now    millis       `json:"now"`
	Card   data         `json:"card"`
	Class  verify.Class `json:"class"`
	Claims []string     `json:"claims"`
}

// renewShare is the share of a shown code's life after which the page makes
// another, so that one is never about to end while it is read.
const renewShare = 2.0 / 3

func (a *App) holderShow(r HolderShowRequest) (HolderBeginAnswer, error) {
	c, err := credential.ReadIssued(r.Card)
	if err != nil {
		return HolderBeginAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	id := make([]byte, verify.TokenIDBytes)
	if _, err := io.ReadFull(a.rand, id); err != nil {
		return HolderBeginAnswer{}, err
	}
	b, ok := verify.ShownBinding(r.Class, r.Now.time(), c.Expires, id)
	if !ok {
		return HolderBeginAnswer{}, refuse(reason.BodyMalformed, "class %.4q", r.Class)
	}
	u, err := credential.Present(r.Card, r.Claims, cwt.ES256, b)
	if err != nil {
		return HolderBeginAnswer{}, refuse(reason.Malformed, "%v", err)
	}
	life := b.Expires.Sub(b.IssuedAt)
	return a.hold(&presenting{unsigned: u, expires: b.Expires, renew: b.IssuedAt.Add(time.Duration(float64(life) * renewShare))}), nil
}

// HolderFinishRequest brings the raw signature, r ‖ s.
type HolderFinishRequest struct {
	Ticket    string `json:"ticket"`
	Signature data   `json:"signature"`
}

// HolderFinishAnswer is the answer as text and as a symbol of level M, or L where
// that is easier to read. One that is too large for any that a webcam reads, as one
// with a portrait, comes as the symbols of its parts instead, to be shown in turn
// (shared/sequence); one that is too large for these can only be posted.
type HolderFinishAnswer struct {
	Modules
	Parts   []Modules `json:"parts"`
	Text    string    `json:"text"`
	Expires millis    `json:"expires"`
	RenewAt millis    `json:"renewAt"` // when to show another code; 0 for an answer to a challenge
	Post    *Post     `json:"post"`    // null without way A
}

// maxSingle is the side of the largest symbol that is shown by itself, in modules:
// version 25. A webcam of 720p sees six pixels of each at arm's length.
const maxSingle = 17 + 4*25

// symbols draws a text as one symbol or, if that were too large, in parts.
func symbols(text string) (Modules, []Modules, error) {
	for _, level := range []qr.Level{qr.M, qr.L} {
		if m, err := modules(text, level); err == nil && m.Size <= maxSingle {
			return m, []Modules{}, nil
		}
	}
	parts, err := inParts(text)
	return Modules{}, parts, err
}

// inParts draws the parts of a text.
func inParts(text string) ([]Modules, error) {
	parts, err := sequence.Split(text)
	if err != nil {
		return []Modules{}, refuse(reason.TooLarge, "%v", err)
	}
	all := make([]Modules, len(parts))
	for i, p := range parts {
		if all[i], err = modules(p, qr.M); err != nil {
			return []Modules{}, err
		}
	}
	return all, nil
}

func (a *App) holderFinish(r HolderFinishRequest) (HolderFinishAnswer, error) {
	p, ok := a.holdings[r.Ticket]
	if !ok {
		return HolderFinishAnswer{}, refuse(reason.NotFound, "no such ticket")
	}
	delete(a.holdings, r.Ticket)
	b, err := p.unsigned.Finish(r.Signature)
	if err != nil {
		return HolderFinishAnswer{}, refuse(reason.BodyMalformed, "%v", err)
	}
	text := credential.Text(b)
	m, parts, err := symbols(text)
	var post *Post
	if p.challenge != nil {
		post = answerPost(p.challenge, b)
	}
	if post != nil {
		err = nil
	}
	return HolderFinishAnswer{m, parts, text, toMillis(p.expires), toMillis(p.renew), post}, err
}

// HolderPartsRequest asks for an answer in parts, for a camera that cannot read it
// as one code.
type HolderPartsRequest struct {
	Text string `json:"text"`
}

// HolderPartsAnswer holds symbols to be shown in turn.
type HolderPartsAnswer struct {
	Parts []Modules `json:"parts"`
}

func (a *App) holderParts(r HolderPartsRequest) (HolderPartsAnswer, error) {
	parts, err := inParts(r.Text)
	return HolderPartsAnswer{parts}, err
}
