package status

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"time"

	"jianzheng/shared/cwt"
)

// Build makes the token of the list at uri, signed by k: entries[i] is the
// status of card i, in bits 1, 2, 4 or 8. A zero exp or ttl leaves that claim
// out; times are cut to whole seconds.
//
// The error wraps [ErrMalformed] for other bits, an empty uri or dates in the
// wrong order, [ErrRange] for a status that does not fit into bits, and
// [ErrTooLarge] when the list is over [MaxListBytes].
func Build(k *cwt.PrivateKey, uri string, bits uint8, entries []uint8, iat, exp time.Time, ttl time.Duration) ([]byte, error) {
	list, err := pack(entries, bits)
	if err != nil {
		return nil, err
	}
	if uri == "" || len(uri) > maxURIBytes {
		return nil, fmt.Errorf("%w: uri of %d bytes", ErrMalformed, len(uri))
	}
	if iat.Unix() <= 0 || ttl < 0 || !exp.IsZero() && exp.Unix() <= iat.Unix() {
		return nil, fmt.Errorf("%w: iat, exp and ttl out of order", ErrMalformed)
	}
	packed, err := deflate(list)
	if err != nil {
		return nil, err
	}
	claims := map[int64]any{
		cwt.Subject:     uri,
		cwt.IssuedAt:    iat.Unix(),
		labelStatusList: listMap{Bits: bits, List: packed},
	}
	if !exp.IsZero() {
		claims[cwt.Expires] = exp.Unix()
	}
	if ttl >= time.Second {
		claims[labelTTL] = int64(ttl / time.Second)
	}
	payload, err := cwt.Encode(claims)
	if err != nil {
		return nil, fmt.Errorf("status: encode: %w", err)
	}
	b, err := cwt.Sign(k, cwt.Header{Type: contentType}, nil, payload)
	if err != nil {
		return nil, fmt.Errorf("status: sign: %w", err)
	}
	return b, nil
}

// pack lays entries out as in labels.go. What is left of the last byte is 0,
// which reads as valid; cards are given no such index.
func pack(entries []uint8, bits uint8) ([]byte, error) {
	if bits != 1 && bits != 2 && bits != 4 && bits != 8 {
		return nil, fmt.Errorf("%w: %d bits an entry", ErrMalformed, bits)
	}
	perByte := 8 / int(bits)
	if len(entries) > MaxListBytes*perByte {
		return nil, fmt.Errorf("%w: %d entries", ErrTooLarge, len(entries))
	}
	list := make([]byte, (len(entries)+perByte-1)/perByte)
	for i, e := range entries {
		if e>>bits != 0 {
			return nil, fmt.Errorf("%w: entry %d is %d in %d bits", ErrRange, i, e, bits)
		}
		list[i/perByte] |= e << (i % perByte * int(bits))
	}
	return list, nil
}

// deflate packs a list at the highest level, as draft §4.1 recommends.
func deflate(list []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("status: deflate: %w", err)
	}
	if _, err := z.Write(list); err != nil {
		return nil, fmt.Errorf("status: deflate: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("status: deflate: %w", err)
	}
	return out.Bytes(), nil
}
