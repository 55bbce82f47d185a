package demo

import (
	"bytes"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"jianzheng/shared/base45"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/status"
)

// faces are drawn by scripts/faces: nobody's. There is a small one of everybody,
// for printed cards, and a large one of those whose phones carry it.
//
//go:embed faces
var faces embed.FS

func face(person, size string) ([]byte, error) {
	b, err := faces.ReadFile("faces/" + person + "-" + size + ".png")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return b, nil
}

// ErrPerson is returned for a person who is not among [People].
var ErrPerson = errors.New("demo: no such person")

// Person describes a sample card to whoever picks one.
type Person struct {
	ID     string `json:"id"`
	Zh     string `json:"zh"`
	En     string `json:"en"`
	NoteZh string `json:"noteZh"`
	NoteEn string `json:"noteEn"`
}

// The demonstration's status list. The sample people whose cards are revoked or
// suspended from the start share places at its beginning; every other card has
// one of its own, drawn at random, so that its loss can be reported.
const (
	statusEntries = 1 << 14
	firstOwn      = 128
)

const day = 24 * time.Hour

// sample is one row of the sample people.
type sample struct {
	Person
	number  string // region 99 does not exist, so the number cannot be anybody's
	age     int    // years
	sex     credential.Sex
	tier    string
	begins  time.Duration // of validity, from now
	expires time.Duration
	status  uint8
	signer  string
	spoil   bool // alter the card after signing
	face    bool // the card has a portrait
}

var people = []sample{
	{Person: Person{"valid", "演示·张三", "DEMO Zhang San", "有效的轻证", "a valid light card"},
		number: "990101199003077012", age: 36, sex: credential.Male, tier: credential.Light, begins: -30 * day, expires: 335 * day, signer: keyLight},
	{Person: Person{"expires-soon", "演示·李四", "DEMO Li Si", "十天后到期", "expires in ten days"},
		number: "990101198805143024", age: 38, sex: credential.Female, tier: credential.Light, begins: -355 * day, expires: 10 * day, signer: keyLight},
	{Person: Person{"expired", "演示·王五", "DEMO Wang Wu", "昨天已到期", "expired yesterday"},
		number: "990101199511213036", age: 31, sex: credential.Male, tier: credential.Light, begins: -366 * day, expires: -day, signer: keyLight},
	{Person: Person{"under-18", "演示·赵六", "DEMO Zhao Liu", "未满 18 岁", "under 18"},
		number: "990101200909094048", age: 16, sex: credential.Female, tier: credential.Light, begins: -30 * day, expires: 335 * day, signer: keyLight},
	{Person: Person{"revoked", "演示·孙七", "DEMO Sun Qi", "已被撤销", "revoked by the issuer"},
		number: "990101198312015050", age: 42, sex: credential.Male, tier: credential.Light, begins: -30 * day, expires: 335 * day, signer: keyLight, status: status.Revoked},
	{Person: Person{"suspended", "演示·周八", "DEMO Zhou Ba", "手机已挂失", "phone reported lost"},
		number: "990101197902286062", age: 47, sex: credential.Female, tier: credential.Light, begins: -30 * day, expires: 335 * day, signer: keyLight, status: status.Suspended},
	{Person: Person{"unknown-issuer", "演示·吴九", "DEMO Wu Jiu", "发行方不在信任列表中", "issuer not on the trust list"},
		number: "990101199204047074", age: 34, sex: credential.Male, tier: credential.Light, begins: -30 * day, expires: 335 * day, signer: keyStranger},
	{Person: Person{"altered", "演示·郑十", "DEMO Zheng Shi", "签发后被改动", "altered after signing"},
		number: "990101199806168086", age: 28, sex: credential.Female, tier: credential.Light, begins: -30 * day, expires: 335 * day, signer: keyLight, spoil: true},
	{Person: Person{"full", "演示·钱一", "DEMO Qian Yi", "有效的全证", "a valid full card"},
		number: "990101198507209098", age: 41, sex: credential.Female, tier: credential.Full, begins: -30 * day, expires: 1795 * day, signer: keyFull},
	{Person: Person{"portrait", "演示·冯二", "DEMO Feng Er", "带照片的轻证", "a light card with a portrait"},
		number: "990101199310115015", age: 33, sex: credential.Male, tier: credential.Light, begins: -30 * day, expires: 335 * day, signer: keyLight, face: true},
}

// People lists the sample people, the valid one first.
func People() []Person {
	out := make([]Person, len(people))
	for i, p := range people {
		out[i] = p.Person
	}
	return out
}

