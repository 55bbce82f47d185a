package register

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"jianzheng/shared/cwt"
)

// forge changes the readable part of a line and makes its own hash fit, as
// someone who knows the format would.
func forge(t testing.TB, line []byte, change func(*Line)) []byte {
	t.Helper()
	f, l, err := wholeFrame(line)
	if err != nil {
		t.Fatal(err)
	}
	change(l)
	core, err := l.core(true)
	if err != nil {
		t.Fatal(err)
	}
	return appendFrame(nil, core, f.sealed)
}

// flip changes one byte, counted from the end where negative.
func flip(line []byte, at int) []byte {
	b := bytes.Clone(line)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	return b
}

// TestDamage: each fault is named, with its lines, and nothing else is.
func TestDamage(t *testing.T) {
	b := newBook(t, 9)
	k := operator(t, "op-3")
	checkpoint := b.checkpoint(k)
	other := newBook(t, 9)
	coreAt := len(marker) + 1 + 3 + 8 // somewhere in the core

	rewrite := func(lines [][]byte, from int) {
		prev := Hash{}
		for i := range lines {
			if i >= from {
				lines[i] = forge(t, lines[i], func(l *Line) {
					if i == from {
						l.Check.Outcome = "rejected"
					} else {
						l.Prev = prev
					}
				})
			}
			f, _, err := wholeFrame(lines[i])
			if err != nil {
				t.Fatal(err)
			}
			prev = sha256.Sum256(f.core)
		}
	}
	for _, test := range []struct {
		name   string
		damage func([][]byte) [][]byte
		want   []Fault
	}{
		{"none", func(l [][]byte) [][]byte { return l }, nil},
		{"byte of a core", func(l [][]byte) [][]byte { l[4] = flip(l[4], coreAt); return l }, []Fault{{Altered, 4, 4}}},
		{"byte of the last core", func(l [][]byte) [][]byte { l[9] = flip(l[9], coreAt); return l }, []Fault{{Altered, 9, 9}}},
		{"byte of a stated hash", func(l [][]byte) [][]byte {
			f, _, _ := wholeFrame(l[4])
			l[4] = flip(l[4], -len(f.sealed)-3-1)
			return l
		}, []Fault{{Altered, 4, 4}}},
		{"byte of a sealed part", func(l [][]byte) [][]byte { l[4] = flip(l[4], -1); return l }, []Fault{{SealedAltered, 4, 4}}},
		{"byte of a frame", func(l [][]byte) [][]byte { l[4] = flip(l[4], 2); return l }, []Fault{{Unreadable, 4, 4}}},
		{"byte of a length", func(l [][]byte) [][]byte { l[4] = flip(l[4], 7); return l }, []Fault{{Unreadable, 4, 4}}},
		{"frames of two lines", func(l [][]byte) [][]byte { l[4], l[5] = flip(l[4], 0), flip(l[5], 0); return l }, []Fault{{Unreadable, 4, 5}}},
		{"outcome, with fitting hash", func(l [][]byte) [][]byte {
			l[4] = forge(t, l[4], func(l *Line) { l.Check.Outcome = "rejected" })
			return l
		}, []Fault{{Altered, 4, 4}}},
		{"first line, with fitting hash", func(l [][]byte) [][]byte {
			l[0] = forge(t, l[0], func(l *Line) { l.First.PartyName = "另一家" })
			return l
		}, []Fault{{Altered, 0, 0}, {CheckpointForeign, 0, 9}}},
		{"link to the line before", func(l [][]byte) [][]byte {
			l[4] = forge(t, l[4], func(l *Line) { l.Prev[0] ^= 1 })
			return l
		}, []Fault{{Altered, 3, 4}}},
		{"link of the last line", func(l [][]byte) [][]byte {
			l[9] = forge(t, l[9], func(l *Line) { l.Prev[0] ^= 1 })
			return l
		}, []Fault{{Rewritten, 0, 9}, {Altered, 8, 9}}},
		{"all from one on", func(l [][]byte) [][]byte { rewrite(l, 4); return l }, []Fault{{Rewritten, 0, 9}}},
		{"one removed", func(l [][]byte) [][]byte { return slices.Delete(l, 4, 5) }, []Fault{{Missing, 4, 4}}},
		{"several removed", func(l [][]byte) [][]byte { return slices.Delete(l, 2, 6) }, []Fault{{Missing, 2, 5}}},
		{"first removed", func(l [][]byte) [][]byte { return l[1:] }, []Fault{{Missing, 0, 0}}},
		{"two swapped", func(l [][]byte) [][]byte { l[4], l[5] = l[5], l[4]; return l }, []Fault{{Reordered, 4, 4}}},
		{"one moved back", func(l [][]byte) [][]byte { return append(slices.Delete(slices.Clone(l), 2, 3), l[2]) }, []Fault{{Reordered, 2, 2}}},
		{"first moved back", func(l [][]byte) [][]byte { l[0], l[1] = l[1], l[0]; return l }, []Fault{{Reordered, 0, 0}}},
		{"one twice", func(l [][]byte) [][]byte { return slices.Insert(l, 5, l[4]) }, []Fault{{Duplicate, 4, 4}}},
		{"all twice", func(l [][]byte) [][]byte { return append(l, l...) }, []Fault{{Duplicate, 0, 9}}},
		{"last removed", func(l [][]byte) [][]byte { return l[:9] }, []Fault{{Truncated, 9, 9}}},
		{"all but the first removed", func(l [][]byte) [][]byte { return l[:1] }, []Fault{{Truncated, 1, 9}}},
		{"cut in a line", func(l [][]byte) [][]byte { l[6] = l[6][:100]; return l[:7] }, []Fault{{Truncated, 6, 9}}},
		{"cut, then a line", func(l [][]byte) [][]byte { l[6] = l[6][:100]; return l }, []Fault{{Unreadable, 6, 6}}},
		{"nothing left", func([][]byte) [][]byte { return nil }, []Fault{{Truncated, 0, 9}}},
		{"foreign bytes", func(l [][]byte) [][]byte { return slices.Insert(l, 4, []byte("hello")) }, []Fault{{Inserted, 4, 4}}},
		{"foreign bytes at the end", func(l [][]byte) [][]byte { return append(l, []byte("hello")) }, []Fault{{Unreadable, 10, 10}}},
		{"a line's start at the end", func(l [][]byte) [][]byte { return append(l, marker[:3]) }, []Fault{{Truncated, 10, 10}}},
		{"line of another register", func(l [][]byte) [][]byte { l[4] = other.lines[4]; return l }, []Fault{{Altered, 3, 4}}},
		{"another register", func([][]byte) [][]byte { return slices.Clone(other.lines) }, []Fault{{Rewritten, 0, 9}}},
		{"sealed part removed", func(l [][]byte) [][]byte {
			f, _, _ := wholeFrame(l[4])
			l[4] = appendFrame(nil, f.core, nil)
			return l
		}, []Fault{{SealedMissing, 4, 4}}},
		{"sealed parts swapped", func(l [][]byte) [][]byte {
			f4, _, _ := wholeFrame(l[4])
			f5, _, _ := wholeFrame(l[5])
			l[4], l[5] = appendFrame(nil, f4.core, f5.sealed), appendFrame(nil, f5.core, f4.sealed)
			return l
		}, []Fault{{SealedAltered, 4, 5}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := bytes.Join(test.damage(slices.Clone(b.lines)), nil)
			r := report(t, file, [][]byte{checkpoint}, k.Public())
			if !slices.Equal(r.Faults, test.want) {
				t.Errorf("got %v, want %v", r.Faults, test.want)
			}
			if r.Intact != (len(test.want) == 0) {
				t.Errorf("intact: %v", r.Intact)
			}
			// In pieces of one byte the same is found.
			c, err := NewChecker([][]byte{checkpoint}, keys([]*cwt.Key{k.Public()}))
			if err != nil {
				t.Fatal(err)
			}
			for i := range file {
				c.Write(file[i : i+1])
			}
			if r := c.Report(); !slices.Equal(r.Faults, test.want) {
				t.Errorf("in pieces: got %v, want %v", r.Faults, test.want)
			}
		})
	}
}

