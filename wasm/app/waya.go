package app

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/reason"
	"jianzheng/shared/verify"
)

// Way A: the page's one-time keys are made, used and forgotten here. They leave
// the engine only encrypted (answer.keep), for a page that is loaded again.

// maxKeys bounds the keys that were asked for and not used: a page asks for one
// every few seconds.
const maxKeys = 32

// pageKey is the key of one challenge.
type pageKey struct {
	key       *answer.Key
	public    []byte
	made      time.Time
	challenge *challenge.Signed // nil until one names the key
	text      string            // of the challenge
	pickup    string            // of its box
}

// AnswerKeyRequest asks for a key to ask for a challenge with.
type AnswerKeyRequest struct {
	Now millis `json:"now"`
}

// AnswerKeyAnswer holds the public key.
type AnswerKeyAnswer struct {
	Key data `json:"key"`
}

func (a *App) answerKey(r AnswerKeyRequest) (AnswerKeyAnswer, error) {
	k, err := answer.GenerateKey(a.rand)
	if err != nil {
		return AnswerKeyAnswer{}, err
	}
	a.dropKeys(r.Now.time())
	if len(a.keys) >= maxKeys {
		a.keys = slices.Delete(a.keys, 0, 1)
	}
	a.keys = append(a.keys, pageKey{key: k, public: k.Public(), made: r.Now.time()})
	return AnswerKeyAnswer{k.Public()}, nil
}

// dropKeys forgets the keys whose challenges are over. Their time is that of this
// computer, as is the time they were made at.
func (a *App) dropKeys(now time.Time) {
	a.keys = slices.DeleteFunc(a.keys, func(k pageKey) bool {
		age := now.Sub(k.made)
		return age < -challenge.Honoured || age > 2*challenge.Honoured
	})
}

// adoptKey finds the key that a challenge names. A challenge with a key of
// another page is refused: its answer would go there.
func (a *App) adoptKey(c *challenge.Signed, r AdoptRequest) error {
	if len(c.PageKey) == 0 {
		return nil
	}
	i := slices.IndexFunc(a.keys, func(k pageKey) bool { return bytes.Equal(k.public, c.PageKey) })
	if i < 0 {
		return refuse(reason.ChallengeInvalid, "names the key of another page")
	}
	a.keys[i].challenge, a.keys[i].text, a.keys[i].pickup = c, r.Text, r.Pickup
	return nil
}

// boxOf is the box of a challenge, or "" where none can be answered to.
func boxOf(c *challenge.Signed) string {
	if c.ResponseURI == "" || len(c.PageKey) != answer.KeySize {
		return ""
	}
	return answer.ID(c.Nonce)
}

// Sealed is what came out of a box.
type Sealed struct {
	Box        string `json:"box"`
	Ciphertext data   `json:"ciphertext"`
}

// open opens an answer and verifies it at once; its text stays here. It counts
// for the challenge of its box alone. Beside the result stand the four digits
// that staff compare with those on the phone.
func (a *App) open(r VerifyRequest) (VerifyAnswer, error) {
	i := slices.IndexFunc(a.keys, func(k pageKey) bool { return k.challenge != nil && boxOf(k.challenge) == r.Sealed.Box })
	if i < 0 {
		return VerifyAnswer{}, refuse(reason.NotFound, "no such box")
	}
	k, sealed := a.keys[i], r.Sealed.Ciphertext
	compare := answer.Compare(k.challenge.Nonce, sealed)
	plain, err := k.key.Open(k.challenge.Nonce, sealed)
	if err != nil {
		a.last = verify.Failure(reason.Malformed)
		return VerifyAnswer{Result: a.last, Compare: compare}, nil
	}
	shown := slices.DeleteFunc(slices.Clone(a.shown), func(c verify.Challenge) bool { return !bytes.Equal(c.Nonce, k.challenge.Nonce) })
	r.Text = credential.Text(plain)
	out, err := a.check(r, shown, true)
	out.Compare, out.Mark = compare, fingerprint(r.Text)
	return out, err
}

// fingerprint is that of web/lib/flow.js: the page takes the same answer on the
// phone's screen for the same visit.
func fingerprint(text string) string {
	a, b := uint32(0x811c9dc5), uint32(0x01000193)
	for i := range len(text) {
		unit := uint32(text[i])
		a = (a ^ unit) * 0x01000193
		b = (b ^ (unit + uint32(i))) * 0x01000193
	}
	return fmt.Sprintf("%d:%s%s", len(text), strconv.FormatUint(uint64(a), 36), strconv.FormatUint(uint64(b), 36))
}

// wrapSize is the length of the key under which keys leave the engine, in bytes.
const wrapSize = 32

const keepContext = "jianzheng keep 2"

// kept is one challenge with its key, as it waits for a page to be loaded again.
type kept struct {
	Key   data   `json:"key"`
	Made  millis `json:"made"`
	Text  string `json:"text"`
	Shown millis `json:"shown"`

	Pickup string `json:"pickup"`
}

// keepsake is what outlives a reload.
type keepsake struct {
	Keys []kept     `json:"keys"`
	Seen []keptSeen `json:"seen"`
}

// keptSeen is a code of class B that let somebody in: after a reload it counts as
// little as before.
type keptSeen struct {
	ID data   `json:"id"`
	At millis `json:"at"`
}

// maxSeen bounds the codes that are kept: one a second for as long as one counts.
const maxSeen = 256

// AnswerKeepRequest asks for what answer.restore needs. Wrap is 32 bytes that the
// page can make again and that do not lie beside what it keeps.
type AnswerKeepRequest struct {
	Wrap data `json:"wrap"`
}

// AnswerKeepAnswer holds the open challenges with their keys, and the codes that
// count no more, under AES-256-GCM.
type AnswerKeepAnswer struct {
	Kept data `json:"kept"`
}