// IssueCard issues the card of a sample person to the phone whose public key is
// holder, with every claim as a disclosure. The error wraps [ErrPerson], or is
// that of the issuing packages.
func (a *Authority) IssueCard(person string, holder *cwt.Key, rand io.Reader, now time.Time) ([]byte, error) {
	i, err := find(person)
	if err != nil {
		return nil, err
	}
	return a.issue(i, people[i], holder, rand, now.UTC().Truncate(time.Second))
}

func find(person string) (int, error) {
	for i, p := range people {
		if p.ID == person {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: %q", ErrPerson, person)
}

// printedLife is the longest that a printed card is good for.
const printedLife = 365 * day

// IssuePrinted issues the card of a sample person for paper: its text holds the
// person, a small portrait and no phone's key. Errors are as those of IssueCard.
func (a *Authority) IssuePrinted(person string, rand io.Reader, now time.Time) (string, error) {
	i, err := find(person)
	if err != nil {
		return "", err
	}
	p := people[i]
	r, err := a.request(i, p, rand, now.UTC().Truncate(time.Second))
	if err != nil {
		return "", err
	}
	if last := r.IssuedAt.Add(printedLife); r.Expires.After(last) {
		r.Expires = last
	}
	r.Type, r.Subject = "", ""
	r.Person.Address, r.Person.Sex = "", 0
	if r.Person.Photo, err = face(p.ID, "small"); err != nil {
		return "", err
	}
	text, err := credential.IssuePrinted(a.keys[p.signer], r)
	if err != nil || !p.spoil {
		return text, err
	}
	card, err := base45.Decode(strings.TrimPrefix(text, credential.PrefixPrinted))
	if err != nil {
		return "", fmt.Errorf("demo: %w", err)
	}
	card, err = spoil(card, r.Expires)
	return credential.PrefixPrinted + base45.Encode(card), err
}

func (a *Authority) issue(i int, p sample, holder *cwt.Key, rand io.Reader, now time.Time) ([]byte, error) {
	r, err := a.request(i, p, rand, now)
	if err != nil {
		return nil, err
	}
	r.Holder = holder
	if p.face {
		if r.Person.Photo, err = face(p.ID, "large"); err != nil {
			return nil, err
		}
	}
	card, err := credential.Issue(a.keys[p.signer], r, rand)
	if err != nil || !p.spoil {
		return card, err
	}
	return spoil(card, r.Expires)
}

// request is what stands on a card of sample person i, whatever it is made for.
func (a *Authority) request(i int, p sample, rand io.Reader, now time.Time) (credential.Request, error) {
	var drawn [11]byte // subject and place in the status list
	if _, err := io.ReadFull(rand, drawn[:]); err != nil {
		return credential.Request{}, fmt.Errorf("demo: %w", err)
	}
	index := uint64(i)
	if p.status == status.Valid {
		index = firstOwn + uint64(binary.BigEndian.Uint16(drawn[9:]))%(statusEntries-firstOwn)
	}
	birth := now.AddDate(-p.age, -3, 0)
	over18 := p.age >= 18
	r := credential.Request{
		Issuer: IssuerID, Type: TypeLight, Subject: base64.RawURLEncoding.EncodeToString(drawn[:9]),
		Proofing: credential.Proofing{Tier: p.tier, Factors: policy.FactorFace, Proofed: now.Add(p.begins)},
		IssuedAt: now.Add(p.begins), Expires: now.Add(p.expires),
		Person: credential.Person{
			ID: p.number, Name: p.Zh, Over18: &over18, Sex: p.sex, Address: "演示省演示市见证路 1 号 DEMO",
			Birth: credential.Date{Year: birth.Year(), Month: int(birth.Month()), Day: birth.Day()},
		},
		Status: &credential.StatusReference{Index: index, URI: StatusURI},
	}
	if p.tier == credential.Full {
		r.Type = TypeFull
		r.Proofing.Factors |= policy.FactorVoice | policy.FactorPIN8 | policy.FactorTerminal
	}
	return r, nil
}

// spoil raises the expiry of a signed card by a year, as a forger would.
func spoil(card []byte, exp time.Time) ([]byte, error) {
	return replaceOnce(card, expiryBytes(exp), expiryBytes(exp.Add(365*day)))
}

// expiryBytes is the pair of the exp claim as CBOR: label 4, a 32-bit number.
func expiryBytes(t time.Time) []byte {
	return binary.BigEndian.AppendUint32([]byte{byte(cwt.Expires), 0x1a}, uint32(t.Unix()))
}

func replaceOnce(b, old, new []byte) ([]byte, error) {
	if bytes.Count(b, old) != 1 {
		return nil, fmt.Errorf("demo: the claim to be altered stands %d times in the card", bytes.Count(b, old))
	}
	return bytes.Replace(b, old, new, 1), nil
}
