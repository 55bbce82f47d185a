package challenge

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Caps of the fields, in bytes of UTF-8 unless they say otherwise.
const (
	maxOperatorBytes    = 128
	maxPartyIDBytes     = 64
	maxPartyNameBytes   = 120 // 40 Chinese characters
	maxPurposeBytes     = 32
	maxResponseURIBytes = 160
	maxKeyIDBytes       = 32
	maxClaims           = 16 // claims asked for
	maxClaimBytes       = 32
)

// Public keys for HPKE (RFC 9180 §7.1): X25519 and P-256.
const (
	pageKeyX25519Bytes = 32
	pageKeyP256Bytes   = 65
)

// check holds a challenge against the caps; Sign and Parse share it.
func (c *Challenge) check() error {
	switch {
	case c.Offline && (c.Operator != "" || len(c.KeyID) != 0):
		return fmt.Errorf("%w: an offline challenge names an operator or a kid", ErrMalformed)
	case !c.Offline && (len(c.KeyID) == 0 || len(c.KeyID) > maxKeyIDBytes):
		return fmt.Errorf("%w: kid has %d bytes", ErrMalformed, len(c.KeyID))
	case !c.Offline && !isLine(c.Operator, maxOperatorBytes):
		return fmt.Errorf("%w: operator", ErrMalformed)
	case !isLine(c.PartyID, maxPartyIDBytes):
		return fmt.Errorf("%w: relying party id", ErrMalformed)
	case !isLine(c.PartyName, maxPartyNameBytes):
		return fmt.Errorf("%w: relying party name", ErrMalformed)
	case !isCode(c.Purpose, maxPurposeBytes):
		return fmt.Errorf("%w: purpose", ErrMalformed)
	case c.ResponseURI != "" && !isHTTP(c.ResponseURI):
		return fmt.Errorf("%w: response URI", ErrMalformed)
	case len(c.PageKey) != 0 && !IsPageKey(c.PageKey):
		return fmt.Errorf("%w: page key has %d bytes", ErrMalformed, len(c.PageKey))
	case len(c.Claims) > maxClaims:
		return fmt.Errorf("%w: %d claims", ErrMalformed, len(c.Claims))
	}
	for i, name := range c.Claims {
		if !isCode(name, maxClaimBytes) {
			return fmt.Errorf("%w: name of claim %d", ErrMalformed, i)
		}
		for _, earlier := range c.Claims[:i] {
			if name == earlier {
				return fmt.Errorf("%w: claim %d stands twice", ErrMalformed, i)
			}
		}
	}
	return c.checkTimes()
}

func (c *Challenge) checkTimes() error {
	exp, err := NonceExpiry(c.Nonce)
	if err != nil {
		return fmt.Errorf("%w: nonce has %d bytes", ErrMalformed, len(c.Nonce))
	}
	if !exp.Equal(c.Expires) {
		return fmt.Errorf("%w: exp differs from that of the nonce", ErrMalformed)
	}
	if life := c.Expires.Sub(c.Issued); c.Issued.Unix() <= 0 || life <= 0 || life > MaxLife {
		return fmt.Errorf("%w: lives %d s", ErrMalformed, life/time.Second)
	}
	return nil
}

// IsPartyID reports whether an id of a relying party may stand in a challenge:
// 1 to 64 bytes on one line.
func IsPartyID(id string) bool { return isLine(id, maxPartyIDBytes) }

// IsPartyName reports whether a registered name may stand in a challenge: 1 to
// 120 bytes on one line.
func IsPartyName(name string) bool { return isLine(name, maxPartyNameBytes) }

// IsPurpose reports whether text has the form of a purpose code: 1 to 32 lower
// case letters, digits, hyphens and underscores.
func IsPurpose(code string) bool { return isCode(code, maxPurposeBytes) }

// IsPageKey reports whether b has the length of a page's key for HPKE. Whether
// it is a point of its curve shows when it is used.
func IsPageKey(b []byte) bool {
	return len(b) == pageKeyX25519Bytes || len(b) == pageKeyP256Bytes
}

// isLine tells text that can be shown on one line as it is: UTF-8, no control
// and no format characters (which could turn a name around on the screen), and
// no space at either end.
func isLine(text string, max int) bool {
	if len(text) == 0 || len(text) > max || !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return text[0] != ' ' && text[len(text)-1] != ' '
}

// isCode tells a name of lower case letters, digits, hyphens and underscores.
func isCode(text string, max int) bool {
	if len(text) == 0 || len(text) > max {
		return false
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// isHTTP tells an absolute http or https address of visible ASCII, without user
// name or fragment. Plain http is for a server on the same machine or counter
// network; what is posted there is sealed to the page's key.
func isHTTP(text string) bool {
	if len(text) > maxResponseURIBytes {
		return false
	}
	rest, ok := strings.CutPrefix(text, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(text, "http://")
	}
	if !ok || rest == "" || strings.ContainsAny(rest[:1], "/?:") {
		return false
	}
	for _, c := range []byte(rest) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"#<>@\^`+"`{|}", c) >= 0 {
			return false
		}
	}
	return true
}
