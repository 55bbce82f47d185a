package main

import (
	"errors"
	"time"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
)

// signedLine is what the verbs that sign print.
type signedLine struct {
	File     string        `json:"file"`
	Sequence uint64        `json:"sequence,omitempty"`
	Issued   document.Time `json:"issued"`
	Expires  document.Time `json:"expires"`
	Bytes    int           `json:"bytes"`
}

// signing are the flags of the verbs that sign.
type signing struct {
	key, out *string
	life     *document.Length
	force    *bool
}

func (c *call) signing(keyDoes string, life time.Duration) signing {
	return signing{
		key: c.flags.String("key", "", keyDoes), out: c.flags.String("out", "", "file for what is signed"),
		life: c.length("life", life, "how long it counts"), force: c.force(),
	}
}

// ready reads the key and looks whether the file may be written.
func (s signing) ready() (*cwt.PrivateKey, error) {
	if *s.key == "" || *s.out == "" {
		return nil, usage("--key and --out are both needed")
	}
	if err := checkFree(*s.force, *s.out); err != nil {
		return nil, err
	}
	return readPrivateKey(*s.key)
}

// listKind is how a list that the anchor signs, the trust list or the catalogue
// of purposes, is made from its document D and read back.
type listKind[D any] struct {
	sequence func(*D) *uint64 // of the list signed last
	sign     func(d *D, issued, expires time.Time, anchor *cwt.PrivateKey) ([]byte, error)
	open     func(b []byte, anchor *cwt.Key) (heldList[D], error)
}

// heldList is a list whose signature holds.
type heldList[D any] struct {
	sequence        uint64
	issued, expires time.Time
	stale           func(time.Time) bool
	document        func() (*D, error)
}

// runSign signs a document with the next sequence.
func (k listKind[D]) runSign(c *call) (int, error) {
	s := c.signing("the anchor's private key", listLife)
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	anchor, err := s.ready()
	if err != nil {
		return 0, err
	}
	issued := c.second()
	expires := issued.Add(time.Duration(*s.life))
	line := signedLine{File: *s.out, Issued: document.Time(issued), Expires: document.Time(expires)}
	var signed []byte
	err = editDocument(args[0], func(d *D) error {
		sequence := k.sequence(d)
		*sequence = max(*sequence, k.sequenceIn(*s.out, anchor.Public())) + 1
		line.Sequence = *sequence
		signed, err = k.sign(d, issued, expires, anchor)
		return err
	})
	if err != nil {
		return 0, err
	}
	// The document is written first: a sequence that was given to no list does
	// no harm, one that was given to two does.
	line.Bytes = len(signed)
	if err := writeFile(*s.out, signed, modePublic, *s.force); err != nil {
		return 0, err
	}
	return exitOK, c.print(line)
}

// sequenceIn is the sequence of the list that a new one is about to replace; 0
// where there is none that the anchor signed. It helps when the document was
// taken from an old copy.
func (k listKind[D]) sequenceIn(file string, anchor *cwt.Key) uint64 {
	b, err := readFile(file)
	if err != nil {
		return 0
	}
	held, err := k.open(b, anchor)
	if err != nil {
		return 0
	}
	return held.sequence
}

// shown is what show prints of a signed list.
type shown[T any] struct {
	Holds    bool           `json:"holds"` // whether the anchor signed it
	Error    string         `json:"error,omitempty"`
	Sequence uint64         `json:"sequence,omitempty"`
	Issued   *document.Time `json:"issued,omitempty"`
	Expires  *document.Time `json:"expires,omitempty"`
	Stale    bool           `json:"stale"`
	Document *T             `json:"document,omitempty"`
}

// anchorFlag is the anchor's key: the file given, or the one beside the list, as
// for verify.
func (c *call) anchorFlag() func(list string) (*cwt.Key, error) {
	file := c.flags.String("anchor", "", "the anchor's public key; default anchor.cose beside the list")
	return func(list string) (*cwt.Key, error) {
		if *file == "" {
			return readPublicKey(besideFile(list, demo.FileAnchor))
		}
		return readPublicKey(*file)
	}
}

// runShow prints a signed list as a document.
func (k listKind[D]) runShow(c *call) (int, error) {
	anchorOf := c.anchorFlag()
	out := c.flags.String("out", "", "write the document into this file as well")
	force := c.force()
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	b, err := readFile(args[0])
	if err != nil {
		return 0, err
	}
	anchor, err := anchorOf(args[0])
	if err != nil {
		return 0, err
	}
	held, err := k.open(b, anchor)
	if err != nil {
		return c.notHeld(err)
	}
	d, err := held.document()
	if err != nil {
		return 0, err
	}
	if *out != "" {
		if err := writeDocument(*out, d, *force); err != nil {
			return 0, err
		}
	}
	return exitOK, c.print(shown[D]{
		Holds: true, Sequence: held.sequence, Issued: (*document.Time)(&held.issued), Expires: (*document.Time)(&held.expires),
		Stale: held.stale(c.now), Document: d,
	})
}

// notHeld says that a list was not signed by the anchor; what cannot be read at
// all is an error.
func (c *call) notHeld(err error) (int, error) {
	if errors.Is(err, cwt.ErrSignature) || errors.Is(err, cwt.ErrAlgorithm) {
		return exitNo, c.print(shown[struct{}]{Error: err.Error()})
	}
	return 0, err
}
