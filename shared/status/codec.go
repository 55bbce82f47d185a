package status

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"time"

	"jianzheng/shared/cwt"
)

// maxTTL is a hundred years in seconds. It keeps times plus ttl within the range
// of a time.Duration.
const maxTTL = 100 * 365 * 24 * 60 * 60

// majorBytes is the major type of a CBOR byte string (RFC 8949 §3.1).
const majorBytes = 2

// parsePayload reads the claims of a token. Claims it does not know are left
// alone, as in any CWT.
func parsePayload(payload []byte) (*Token, error) {
	c, err := cwt.ParseListClaims(payload, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: claims: %w", ErrMalformed, err)
	}
	t := &Token{}
	var ok bool
	if t.Subject, ok, err = c.Text(cwt.Subject); !ok || t.Subject == "" || len(t.Subject) > maxURIBytes {
		return nil, claimError("sub", err)
	}
	if t.IssuedAt, ok, err = c.Time(cwt.IssuedAt); !ok {
		return nil, claimError("iat", err)
	}
	if t.Expires, ok, err = c.Time(cwt.Expires); err != nil || ok && !t.IssuedAt.Before(t.Expires) {
		return nil, claimError("exp", err)
	}
	ttl, ok, err := c.Int(labelTTL)
	if err != nil || ok && (ttl <= 0 || ttl > maxTTL) {
		return nil, claimError("ttl", err)
	}
	t.TTL = time.Duration(ttl) * time.Second
	raw, ok := c[labelStatusList]
	if !ok {
		return nil, claimError("status_list", nil)
	}
	if t.Bits, t.packed, err = parseList(raw); err != nil {
		return nil, err
	}
	return t, nil
}

// claimError says which claim is missing or, with err, wrong.
func claimError(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%w: claim %s: %w", ErrMalformed, name, err)
	}
	return fmt.Errorf("%w: claim %s missing or out of range", ErrMalformed, name)
}

// parseList reads the map of draft §4.3: bits an entry, and the list in zlib.
func parseList(raw []byte) (bits uint8, packed []byte, err error) {
	m, err := cwt.ParseListClaims(raw, MaxBytes)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: status_list: %w", ErrMalformed, err)
	}
	n, ok, err := m.Int("bits")
	if !ok {
		return 0, nil, claimError("bits", err)
	}
	if n != 1 && n != 2 && n != 4 && n != 8 {
		return 0, nil, fmt.Errorf("%w: %d bits an entry", ErrMalformed, n)
	}
	// Claims.Bytes would hold the list to the cap of a card.
	lst := m["lst"]
	if len(lst) == 0 || lst[0]>>5 != majorBytes {
		return 0, nil, fmt.Errorf("%w: lst is missing or no byte string", ErrMalformed)
	}
	if err := cwt.DecodeList(lst, &packed, MaxBytes); err != nil {
		return 0, nil, fmt.Errorf("%w: lst: %w", ErrMalformed, err)
	}
	return uint8(n), packed, nil
}

// inflate unpacks one zlib stream of at most MaxListBytes, with nothing after
// it.
func inflate(packed []byte) ([]byte, error) {
	in := bytes.NewReader(packed) // an io.ByteReader, so zlib reads not a byte too many
	z, err := zlib.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("%w: lst: %w", ErrMalformed, err)
	}
	// One byte more than the cap, so that a full list is read to its checksum. The
	// guess at the size spares a long list the copies of a growing buffer.
	var out bytes.Buffer
	out.Grow(min(4*len(packed), MaxListBytes+1) + bytes.MinRead)
	_, err = out.ReadFrom(io.LimitReader(z, MaxListBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: lst: %w", ErrMalformed, err)
	case out.Len() > MaxListBytes:
		return nil, fmt.Errorf("%w: inflates to more than %d bytes", ErrTooLarge, MaxListBytes)
	case in.Len() != 0:
		return nil, fmt.Errorf("%w: lst: %d bytes after the stream", ErrMalformed, in.Len())
	}
	return out.Bytes(), nil
}

// entryAt reads entry idx of a list, which must hold it.
func entryAt(list []byte, bits uint8, idx uint64) uint8 {
	perByte := 8 / uint64(bits)
	shift := idx % perByte * uint64(bits)
	return list[idx/perByte] >> shift & uint8(1<<bits-1)
}

// keyID takes the key id from the protected header or, as the draft's own
// example does, from the unprotected one. It only helps to find the key in the
// issuer's entry, so that nothing rests on it being signed.
func keyID(m *cwt.Message) ([]byte, error) {
	if m.Header.KeyID != nil {
		return m.Header.KeyID, nil
	}
	kid, _, err := m.Unprotected.Bytes(labelKeyID)
	if err != nil {
		return nil, fmt.Errorf("%w: kid: %w", ErrMalformed, err)
	}
	return kid, nil
}

// ReferenceFrom returns where a card's status stands: the index in the list at
// uri (draft §6.3). ok is false when the card has no status claim at all.
//
// The error wraps [ErrMechanism] when there is a claim without status_list,
// which must not pass for a card that cannot be revoked, and [ErrMalformed] when
// it is of the wrong form.
func ReferenceFrom(claims cwt.Claims) (idx uint64, uri string, ok bool, err error) {
	status, ok, err := claims.Map(cwt.StatusClaim)
	if err != nil {
		return 0, "", false, claimError("status", err)
	}
	if !ok {
		return 0, "", false, nil
	}
	if _, ok := status["status_list"]; !ok {
		return 0, "", false, ErrMechanism
	}
	ref, ok, err := status.Map("status_list")
	if !ok {
		return 0, "", false, claimError("status_list", err)
	}
	n, ok, err := ref.Int("idx")
	if !ok || n < 0 {
		return 0, "", false, claimError("idx", err)
	}
	uri, ok, err = ref.Text("uri")
	if !ok || uri == "" || len(uri) > maxURIBytes {
		return 0, "", false, claimError("uri", err)
	}
	return uint64(n), uri, true, nil
}
