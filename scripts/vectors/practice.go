package main

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"

	"jianzheng/scripts/portrait"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/draws"
	"jianzheng/shared/policy"
)

// practiceFile holds what the practice of the staff page works from, from the root
// of the repository: a world of its own, in which it is always the same moment.
const practiceFile = "web/staff/practice.json"

// practice is that file. Bytes are base64url without padding.
type practice struct {
	Now     int64       `json:"now"` // ms, at which all of it is in force
	Party   practiceAt  `json:"party"`
	Purpose string      `json:"purpose"`
	Anchor  string      `json:"anchor"`
	Trust   string      `json:"trust"`
	Policy  string      `json:"policy"`
	Status  []string    `json:"status"`
	Key     practiceKey `json:"key"`   // of the sample phone; everybody has it
	Adult   string      `json:"adult"` // cards on that phone
	Minor   string      `json:"minor"`
	Paper   string      `json:"paper"` // text of the code on a printed card
}

type practiceAt struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// practiceKey is a JSON Web Key (RFC 7517) as WebCrypto reads it.
type practiceKey struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	D   string `json:"d"`
}

// makePractice gives the content of practiceFile.
func makePractice() ([]byte, error) {
	spell := base64.RawURLEncoding.EncodeToString
	a, err := demo.New(draws.New("jianzheng practice 1"), clock)
	if err != nil {
		return nil, err
	}
	files, err := a.Files(clock)
	if err != nil {
		return nil, err
	}
	d := draw("practice phone", 32)
	phone, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		return nil, err
	}
	point := phone.PublicKey().Bytes() // SEC 1: 4, x, y
	x, y := point[1:33], point[33:]
	p := practice{
		Now: clock.UnixMilli(), Party: practiceAt{demo.PartyID, "练习 Practice"}, Purpose: cafe,
		Anchor: spell(files[demo.FileAnchor]), Trust: spell(files[demo.FileTrust]), Policy: spell(files[demo.FilePolicy]),
		Status: []string{spell(files[demo.FileStatus])},
		Key:    practiceKey{"EC", "P-256", spell(x), spell(y), spell(d)},
	}
	// {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, x...)
	holder, err := cwt.ParseKey(append(append(cose, 0x22, 0x58, 32), y...))
	if err != nil {
		return nil, err
	}
	salts := draws.New("jianzheng practice salts")
	for _, c := range []struct {
		person string
		into   *string
	}{{"valid", &p.Adult}, {"under-18", &p.Minor}} {
		b, err := a.IssueCard(c.person, holder, salts, clock)
		if err != nil {
			return nil, err
		}
		*c.into = spell(b)
	}
	if p.Paper, err = practicePaper(files["keys/issuer-light.cose"]); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(p, "", " ")
	return append(out, '\n'), err
}

// practicePaper is a printed card with a portrait, which staff have to compare.
func practicePaper(issuer []byte) (string, error) {
	k, err := cwt.ParsePrivateKey(issuer)
	if err != nil {
		return "", err
	}
	photo, err := portrait.PNG()
	if err != nil {
		return "", err
	}
	over18 := true
	return credential.IssuePrinted(k, credential.Request{
		Issuer: demo.IssuerID, IssuedAt: clock.Add(-30 * day), Expires: clock.Add(180 * day),
		Proofing: credential.Proofing{Tier: credential.Light, Factors: policy.FactorFace, Proofed: clock.Add(-30 * day)},
		Person: credential.Person{
			ID: "990101199003077012", Name: "演示·张三", Over18: &over18, Birth: credential.Date{Year: 1990, Month: 3, Day: 7}, Photo: photo,
		},
		Status: &credential.StatusReference{Index: 0, URI: demo.StatusURI},
	})
}
