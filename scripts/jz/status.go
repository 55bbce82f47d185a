package main

import (
	"fmt"
	"strconv"
	"time"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/status"
)

// Size of a status list where no other is asked for. Empty places cost next to
// nothing: a list of a million without a revocation is some 300 bytes signed.
const statusSize = 1 << 20

// statusLine is what the verbs print of a status list.
type statusLine struct {
	File      string `json:"file"`
	URI       string `json:"uri"`
	Bits      uint8  `json:"bits"`
	Size      uint64 `json:"size"`
	Allocated uint64 `json:"allocated"` // places given to cards
	Revoked   uint64 `json:"revoked"`
	Suspended uint64 `json:"suspended"`

	Index *indexLine `json:"index,omitempty"`
}

type indexLine struct {
	Index     uint64         `json:"index"`
	Status    document.State `json:"status"`
	Allocated bool           `json:"allocated"`
}

func newStatusLine(file string, d *document.Status) statusLine {
	line := statusLine{File: file, URI: d.URI, Bits: d.Bits, Size: d.Size, Allocated: d.Size - d.Free()}
	for _, state := range d.Entries {
		switch state {
		case document.Revoked:
			line.Revoked++
		case document.Suspended:
			line.Suspended++
		}
	}
	return line
}

func runStatusNew(c *call) (int, error) {
	uri := c.flags.String("uri", "", "where the signed list will lie; it stands in every card")
	size := c.flags.Uint64("size", statusSize, "number of cards it has places for")
	bits := c.flags.Uint("bits", 2, "bits a card: 1 (valid, revoked), 2 (suspended too), 4 or 8")
	force := c.force()
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	if *uri == "" {
		return 0, usage("--uri is missing")
	}
	d, err := document.NewStatus(*uri, uint8(min(*bits, 255)), *size)
	if err != nil {
		return 0, err
	}
	if err := writeDocument(args[0], d, *force); err != nil {
		return 0, err
	}
	return exitOK, c.print(newStatusLine(args[0], d))
}

// editStatus is editDocument for a status list, which is checked before.
func editStatus(file string, change func(*document.Status) error) error {
	return editDocument(file, func(d *document.Status) error {
		if err := d.Check(); err != nil {
			return err
		}
		return change(d)
	})
}

func runStatusSet(c *call) (int, error) {
	force := c.flags.Bool("force", false, "set a place no card has, or take back a revocation")
	args, err := c.parse(3, 3)
	if err != nil {
		return 0, err
	}
	var places []uint64
	for _, s := range list(args[1]) {
		i, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return 0, usage("%q is no index", s)
		}
		places = append(places, i)
	}
	if len(places) == 0 {
		return 0, usage("no index")
	}
	var line statusLine
	err = editStatus(args[0], func(d *document.Status) error {
		for _, i := range places {
			if err := d.Set(i, document.State(args[2]), *force); err != nil {
				return err
			}
		}
		line = newStatusLine(args[0], d)
		return nil
	})
	if err != nil {
		return 0, err
	}
	say("sign the list again, and put it in place, for verifiers to see this")
	return exitOK, c.print(line)
}

func runStatusSign(c *call) (int, error) {
	s := c.signing("the private key with the role status", statusLife)
	ttl := c.length("ttl", statusTTL, "how long a copy is kept before a fresh one is fetched")
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	key, err := s.ready()
	if err != nil {
		return 0, err
	}
	d, err := readDocument[document.Status](args[0])
	if err != nil {
		return 0, err
	}
	if err := d.Check(); err != nil {
		return 0, fmt.Errorf("%s: %w", args[0], err)
	}
	issued, expires := c.second(), c.second().Add(time.Duration(*s.life))
	signed, err := status.Build(key, d.URI, d.Bits, d.Values(), issued, expires, time.Duration(*ttl))
	if err != nil {
		return 0, err
	}
	if err := writeFile(*s.out, signed, modePublic, *s.force); err != nil {
		return 0, err
	}
	return exitOK, c.print(signedLine{File: *s.out, Issued: document.Time(issued), Expires: document.Time(expires), Bytes: len(signed)})
}

// tokenLine is what show prints of a signed list.
type tokenLine struct {
	Holds     bool            `json:"holds"` // whether the key signed it
	Error     string          `json:"error,omitempty"`
	File      string          `json:"file"`
	URI       string          `json:"uri"`
	KeyID     string          `json:"kid"`
	Issued    document.Time   `json:"issued"`
	Expires   document.Time   `json:"expires,omitzero"`
	TTL       document.Length `json:"ttl,omitzero"`
	Old       bool            `json:"old"`
	Bits      uint8           `json:"bits"`
	Size      uint64          `json:"size,omitempty"`
	Revoked   uint64          `json:"revoked"`
	Suspended uint64          `json:"suspended"`
	Other     uint64          `json:"other,omitempty"` // neither valid nor these
	Index     *tokenIndex     `json:"index,omitempty"`
}

type tokenIndex struct {
	Index  uint64         `json:"index"`
	Value  uint8          `json:"value"`
	Status document.State `json:"status"`
}

func runStatusShow(c *call) (int, error) {
	pub := c.flags.String("pub", "", "public key that should have signed the list; needed for signed ones")
	index := c.flags.Int64("index", -1, "place to look up")
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	b, err := readFile(args[0])
	if err != nil {
		return 0, err
	}
	if looksLikeJSON(b) {
		return c.showStatusDocument(args[0], *index)
	}
	if *pub == "" {
		return 0, usage("--pub is missing: a list says nothing before its signature was checked")
	}
	key, err := readPublicKey(*pub)
	if err != nil {
		return 0, err
	}
	t, err := status.Parse(b)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", args[0], err)
	}
	line := tokenLine{
		Holds: true, File: args[0], URI: t.Subject, KeyID: document.KeyIDText(t.KeyID), Issued: document.Time(t.IssuedAt),
		Expires: document.Time(t.Expires), TTL: document.Length(t.TTL), Old: t.Old(c.now), Bits: t.Bits,
	}
	if err := t.Verify(key); err != nil {
		line.Holds, line.Error = false, err.Error()
		return exitNo, c.print(line)
	}
	return exitOK, c.countToken(line, t, *index)
}

// countToken counts what a verified list holds, looks up one place of it and
// prints both.
func (c *call) countToken(line tokenLine, t *status.Token, index int64) error {
	line.Size = t.Len()
	for i := range t.Len() {
		value, err := t.At(i)
		switch {
		case err != nil:
			return err
		case value == status.Revoked:
			line.Revoked++
		case value == status.Suspended:
			line.Suspended++
		case value != status.Valid:
			line.Other++
		}
	}
	if index >= 0 {
		value, err := t.At(uint64(index))
		if err != nil {
			return err
		}
		line.Index = &tokenIndex{uint64(index), value, "other"}
		for state, v := range document.States {
			if v == value {
				line.Index.Status = state
			}
		}
	}
	return c.print(line)
}

func (c *call) showStatusDocument(file string, index int64) (int, error) {
	d, err := readDocument[document.Status](file)
	if err != nil {
		return 0, err
	}
	if err := d.Check(); err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	line := newStatusLine(file, d)
	if index >= 0 {
		if uint64(index) >= d.Size {
			return 0, fmt.Errorf("%s: %w: index %d, the list has %d", file, document.ErrNotFound, index, d.Size)
		}
		line.Index = &indexLine{uint64(index), document.Valid, d.Given(uint64(index))}
		if state, ok := d.Entries[uint64(index)]; ok {
			line.Index.Status = state
		}
	}
	return exitOK, c.print(line)
}
