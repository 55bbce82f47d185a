package challenge

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/cwt"
)

// Draft is a document of the operator that lacks its signature. The signature
// may be made elsewhere, by a key that this program does not hold.
type Draft struct {
	ToBeSigned []byte // encoded Sig_structure (RFC 9052 §4.4)
	Message    []byte // the tagged message up to its signature, which ends it

	template *Template // it was made from; nil where there is none
}

// newDraft puts the message together for a key of the algorithm.
func newDraft(h cwt.Header, payload []byte) (Draft, error) {
	unsigned, err := cwt.Build(h, nil, payload)
	if err != nil {
		return Draft{}, err
	}
	message, err := unsigned.Open()
	if err != nil {
		return Draft{}, err
	}
	return Draft{ToBeSigned: unsigned.ToBeSigned(), Message: message}, nil
}

// Finish is the message with its raw signature.
func (d Draft) Finish(signature []byte) []byte { return slices.Concat(d.Message, signature) }

// AppendText writes the text of the challenge behind b. The signature takes its
// place in the draft, which is used up by that.
func (d Draft) AppendText(b, signature []byte) []byte {
	message := append(d.Message, signature...) // there is room for it
	t := d.template
	if t == nil || len(message) != t.whole {
		return AppendText(b, message)
	}
	start := len(b) + len(Prefix)
	b = append(b, t.text...)
	for _, c := range t.changed {
		base45.AppendEncode(b[:start+base45.EncodedLen(c.from)], message[c.from:c.to])
	}
	return b
}

// Text is the text of a challenge whose message is whole.
func Text(message []byte) string { return string(AppendText(nil, message)) }

// AppendText is [Text] behind what stands in b.
func AppendText(b, message []byte) []byte {
	b = slices.Grow(b, TextLen(len(message)))
	return base45.AppendEncode(append(b, Prefix...), message)
}

// TextLen is the length in characters of the text of a message of n bytes.
func TextLen(n int) int { return len(Prefix) + base45.EncodedLen(n) }

// A Template makes drafts of challenges that differ in times, nonce and page key
// only, as those of one counter do: it encodes once and then writes these four
// into their places. It is not changed by use and may serve many goroutines.
type Template struct {
	draft   Draft
	whole   int       // length in bytes of a message with its signature
	pageKey int       // the same of the page key, 0 for none
	places  [2]places // in ToBeSigned and in Message
	text    []byte    // of a message in which what differs is yet to be written
	changed []span    // where in the message that is
}

// span is a part of a message that begins where a group of [base45] does.
type span struct{ from, to int }

// places are the offsets of what differs.
type places struct{ issued, expires, nonce, pageKey int }

// NewTemplate takes everything but Issued, Expires, Nonce and the bytes of
// PageKey from c, and the algorithm from the key that will sign. What [Sign]
// would refuse gives the same error here.
func NewTemplate(c Challenge, k *cwt.Key) (*Template, error) {
	c.Offline = false
	if len(c.KeyID) == 0 {
		c.KeyID = k.ID
	}
	// Values that cannot stand anywhere else by chance are looked for afterwards.
	c.Issued = time.Unix(0x5eed1551, 0)
	c.Expires = c.Issued.Add(Honoured)
	c.Nonce = binary.BigEndian.AppendUint32(nil, uint32(c.Expires.Unix()))
	for i := range NonceSize - expirySize {
		c.Nonce = append(c.Nonce, byte(0xa5+89*i))
	}
	mark := make([]byte, len(c.PageKey))
	for i := range mark {
		mark[i] = byte(0x3c + 101*i)
	}
	c.PageKey = mark
	if err := c.check(); err != nil {
		return nil, err
	}
	payload, err := c.payload(nil)
	if err != nil {
		return nil, err
	}
	t := &Template{pageKey: len(c.PageKey)}
	if t.draft, err = newDraft(header(k.Alg, c.KeyID), payload); err != nil {
		return nil, fmt.Errorf("challenge: %w", err)
	}
	t.whole = len(t.draft.Message) + k.SignatureSize()
	if text := TextLen(t.whole); text > MaxText {
		return nil, fmt.Errorf("%w: %d characters", ErrTooLarge, text)
	}
	for i, b := range [][]byte{t.draft.ToBeSigned, t.draft.Message} {
		if t.places[i], err = findPlaces(b, c); err != nil {
			return nil, err
		}
	}
	t.text = AppendText(nil, append(bytes.Clone(t.draft.Message), make([]byte, k.SignatureSize())...))
	t.changed = t.places[1].spans(t.pageKey, len(t.draft.Message), t.whole)
	return t, nil
}

