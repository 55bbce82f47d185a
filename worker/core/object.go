package core

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// ReadObject reads one flat JSON object. Members maps each name to a *string,
// *uint64 or *[]string, and what is read goes there; the names that stood in
// the body are returned. Unlike encoding/json on a struct it refuses unknown
// and repeated names, names in another case, null, invalid UTF-8 and bytes
// behind the object. The error is a [*Refusal] with [reason.BodyMalformed].
func ReadObject(body []byte, members map[string]any) (seen map[string]bool, err error) {
	list := make([]*slot, 0, len(members))
	for name, into := range members {
		m := &slot{name: name}
		switch into.(type) {
		case *string:
		case *uint64:
			m.kind = number
		case *[]string:
			m.kind = texts
		default:
			panic("core: ReadObject reads no such type")
		}
		list = append(list, m)
	}
	if err := readObject(body, list...); err != nil {
		return nil, err
	}
	seen = map[string]bool{}
	for _, m := range list {
		if !m.seen {
			continue
		}
		seen[m.name] = true
		switch into := members[m.name].(type) {
		case *string:
			*into = m.text
		case *uint64:
			*into = m.number
		case *[]string:
			*into = append(*into, m.texts...)
		}
	}
	return seen, nil
}

// slot is what may stand in an object, and then what stood there.
type slot struct {
	name string
	kind kind

	seen   bool
	text   string
	number uint64
	texts  []string
}

// kind is the type of a member's value.
type kind uint8

const (
	text kind = iota
	number
	texts
)

// readObject is [ReadObject] for members of which none is looked up by name
// again: without maps, interfaces and tokens it takes a tenth of the time of
// encoding/json's decoder, which the tests hold it against.
func readObject(body []byte, members ...*slot) error {
	if !utf8.Valid(body) {
		return malformed("not UTF-8")
	}
	r := objectReader{rest: string(body)} // the one copy: texts are parts of it
	if !r.take('{') {
		return malformed("not a JSON object")
	}
	for first := true; !r.take('}'); first = false {
		if !first && !r.take(',') {
			return malformed("not a JSON object")
		}
		name, ok := r.text()
		if !ok {
			return malformed("not a JSON object")
		}
		m := find(members, name)
		if m == nil {
			return malformed("unknown member")
		}
		if m.seen {
			return malformed(m.name + " stands twice")
		}
		m.seen = true
		if !r.take(':') || !r.value(m) {
			return malformed(m.name)
		}
	}
	if r.skipSpace(); len(r.rest) > 0 {
		return malformed("bytes behind the object")
	}
	return nil
}

// find finds a member by its name, case and all.
func find(members []*slot, name string) *slot {
	for _, m := range members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// objectReader reads JSON (RFC 8259) in valid UTF-8 from its front.
type objectReader struct{ rest string }

func (r *objectReader) skipSpace() {
	for len(r.rest) > 0 && (r.rest[0] == ' ' || r.rest[0] == '\t' || r.rest[0] == '\n' || r.rest[0] == '\r') {
		r.rest = r.rest[1:]
	}
}

// take takes c, behind any white space, if it is next.
func (r *objectReader) take(c byte) bool {
	r.skipSpace()
	if len(r.rest) == 0 || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// value reads the value of m.
func (r *objectReader) value(m *slot) bool {
	switch m.kind {
	case number:
		var ok bool
		m.number, ok = r.number()
		return ok
	case texts:
		if !r.take('[') {
			return false
		}
		for first := true; !r.take(']'); first = false {
			if !first && !r.take(',') {
				return false
			}
			text, ok := r.text()
			if !ok {
				return false
			}
			m.texts = append(m.texts, text)
		}
		return true
	}
	var ok bool
	m.text, ok = r.text()
	return ok
}

// text reads a string.
func (r *objectReader) text() (string, bool) {
	if !r.take('"') {
		return "", false
	}
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			text := r.rest[:i]
			r.rest = r.rest[i+1:]
			return text, true
		case c == '\\':
			return r.escaped(i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads a string whose first escape is at i. They are rare and left to
// the library.
func (r *objectReader) escaped(i int) (string, bool) {
	for ; i < len(r.rest); i++ {
		switch r.rest[i] {
		case '\\':
			i++ // what is escaped does not end the string
		case '"':
			var text string
			err := json.Unmarshal(append([]byte{'"'}, r.rest[:i+1]...), &text)
			r.rest = r.rest[i+1:]
			return text, err == nil
		}
	}
	return "", false
}

// number reads a whole number from 0 to 2⁶⁴-1: no sign, fraction, exponent or
// leading zero.
func (r *objectReader) number() (uint64, bool) {
	r.skipSpace()
	i := 0
	for i < len(r.rest) && r.rest[i] >= '0' && r.rest[i] <= '9' {
		i++
	}
	if i > 1 && r.rest[0] == '0' {
		i = 1 // what follows belongs to nothing
	}
	n, err := strconv.ParseUint(r.rest[:i], 10, 64)
	r.rest = r.rest[i:]
	if len(r.rest) > 0 && (r.rest[0] == '.' || r.rest[0] == 'e' || r.rest[0] == 'E') {
		return 0, false
	}
	return n, err == nil
}
