package core

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"jianzheng/shared/challenge"
)

// MaxSiteBytes caps a registration file.
const MaxSiteBytes = 8 << 20

// Site is the registration file of an operator, site.json.
type Site struct {
	Operator string   `json:"operator"`          // https URL; the trust list knows it
	Party    string   `json:"party"`             // of requests that name none
	Purpose  string   `json:"purpose"`           // of pages that were not told another
	Parties  []Party  `json:"parties"`           // who may ask
	Revoked  []string `json:"revoked,omitempty"` // terminals taken out of service, as party/terminal
}

// siteNames are all names of members in a registration file.
var siteNames = []string{"operator", "party", "purpose", "parties", "revoked",
	"id", "name", "kind", "purposes", "origins", "rate", "open", "perMinute", "burst"}

// siteDepth is that of a rate: {parties: [{rate: {…}}]}.
const siteDepth = 4

// ParseSite reads a registration file strictly: names unknown, repeated or in
// another case, null and bytes behind the object are refused, since each of
// them is a rule that its author believes to hold. The error says where.
func ParseSite(b []byte) (Site, error) {
	if len(b) > MaxSiteBytes {
		return Site{}, fmt.Errorf("core: registration: more than %d bytes", MaxSiteBytes)
	}
	if !utf8.Valid(b) {
		return Site{}, errors.New("core: registration: not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if err := strictValue(dec, siteNames, siteDepth); err != nil {
		return Site{}, fmt.Errorf("core: registration: byte %d: %w", dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Site{}, errors.New("core: registration: bytes behind the object")
	}
	var s Site
	dec = json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Site{}, fmt.Errorf("core: registration: %w", err)
	}
	return s, s.check()
}

func (s Site) check() error {
	if len(s.Parties) == 0 || len(s.Parties) > maxParties {
		return fmt.Errorf("core: registration: %d relying parties, 1 to %d are possible", len(s.Parties), maxParties)
	}
	if len(s.Revoked) > maxRevoked {
		return fmt.Errorf("core: registration: %d revoked terminals, at most %d", len(s.Revoked), maxRevoked)
	}
	for i, name := range s.Revoked {
		if _, ok := parseCaller(name); !ok {
			return fmt.Errorf("core: registration: revoked %d is not of the form party/terminal", i+1)
		}
	}
	for i, p := range s.Parties {
		if err := p.check(); err != nil {
			return fmt.Errorf("core: registration: relying party %d: %w", i+1, err)
		}
	}
	if !slices.ContainsFunc(s.Parties, func(p Party) bool { return p.ID == s.Party }) {
		return fmt.Errorf("core: relying party %q is not registered", s.Party)
	}
	if !challenge.IsPurpose(s.Purpose) {
		return errors.New("core: registration: purpose")
	}
	return nil
}

// strictValue reads past one JSON value and refuses null, names that are not
// listed or stand twice in one object, and nesting deeper than depth.
func strictValue(dec *json.Decoder, names []string, depth int) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	if token == nil {
		return errors.New("null")
	}
	open, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth == 0 {
		return errors.New("nested too deep")
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			token, err := dec.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if !slices.Contains(names, name) {
				return errors.New("unknown member")
			}
			if seen[name] {
				return fmt.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
		if err := strictValue(dec, names, depth-1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
