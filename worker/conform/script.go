// Package conform holds what every endpoint has to answer, whatever it is built
// of: scripts of requests and checks, and tests over real connections that know
// nothing of an endpoint but its address and its site's files.
//
// Tests alone import it. worker/handler runs the scripts in process, with a clock
// that they move; each way to run the endpoint runs all of it as a [Suite].
package conform

import (
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Folders of scripts.
const (
	Anywhere  = "testdata"           // run with a [Site]
	InProcess = "testdata/inprocess" // the same, but the clock is moved or something fails
	Demo      = "testdata/demo"      // run with a demonstration authority
)

//go:embed testdata
var scripts embed.FS

// Secure are headers that every answer carries, errors included.
var Secure = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
		"img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
		"media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'",
	"Permissions-Policy":         "camera=(self), display-capture=(self), microphone=(), geolocation=(), payment=(), usb=()",
	"X-Content-Type-Options":     "nosniff",
	"Referrer-Policy":            "no-referrer",
	"Cross-Origin-Opener-Policy": "same-origin",
}

// secured returns what is wrong with the headers that every answer carries.
func secured(h http.Header) error {
	for name, want := range Secure {
		if got := h.Get(name); got != want {
			return fmt.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	return nil
}

// Script runs texts of requests and checks, one line after another:
//
//	# a comment
//	POST /v1/redeem        a request; $name is replaced by what was saved
//	> Name: value          a header of the request
//	| text                 its body, a line (JSON unless a Content-Type is given)
//	= 200                  the status of the answer
//	= Name: pattern        a header of the answer; an empty pattern wants none
//	= .member pattern      a member of the answer's JSON object
//	= body pattern         the whole answer
//	= sha256 pattern       its hash, in hexadecimal digits
//	save name .member      keeps a member for later, or a header without the dot
//	tick 61s               moves the clock
//
// Besides, each answer is held against the API and [Secure].
type Script struct {
	URL   string
	API   API
	Saved map[string]string   // from the start; see [Site.Saved]
	Tick  func(time.Duration) // nil where the clock is not ours
}

// RunFolder runs each script of a folder as a test of its own, with what prepare
// returns for it.
func RunFolder(t *testing.T, folder string, prepare func(*testing.T) Script) {
	files, err := fs.Glob(scripts, folder+"/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", folder, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			text, err := scripts.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			prepare(t).run(t, name, string(text))
		})
	}
}

func (s Script) run(t *testing.T, name, text string) {
	r := &running{Script: s, t: t}
	r.Saved = maps.Clone(s.Saved)
	for i, line := range strings.Split(text, "\n") {
		r.place = fmt.Sprintf("%s.txt:%d", name, i+1)
		r.line(line)
	}
	r.send()
}

// running is a script under way.
type running struct {
	Script
	t     *testing.T
	place string

	request *http.Request // not sent yet
	body    []string
	answer  *http.Response
	content []byte
}

var (
	variable = regexp.MustCompile(`\$[a-z]\w*`)
	statuses = regexp.MustCompile(`^[(\d][\d|)]{2,}$`)
)

func (s *running) line(line string) {
	s.t.Helper()
	word, _, _ := strings.Cut(line, " ")
	if word == "" || word == "#" {
		return
	}
	line = variable.ReplaceAllStringFunc(line, func(name string) string {
		value, ok := s.Saved[name[1:]]
		if !ok {
			s.fatal("%s was not saved", name)
		}
		return value
	})
	_, rest, _ := strings.Cut(line, " ")
	switch word {
	case ">":
		name, value, _ := strings.Cut(rest, ": ")
		s.request.Header.Set(name, value)
	case "|":
		s.body = append(s.body, rest)
	case "=":
		s.send()
		s.check(rest)
	case "save":
		s.send()
		name, from, _ := strings.Cut(rest, " ")
		s.Saved[name] = s.value(from)
	case "tick":
		s.send()
		d, err := time.ParseDuration(rest)
		if err != nil || s.Tick == nil {
			s.fatal("the clock cannot be moved: %v", err)
		}
		s.Tick(d)
	default:
		s.send()
		request, err := http.NewRequest(word, s.URL+rest, nil)
		if err != nil {
			s.fatal("%v", err)
		}
		// Otherwise the transport would ask for gzip and undo it.
		request.Header.Set("Accept-Encoding", "identity")
		s.request, s.body = request, nil
	}
}

// send sends the request that was read, if it was not sent yet.
func (s *running) send() {
	s.t.Helper()
	if s.request == nil {
		return
	}
	if s.body != nil {
		body := strings.Join(s.body, "\n")
		s.request.Body = io.NopCloser(strings.NewReader(body))
		s.request.ContentLength = int64(len(body))
		if s.request.Header.Get("Content-Type") == "" {
			s.request.Header.Set("Content-Type", "application/json")
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(s.request)
	if err != nil {
		s.fatal("%v", err)
	}
	defer answer.Body.Close()
	if s.content, err = io.ReadAll(answer.Body); err != nil {
		s.fatal("%v", err)
	}
	// Whatever the scripts ask, requests that are taken and all answers are as
	// worker/openapi.json has them.
	if err := s.API.Conforms(s.request, strings.Join(s.body, "\n"), answer, s.content); err != nil {
		s.errorf("openapi.json: %v", err)
	}
	if err := secured(answer.Header); err != nil {
		s.errorf("%v", err)
	}
	s.answer, s.request = answer, nil
}

func (s *running) check(what string) {
	s.t.Helper()
	if s.answer == nil {
		s.fatal("a check before any request")
	}
	var got, want string
	if statuses.MatchString(what) {
		got, want = fmt.Sprint(s.answer.StatusCode), what
	} else {
		name, pattern, _ := strings.Cut(what, " ")
		got, want = s.value(strings.TrimSuffix(name, ":")), pattern
	}
	if !regexp.MustCompile("^(?s:" + want + ")$").MatchString(got) {
		s.errorf("%.300s: got %.300q\nanswer: %.300q", what, got, s.content)
	}
}

// value is a member of the answer's JSON, a header, the whole body or its hash.
func (s *running) value(name string) string {
	s.t.Helper()
	switch name {
	case "body":
		return string(s.content)
	case "sha256":
		return fmt.Sprintf("%x", sha256.Sum256(s.content))
	}
	member, ok := strings.CutPrefix(name, ".")
	if !ok {
		return s.answer.Header.Get(name)
	}
	var object map[string]any
	if err := json.Unmarshal(s.content, &object); err != nil {
		s.errorf("answer is no JSON object: %.300q", s.content)
		return ""
	}
	v, ok := object[member]
	if !ok {
		return ""
	}
	if text, ok := v.(string); ok {
		return text
	}
	b, err := json.Marshal(v)
	if err != nil {
		s.fatal("%v", err)
	}
	return string(b)
}

func (s *running) errorf(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf(s.place+": "+format, args...)
}

func (s *running) fatal(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf(s.place+": "+format, args...)
}
