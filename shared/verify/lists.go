package verify

import (
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
)

// Lists is what a verifier knows of the world. Any part may be missing; the
// checks that need it are then unknown. It must not be used by two checks at
// the same time.
type Lists struct {
	Trust  *trust.List       // opened with the anchor
	Policy *policy.Catalogue // opened with the anchor
	Status []*StatusList

	// Rollback says that a trust list older than one already seen was offered.
	Rollback bool
}

// StatusList is a status list as received. Its signature is checked when a card
// first refers to it, since only the card says which issuer's key must have
// signed it.
type StatusList struct {
	*status.Token
	signer *cwt.Key // the key that verified it last
}

// ParseStatus reads a status list token. The error is that of status.Parse.
func ParseStatus(b []byte) (*StatusList, error) {
	t, err := status.Parse(b)
	if err != nil {
		return nil, err
	}
	return &StatusList{Token: t}, nil
}

// verify checks the token with k once: inflating a million entries for every
// card would be most of the time of a check.
func (l *StatusList) verify(k *cwt.Key) error {
	if l.signer != nil && l.signer.Equal(k) {
		return nil
	}
	l.signer = nil
	if err := l.Verify(k); err != nil {
		return err
	}
	l.signer = k
	return nil
}

// status finds the list at uri, or nil.
func (l *Lists) status(uri string) *StatusList {
	for _, s := range l.Status {
		if s.Subject == uri {
			return s
		}
	}
	return nil
}
