package challenge

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/reason"
)

// receiptType is the typ of a receipt (RFC 9596): a challenge, which the same
// key signs, can never be read as one.
const receiptType = "receipt+cwt"

// ErrReceipt says that bytes are not a receipt.
var ErrReceipt = errors.New("challenge: not a receipt")

// Receipt says that a nonce was redeemed, once, at that time, by that
// terminal. Outcome, class, reason, labels, hash and sequence are the
// terminal's statement: the endpoint sees no card.
type Receipt struct {
	Operator  string
	Redeemed  time.Time // whole seconds
	NonceHash [sha256.Size]byte
	Party     string
	Purpose   string
	Reason    reason.Code
	Class     string
	Labels    []string
	Hash      []byte
	Sequence  uint64
}

// Outcome is the class of the reason, as text.
func (r Receipt) Outcome() string { return r.Reason.Class().String() }

// The claims of a receipt; labels below -65536 are for private use. Party and
// purpose are covered by the nonce's MAC, the rest of the list is what the
// terminal says.
//
//	{ 1: operator, 6: iat,
//	  7: SHA-256 of the nonce,
//	  -70006: [relying party id, purpose,
//	           outcome, class, reason's number, [label, ...], hash, sequence] }
const labelStatement int64 = -70006

// classes are the classes of proof; a check that ended before the class was
// known has none.
var classes = []string{"A", "B", "C", "D"}

// statement is the list above.
type statement struct {
	_        struct{} `cbor:",toarray"`
	Party    string
	Purpose  string
	Outcome  string
	Class    string
	Reason   int
	Labels   []string
	Hash     []byte
	Sequence uint64
}

// Draft is the CWT without its signature, which k will make.
func (r Receipt) Draft(k *cwt.Key) (Draft, error) {
	t, err := NewReceiptTemplate(k)
	if err != nil {
		return Draft{}, err
	}
	return t.Draft(r), nil
}

// Sign makes the CWT.
func (r Receipt) Sign(k *cwt.PrivateKey) ([]byte, error) {
	d, err := r.Draft(k.Public())
	if err != nil {
		return nil, err
	}
	signature, err := k.Sign(d.ToBeSigned)
	if err != nil {
		return nil, fmt.Errorf("challenge: receipt: %w", err)
	}
	return d.Finish(signature), nil
}

// OpenReceipt checks the signature with the operator's key and reads a
// receipt. The error wraps [ErrReceipt], [cwt.ErrSignature] or
// [cwt.ErrAlgorithm].
func OpenReceipt(b []byte, k *cwt.Key) (Receipt, error) {
	m, err := cwt.Parse(b)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if typ, ok := m.Header.Type.(string); !ok || typ != receiptType {
		return Receipt{}, fmt.Errorf("%w: typ", ErrReceipt)
	}
	if err := m.Verify(k); err != nil {
		return Receipt{}, err
	}
	return readReceipt(m.Payload)
}

func readReceipt(payload []byte) (r Receipt, err error) {
	claims, err := cwt.ParseClaims(payload)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	var hash []byte
	var s statement
	var errs [4]error
	r.Operator, _, errs[0] = claims.Text(cwt.Issuer)
	r.Redeemed, _, errs[1] = claims.Time(cwt.IssuedAt)
	hash, _, errs[2] = claims.Bytes(cwt.TokenID)
	_, errs[3] = claims.Value(labelStatement, &s)
	if err := errors.Join(errs[:]...); err != nil {
		return r, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	copy(r.NonceHash[:], hash)
	r.Party, r.Purpose = s.Party, s.Purpose
	r.Class, r.Labels, r.Hash, r.Sequence = s.Class, s.Labels, s.Hash, s.Sequence
	all := reason.All()
	if s.Reason < 1 || s.Reason > len(all) {
		return r, fmt.Errorf("%w: reason %d", ErrReceipt, s.Reason)
	}
	r.Reason = all[s.Reason-1]
	if r.Class != "" && !slices.Contains(classes, r.Class) {
		return r, fmt.Errorf("%w: statement", ErrReceipt)
	}
	// Whatever was missing, unknown, of another length or encoded otherwise
	// shows in the bytes.
	if !bytes.Equal(r.appendPayload(nil), payload) {
		return r, fmt.Errorf("%w: unknown members or not the deterministic encoding", ErrReceipt)
	}
	return r, nil
}
