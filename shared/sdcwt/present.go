package sdcwt

import (
	"fmt"

	"jianzheng/shared/cwt"
)

// Present drops disclosures from a card and leaves all else as it is, so that
// the issuer's signature still holds. It asks keep for each disclosure by its
// path (as in [Claims.Disclosed]), and keeps in addition those inside which a
// kept one lies. Decoys are always dropped. The path may be retained by keep.
// The error is that of [ParseCard] or [Card.Reveal].
func Present(card []byte, keep func(path []any) bool) ([]byte, error) {
	c, err := ParseCard(card)
	if err != nil {
		return nil, err
	}
	_, placed, err := match(c.payload, c.disclosures)
	if err != nil {
		return nil, err
	}
	kept := make([]bool, len(placed))
	for i, p := range placed {
		if c.disclosures[i].kind == disclosureOfDecoy || !keep(p.path) {
			continue
		}
		// Stop at the first ancestor that is kept: its own are kept already.
		for at := i; at != inPayload && !kept[at]; at = placed[at].parent {
			kept[at] = true
		}
	}
	var disclosures []cwt.RawMessage
	for i, d := range c.disclosures {
		if kept[i] {
			disclosures = append(disclosures, d.raw)
		}
	}
	return withDisclosures(card, disclosures)
}

// withDisclosures puts other disclosures into a card, whose protected header,
// payload and signature stay byte for byte.
func withDisclosures(card []byte, disclosures []cwt.RawMessage) ([]byte, error) {
	var parts []cwt.RawMessage
	// The first byte is the tag, as parseMessage made sure.
	if err := cwt.Decode(card[1:], &parts); err != nil || len(parts) != 4 {
		return nil, fmt.Errorf("%w: not a COSE_Sign1", ErrStructure)
	}
	unprotected := map[any]any{}
	if len(disclosures) > 0 {
		unprotected[headerDisclosures] = disclosures
	}
	header, err := cwt.Encode(unprotected)
	if err != nil {
		return nil, err
	}
	parts[1] = header
	array, err := cwt.Encode(parts)
	if err != nil {
		return nil, err
	}
	return append([]byte{coseSign1Head}, array...), nil
}
