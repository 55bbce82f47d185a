package core

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/reason"
	"jianzheng/shared/register"
)

// Checkpoint is a checked request to sign for a register: what is signed once
// the store has taken Count as greater than the last one under Key.
type Checkpoint struct {
	Key       string // terminal and register
	Count     uint64
	statement register.Checkpoint
}

// Checkpoint checks a body of POST /v1/checkpoints: the hash of a register's
// first line, how many lines it has, and the hash of the last. Nothing of what
// the lines say is in it. The error is a [*Refusal].
func (e *Endpoint) Checkpoint(c Caller, body []byte, now time.Time) (Checkpoint, error) {
	var party, first, head string
	var count uint64
	members := map[string]any{"party": &party, "register": &first, "count": &count, "head": &head}
	seen, err := ReadObject(body, members)
	if err != nil {
		return Checkpoint{}, err
	}
	for name := range members {
		if !seen[name] {
			return Checkpoint{}, malformed(name)
		}
	}
	if err := e.permit(c, party); err != nil {
		return Checkpoint{}, err
	}
	if count == 0 || count > register.MaxLines {
		return Checkpoint{}, malformed("count")
	}
	s := register.Checkpoint{Operator: e.config.Operator, At: now.UTC().Truncate(time.Second), Count: count}
	for _, hash := range []struct {
		name, text string
		into       *register.Hash
	}{{"register", first, &s.Register}, {"head", head, &s.Head}} {
		b, err := ReadBase64(hash.text)
		if err != nil || len(b) != sha256.Size {
			return Checkpoint{}, malformed(hash.name)
		}
		copy(hash.into[:], b)
	}
	key := Caller{party, c.Terminal}.String() + "/" + base64.RawURLEncoding.EncodeToString(s.Register[:])
	return Checkpoint{Key: key, Count: count, statement: s}, nil
}

// Signed is a document the operator signed, in an answer.
type Signed struct {
	Document string    `json:"document"` // base64url of the CWT
	At       time.Time `json:"at"`
}

// SignCheckpoint signs for a register. It is called after the store took the
// count.
func (e *Endpoint) SignCheckpoint(c Checkpoint) (Signed, error) {
	b, err := c.statement.Sign(e.config.Key)
	if err != nil {
		return Signed{}, err
	}
	return Signed{base64.RawURLEncoding.EncodeToString(b), c.statement.At}, nil
}

// Time answers GET /v1/time. The nonce, base64url, is the client's and may be
// empty. The error is a [*Refusal], or says that the key failed.
func (e *Endpoint) Time(nonce string, now time.Time) (Signed, error) {
	t := challenge.SignedTime{Operator: e.config.Operator, At: now.UTC().Truncate(time.Second)}
	if nonce != "" {
		var err error
		t.Nonce, err = ReadBase64(nonce)
		if err != nil || len(t.Nonce) < challenge.MinTimeNonce || len(t.Nonce) > challenge.MaxTimeNonce {
			return Signed{}, malformed("nonce")
		}
	}
	b, err := t.Sign(e.config.Key)
	if err != nil {
		return Signed{}, err
	}
	return Signed{base64.RawURLEncoding.EncodeToString(b), t.At}, nil
}

// ReceiptID reads the id in GET /v1/receipts/{id}: the nonce, base64url. The
// error is a [*Refusal].
func ReceiptID(id string) ([]byte, error) {
	nonce, err := ReadBase64(id)
	if err != nil || len(nonce) != challenge.NonceSize {
		return nil, refuse(reason.NotFound, "no receipt has this id")
	}
	return nonce, nil
}

// Receipt is the answer to GET /v1/receipts/{id} with what the store kept for
// the nonce. Only the relying party that had it redeemed gets to see it; for
// anybody else there is none. The error is a [*Refusal].
func (e *Endpoint) Receipt(c Caller, nonce, receipt []byte) (Redeemed, error) {
	none := refuse(reason.NotFound, "no receipt has this id")
	r, err := challenge.OpenReceipt(receipt, e.config.Key.Public())
	if err != nil { // a used ticket lies in the same store
		return Redeemed{}, none
	}
	hash := sha256.Sum256(nonce)
	if e.permit(c, r.Party) != nil || !bytes.Equal(hash[:], r.NonceHash[:]) {
		return Redeemed{}, none
	}
	return Redemption{Nonce: nonce, Redeemed: r.Redeemed.UTC(), Receipt: receipt}.Answer(), nil
}
