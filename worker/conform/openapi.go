package conform

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// API is worker/openapi.json, as far as tests read it.
type API struct {
	OpenAPI    string
	Paths      map[string]map[string]Operation
	Components struct{ Schemas map[string]Schema }

	forms map[string]*regexp.Regexp // what a request's path looks like, by path
}

// Operation is a method of a path.
type Operation struct {
	OperationID string
	RequestBody *Content
	Responses   map[string]Content
}

// Content is what a body may hold, by media type.
type Content struct {
	Content map[string]struct{ Schema *Schema }
}

// Schema is the part of JSON Schema that the document uses. A keyword that is
// missing here fails the reading.
type Schema struct {
	Ref                  string             `json:"$ref"`
	AllOf                []Schema           `json:"allOf"`
	Type                 string             `json:"type"`
	Description          string             `json:"description"`
	Format               string             `json:"format"`
	Const                any                `json:"const"`
	Enum                 []any              `json:"enum"`
	Pattern              string             `json:"pattern"`
	MaxLength            *int               `json:"maxLength"`
	Minimum              *float64           `json:"minimum"`
	Maximum              *float64           `json:"maximum"`
	MaxItems             *int               `json:"maxItems"`
	Items                *Schema            `json:"items"`
	Required             []string           `json:"required"`
	Properties           map[string]*Schema `json:"properties"`
	AdditionalProperties *bool              `json:"additionalProperties"`
}

// ReadAPI reads the document, strictly where it describes bodies.
func ReadAPI(t testing.TB, path string) API {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d API
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	// Schemas once more, strictly.
	var raw struct {
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	for name, text := range raw.Components.Schemas {
		dec := json.NewDecoder(strings.NewReader(string(text)))
		dec.DisallowUnknownFields()
		var s Schema
		if err := dec.Decode(&s); err != nil {
			t.Fatalf("schema %s: %v", name, err)
		}
	}
	d.forms = map[string]*regexp.Regexp{}
	for path := range d.Paths {
		form := regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "[^/]+")
		d.forms[path] = regexp.MustCompile("^" + form + "$")
	}
	return d
}

// check returns what is wrong with a value.
func (d API) check(s Schema, v any, place string) error {
	if s.Ref != "" {
		named, ok := d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		if !ok {
			return fmt.Errorf("%s: no schema %s", place, s.Ref)
		}
		return d.check(named, v, place)
	}
	for _, part := range s.AllOf {
		if err := d.check(part, v, place); err != nil {
			return err
		}
	}
	if s.Const != nil && v != s.Const || s.Enum != nil && !slices.Contains(s.Enum, v) {
		return fmt.Errorf("%s: %v is not listed", place, v)
	}
	number, isNumber := v.(float64)
	text, isText := v.(string)
	list, isList := v.([]any)
	object, isObject := v.(map[string]any)
	_, isBool := v.(bool)
	kind := map[string]bool{"": true, "integer": isNumber && number == math.Trunc(number), "string": isText, "array": isList, "object": isObject, "boolean": isBool}
	switch {
	case !kind[s.Type]:
		return fmt.Errorf("%s: %v is no %s", place, v, s.Type)
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text):
		return fmt.Errorf("%s: %q does not match %s", place, text, s.Pattern)
	case s.MaxLength != nil && utf8.RuneCountInString(text) > *s.MaxLength:
		return fmt.Errorf("%s: too long", place)
	case s.Minimum != nil && number < *s.Minimum || s.Maximum != nil && number > *s.Maximum:
		return fmt.Errorf("%s: %v is out of range", place, number)
	case s.MaxItems != nil && len(list) > *s.MaxItems:
		return fmt.Errorf("%s: too many items", place)
	}
	for i, item := range list {
		if s.Items != nil {
			if err := d.check(*s.Items, item, fmt.Sprintf("%s[%d]", place, i)); err != nil {
				return err
			}
		}
	}
	for _, name := range s.Required {
		if _, ok := object[name]; !ok {
			return fmt.Errorf("%s: no %s", place, name)
		}
	}
	for name, member := range object {
		inner, ok := s.Properties[name]
		if !ok && s.AdditionalProperties != nil {
			return fmt.Errorf("%s: %s is not described", place, name)
		}
		if ok {
			if err := d.check(*inner, member, place+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Conforms holds a request and its answer against the document. Routes that are
// not described are pages, or there are none.
func (d API) Conforms(r *http.Request, body string, answer *http.Response, got []byte) error {
	o, ok := d.find(r)
	if !ok {
		return nil
	}
	response, ok := o.Responses[fmt.Sprint(answer.StatusCode)]
	if !ok {
		return fmt.Errorf("status %d is not described", answer.StatusCode)
	}
	if answer.StatusCode/100 == 2 && o.RequestBody != nil {
		if err := d.text(*o.RequestBody, "application/json", []byte(body)); err != nil {
			return fmt.Errorf("request that was taken: %w", err)
		}
	}
	if len(got) == 0 {
		return nil
	}
	return d.text(response, answer.Header.Get("Content-Type"), got)
}

func (d API) find(r *http.Request) (Operation, bool) {
	for path, methods := range d.Paths {
		if d.forms[path].MatchString(r.URL.Path) {
			if o, ok := methods[strings.ToLower(r.Method)]; ok {
				return o, true
			}
		}
	}
	return Operation{}, false
}

func (d API) text(c Content, media string, b []byte) error {
	described, ok := c.Content[media]
	if !ok {
		return fmt.Errorf("%s is not described", media)
	}
	if described.Schema == nil {
		return nil
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	return d.check(*described.Schema, v, "body")
}