// spans are the places in a message and that of its signature, in their order.
// Those that lie close together are one.
func (p places) spans(pageKey, signature, whole int) []span {
	const pair, close = 2, 16
	all := []span{{p.issued, p.issued + 4}, {p.expires, p.expires + 4}, {p.nonce, p.nonce + NonceSize}, {signature, whole}}
	if pageKey > 0 {
		all = append(all, span{p.pageKey, p.pageKey + pageKey})
	}
	slices.SortFunc(all, func(a, b span) int { return a.from - b.from })
	var merged []span
	for _, s := range all {
		s = span{s.from / pair * pair, min((s.to+pair-1)/pair*pair, whole)}
		if last := len(merged) - 1; last >= 0 && s.from <= merged[last].to+close {
			merged[last].to = s.to
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}

// findPlaces finds the values of c within b. A time stands behind its label and
// the head of a number of four bytes (RFC 8949 §3.1).
func findPlaces(b []byte, c Challenge) (p places, err error) {
	find := func(pattern []byte, skip int) int {
		at := bytes.Index(b, pattern)
		if at < 0 || bytes.Contains(b[at+1:], pattern) {
			err = errors.New("challenge: a place in the template is not the only one")
		}
		return at + skip
	}
	number := func(label int64, t time.Time) []byte {
		return binary.BigEndian.AppendUint32([]byte{byte(label), 0x1a}, uint32(t.Unix()))
	}
	p.issued = find(number(cwt.IssuedAt, c.Issued), 2)
	p.expires = find(number(cwt.Expires, c.Expires), 2)
	p.nonce = find(c.Nonce, 0)
	if len(c.PageKey) > 0 {
		p.pageKey = find(c.PageKey, 0)
	}
	return p, err
}

// Draft is the draft of one challenge: what [Sign] would sign for it. Times are
// cut to whole seconds. It is made in the memory of into, which is not used
// otherwise from then on; the zero Draft has none. The error wraps [ErrMalformed].
func (t *Template) Draft(into Draft, issued, expires time.Time, nonce, pageKey []byte) (Draft, error) {
	c := Challenge{Issued: issued.Truncate(time.Second), Expires: expires.Truncate(time.Second), Nonce: nonce}
	if err := c.checkTimes(); err != nil {
		return Draft{}, err
	}
	// Smaller or greater ones are encoded in another length.
	if c.Issued.Unix() <= math.MaxUint16 || c.Expires.Unix() > math.MaxUint32 {
		return Draft{}, fmt.Errorf("%w: time %d", ErrMalformed, c.Issued.Unix())
	}
	if len(pageKey) != t.pageKey {
		return Draft{}, fmt.Errorf("%w: page key has %d bytes", ErrMalformed, len(pageKey))
	}
	d := Draft{append(into.ToBeSigned[:0], t.draft.ToBeSigned...), append(slices.Grow(into.Message[:0], t.whole), t.draft.Message...), t}
	for i, b := range [][]byte{d.ToBeSigned, d.Message} {
		p := t.places[i]
		binary.BigEndian.PutUint32(b[p.issued:], uint32(c.Issued.Unix()))
		binary.BigEndian.PutUint32(b[p.expires:], uint32(c.Expires.Unix()))
		copy(b[p.nonce:], nonce)
		copy(b[p.pageKey:], pageKey)
	}
	return d, nil
}
