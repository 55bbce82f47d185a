package core

import (
	"encoding/base64"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

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

// Challenge is the answer to a request for a challenge: [Issued] as JSON.
func (d Draft) Challenge(signature []byte) []byte {
	const begin = `{"challenge":"`
	message := d.Finish(signature)
	answer := make([]byte, 0, len(begin)+challenge.TextLen(len(message))+len(d.Rest))
	return append(challenge.AppendText(append(answer, begin...), message), d.Rest...)
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

// rest is the JSON of i behind the challenge. Nothing in it has to be escaped.
func (i Issued) rest() []byte {
	b := append(make([]byte, 0, 256), `","nonce":"`...)
	b = append(b, i.Nonce...)
	b = appendTime(append(b, `","issued":"`...), i.Issued)
	b = appendTime(append(b, `","expires":"`...), i.Expires)
	b = strconv.AppendInt(append(b, `","renewAfter":`...), int64(i.RenewAfter), 10)
	if i.ID != "" {
		b = append(append(b, `,"id":"`...), i.ID...)
		b = append(append(b, `","pickup":"`...), i.Pickup...)
		b = append(b, '"')
	}
	return append(b, '}')
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

// templates are those in use, made as they are asked for.
type templates struct {
	byKind sync.Map // templateKind -> *challenge.Template
	count  atomic.Int32
}

type templateKind struct {
	party, purpose string
	pageKey        int // bytes
}

// template finds or makes the one for c.
func (e *Endpoint) template(c challenge.Challenge) (*challenge.Template, error) {
	kind := templateKind{c.PartyID, c.Purpose, len(c.PageKey)}
	if t, ok := e.templates.byKind.Load(kind); ok {
		return t.(*challenge.Template), nil
	}
	t, err := challenge.NewTemplate(c, e.config.Key.Public())
	if err == nil && e.templates.count.Add(1) <= maxTemplates {
		e.templates.byKind.Store(kind, t)
	}
	return t, err
}
