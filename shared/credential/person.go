package credential

import (
	"fmt"
	"time"
	"unicode/utf8"

	"jianzheng/shared/cwt"
)

// Sex is the value of claim 169, label 9.
type Sex int

// The values that MOSIP's specification names. Zero is "not shown".
const (
	Male   Sex = 1
	Female Sex = 2
	Other  Sex = 3
)

func (s Sex) String() string {
	switch s {
	case Male:
		return "male"
	case Female:
		return "female"
	case Other:
		return "other"
	}
	return ""
}

// Caps on what a card may say of a person.
const (
	maxTextBytes  = 512
	maxPhotoBytes = 32 << 10
)

// Person is what a card shows of its holder. What was not shown is zero.
type Person struct {
	ID      string
	Name    string
	Birth   Date
	Sex     Sex
	Address string
	Photo   []byte // an image file, as signed
	Over18  *bool  // the issuer's statement at the time of issue
}

// Date is a day of the calendar. The zero Date is no date.
type Date struct{ Year, Month, Day int }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// china is UTC+8 the year round; it is spelled out because a browser engine
// carries no time zone files.
var china = time.FixedZone("UTC+8", 8*60*60)

// parseDate reads "YYYYMMDD" or "YYYY-MM-DD", the two forms in use.
func parseDate(s string) (Date, error) {
	layout := "20060102"
	if len(s) == len("2006-01-02") {
		layout = "2006-01-02"
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < 1850 {
		return Date{}, fmt.Errorf("%w: date of birth", ErrMalformed)
	}
	return Date{t.Year(), int(t.Month()), t.Day()}, nil
}

// Age is the age in whole years at a moment, counted in China time (UTC+8): a
// year is reached at the beginning of the birthday; somebody born on
// 29 February reaches it on 1 March where the year has no such day.
func (d Date) Age(at time.Time) int {
	now := at.In(china)
	age := now.Year() - d.Year
	birthday := time.Date(now.Year(), time.Month(d.Month), d.Day, 0, 0, 0, 0, china)
	if now.Before(birthday) {
		age--
	}
	return age
}

// readPerson reads what a claim 169 shows; group is flattened.
func readPerson(tree map[any]any) (Person, error) {
	var p Person
	for label, value := range tree {
		if label == label169Group {
			inner, ok := value.(map[any]any)
			if !ok {
				return p, wrongType(label)
			}
			for l, v := range inner {
				if err := p.set(l, v); err != nil {
					return p, err
				}
			}
			continue
		}
		if err := p.set(label, value); err != nil {
			return p, err
		}
	}
	return p, nil
}

func wrongType(label any) error {
	return fmt.Errorf("%w: claim 169, label %v", ErrMalformed, label)
}

// set takes one claim. A label that stands both in the group and beside it is
// refused: which of the two counts would be a guess.
func (p *Person) set(label, value any) (err error) {
	text := func(into *string) {
		s, ok := value.(string)
		if !ok || *into != "" || s == "" || len(s) > maxTextBytes || !utf8.ValidString(s) {
			err = wrongType(label)
			return
		}
		*into = s
	}
	switch label {
	case label169ID:
		text(&p.ID)
	case label169Name:
		text(&p.Name)
	case label169Address:
		text(&p.Address)
	case label169Birth:
		s, ok := value.(string)
		if !ok || !p.Birth.IsZero() {
			return wrongType(label)
		}
		p.Birth, err = parseDate(s)
	case label169Sex:
		n, ok := value.(int64)
		if !ok || p.Sex != 0 || n < int64(Male) || n > int64(Other) {
			return wrongType(label)
		}
		p.Sex = Sex(n)
	case label169Photo:
		b, ok := value.([]byte)
		if !ok || p.Photo != nil || len(b) == 0 || len(b) > maxPhotoBytes {
			return wrongType(label)
		}
		p.Photo = b
	case label169Over18:
		b, ok := value.(bool)
		if !ok || p.Over18 != nil {
			return wrongType(label)
		}
		p.Over18 = &b
	}
	return err
}

// shown lists the names of the claims that are shown, in a fixed order.
func (p Person) shown() []string {
	var names []string
	add := func(name string, there bool) {
		if there {
			names = append(names, name)
		}
	}
	add(ClaimName, p.Name != "")
	add(ClaimID, p.ID != "")
	add(ClaimOver18, p.Over18 != nil)
	add(ClaimBirth, !p.Birth.IsZero())
	add(ClaimSex, p.Sex != 0)
	add(ClaimAddress, p.Address != "")
	add(ClaimPhoto, p.Photo != nil)
	return names
}

// Proofing says how the holder was proofed when the card was issued.
type Proofing struct {
	Tier    string // "light" or "full"
	Factors uint8  // bits face, voice, finger, PIN, terminal; see shared/policy
	Proofed time.Time
}

// The tiers of a card.
const (
	Light = "light"
	Full  = "full"
)

func readProofing(claims cwt.Claims) (Proofing, error) {
	var p Proofing
	m, ok, err := claims.Map(labelProofing)
	if err != nil || !ok {
		return p, fmt.Errorf("%w: proofing claim: %v", ErrMalformed, err)
	}
	if p.Tier, _, err = m.Text(proofingTier); err != nil {
		return p, fmt.Errorf("proofing: %w", err)
	}
	if p.Tier != Light && p.Tier != Full {
		return p, fmt.Errorf("%w: unknown tier", ErrMalformed)
	}
	n, _, err := m.Int(proofingFactors)
	if err != nil || n < 0 || n > 0x1f {
		return p, fmt.Errorf("%w: proofing factors: %v", ErrMalformed, err)
	}
	p.Factors = uint8(n)
	if p.Proofed, _, err = m.Time(proofingDate); err != nil {
		return p, fmt.Errorf("proofing: %w", err)
	}
	return p, nil
}
