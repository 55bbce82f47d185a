package core

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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
	var r IssueRequest
	var pageKey string
	seen, err := ReadObject(body, map[string]any{"purpose": &r.Purpose, "party": &r.Party, "pageKey": &pageKey})
	if err != nil {
		return r, err
	}
	if !challenge.IsPurpose(r.Purpose) {
		return r, malformed("purpose")
	}
	if seen["party"] && !challenge.IsPartyID(r.Party) {
		return r, malformed("party")
	}
	if seen["pageKey"] {
		if r.PageKey, err = ReadBase64(pageKey); err != nil || !challenge.IsPageKey(r.PageKey) {
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
	var r RedeemRequest
	var nonce, outcome, code, hash string
	var disclosed []string
	members := map[string]any{
		"nonce": &nonce, "party": &r.Party, "purpose": &r.Purpose,
		"outcome": &outcome, "class": &r.Class, "reason": &code,
		"hash": &hash, "labels": &disclosed, "sequence": &r.Sequence,
	}
	seen, err := ReadObject(body, members)
	if err != nil {
		return r, err
	}
	for name := range members {
		if !seen[name] {
			return r, malformed(name)
		}
	}
	if r.Nonce, err = ReadBase64(nonce); err != nil || len(r.Nonce) != challenge.NonceSize {
		return r, malformed("nonce")
	}
	if !challenge.IsPartyID(r.Party) {
		return r, malformed("party")
	}
	if !challenge.IsPurpose(r.Purpose) {
		return r, malformed("purpose")
	}
	r.Reason = reason.Code(code)
	if !r.Reason.Known() || r.Reason.Class() == reason.Request {
		return r, malformed("reason")
	}
	if outcome != r.Reason.Class().String() {
		return r, malformed("outcome")
	}
	passed := r.Reason.Class() == reason.Accepted || r.Reason.Class() == reason.Conditional
	if !slices.Contains(classes, r.Class) && (r.Class != "" || passed) {
		return r, malformed("class")
	}
	if r.Hash, err = ReadBase64(hash); err != nil || len(r.Hash) != HashSize {
		return r, malformed("hash")
	}
	if r.Sequence > maxSequence {
		return r, malformed("sequence")
	}
	r.Labels, err = sortLabels(disclosed)
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

// ReadObject reads one flat JSON object. Members maps each name to a *string,
// *uint64 or *[]string, and what is read goes there; the names that stood in
// the body are returned. Unlike encoding/json on a struct it refuses unknown
// and repeated names, names in another case, null, invalid UTF-8 and bytes
// behind the object. The error is a [*Refusal] with [reason.BodyMalformed].
func ReadObject(body []byte, members map[string]any) (seen map[string]bool, err error) {
	if !utf8.Valid(body) {
		return nil, malformed("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := expect(dec, json.Delim('{')); err != nil {
		return nil, malformed("not a JSON object")
	}
	seen = map[string]bool{}
	for dec.More() {
		name, err := read[string](dec)
		if err != nil {
			return nil, malformed("not a JSON object")
		}
		into, ok := members[name]
		if !ok {
			return nil, malformed("unknown member")
		}
		if seen[name] {
			return nil, malformed(name + " stands twice")
		}
		seen[name] = true
		if err := readValue(dec, into); err != nil {
			return nil, malformed(name)
		}
	}
	if err := expect(dec, json.Delim('}')); err != nil {
		return nil, malformed("not a JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("bytes behind the object")
	}
	return seen, nil
}

func readValue(dec *json.Decoder, into any) (err error) {
	switch into := into.(type) {
	case *string:
		*into, err = read[string](dec)
	case *uint64:
		var n json.Number
		if n, err = read[json.Number](dec); err == nil {
			*into, err = strconv.ParseUint(n.String(), 10, 64)
		}
	case *[]string:
		if err := expect(dec, json.Delim('[')); err != nil {
			return err
		}
		for dec.More() {
			text, err := read[string](dec)
			if err != nil {
				return err
			}
			*into = append(*into, text)
		}
		return expect(dec, json.Delim(']'))
	default:
		err = fmt.Errorf("core: cannot read into %T", into)
	}
	return err
}

// read takes the next token, which must be a T.
func read[T any](dec *json.Decoder) (T, error) {
	token, err := dec.Token()
	if err != nil {
		var none T
		return none, err
	}
	v, ok := token.(T)
	if !ok {
		return v, fmt.Errorf("core: %T in place of %T", token, v)
	}
	return v, nil
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := read[json.Delim](dec)
	if err == nil && got != want {
		err = fmt.Errorf("core: %v in place of %v", got, want)
	}
	return err
}

// ReadBase64 reads base64url without padding (RFC 4648 §5), one text for one
// value: the library's decoder alone would skip line breaks.
func ReadBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("core: line break in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(text)
}

func malformed(detail string) error { return refuse(reason.BodyMalformed, detail) }