// TestAttackRegister shows the two attacks that whoever keeps a register is
// tempted by; TestDamage has them all.
func TestAttackRegister(t *testing.T) {
	b := newBook(t, 9)
	k := operator(t, "op-3")
	checkpoint := b.checkpoint(k)
	altered := slices.Clone(b.lines)
	altered[4] = forge(t, altered[4], func(l *Line) { l.Check.Outcome = "rejected" })
	for _, a := range []struct {
		name string
		file []byte
		want Kind
		line uint64
	}{
		{"truncated register", bytes.Join(b.lines[:6], nil), Truncated, 6},
		{"altered register line", bytes.Join(altered, nil), Altered, 4},
	} {
		t.Run(a.name, func(t *testing.T) {
			r := report(t, a.file, [][]byte{checkpoint}, k.Public())
			named := slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.Kind == a.want && f.From == a.line })
			if r.Intact || !named {
				t.Errorf("faults %+v, want %s at line %d", r.Faults, a.want, a.line)
			}
			t.Logf("attack %-60s %s at line %d", a.name+":", a.want, a.line)
		})
	}
}

// TestEveryByte: no byte of a register can be changed unseen, nor its end cut.
func TestEveryByte(t *testing.T) {
	b := newBook(t, 1)
	checkpoint := b.checkpoint(operator(t, "op-3"))
	file := b.file()
	for i := range file {
		file[i] ^= 0x10
		if r := report(t, file, [][]byte{checkpoint}); r.Intact {
			t.Errorf("byte %d", i)
		}
		file[i] ^= 0x10
		if i%8 > 0 {
			continue
		}
		if r := report(t, file[:i], [][]byte{checkpoint}); r.Intact {
			t.Errorf("cut at byte %d", i)
		}
	}
}

