package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/demo"
	"jianzheng/shared/draws"
	"jianzheng/shared/reason"
	"jianzheng/shared/register"
	"jianzheng/shared/verify"
)

const dayMillis = millis(24 * time.Hour / time.Millisecond)

// shelf plays the page's store of lines.
type shelf struct {
	t   testing.TB
	app *App
	RegisterEnd
	lines []data
}

func newShelf(t testing.TB, a *App, k *register.PrivateKey) *shelf {
	t.Helper()
	now := toMillis(clock)
	s := &shelf{t: t, app: a, RegisterEnd: RegisterEnd{Now: now}}
	s.put(ok[RegisterLine](t, a, "register.start", RegisterStartRequest{
		Now: now, Party: verify.Party{ID: demo.PartyID, Name: demo.PartyName}, Inspector: k.Public(),
		From: now, To: now + 30*dayMillis, Days: 60,
	}))
	return s
}

func (s *shelf) put(l RegisterLine) {
	s.t.Helper()
	if l.Number != uint64(len(s.lines)) {
		s.t.Fatalf("line %d, want %d", l.Number, len(s.lines))
	}
	s.lines = append(s.lines, l.Line)
	s.First, s.Last = s.lines[0], l.Line
}

// check plays the page: two pieces, then the report as raw JSON members.
func (s *shelf) check(head data, checkpoints ...data) map[string]any {
	s.t.Helper()
	type answer struct {
		Ticket string         `json:"ticket"`
		Report map[string]any `json:"report"`
	}
	a := ok[answer](s.t, s.app, "register.check", RegisterCheckRequest{Bytes: head, More: true, Checkpoints: checkpoints})
	if a.Report != nil {
		s.t.Error("a report before the end")
	}
	a = ok[answer](s.t, s.app, "register.check", RegisterCheckRequest{Ticket: a.Ticket, Bytes: bytes.Join(plain(s.lines), nil)})
	return a.Report
}

// list checks that each line is listed where it lies, whatever the pieces.
func (s *shelf) list(head data) {
	s.t.Helper()
	file := append(bytes.Clone(head), bytes.Join(plain(s.lines), nil)...)
	a := ok[RegisterCheckAnswer](s.t, s.app, "register.check", RegisterCheckRequest{More: true, Rows: true})
	rows := a.Rows
	for piece := range slices.Chunk(file, 700) {
		var a RegisterCheckAnswer
		if err := json.Unmarshal(s.app.Feed(piece), &a); err != nil {
			s.t.Fatal(err)
		}
		rows = append(rows, a.Rows...)
	}
	a = ok[RegisterCheckAnswer](s.t, s.app, "register.check", RegisterCheckRequest{Ticket: a.Ticket})
	if rows = append(rows, a.Rows...); len(rows) != len(s.lines) || a.Report == nil || !a.Report.Intact || len(a.Checkpoints) != 1 {
		s.t.Fatalf("%d rows and %d checkpoints, want %d and 1", len(rows), len(a.Checkpoints), len(s.lines))
	}
	for i, r := range rows {
		if r.Number != uint64(i) || !bytes.Equal(file[r.At:r.At+int64(r.Size)], s.lines[i]) {
			s.t.Errorf("row %d is not where it should be", i)
		}
	}
	if r := rows[1]; !r.Sealed || r.Removed || r.Check.Portrait != "same" || r.Check.Handle == "" && r.Check.Class != "A" {
		s.t.Errorf("%+v", r)
	}
	if s.app.Feed(nil); !bytes.Contains(s.app.Feed(nil), []byte(`"not-found"`)) {
		s.t.Error("a piece of no check was taken")
	}
}