func (a *App) answerKeep(r AnswerKeepRequest) (AnswerKeepAnswer, error) {
	aead, err := wrapping(r.Wrap)
	if err != nil {
		return AnswerKeepAnswer{}, err
	}
	all := keepsake{[]kept{}, []keptSeen{}}
	for _, s := range a.seen[max(0, len(a.seen)-maxSeen):] {
		all.Seen = append(all.Seen, keptSeen{s.id, toMillis(s.at)})
	}
	for _, k := range a.keys {
		i := slices.IndexFunc(a.shown, func(c verify.Challenge) bool { return c.Signed == k.challenge })
		if k.challenge == nil || i < 0 {
			continue
		}
		private, err := k.key.Bytes()
		if err != nil {
			return AnswerKeepAnswer{}, err
		}
		all.Keys = append(all.Keys, kept{private, toMillis(k.made), k.text, toMillis(a.shown[i].Shown), k.pickup})
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(a.rand, nonce); err != nil {
		return AnswerKeepAnswer{}, err
	}
	return AnswerKeepAnswer{aead.Seal(nonce, nonce, encode(all), []byte(keepContext))}, nil
}

func wrapping(wrap []byte) (cipher.AEAD, error) {
	if len(wrap) != wrapSize {
		return nil, refuse(reason.BodyMalformed, "wrap has %d bytes", len(wrap))
	}
	block, err := aes.NewCipher(wrap)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// AnswerRestoreRequest hands back what answer.keep gave, after boot.
type AnswerRestoreRequest struct {
	Now  millis `json:"now"`
	Wrap data   `json:"wrap"`
	Kept data   `json:"kept"`
}

// AnswerRestoreAnswer lists the boxes that may still be answered to.
type AnswerRestoreAnswer struct {
	Boxes []OpenBox `json:"boxes"`
}

// OpenBox is a box and the end of its challenge by this computer's clock.
type OpenBox struct {
	Box     string `json:"box"`
	Pickup  string `json:"pickup"`
	Expires millis `json:"expires"`
}

// answerRestore takes challenges of an earlier load of this page among those that
// may be answered, as adopt did when they came.
func (a *App) answerRestore(r AnswerRestoreRequest) (AnswerRestoreAnswer, error) {
	aead, err := wrapping(r.Wrap)
	if err != nil {
		return AnswerRestoreAnswer{}, err
	}
	out := AnswerRestoreAnswer{[]OpenBox{}}
	if len(r.Kept) < aead.NonceSize() {
		return out, refuse(reason.BodyMalformed, "kept has %d bytes", len(r.Kept))
	}
	n := aead.NonceSize()
	b, err := aead.Open(nil, r.Kept[:n], r.Kept[n:], []byte(keepContext))
	var all keepsake
	if err != nil || json.Unmarshal(b, &all) != nil || len(all.Keys) > maxKeys || len(all.Seen) > maxSeen {
		return out, refuse(reason.BodyMalformed, "kept: other key, or altered")
	}
	now := r.Now.time()
	for _, s := range all.Seen {
		a.seen = append(a.seen, seen{s.ID, s.At.time()})
	}
	for _, k := range all.Keys {
		end := k.Shown.time().Add(challenge.Honoured)
		if !now.Before(end) {
			continue
		}
		if box := a.readopt(k); box != "" {
			out.Boxes = append(out.Boxes, OpenBox{box, k.Pickup, toMillis(end)})
		}
	}
	return out, nil
}

// readopt is adopt for a challenge that was shown before.
func (a *App) readopt(k kept) (box string) {
	key, err := answer.ParseKey(k.Key)
	if err != nil {
		return ""
	}
	c, err := challenge.Parse(k.Text)
	if err != nil || c.Offline || a.lists.Trust == nil || verify.Vouched(c, a.lists.Trust) != reason.OK ||
		c.PartyID != a.party.ID || !bytes.Equal(c.PageKey, key.Public()) {
		return ""
	}
	if slices.ContainsFunc(a.shown, func(old verify.Challenge) bool { return bytes.Equal(old.Nonce, c.Nonce) }) {
		return ""
	}
	a.shown = append(a.shown, verify.Challenge{Signed: c, Shown: k.Shown.time()})
	a.keys = append(a.keys, pageKey{key, key.Public(), k.Made.time(), c, k.Text, k.Pickup})
	return boxOf(c)
}

// Post is what a phone posts to an address.
type Post struct {
	URL     string `json:"url"`
	Body    string `json:"body"`
	Compare string `json:"compare"` // four digits to be shown once it was taken; empty for no answer
}

// posted is the body of a Post, see core.Endpoint.
type posted struct {
	Nonce      data   `json:"nonce"`
	Party      string `json:"party"`
	Purpose    string `json:"purpose"`
	Ciphertext data   `json:"ciphertext,omitempty"`
}

func openedPost(c *challenge.Signed) *Post {
	if boxOf(c) == "" {
		return nil
	}
	return &Post{URL: c.ResponseURI + "/" + boxOf(c) + "/opened", Body: string(encode(posted{Nonce: c.Nonce, Party: c.PartyID, Purpose: c.Purpose}))}
}

// answerPost seals a presentation to the page that asked; nil where it can only
// be shown.
func answerPost(c *challenge.Signed, presentation []byte) *Post {
	if boxOf(c) == "" {
		return nil
	}
	sealed, err := answer.Seal(c.PageKey, c.Nonce, presentation)
	if err != nil {
		return nil
	}
	return &Post{
		URL: c.ResponseURI + "/" + boxOf(c) + "/response", Compare: answer.Compare(c.Nonce, sealed),
		Body: string(encode(posted{c.Nonce, c.PartyID, c.Purpose, sealed})),
	}
}
