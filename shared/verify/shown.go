package verify

import (
	"time"

	"jianzheng/shared/sdcwt"
)

// TokenIDBytes is the length of the cti of a shown code.
const TokenIDBytes = 8

// ShownBinding is what a phone signs for a code of class [Fresh] or [Day], which
// it shows to whoever asks, at now and for no longer than the class lasts or the
// card: a code that outlives its card is refused. id is random. ok is false for
// any other class.
func ShownBinding(class Class, now, cardExpires time.Time, id []byte) (b sdcwt.Binding, ok bool) {
	life := freshFor
	switch class {
	case Fresh:
	case Day:
		life = dayFor
	default:
		return b, false
	}
	b = sdcwt.Binding{Audience: audienceAny, IssuedAt: now.UTC().Truncate(time.Second), TokenID: id}
	b.Expires = b.IssuedAt.Add(life)
	if b.Expires.After(cardExpires) && cardExpires.After(b.IssuedAt) {
		b.Expires = cardExpires
	}
	return b, true
}
