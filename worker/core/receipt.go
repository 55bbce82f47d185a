package core

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
var ErrReceipt = errors.New("core: not a receipt")

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

func (r RedeemRequest) receipt(operator string, at time.Time) Receipt {
	return Receipt{
		Operator: operator, Redeemed: at, NonceHash: sha256.Sum256(r.Nonce), Party: r.Party, Purpose: r.Purpose,
		Reason: r.Reason, Class: r.Class, Labels: r.Labels, Hash: r.Hash, Sequence: r.Sequence,
	}
}

// The claims of a receipt; labels below -65536 are for private use, and those
// of party and purpose are the ones of a challenge.
//
//	{ 1: operator, 6: iat,
//	  7: SHA-256 of the nonce,
//	  -70001: relying party id,
//	  -70002: purpose,
//	  -70006: [outcome, class, reason's number, [label, ...], hash, sequence] }
const (
	labelParty     int64 = -70001
	labelPurpose   int64 = -70002
	labelStatement int64 = -70006
)

// statement is the terminal's part.
type statement struct {
	_        struct{} `cbor:",toarray"`
	Outcome  string
	Class    string
	Reason   int
	Labels   []string
	Hash     []byte
	Sequence uint64
}

func (r Receipt) payload() ([]byte, error) {
	return cwt.Encode(map[int64]any{
		cwt.Issuer:   r.Operator,
		cwt.IssuedAt: r.Redeemed.Unix(),
		cwt.TokenID:  r.NonceHash[:],
		labelParty:   r.Party,
		labelPurpose: r.Purpose,
		labelStatement: statement{
			Outcome: r.Outcome(), Class: r.Class, Reason: r.Reason.Number(),
			Labels: r.Labels, Hash: r.Hash, Sequence: r.Sequence,
		},
	})
}

// Sign makes the CWT.
func (r Receipt) Sign(k *cwt.PrivateKey) ([]byte, error) {
	payload, err := r.payload()
	if err != nil {
		return nil, fmt.Errorf("core: receipt: %w", err)
	}
	b, err := cwt.Sign(k, cwt.Header{Type: receiptType}, nil, payload)
	if err != nil {
		return nil, fmt.Errorf("core: receipt: %w", err)
	}
	return b, nil
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
	var errs [6]error
	r.Operator, _, errs[0] = claims.Text(cwt.Issuer)
	r.Redeemed, _, errs[1] = claims.Time(cwt.IssuedAt)
	hash, _, errs[2] = claims.Bytes(cwt.TokenID)
	r.Party, _, errs[3] = claims.Text(labelParty)
	r.Purpose, _, errs[4] = claims.Text(labelPurpose)
	_, errs[5] = claims.Value(labelStatement, &s)
	if err := errors.Join(errs[:]...); err != nil {
		return r, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	copy(r.NonceHash[:], hash)
	r.Class, r.Labels, r.Hash, r.Sequence = s.Class, s.Labels, s.Hash, s.Sequence
	all := reason.All()
	if s.Reason < 1 || s.Reason > len(all) {
		return r, fmt.Errorf("%w: reason %d", ErrReceipt, s.Reason)
	}
	r.Reason = all[s.Reason-1]
	if _, err := sortLabels(r.Labels); err != nil || (r.Class != "" && !slices.Contains(classes, r.Class)) {
		return r, fmt.Errorf("%w: statement", ErrReceipt)
	}
	// Whatever was missing, unknown, of another length or encoded otherwise
	// shows in the bytes.
	again, err := r.payload()
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if !bytes.Equal(again, payload) {
		return r, fmt.Errorf("%w: unknown members or not the deterministic encoding", ErrReceipt)
	}
	return r, nil
}
