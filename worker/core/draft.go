package core

import (
	"encoding/base64"
	"slices"
	"strconv"
	"time"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
)

// Draft is an answer in which the operator's signature is missing: what the key
// signs, the document up to its signature, and the JSON behind the document.
// Where the key is not in this program, the signature is made in between; a draft
// holds all that is needed afterwards.
type Draft struct {
	challenge.Draft
	Rest []byte
}

// Scratch is memory for the drafts of a caller that answers one request after
// another: each is good until the next. The zero value is ready to use.
type Scratch struct {
	draft Draft
	times timesText
}

// timesText is the part of an answer that is the same all second long.
type timesText struct {
	second int64
	text   []byte
}

// AppendChallenge writes the answer to a request for a challenge behind b: [Issued]
// as JSON. The signature takes its place in the draft, which is used up by that.
func (d Draft) AppendChallenge(b, signature []byte) []byte {
	const begin = `{"challenge":"`
	b = slices.Grow(b, len(begin)+challenge.TextLen(len(d.Message)+len(signature))+len(d.Rest))
	return append(d.AppendText(append(b, begin...), signature), d.Rest...)
}

// Receipt is the receipt, to be stored, and the answer to a redemption that the
// store has taken: [Redeemed] as JSON.
func (d Draft) Receipt(signature []byte) (receipt, answer []byte) {
	const begin = `{"receipt":"`
	receipt = d.Finish(signature)
	answer = make([]byte, 0, len(begin)+base64.RawURLEncoding.EncodedLen(len(receipt))+len(d.Rest))
	answer = base64.RawURLEncoding.AppendEncode(append(answer, begin...), receipt)
	return receipt, append(answer, d.Rest...)
}

// appendRest writes the JSON of i behind the challenge. Nothing in it has to be escaped.
func (i Issued) appendRest(b []byte, times *timesText) []byte {
	b = slices.Grow(b, 256)
	b = append(append(b, `","nonce":"`...), i.Nonce...)
	b = append(b, times.at(i)...)
	if i.ID != "" {
		b = append(append(b, `,"id":"`...), i.ID...)
		b = append(append(b, `","pickup":"`...), i.Pickup...)
		b = append(b, '"')
	}
	return append(b, '}')
}

// at is the text for what was issued, of which all but the second is always the same.
func (t *timesText) at(i Issued) []byte {
	if second := i.Issued.Unix(); second != t.second || t.text == nil {
		b := appendTime(append(t.text[:0], `","issued":"`...), i.Issued)
		b = appendTime(append(b, `","expires":"`...), i.Expires)
		t.second, t.text = second, strconv.AppendInt(append(b, `","renewAfter":`...), int64(i.RenewAfter), 10)
	}
	return t.text
}

// restOfReceipt is the JSON of [Redeemed] behind the receipt.
func restOfReceipt(redeemed time.Time) []byte {
	return append(appendTime(append(make([]byte, 0, 64), `","redeemed":"`...), redeemed), `"}`...)
}

// appendTime writes whole seconds in UTC as encoding/json does.
func appendTime(b []byte, t time.Time) []byte { return t.AppendFormat(b, time.RFC3339) }

// maxTemplates bounds the memory of templates: some 4 MB. Beyond it challenges
// are encoded afresh, which takes a few microseconds more.
const maxTemplates = 4096

// template finds or makes the one of what a party asks for a purpose.
func (e *Endpoint) template(m *member, a *asked, purpose string, pageKey []byte) (*challenge.Template, error) {
	kind := 0
	switch len(pageKey) {
	case 0:
	case answer.KeySize:
		kind = 1
	default:
		kind = 2
	}
	if t := a.templates[kind].Load(); t != nil {
		return t, nil
	}
	c := challenge.Challenge{
		Operator: e.config.Operator, PartyID: m.ID, PartyName: m.Name, Purpose: purpose, PageKey: pageKey, Claims: a.claims,
	}
	if len(pageKey) > 0 {
		c.ResponseURI = e.config.ResponseURI
	}
	t, err := challenge.NewTemplate(c, e.config.Key.Public())
	if err == nil && e.templates.Add(1) <= maxTemplates {
		a.templates[kind].Store(t)
	}
	return t, err
}
