package cwt

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Limits of every CBOR item this project reads. They are set once, here.
const (
	MaxBytes    = 64 << 10 // of a message, unless the caller names another cap
	maxNesting  = 16
	maxElements = 256
	maxPairs    = 64
)

// wide are the element limits of lists, which hold more than cards do: a trust
// list of a country has thousands of keys. Its callers cap the bytes.
const wideElements = 1 << 16

// RawMessage is one encoded CBOR item, kept as it was read.
type RawMessage = cbor.RawMessage

// SimpleValue is a CBOR simple value (major type 7), such as simple(59).
type SimpleValue = cbor.SimpleValue

// ByteString is a CBOR byte string where a Go []byte cannot stand: a map key.
type ByteString = cbor.ByteString

// Tag is a tagged CBOR item.
type Tag = cbor.Tag

var (
	encMode  cbor.EncMode
	strict   cbor.DecMode
	wide     cbor.DecMode
	errTrail = errors.New("bytes after the item")
)

func init() {
	encOpts := cbor.CoreDetEncOptions()
	encOpts.IndefLength = cbor.IndefLengthForbidden
	decOpts := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		MaxNestedLevels:   maxNesting,
		MaxArrayElements:  maxElements,
		MaxMapPairs:       maxPairs,
		IntDec:            cbor.IntDecConvertSignedOrFail,
		UTF8:              cbor.UTF8RejectInvalid,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}
	var err error
	if encMode, err = encOpts.EncMode(); err != nil {
		panic(err)
	}
	if strict, err = decOpts.DecMode(); err != nil {
		panic(err)
	}
	decOpts.MaxArrayElements, decOpts.MaxMapPairs = wideElements, wideElements
	if wide, err = decOpts.DecMode(); err != nil {
		panic(err)
	}
}

// Encode writes v as core deterministic CBOR (RFC 8949, section 4.2.1).
func Encode(v any) ([]byte, error) {
	b, err := encMode.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("cwt: encode: %w", err)
	}
	return b, nil
}

// Decode reads one CBOR item of at most [MaxBytes] into v: definite lengths
// only, no duplicate map keys, no more than 16 levels, 256 elements and 64
// pairs, valid UTF-8, nothing behind the item. The error wraps [ErrMalformed]
// or [ErrTooLarge].
func Decode(b []byte, v any) error { return decode(strict, b, v, MaxBytes) }

// DecodeList is [Decode] for the payload of a list: up to maxBytes bytes and
// 65,536 elements or pairs, all else as strict.
func DecodeList(b []byte, v any, maxBytes int) error { return decode(wide, b, v, maxBytes) }

func decode(mode cbor.DecMode, b []byte, v any, maxBytes int) error {
	if len(b) > maxBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), maxBytes)
	}
	rest, err := mode.UnmarshalFirst(b, v)
	if err == nil && len(rest) > 0 {
		err = errTrail
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}