func TestCheckpoints(t *testing.T) {
	b := newBook(t, 4)
	k, stranger := operator(t, "op-3"), operator(t, "op-4")
	early := b.checkpoint(k)
	b.put(b.log.Append(check(), &person, opened))
	late := b.checkpoint(k)
	other := newBook(t, 2)

	c, err := OpenCheckpoint(late, k.Public())
	if err != nil || c.Count != 6 || c.Operator != "https://op.example" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := OpenCheckpoint(late, stranger.Public()); !errors.Is(err, cwt.ErrSignature) {
		t.Errorf("%v", err)
	}
	for i := range late {
		if _, err := OpenCheckpoint(flip(late, i), k.Public()); err == nil {
			t.Errorf("byte %d of a checkpoint", i)
		}
	}

	var file bytes.Buffer
	if err := Export(&file, [][]byte{late, early}); err != nil {
		t.Fatal(err)
	}
	file.Write(b.file())
	if r := report(t, file.Bytes(), nil, k.Public()); !r.Intact || r.Covered != 6 || r.Unsigned != 0 {
		t.Errorf("%+v", r)
	}
	if r := report(t, file.Bytes(), nil); !r.Intact || r.Covered != 0 || r.Unsigned != 2 {
		t.Errorf("without a key: %+v", r)
	}
	if r := report(t, file.Bytes(), nil, stranger.Public()); !slices.Equal(r.Faults, []Fault{{CheckpointForged, 0, 5}}) {
		t.Errorf("a stranger's: %+v", r)
	}
	for size := 1; size < 400; size += 37 {
		c, err := NewChecker(nil, keys([]*cwt.Key{k.Public()}))
		if err != nil {
			t.Fatal(err)
		}
		for piece := range slices.Chunk(file.Bytes(), size) {
			c.Write(piece)
		}
		if r := c.Report(); !r.Intact || r.Covered != 6 || len(c.Checkpoints()) != 2 {
			t.Errorf("in pieces of %d: %+v", size, r)
		}
	}
	var many bytes.Buffer
	for range MaxCheckpoints + 1 {
		many.Write(appendBytes(bytes.Clone(checkpointMarker), early))
	}
	many.Write(b.file())
	if r := report(t, many.Bytes(), nil, k.Public()); !slices.Equal(r.Faults, []Fault{{Inserted, 0, 0}}) {
		t.Errorf("too many: %+v", r)
	}
	if r := report(t, many.Bytes()[:100], nil, k.Public()); !slices.Equal(r.Faults, []Fault{{Truncated, 0, 0}}) {
		t.Errorf("cut in a checkpoint: %+v", r)
	}
	late[len(late)-1] ^= 1
	if r := report(t, file.Bytes(), nil, k.Public()); !r.Intact {
		t.Errorf("the file shares its bytes with the caller: %+v", r)
	}
	cut := file.Bytes()[:file.Len()-len(b.lines[5])]
	if r := report(t, cut, nil, k.Public()); !slices.Equal(r.Faults, []Fault{{Truncated, 5, 5}}) || r.Covered != 5 {
		t.Errorf("cut: %+v", r)
	}
	foreign := other.log.Checkpoint("https://op.example", opened)
	foreign.Register[0] ^= 1
	signed, err := foreign.Sign(k)
	if err != nil {
		t.Fatal(err)
	}
	if r := report(t, b.file(), [][]byte{signed}, k.Public()); !slices.Equal(r.Faults, []Fault{{CheckpointForeign, 0, 2}}) {
		t.Errorf("of another register: %+v", r)
	}
	if _, err := CheckAll(&file, [][]byte{{1}}, nil); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("%v", err)
	}
	if err := Export(&file, [][]byte{{1}}); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("%v", err)
	}
	if err := Export(&file, make([][]byte, MaxCheckpoints+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

// TestParseLineRefuses: a line is the bytes that this package writes, or none.
func TestParseLineRefuses(t *testing.T) {
	b := newBook(t, 1)
	f, _, err := wholeFrame(b.lines[1])
	if err != nil {
		t.Fatal(err)
	}
	encode := func(v any) []byte {
		core, err := cwt.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		return appendFrame(nil, core, nil)
	}
	zero := make([]byte, 32)
	plain := map[int]any{2: "accepted", 3: "ok"}
	for name, test := range map[string]struct {
		line []byte
		want error
	}{
		"empty":             {nil, ErrMalformed},
		"rest behind":       {append(bytes.Clone(b.lines[1]), 0), ErrMalformed},
		"no map":            {encode([]int{1}), ErrMalformed},
		"no kind":           {encode(map[int]any{0: 1, 1: zero, 2: 1}), ErrMalformed},
		"two kinds":         {encode(map[int]any{0: 1, 1: zero, 2: 1, 4: plain, 6: map[int]any{0: 1}}), ErrMalformed},
		"unknown member":    {encode(map[int]any{0: 1, 1: zero, 2: 1, 4: plain, 9: 1}), ErrMalformed},
		"unknown in check":  {encode(map[int]any{0: 1, 1: zero, 2: 1, 4: map[int]any{2: "accepted", 3: "ok", 10: 1}}), ErrMalformed},
		"short link":        {encode(map[int]any{0: 1, 1: zero[1:], 2: 1, 4: plain}), ErrMalformed},
		"link as numbers":   {encode(map[int]any{0: 1, 1: make([]int, 32), 2: 1, 4: plain}), ErrMalformed},
		"negative time":     {encode(map[int]any{0: 1, 1: zero, 2: -1, 4: plain}), ErrMalformed},
		"time in text":      {encode(map[int]any{0: 1, 1: zero, 2: "1", 4: plain}), ErrMalformed},
		"time out of range": {encode(map[int]any{0: 1, 1: zero, 2: uint64(1) << 60, 4: plain}), ErrMalformed},
		"number too great":  {encode(map[int]any{0: MaxLines, 1: zero, 2: 1, 4: plain}), ErrTooLarge},
		"check as first":    {encode(map[int]any{0: 0, 1: zero, 2: 1, 4: plain}), ErrMalformed},
		"opening of itself": {encode(map[int]any{0: 1, 1: zero, 2: 1, 5: map[int]any{0: 1, 1: "a", 2: "b"}}), ErrMalformed},
		"empty seat":        {encode(map[int]any{0: 1, 1: zero, 2: 1, 4: map[int]any{0: "", 2: "accepted", 3: "ok"}}), ErrMalformed},
		"sealed, no hash":   {appendFrame(nil, mustCore(t, encode(map[int]any{0: 1, 1: zero, 2: 1, 4: plain})), []byte{1}), ErrMalformed},
		"hash on opening":   {encode(map[int]any{0: 1, 1: zero, 2: 1, 5: map[int]any{0: 0, 1: "a", 2: "b"}, 7: zero}), ErrMalformed},
		"large core":        {appendFrame(nil, make([]byte, maxCoreBytes+1), nil), ErrMalformed},
		"large sealed part": {appendFrame(nil, f.core, make([]byte, maxSealedBytes+1)), ErrMalformed},
	} {
		if _, _, err := ParseLine(test.line); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if _, sealed, err := ParseLine(b.lines[1]); err != nil || !sealed {
		t.Errorf("%v", err)
	}
}

func mustCore(t testing.TB, line []byte) []byte {
	t.Helper()
	f, err := parseFrame(line)
	if err != nil {
		t.Fatal(err)
	}
	return f.core
}

// FuzzCheck: no bytes make the checker fail, and what it calls intact is exactly
// what is read line by line and written again.
func FuzzCheck(f *testing.F) {
	b := newBook(f, 3)
	k := operator(f, "op-3")
	f.Add(b.file())
	f.Add(b.lines[0])
	f.Add(append(appendBytes(bytes.Clone(checkpointMarker), b.checkpoint(k)), b.file()...))
	f.Add(bytes.Join([][]byte{b.lines[1], b.lines[3], b.lines[2], []byte("x"), b.lines[2]}, nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		r := report(t, file, nil)
		half := len(file) / 2
		c, err := NewChecker(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Write(file[:half])
		c.Write(file[half:])
		if again := c.Report(); again.Intact != r.Intact || !slices.Equal(again.Faults, r.Faults) {
			t.Errorf("in two pieces: %v, in one: %v", again.Faults, r.Faults)
		}
		if _, l, err := wholeFrame(file); err == nil {
			core, err := l.core(true)
			if err != nil || !bytes.Equal(core, mustCore(t, file)) {
				t.Errorf("another core: %v", err)
			}
		}
	})
}
