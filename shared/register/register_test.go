package register

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
)

var opened = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func inspector(t testing.TB, seed string) *PrivateKey {
	t.Helper()
	k, err := GenerateKey(draws.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func operator(t testing.TB, seed string) *cwt.PrivateKey {
	t.Helper()
	k, err := cwt.GenerateKey(cwt.EdDSA, []byte("op"), draws.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func first(k *PrivateKey) First {
	return First{PartyID: "demo-cafe", PartyName: "演示网吧 DEMO", Inspector: k.Public(), From: opened, To: opened.Add(30 * day), Retention: 60 * day}
}

var person = Person{Name: "演示·张三", ID: "11010119990307803X"}

func check() Check {
	return Check{
		Seat: "3", Staff: "staff-2", Outcome: "accepted", Reason: "ok", Class: "A", Purpose: "internet-cafe",
		Rule: "《演示规则》第一条", Handle: "abcdefghijklmnopqrstuvwx", Hash: make([]byte, 32), Portrait: "same",
	}
}

// book is a register with n checks, one a minute.
type book struct {
	t     testing.TB
	key   *PrivateKey
	log   *Log
	lines [][]byte
}

func newBook(t testing.TB, n int) *book {
	t.Helper()
	b := &book{t: t, key: inspector(t, "inspector-1")}
	log, line, err := Start(first(b.key), opened)
	if err != nil {
		t.Fatal(err)
	}
	b.log, b.lines = log, [][]byte{line}
	for i := range n {
		b.put(b.log.Append(check(), &person, opened.Add(time.Duration(i)*time.Minute)))
	}
	return b
}

func (b *book) put(line []byte, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	b.lines = append(b.lines, line)
}

func (b *book) file() []byte { return bytes.Join(b.lines, nil) }

func (b *book) checkpoint(k *cwt.PrivateKey) []byte {
	b.t.Helper()
	signed, err := b.log.Checkpoint("https://op.example", opened).Sign(k)
	if err != nil {
		b.t.Fatal(err)
	}
	return signed
}

func report(t testing.TB, file []byte, checkpoints [][]byte, operators ...*cwt.Key) *Report {
	t.Helper()
	r, err := CheckAll(bytes.NewReader(file), checkpoints, keys(operators))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// keys takes the first of operators for every checkpoint.
func keys(operators []*cwt.Key) Operators {
	if operators == nil {
		return nil
	}
	return func(Checkpoint, []byte) *cwt.Key { return operators[0] }
}

func TestAppendCheckOpen(t *testing.T) {
	b := newBook(t, 5)
	c := check()
	c.Outcome, c.Reason = "rejected", "expired"
	b.put(b.log.Append(c, nil, opened.Add(time.Hour)))
	r := report(t, b.file(), nil)
	if !r.Intact || r.Lines != 7 || r.Sealed != 5 || r.PartyID != "demo-cafe" || len(r.Head) != 32 {
		t.Errorf("%+v", r)
	}
	if bytes.Contains(b.file(), []byte(person.Name)) || bytes.Contains(b.file(), []byte(person.ID)) {
		t.Error("personal data in the file")
	}
	got, note, err := b.log.Open(b.key, b.lines[3], Opening{Reader: "inspector-7", Ground: "case 2026-12"}, opened.Add(2*time.Hour))
	if err != nil || got != person {
		t.Fatalf("%v, %v", got, err)
	}
	b.lines = append(b.lines, note)
	l, sealed, err := ParseLine(note)
	if err != nil || sealed || l.Opening.Line != 3 || l.Opening.Reader != "inspector-7" {
		t.Errorf("%+v, %v", l, err)
	}
	if r := report(t, b.file(), nil); !r.Intact || r.Openings != 1 || r.Lines != 8 {
		t.Errorf("%+v", r)
	}

	count := b.log.Count()
	for name, test := range map[string]struct {
		key  *PrivateKey
		line []byte
		o    Opening
		want error
	}{
		"another key":    {inspector(t, "inspector-2"), b.lines[3], Opening{Reader: "a", Ground: "b"}, ErrKey},
		"nothing sealed": {b.key, b.lines[6], Opening{Reader: "a", Ground: "b"}, ErrNotSealed},
		"first line":     {b.key, b.lines[0], Opening{Reader: "a", Ground: "b"}, ErrNotSealed},
		"no ground":      {b.key, b.lines[3], Opening{Reader: "a"}, ErrMalformed},
		"no reader":      {b.key, b.lines[3], Opening{Ground: "a"}, ErrMalformed},
		"number in it":   {b.key, b.lines[3], Opening{Reader: "a", Ground: "11010119990307803"}, ErrPersonal},
		"cut":            {b.key, b.lines[3][:90], Opening{Reader: "a", Ground: "b"}, ErrMalformed},
	} {
		if _, _, err := b.log.Open(test.key, test.line, test.o, opened); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if b.log.Count() != count {
		t.Error("a refused opening added a line")
	}
}

// A sealed part opens in its own line and register only.
func TestSealedPartIsBound(t *testing.T) {
	b := newBook(t, 2)
	f1, _, err := wholeFrame(b.lines[1])
	if err != nil {
		t.Fatal(err)
	}
	_, l2, err := wholeFrame(b.lines[2])
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(f1.sealed)
	l2.SealedHash = hash[:]
	core, err := l2.core(true)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.log.Open(b.key, appendFrame(nil, core, f1.sealed), Opening{Reader: "a", Ground: "b"}, opened); !errors.Is(err, ErrSealed) {
		t.Errorf("in another line: %v", err)
	}
	other, _, err := Start(first(b.key), opened.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	other.count = 5
	if _, _, err := other.Open(b.key, b.lines[1], Opening{Reader: "a", Ground: "b"}, opened); !errors.Is(err, ErrSealed) {
		t.Errorf("in another register: %v", err)
	}
	twice, err := b.log.Append(check(), &person, opened)
	if err != nil {
		t.Fatal(err)
	}
	if len(twice) != len(b.lines[1]) {
		t.Errorf("lines of %d and %d bytes", len(twice), len(b.lines[1]))
	}
}

func TestAppendRefuses(t *testing.T) {
	b := newBook(t, 1)
	with := func(f func(*Check)) Check { c := check(); f(&c); return c }
	for name, test := range map[string]struct {
		c    Check
		at   time.Time
		want error
	}{
		"name as seat":      {with(func(c *Check) { c.Seat = "座 演示·张三" }), opened, ErrPersonal},
		"number as staff":   {with(func(c *Check) { c.Staff = "11010119990307803x" }), opened, ErrPersonal},
		"another number":    {with(func(c *Check) { c.Staff = "110101199903078" }), opened, ErrPersonal},
		"number as purpose": {with(func(c *Check) { c.Purpose = "110101199903078" }), opened, ErrMalformed},
		"no outcome":        {with(func(c *Check) { c.Outcome = "" }), opened, ErrMalformed},
		"unknown outcome":   {with(func(c *Check) { c.Outcome = "fine" }), opened, ErrMalformed},
		"reason in words":   {with(func(c *Check) { c.Reason = "Too old" }), opened, ErrMalformed},
		"class":             {with(func(c *Check) { c.Class = "E" }), opened, ErrMalformed},
		"portrait":          {with(func(c *Check) { c.Portrait = "yes" }), opened, ErrMalformed},
		"short hash":        {with(func(c *Check) { c.Hash = []byte{1} }), opened, ErrMalformed},
		"line break":        {with(func(c *Check) { c.Seat = "1\n2" }), opened, ErrMalformed},
		"long rule":         {with(func(c *Check) { c.Rule = string(bytes.Repeat([]byte("x"), 257)) }), opened, ErrMalformed},
		"before the period": {check(), opened.Add(-time.Second), ErrPeriod},
		"after the period":  {check(), opened.Add(30 * day), ErrPeriod},
	} {
		if _, err := b.log.Append(test.c, &person, test.at); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	long := Person{Name: string(bytes.Repeat([]byte("长"), 400))}
	if _, err := b.log.Append(check(), &long, opened); !errors.Is(err, ErrTooLarge) {
		t.Errorf("long name: %v", err)
	}
	if b.log.Count() != 2 {
		t.Error("a refused line was counted")
	}
}

func TestStartRefuses(t *testing.T) {
	k := inspector(t, "inspector-1")
	with := func(f func(*First)) First { p := first(k); f(&p); return p }
	for name, test := range map[string]struct {
		f    First
		want error
	}{
		"no key":       {with(func(f *First) { f.Inspector = nil }), ErrKey},
		"short key":    {with(func(f *First) { f.Inspector = f.Inspector[1:] }), ErrKey},
		"wrong key":    {with(func(f *First) { f.Inspector = bytes.Repeat([]byte{0xff}, PublicKeyBytes) }), ErrKey},
		"no party":     {with(func(f *First) { f.PartyID = "" }), ErrMalformed},
		"no period":    {with(func(f *First) { f.To = f.From }), ErrMalformed},
		"no retention": {with(func(f *First) { f.Retention = 0 }), ErrMalformed},
	} {
		if _, _, err := Start(test.f, opened); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestResume(t *testing.T) {
	b := newBook(t, 2)
	log, err := Resume(b.lines[0], b.lines[2])
	if err != nil {
		t.Fatal(err)
	}
	if log.Count() != 3 || log.First().PartyID != "demo-cafe" {
		t.Errorf("%+v", log)
	}
	b.put(log.Append(check(), &person, opened))
	if r := report(t, b.file(), nil); !r.Intact || r.Lines != 4 {
		t.Errorf("%+v", r)
	}
	if _, err := Resume(b.lines[1], b.lines[2]); !errors.Is(err, ErrMalformed) {
		t.Errorf("without the first line: %v", err)
	}
}

func TestKeys(t *testing.T) {
	a, b := inspector(t, "inspector-1"), inspector(t, "inspector-1")
	if !bytes.Equal(a.Public(), b.Public()) || bytes.Equal(a.Public(), inspector(t, "inspector-2").Public()) {
		t.Error("a key follows from its randomness")
	}
	raw, err := a.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParsePrivateKey(raw)
	if err != nil || !bytes.Equal(again.Public(), a.Public()) {
		t.Errorf("%v", err)
	}
	if _, err := ParsePrivateKey(raw[1:]); !errors.Is(err, ErrKey) {
		t.Errorf("%v", err)
	}
}

func TestDestroy(t *testing.T) {
	b := newBook(t, 4)
	b.put(b.log.Append(check(), &person, opened.Add(20*day)))
	now := opened.Add(61 * day)
	line, before, err := b.log.Destroy(now)
	if err != nil || !before.Equal(opened.Add(day)) {
		t.Fatalf("%v, %v", before, err)
	}
	b.put(line, nil)
	if r := report(t, b.file(), nil); !slices.Equal(r.Faults, []Fault{{SealedKept, 1, 4}}) {
		t.Errorf("before removal: %+v", r)
	}
	for i := range b.lines {
		if b.lines[i], err = Strip(b.lines[i], before); err != nil {
			t.Fatal(err)
		}
	}
	r := report(t, b.file(), nil)
	if !r.Intact || r.Destroyed != 4 || r.Sealed != 1 || r.Lines != 7 {
		t.Errorf("after removal: %+v", r)
	}
	if _, _, err := b.log.Open(b.key, b.lines[1], Opening{Reader: "a", Ground: "b"}, now); !errors.Is(err, ErrDestroyed) {
		t.Errorf("%v", err)
	}
	p, note, err := b.log.Open(b.key, b.lines[5], Opening{Reader: "a", Ground: "b"}, now)
	if b.put(note, err); p != person {
		t.Error("another person")
	}
	// A destruction that comes too early, though the line itself is sound.
	b.put(b.log.add(&Line{Before: opened.Add(25 * day)}, now, nil))
	b.lines[5], _ = Strip(b.lines[5], opened.Add(25*day))
	if r := report(t, b.file(), nil); !slices.Equal(r.Faults, []Fault{{DestroyedEarly, 8, 8}}) {
		t.Errorf("%+v", r)
	}
}

// TestLarge checks 60,000 lines, those of a café in 60 days, within bounds.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Log("NOT RUN in short mode: 60,000 lines")
		return
	}
	b := newBook(t, 1)
	// The check does not look into sealed parts: any bytes will do.
	sealed := make([]byte, 1264)
	hash := sha256.Sum256(sealed)
	c, err := NewChecker([][]byte{b.checkpoint(operator(t, "op-3"))}, keys([]*cwt.Key{operator(t, "op-3").Public()}))
	if err != nil {
		t.Fatal(err)
	}
	chunk := b.file()
	size, l := 0, &Line{Number: 2, Prev: b.log.head, SealedHash: hash[:]}
	var peak, base runtime.MemStats
	runtime.ReadMemStats(&base)
	begun := time.Now()
	for ; l.Number < 60_000; l.Number++ {
		p := check()
		l.Check, l.Time = &p, opened.Add(time.Duration(l.Number)*time.Second)
		core, err := l.core(true)
		if err != nil {
			t.Fatal(err)
		}
		l.Prev = sha256.Sum256(core)
		if chunk = appendFrame(chunk, core, sealed); len(chunk) > 1<<20 {
			size += len(chunk)
			c.Write(chunk)
			chunk = chunk[:0]
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.HeapInuse = max(peak.HeapInuse, m.HeapInuse)
		}
	}
	size += len(chunk)
	c.Write(chunk)
	r := c.Report()
	t.Logf("%d lines, %.1f MB made and checked in %v, heap %.1f MB at most", r.Lines, float64(size)/1e6, time.Since(begun).Round(time.Millisecond), float64(peak.HeapInuse)/1e6)
	if !r.Intact || r.Lines != 60_000 || r.Sealed != 59_999 || r.Covered != 2 {
		t.Errorf("%+v", r)
	}
	if peak.HeapInuse > 64<<20 {
		t.Errorf("heap of %d bytes", peak.HeapInuse)
	}
}

func BenchmarkCheck(b *testing.B) {
	file := newBook(b, 1000).file()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if r := report(b, file, nil); !r.Intact {
			b.Fatal(r)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	k := newBook(b, 0)
	for b.Loop() {
		k.log.count = 1
		if _, err := k.log.Append(check(), &person, opened); err != nil {
			b.Fatal(err)
		}
	}
}
