package core

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const siteFile = `{
  "operator": "https://check.example", "party": "cafe-1", "purpose": "internet-cafe",
  "parties": [
    {"id": "cafe-1", "name": "演示网吧", "kind": "internet-cafe", "rate": {"perMinute": 600, "burst": 60}, "open": true},
    {"id": "bank", "name": "演示银行", "kind": "bank", "purposes": ["bank-account"], "origins": ["https://bank.example", "http://localhost:3000"]}
  ],
  "revoked": ["bank/desk-9"]
}`

func TestParseSite(t *testing.T) {
	got, err := ParseSite([]byte(siteFile))
	if err != nil {
		t.Fatal(err)
	}
	want := Site{
		Operator: "https://check.example", Party: "cafe-1", Purpose: "internet-cafe",
		Parties: []Party{
			{ID: "cafe-1", Name: "演示网吧", Kind: "internet-cafe", Rate: Rate{600, 60}, Open: true},
			{ID: "bank", Name: "演示银行", Kind: "bank", Purposes: []string{"bank-account"}, Origins: []string{"https://bank.example", "http://localhost:3000"}},
		},
		Revoked: []string{"bank/desk-9"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseSiteRefuses(t *testing.T) {
	change := func(from, to string) string {
		if !strings.Contains(siteFile, from) {
			t.Fatalf("the file has no %s", from)
		}
		return strings.Replace(siteFile, from, to, 1)
	}
	for name, text := range map[string]string{
		"empty":                 ``,
		"array":                 `[]`,
		"no parties":            `{"operator":"https://x","party":"a","purpose":"hotel","parties":[]}`,
		"the form before":       `{"operator":"https://x","party":"a","purpose":"hotel","parties":{"a":"b"}}`,
		"unknown member":        change(`"open": true`, `"opened": true`),
		"another case":          change(`"open": true`, `"Open": true`),
		"member elsewhere":      change(`"operator"`, `"open": true, "operator"`),
		"twice":                 change(`"open": true`, `"open": true, "open": false`),
		"null":                  change(`"open": true`, `"open": null`),
		"rate a text":           change(`600`, `"600"`),
		"rate a fraction":       change(`600`, `0.5`),
		"rate negative":         change(`600`, `-1`),
		"rate too large":        change(`600`, `1000001`),
		"rate without burst":    change(`, "burst": 60`, ``),
		"default not listed":    change(`"party": "cafe-1"`, `"party": "cafe-2"`),
		"name of two lines":     change(`演示网吧`, `演示\n网吧`),
		"name turned around":    change(`演示网吧`, "演示\u202e网吧"),
		"kind in capitals":      change(`"kind": "bank"`, `"kind": "Bank"`),
		"no kind":               change(`"kind": "bank", `, ``),
		"revoked without party": change(`bank/desk-9`, `desk-9`),
		"origin of all":         change(`https://bank.example`, `*`),
		"origin with user":      change(`https://bank.example`, `https://a@bank.example`),
		"origin in capitals":    change(`https://bank.example`, `https://Bank.example`),
		"bytes behind":          siteFile + `{}`,
		"comment":               siteFile + `// x`,
		"cut":                   siteFile[:len(siteFile)-2],
		"not UTF-8":             change(`演示网吧`, "\xff"),
		"deep":                  change(`"bank-account"`, strings.Repeat("[", 5000)+strings.Repeat("]", 5000)),
		"many purposes":         change(`"bank-account"`, `"a"`+strings.Repeat(`,"a"`, maxPurposes)),
		"huge":                  siteFile + strings.Repeat(" ", MaxSiteBytes),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := ParseSite([]byte(text)); err == nil {
				t.Errorf("taken as %+v", got)
			}
		})
	}
}

func FuzzParseSite(f *testing.F) {
	f.Add([]byte(siteFile))
	f.Add([]byte(`{"parties":[{"rate":{"burst":[[[]]]}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseSite(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSite(again)
		if err != nil || !same(got, s) {
			t.Errorf("%s\nread again as %+v, %v", again, got, err)
		}
	})
}

// same compares what two files say; an empty list says what none says.
func same(a, b Site) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}
