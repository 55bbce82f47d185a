package credential

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/cwt"
	"jianzheng/shared/sdcwt"
)

// Request is what an issuer puts into a card. Status is optional; all else of a
// phone card is needed.
type Request struct {
	Issuer   string
	Type     string // vct, phone cards only
	Subject  string // random, never derived from the person
	Proofing Proofing
	IssuedAt time.Time
	Expires  time.Time
	Holder   *cwt.Key // the phone's key; nil for a printed card
	Person   Person
	Status   *StatusReference
}

// StatusReference points to the entry of a card in a status list
// (draft-ietf-oauth-status-list, "Referenced Token").
type StatusReference struct {
	Index uint64
	URI   string
}

// common are the claims that cards of all families carry in the open.
func (r Request) common() map[any]any {
	claims := map[any]any{
		cwt.Issuer: r.Issuer, cwt.Expires: r.Expires.Unix(), cwt.IssuedAt: r.IssuedAt.Unix(),
		labelProofing: map[int64]any{
			proofingTier: r.Proofing.Tier, proofingFactors: r.Proofing.Factors, proofingDate: r.Proofing.Proofed.Unix(),
		},
	}
	if r.Status != nil {
		claims[cwt.StatusClaim] = map[string]any{"status_list": map[string]any{"idx": r.Status.Index, "uri": r.Status.URI}}
	}
	return claims
}

// Issue signs a phone card with k: every claim of the person can be shown or
// hidden by itself, but birth, sex and address only together. Salts are drawn
// from rand. The error is that of package sdcwt, or wraps [ErrMalformed].
func Issue(k *cwt.PrivateKey, r Request, rand io.Reader) ([]byte, error) {
	if r.Holder == nil {
		return nil, fmt.Errorf("%w: a phone card needs the phone's key", ErrMalformed)
	}
	cnf, err := sdcwt.Confirmation(r.Holder)
	if err != nil {
		return nil, err
	}
	claims := r.common()
	claims[cwt.Subject] = r.Subject
	claims[cwt.VerifiableType] = r.Type
	claims[cwt.Confirmation] = cnf

	person := map[any]any{}
	group := map[any]any{}
	for label, value := range r.Person.claims() {
		switch label {
		case label169Birth, label169Sex, label169Address:
			group[label] = value
		default:
			person[label] = sdcwt.Redact(value)
		}
	}
	if len(group) > 0 {
		person[label169Group] = sdcwt.Redact(group)
	}
	claims[cwt.Claim169] = person
	return sdcwt.Issue(k, sdcwt.IssueHeader{}, claims, rand)
}

// IssuePrinted signs a printed card with k and returns its text.
func IssuePrinted(k *cwt.PrivateKey, r Request) (string, error) {
	claims := r.common()
	claims[cwt.Claim169] = r.Person.claims()
	payload, err := cwt.Encode(claims)
	if err != nil {
		return "", err
	}
	b, err := cwt.Sign(k, cwt.Header{}, nil, payload)
	if err != nil {
		return "", err
	}
	return PrefixPrinted + base45.Encode(b), nil
}

// claims writes p as the map of claim 169.
func (p Person) claims() map[any]any {
	m := map[any]any{}
	for label, text := range map[int64]string{label169ID: p.ID, label169Name: p.Name, label169Address: p.Address} {
		if text != "" {
			m[label] = text
		}
	}
	if !p.Birth.IsZero() {
		m[label169Birth] = strings.ReplaceAll(p.Birth.String(), "-", "")
	}
	if p.Sex != 0 {
		m[label169Sex] = int64(p.Sex)
	}
	if p.Photo != nil {
		m[label169Photo] = p.Photo
	}
	if p.Over18 != nil {
		m[label169Over18] = *p.Over18
	}
	return m
}

// WithGroup adds to the names of claims those that a card shows along with
// them because they travel in one disclosure.
func WithGroup(names []string) []string {
	for _, n := range names {
		if slices.Contains(inGroup, n) {
			return append(slices.Clone(names), inGroup...)
		}
	}
	return names
}

// Choose drops from an issued card every disclosure but those of the named
// claims. Claims that travel in the group bring the whole group.
func Choose(card []byte, names []string) ([]byte, error) {
	return sdcwt.Present(card, func(path []any) bool {
		if len(path) < 2 || path[0] != cwt.Claim169 {
			return false
		}
		if path[1] == label169Group {
			return slices.ContainsFunc(inGroup, func(n string) bool { return slices.Contains(names, n) })
		}
		return slices.Contains(names, claimNames[path[1]])
	})
}

// Present prepares the presentation of an issued card that shows the named
// claims: the phone signs what ToBeSigned of the result gives, with alg, and
// [Text] makes the code of the finished message. The error is that of sdcwt.
func Present(card []byte, names []string, alg cwt.Algorithm, b sdcwt.Binding) (*cwt.Unsigned, error) {
	chosen, err := Choose(card, names)
	if err != nil {
		return nil, err
	}
	return sdcwt.BuildPresentation(chosen, alg, b)
}

// Text is the text of a finished presentation.
func Text(presentation []byte) string { return PrefixPresentation + base45.Encode(presentation) }
