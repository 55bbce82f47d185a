package challenge

import (
	"encoding/binary"
	"fmt"
	"math"

	"jianzheng/shared/cwt"
)

// A ReceiptTemplate makes drafts of receipts for one key: what is around the
// payload is encoded once. It is not changed by use and may serve many
// goroutines.
type ReceiptTemplate struct{ toBeSigned, message frame }

// frame is what stands before and behind the payload, a byte string.
type frame struct{ before, behind []byte }

// NewReceiptTemplate takes kid and algorithm from the key that will sign.
func NewReceiptTemplate(k *cwt.Key) (*ReceiptTemplate, error) {
	h := header(k.Alg, k.ID)
	h.Type = receiptType
	empty, err := newDraft(h, []byte{})
	if err != nil {
		return nil, fmt.Errorf("challenge: receipt: %w", err)
	}
	// An empty byte string is one byte. It ends the Sig_structure, and in the
	// message the head of the signature follows, of two bytes for the sizes of
	// 24 to 255 that there are.
	const headOfSignature = 2
	t := &ReceiptTemplate{}
	t.toBeSigned.before = empty.ToBeSigned[:len(empty.ToBeSigned)-1]
	end := len(empty.Message) - headOfSignature
	t.message = frame{empty.Message[:end-1], empty.Message[end:]}
	return t, nil
}

// Draft is the CWT of r without its signature.
func (t *ReceiptTemplate) Draft(r Receipt) Draft {
	payload := r.appendPayload(make([]byte, 0, 256))
	return Draft{ToBeSigned: t.toBeSigned.around(payload), Message: t.message.around(payload)}
}

func (f frame) around(payload []byte) []byte {
	const maxHead = 9
	b := make([]byte, 0, len(f.before)+maxHead+len(payload)+len(f.behind))
	return append(appendBytes(append(b, f.before...), payload), f.behind...)
}

// appendPayload writes the claims (see [labelStatement]) in the deterministic
// order. By hand it takes a twentieth of the time of the encoder, which has to
// find out what it is given; the tests hold it against that.
func (r Receipt) appendPayload(b []byte) []byte {
	b = append(b, majorMap|4)
	b = appendText(appendInt(b, cwt.Issuer), r.Operator)
	b = appendInt(appendInt(b, cwt.IssuedAt), r.Redeemed.Unix())
	b = appendBytes(appendInt(b, cwt.TokenID), r.NonceHash[:])
	b = append(appendInt(b, labelStatement), majorArray|8)
	b = appendText(b, r.Party)
	b = appendText(b, r.Purpose)
	b = appendText(b, r.Outcome())
	b = appendText(b, r.Class)
	b = appendInt(b, int64(r.Reason.Number()))
	if r.Labels == nil {
		b = append(b, null)
	} else {
		b = appendHead(b, majorArray, uint64(len(r.Labels)))
		for _, label := range r.Labels {
			b = appendText(b, label)
		}
	}
	if r.Hash == nil {
		b = append(b, null)
	} else {
		b = appendBytes(b, r.Hash)
	}
	return appendHead(b, majorUint, r.Sequence)
}

// The major types of CBOR (RFC 8949 §3.1), in their place within a head.
const (
	majorUint   = 0 << 5
	majorNegInt = 1 << 5
	majorBytes  = 2 << 5
	majorText   = 3 << 5
	majorArray  = 4 << 5
	majorMap    = 5 << 5

	null = 0xf6
)

// appendHead writes a head in the shortest of its forms.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorNegInt, uint64(-1-n))
	}
	return appendHead(b, majorUint, uint64(n))
}

func appendText(b []byte, text string) []byte {
	return append(appendHead(b, majorText, uint64(len(text))), text...)
}

func appendBytes(b, content []byte) []byte {
	return append(appendHead(b, majorBytes, uint64(len(content))), content...)
}
