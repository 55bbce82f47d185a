package core

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"jianzheng/shared/challenge"
	"jianzheng/shared/reason"
)

// HashSize is the length in bytes of the salted hash of a presentation.
const HashSize = sha256.Size

// maxSequence is the greatest number of a trust list: JSON numbers are exact
// up to here in every language.
const maxSequence = 1<<53 - 1

// labels are the claims a presentation can disclose, in the order receipts
// list them.
var labels = []string{"name", "id", "birth", "sex", "address", "photo", "over18"}

// classes are the classes of proof; a check that ended before the class was
// known has none.
var classes = []string{"A", "B", "C", "D"}

// IssueRequest is a body of POST /v1/challenges.
type IssueRequest struct {
	Purpose string
	Party   string // empty: the operator's default
	PageKey []byte // empty: the answer comes by camera
}

// ParseIssue reads a body strictly. The error is a [*Refusal].
func ParseIssue(body []byte) (IssueRequest, error) {
	purpose, party, pageKey := slot{name: "purpose"}, slot{name: "party"}, slot{name: "pageKey"}
	if err := readObject(body, &purpose, &party, &pageKey); err != nil {
		return IssueRequest{}, err
	}
	r := IssueRequest{Purpose: purpose.text, Party: party.text}
	if !challenge.IsPurpose(r.Purpose) {
		return r, malformed("purpose")
	}
	if party.seen && !challenge.IsPartyID(r.Party) {
		return r, malformed("party")
	}
	if pageKey.seen {
		var err error
		if r.PageKey, err = ReadBase64(pageKey.text); err != nil || !challenge.IsPageKey(r.PageKey) {
			return r, malformed("pageKey")
		}
	}
	return r, nil
}

// RedeemRequest is a body of POST /v1/redeem: the terminal's statement on a
// check. The endpoint sees no card and cannot judge it.
type RedeemRequest struct {
	Nonce    []byte
	Party    string
	Purpose  string
	Reason   reason.Code // whose class is the outcome
	Class    string      // "A" to "D", or empty
	Hash     []byte      // salted hash of the presentation, HashSize bytes
	Labels   []string    // claims disclosed, in the order of receipts
	Sequence uint64      // of the trust list the terminal used
}

// ParseRedeem reads a body strictly; every member is required. The error is a
// [*Refusal] that names the member.
func ParseRedeem(body []byte) (RedeemRequest, error) {
	nonce, party, purpose := slot{name: "nonce"}, slot{name: "party"}, slot{name: "purpose"}
	outcome, class, code := slot{name: "outcome"}, slot{name: "class"}, slot{name: "reason"}
	hash, disclosed, sequence := slot{name: "hash"}, slot{name: "labels", kind: texts}, slot{name: "sequence", kind: number}
	all := [...]*slot{&nonce, &party, &purpose, &outcome, &class, &code, &hash, &disclosed, &sequence}
	if err := readObject(body, all[:]...); err != nil {
		return RedeemRequest{}, err
	}
	for _, m := range all {
		if !m.seen {
			return RedeemRequest{}, malformed(m.name)
		}
	}
	r := RedeemRequest{
		Party: party.text, Purpose: purpose.text, Reason: reason.Code(code.text), Class: class.text, Sequence: sequence.number,
	}
	var err error
	if r.Nonce, err = ReadBase64(nonce.text); err != nil || len(r.Nonce) != challenge.NonceSize {
		return r, malformed("nonce")
	}
	if !challenge.IsPartyID(r.Party) {
		return r, malformed("party")
	}
	if !challenge.IsPurpose(r.Purpose) {
		return r, malformed("purpose")
	}
	if !r.Reason.Known() || r.Reason.Class() == reason.Request {
		return r, malformed("reason")
	}
	if outcome.text != r.Reason.Class().String() {
		return r, malformed("outcome")
	}
	passed := r.Reason.Class() == reason.Accepted || r.Reason.Class() == reason.Conditional
	if !slices.Contains(classes, r.Class) && (r.Class != "" || passed) {
		return r, malformed("class")
	}
	if r.Hash, err = ReadBase64(hash.text); err != nil || len(r.Hash) != HashSize {
		return r, malformed("hash")
	}
	if r.Sequence > maxSequence {
		return r, malformed("sequence")
	}
	r.Labels, err = sortLabels(disclosed.texts)
	return r, err
}

// sortLabels puts labels in the order of receipts and refuses strange ones and
// repetitions.
func sortLabels(disclosed []string) ([]string, error) {
	out := make([]string, 0, len(labels))
	for _, label := range labels {
		if slices.Contains(disclosed, label) {
			out = append(out, label)
		}
	}
	if len(out) != len(disclosed) {
		return nil, malformed("labels")
	}
	return out, nil
}

// ReadBase64 reads base64url without padding (RFC 4648 §5), one text for one
// value: the library's decoder alone would skip line breaks.
func ReadBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("core: line break in base64url")
	}
	return strictBase64.DecodeString(text)
}

var strictBase64 = base64.RawURLEncoding.Strict()

func malformed(detail string) error { return refuse(reason.BodyMalformed, detail) }
