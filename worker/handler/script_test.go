package handler

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestScripts runs testdata/*.txt: one request and its checks after another,
// over a real connection. A line is
//
//	# a comment
//	POST /v1/redeem        a request; $name is replaced by what was saved
//	> Name: value          a header of the request
//	| text                 its body, a line (JSON unless a Content-Type is given)
//	= 200                  the status of the answer
//	= Name: pattern        a header of the answer; an empty pattern wants none
//	= .member pattern      a member of the answer's JSON object
//	= body pattern         the whole answer
//	save name .member      keeps a member for later, or a header without the dot
//	tick 61s               moves the clock
//
// Saved from the start are $ticket and $revoked, tickets of two desks of the bank.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f := newFixture(t)
			s := &script{t: t, fixture: f, described: readOpenAPI(t), server: httptest.NewServer(f.handler), saved: map[string]string{
				"ticket": f.ticket(t, "bank", "desk-1"), "revoked": f.ticket(t, "bank", "desk-9"),
			}}
			defer s.server.Close()
			for i, line := range strings.Split(string(text), "\n") {
				s.place = fmt.Sprintf("%s:%d", filepath.Base(file), i+1)
				s.line(line)
			}
			s.send()
		})
	}
}

type script struct {
	t       *testing.T
	fixture *fixture
	server  *httptest.Server
	saved   map[string]string
	place   string

	described openAPI

	request *http.Request // not sent yet
	body    []string
	answer  *http.Response
	content []byte
}

func (s *script) line(line string) {
	s.t.Helper()
	for name, value := range s.saved {
		line = strings.ReplaceAll(line, "$"+name, value)
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "", "#":
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
		s.saved[name] = s.value(from)
	case "tick":
		s.send()
		d, err := time.ParseDuration(rest)
		if err != nil {
			s.fatal("%v", err)
		}
		s.fixture.now = s.fixture.now.Add(d)
	default:
		s.send()
		request, err := http.NewRequest(word, s.server.URL+rest, nil)
		if err != nil {
			s.fatal("%v", err)
		}
		// Otherwise the transport would ask for gzip and undo it.
		request.Header.Set("Accept-Encoding", "identity")
		s.request, s.body = request, nil
	}
}

// send sends the request that was read, if it was not sent yet.
func (s *script) send() {
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
	if err := s.described.conforms(s.request, strings.Join(s.body, "\n"), answer, s.content); err != nil {
		s.errorf("openapi.json: %v", err)
	}
	s.answer, s.request = answer, nil
	for name, want := range map[string]string{
		"Content-Security-Policy": contentPolicy, "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Permissions-Policy": permissions,
	} {
		if got := answer.Header.Get(name); got != want {
			s.errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func (s *script) check(what string) {
	s.t.Helper()
	if s.answer == nil {
		s.fatal("a check before any request")
	}
	var got, want string
	if regexp.MustCompile(`^[(\d][\d|)]{2,}$`).MatchString(what) {
		got, want = fmt.Sprint(s.answer.StatusCode), what
	} else {
		name, pattern, _ := strings.Cut(what, " ")
		got, want = s.value(strings.TrimSuffix(name, ":")), pattern
	}
	if !regexp.MustCompile("^(?s:" + want + ")$").MatchString(got) {
		s.errorf("%s: got %q\nanswer: %.300s", what, got, s.content)
	}
}

// value is a member of the answer's JSON, a header, or the whole body.
func (s *script) value(name string) string {
	s.t.Helper()
	if name == "body" {
		return string(s.content)
	}
	member, ok := strings.CutPrefix(name, ".")
	if !ok {
		return s.answer.Header.Get(name)
	}
	var object map[string]any
	if err := json.Unmarshal(s.content, &object); err != nil {
		s.errorf("answer is no JSON object: %.300s", s.content)
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

func (s *script) errorf(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf(s.place+": "+format, args...)
}

func (s *script) fatal(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf(s.place+": "+format, args...)
}
