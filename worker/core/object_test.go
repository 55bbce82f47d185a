package core

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"testing"
	"unicode/utf8"
)

// plainReadObject is what [ReadObject] was before it was made fast: the same on
// the tokens of encoding/json.
func plainReadObject(body []byte, members map[string]any) (seen map[string]bool, err error) {
	if !utf8.Valid(body) {
		return nil, malformed("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := expect(dec, json.Delim('{')); err != nil {
		return nil, malformed("not a JSON object")
	}
	seen = map[string]bool{}
	for dec.More() {
		name, err := read[string](dec)
		if err != nil {
			return nil, malformed("not a JSON object")
		}
		into, ok := members[name]
		if !ok {
			return nil, malformed("unknown member")
		}
		if seen[name] {
			return nil, malformed(name + " stands twice")
		}
		seen[name] = true
		if err := plainReadValue(dec, into); err != nil {
			return nil, malformed(name)
		}
	}
	if err := expect(dec, json.Delim('}')); err != nil {
		return nil, malformed("not a JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("bytes behind the object")
	}
	return seen, nil
}

func plainReadValue(dec *json.Decoder, into any) (err error) {
	switch into := into.(type) {
	case *string:
		*into, err = read[string](dec)
	case *uint64:
		var n json.Number
		if n, err = read[json.Number](dec); err == nil {
			*into, err = strconv.ParseUint(n.String(), 10, 64)
		}
	case *[]string:
		if err := expect(dec, json.Delim('[')); err != nil {
			return err
		}
		for dec.More() {
			text, err := read[string](dec)
			if err != nil {
				return err
			}
			*into = append(*into, text)
		}
		return expect(dec, json.Delim(']'))
	default:
		err = fmt.Errorf("core: cannot read into %T", into)
	}
	return err
}

// read takes the next token, which must be a T.
func read[T any](dec *json.Decoder) (T, error) {
	token, err := dec.Token()
	if err != nil {
		var none T
		return none, err
	}
	v, ok := token.(T)
	if !ok {
		return v, fmt.Errorf("core: %T in place of %T", token, v)
	}
	return v, nil
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := read[json.Delim](dec)
	if err == nil && got != want {
		err = fmt.Errorf("core: %v in place of %v", got, want)
	}
	return err
}

// objects are bodies that two readers could read in different ways.
var objects = []string{
	` {"c" : [ "x", "\u5f20" ],` + "\n" + `"b":9007199254740991, "a":""} ` + "\n",
	`{}`, `{"a":"x"}`, `{"a":"\"\\\/\b\f\n\r\t\u00e9"}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\ude00x"}`, `{"\u0061":"x"}`, `{"a":"\u0000"}`,
	`{"b":0}`, `{"b":18446744073709551615}`, `{"b":18446744073709551616}`, `{"b":00}`, `{"b":01}`, `{"b":-0}`, `{"b":1.0}`, `{"b":1e1}`, `{"b":1E}`, `{"b":0x1}`, `{"b":1`, `{"b":}`, `{"b":1"a":""}`,
	`{"c":[]}`, `{"c":[,]}`, `{"c":["x",]}`, `{"c":["x" "y"]}`, `{"c":["x"}`, `{"c":[null]}`, `{"c":"x"}`, `{"c":[["x"]]}`,
	``, ` `, `null`, `[]`, `{"a":"x"`, `{"a":"x`, `{"a"}`, `{"a" "x"}`, `{"a"::"x"}`, `{"a":"x",}`, `{,}`, `{"a":"x",,"b":1}`, `{"a":"x""b":1}`, `{a:"x"}`, `{1:"x"}`, `{"a":"x"}{}`, `{"a":"x"}}`, `{"a":"x"},`,
	"{\"a\":\"x\"}\x00", "\ufeff{}", "{\"a\":\"\xff\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\u007f\u2028\"}", `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\`, `{"\x":1}`, `{"a":"\""}`,
	`{"a":"x","a":"x"}`, `{"a":"x","\u0061":"x"}`, `{"A":"x"}`, `{"z":"x"}`, `{"z"`, `{"a":{"a":"x"}}`, `{"a":true}`, `{"a":null}`, `{"a":1}`, "\v{}", "{}\f", "{\r\n\t}",
}

// agree holds the two readers against each other: the same values, or the same
// refusal in the same words.
func agree(t *testing.T, body []byte) {
	t.Helper()
	type values struct {
		a    string
		b    uint64
		c    []string
		seen map[string]bool
		err  error
	}
	read := func(read func([]byte, map[string]any) (map[string]bool, error)) (v values) {
		v.seen, v.err = read(body, map[string]any{"a": &v.a, "b": &v.b, "c": &v.c})
		return v
	}
	got, want := read(ReadObject), read(plainReadObject)
	if fmt.Sprint(got.err) != fmt.Sprint(want.err) {
		t.Fatalf("%q: %v, want %v", body, got.err, want.err)
	}
	if want.err != nil {
		return
	}
	if got.a != want.a || got.b != want.b || !slices.Equal(got.c, want.c) || !maps.Equal(got.seen, want.seen) {
		t.Errorf("%q:\ngot  %+v\nwant %+v", body, got, want)
	}
}

func TestReadObjectAgrees(t *testing.T) {
	for _, body := range objects {
		agree(t, []byte(body))
		for cut := range body { // and each beginning of it
			agree(t, []byte(body[:cut]))
		}
	}
}

func FuzzReadObjectAgrees(f *testing.F) {
	for _, body := range objects {
		f.Add([]byte(body))
	}
	f.Fuzz(agree)
}

func BenchmarkParseRedeem(b *testing.B) {
	body := encode(b, redemption("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRedeem(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseIssue(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseIssue([]byte(`{"purpose":"internet-cafe"}`)); err != nil {
			b.Fatal(err)
		}
	}
}
