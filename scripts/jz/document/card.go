package document

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"jianzheng/shared/credential"
)

// Card is the request for a card, as an issuer's own system writes it.
type Card struct {
	Issuer  string   `json:"issuer"` // id of the issuer's entry in the trust list
	Type    string   `json:"type"`   // vct; a printed card needs none
	Tier    string   `json:"tier"`   // light or full
	Factors []string `json:"factors"`
	Proofed Time     `json:"proofed"` // when the holder was proofed
	Expires Time     `json:"expires,omitzero"`
	Life    Length   `json:"life,omitzero"` // instead of expires
	Person  Person   `json:"person"`
}

// Person is what the card says of its holder. Name and id are needed.
type Person struct {
	Name    string `json:"name"`
	ID      string `json:"id"`
	Birth   string `json:"birth,omitempty"` // 1990-03-07
	Sex     string `json:"sex,omitempty"`   // male, female or other
	Address string `json:"address,omitempty"`
	Photo   []byte `json:"photo,omitempty"`
	// Over18 is reckoned from birth at the time of issue where it is left out.
	Over18 *bool `json:"over18,omitempty"`
}

// Request is the card to be issued at issued. Holder, subject and status are
// left to the caller. The error wraps [ErrMalformed] and names the field, never
// its value.
func (c *Card) Request(issued time.Time) (credential.Request, error) {
	bits, err := factorBits(c.Factors)
	if err != nil {
		return credential.Request{}, err
	}
	proofed, expires := time.Time(c.Proofed), time.Time(c.Expires)
	if c.Life != 0 {
		expires = issued.Add(time.Duration(c.Life))
	}
	switch {
	case c.Issuer == "":
		err = errors.New("no issuer")
	case c.Tier != credential.Light && c.Tier != credential.Full:
		err = errors.New("tier is neither light nor full")
	case proofed.IsZero():
		err = errors.New("proofed is missing")
	case proofed.After(issued):
		err = errors.New("proofed is after the time of issue")
	case c.Life != 0 && !time.Time(c.Expires).IsZero():
		err = errors.New("expires and life exclude each other")
	case !expires.After(issued):
		err = errors.New("expires is missing or not after the time of issue")
	}
	if err != nil {
		return credential.Request{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	person, err := c.Person.person(issued)
	if err != nil {
		return credential.Request{}, fmt.Errorf("%w: person: %w", ErrMalformed, err)
	}
	return credential.Request{
		Issuer: c.Issuer, Type: c.Type,
		Proofing: credential.Proofing{Tier: c.Tier, Factors: bits, Proofed: proofed},
		IssuedAt: issued, Expires: expires, Person: person,
	}, nil
}

const adult = 18

func (p Person) person(issued time.Time) (credential.Person, error) {
	if strings.TrimSpace(p.Name) == "" || strings.TrimSpace(p.ID) == "" {
		return credential.Person{}, errors.New("name and id are both needed")
	}
	out := credential.Person{ID: p.ID, Name: p.Name, Address: p.Address, Photo: p.Photo, Over18: p.Over18}
	switch p.Sex {
	case "":
	case credential.Male.String():
		out.Sex = credential.Male
	case credential.Female.String():
		out.Sex = credential.Female
	case credential.Other.String():
		out.Sex = credential.Other
	default:
		return out, errors.New("sex is none of male, female, other")
	}
	if p.Birth == "" {
		return out, nil
	}
	birth, err := time.Parse(time.DateOnly, p.Birth)
	if err != nil || birth.After(issued) {
		return out, errors.New("birth is no date like 1990-03-07, or lies ahead")
	}
	out.Birth = credential.Date{Year: birth.Year(), Month: int(birth.Month()), Day: birth.Day()}
	over := out.Birth.Age(issued) >= adult
	if p.Over18 != nil && *p.Over18 != over {
		return out, errors.New("over18 contradicts birth")
	}
	out.Over18 = &over
	return out, nil
}

// subjectBytes is the length of a subject: nobody meets one twice by chance.
const subjectBytes = 9

// Subject draws the random name of a card.
func Subject(random io.Reader) (string, error) {
	n, err := rand.Int(random, new(big.Int).Lsh(big.NewInt(1), 8*subjectBytes))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*x", 2*subjectBytes, n), nil
}