func TestRegister(t *testing.T) {
	c := newCounter(t)
	inspector, err := register.GenerateKey(draws.New("inspector"))
	if err != nil {
		t.Fatal(err)
	}
	s := newShelf(t, c.App, inspector)
	shown := ok[ChallengeAnswer](t, c.App, "challenge.make", MakeRequest{Now: c.boot.Now, Purpose: "internet-cafe"})
	v := ok[VerifyAnswer](t, c.App, "verify", VerifyRequest{Now: c.boot.Now, Text: c.answer("valid", shown.Text)})
	s.put(ok[RegisterAppendAnswer](t, c.App, "register.append", RegisterAppendRequest{
		RegisterEnd: s.RegisterEnd, Result: v.Result, Seat: "3", Staff: "a1", Hash: make(data, 32), Portrait: "same",
	}).RegisterLine)
	refused := verify.Failure(reason.Expired)
	s.put(ok[RegisterAppendAnswer](t, c.App, "register.append", RegisterAppendRequest{RegisterEnd: s.RegisterEnd, Result: refused}).RegisterLine)
	for _, l := range s.lines {
		for _, secret := range []string{v.Result.Claims.Name, v.Result.Claims.ID} {
			if secret == "" || bytes.Contains(l, []byte(secret)) {
				t.Error("a line shows what it seals")
			}
		}
	}

	log, err := register.Resume(s.First, s.Last)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := log.Checkpoint(demo.OperatorID, clock).Sign(c.authority.Operator())
	if err != nil {
		t.Fatal(err)
	}
	head := ok[RegisterExportAnswer](t, c.App, "register.export", RegisterExportRequest{[]data{checkpoint}})
	if r := s.check(head.Bytes); r["intact"] != true || r["covered"] != 3.0 || r["sealed"] != 1.0 || r["party"] != demo.PartyID {
		t.Errorf("%v", r)
	}
	stranger, err := log.Checkpoint(demo.OperatorID, clock).Sign(c.phone)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.check(nil, stranger); r["intact"] != false || r["covered"] != 0.0 {
		t.Errorf("a stranger's checkpoint: %v", r)
	}

	where := ok[RegisterStateAnswer](t, c.App, "register.state", s.RegisterEnd)
	if where.Count != 3 || where.Days != 60 || where.Full || where.From != s.Now || where.Party.ID != demo.PartyID {
		t.Errorf("%+v", where)
	}
	asked := log.Checkpoint("", clock)
	for _, hash := range []register.Hash{asked.Register, asked.Head} {
		if text := base64.RawURLEncoding.EncodeToString(hash[:]); !strings.Contains(where.Body, text) {
			t.Errorf("body of a checkpoint: %s lacks %s", where.Body, text)
		}
	}
	s.list(head.Bytes)

	key, err := inspector.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	open := RegisterOpenRequest{RegisterEnd: s.RegisterEnd, Line: s.lines[1], Key: key, Reader: "inspector-7", Ground: "case 1"}
	o := ok[RegisterOpenAnswer](t, c.App, "register.open", open)
	if o.Person.Name != v.Result.Claims.Name || o.Person.ID != v.Result.Claims.ID {
		t.Error("another person")
	}
	s.put(o.RegisterLine)
	open.Line = s.lines[2]
	if _, fault := call[RegisterOpenAnswer](t, c.App, "register.open", open); fault == nil || fault.Code != reason.NotFound {
		t.Errorf("opened a line that seals nothing: %v", fault)
	}
	open.Line, open.Key = s.lines[1], make(data, 32)
	if _, fault := call[RegisterOpenAnswer](t, c.App, "register.open", open); fault == nil || fault.Code != reason.BodyMalformed {
		t.Errorf("opened with another key: %v", fault)
	}

	s.Now += 61 * dayMillis
	d := ok[RegisterDestroyAnswer](t, c.App, "register.destroy", s.RegisterEnd)
	s.put(d.RegisterLine)
	s.lines = ok[RegisterStripAnswer](t, c.App, "register.strip", RegisterStripRequest{d.Before, s.lines}).Lines
	if r := s.check(head.Bytes); r["intact"] != true || r["destroyed"] != 1.0 || r["openings"] != 1.0 || r["lines"] != 5.0 {
		t.Errorf("%v", r)
	}
	s.lines = s.lines[:2]
	if r := s.check(head.Bytes); r["intact"] != false {
		t.Errorf("cut: %v", r)
	}
}

// A fresh engine knows no catalogue: a line for somebody who was let in waits for it.
func TestRegisterWaitsForTheCatalogue(t *testing.T) {
	c := newCounter(t)
	inspector, err := register.GenerateKey(draws.New("inspector"))
	if err != nil {
		t.Fatal(err)
	}
	s := newShelf(t, c.App, inspector)
	request := RegisterAppendRequest{RegisterEnd: s.RegisterEnd, Result: &verify.Result{Outcome: verify.Accepted, Reason: reason.OK}}
	fresh := New(draws.New("fresh"))
	if _, fault := call[RegisterAppendAnswer](t, fresh, "register.append", request); fault == nil || fault.Code != reason.PolicyMissing {
		t.Errorf("%v", fault)
	}
	ok[RegisterAppendAnswer](t, c.App, "register.append", request)
}

func TestRegisterRefuses(t *testing.T) {
	c := newCounter(t)
	inspector, err := register.GenerateKey(draws.New("inspector"))
	if err != nil {
		t.Fatal(err)
	}
	s := newShelf(t, c.App, inspector)
	first := base64.RawURLEncoding.EncodeToString(s.First)
	for _, r := range []struct {
		request string
		want    reason.Code
	}{
		{`{"op":"register.start","days":60}`, reason.BodyMalformed},
		{`{"op":"register.start","days":0}`, reason.BodyMalformed},
		{`{"op":"register.state"}`, reason.BodyMalformed},
		{`{"op":"register.append"}`, reason.BodyMalformed},
		{`{"op":"register.append","first":"` + first + `","last":"` + first + `"}`, reason.BodyMalformed},
		{`{"op":"register.append","first":"` + first + `","last":"AAAA","result":{}}`, reason.BodyMalformed},
		{`{"op":"register.append","first":"` + first + `","last":"` + first + `","result":{}}`, reason.BodyMalformed},
		{`{"op":"register.check","ticket":"9"}`, reason.NotFound},
		{`{"op":"register.check","checkpoints":["AA"]}`, reason.BodyMalformed},
		{`{"op":"register.export","checkpoints":["AA"]}`, reason.BodyMalformed},
		{`{"op":"register.export","checkpoints":[` + strings.Repeat(`"AA",`, register.MaxCheckpoints) + `"AA"]}`, reason.TooLarge},
		{`{"op":"register.open","first":"` + first + `","last":"` + first + `"}`, reason.BodyMalformed},
		{`{"op":"register.destroy"}`, reason.BodyMalformed},
		{`{"op":"register.strip","lines":["AA"]}`, reason.BodyMalformed},
	} {
		answer := c.Call([]byte(r.request))
		if !bytes.Contains(answer, []byte(`{"error":{"code":"`+r.want+`"`)) {
			t.Errorf("%.80s: %s, want %s", r.request, answer, r.want)
		}
	}
}
