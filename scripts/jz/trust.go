package main

import (
	"errors"
	"fmt"
	"time"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/trust"
)

// Lives of what is signed where no other is asked for. A verifier works without
// a network until the lists end.
const (
	listLife   = 30 * day
	statusLife = 7 * day
	statusTTL  = 12 * time.Hour
	keyLife    = 5 * 365 * day
)

// changed is what the verbs that edit a document print.
type changed struct {
	File     string `json:"file"`
	Sequence uint64 `json:"sequence"` // of the list signed last
	Entries  int    `json:"entries"`
	Keys     int    `json:"keys"`
}

func (c *call) printTrust(file string, d *document.Trust) error {
	line := changed{File: file, Sequence: d.Sequence, Entries: len(d.Entries)}
	for _, e := range d.Entries {
		line.Keys += len(e.Keys)
	}
	return c.print(line)
}

func runTrustNew(c *call) (int, error) {
	force := c.force()
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	d := &document.Trust{Entries: []document.Entry{}}
	if err := writeDocument(args[0], d, *force); err != nil {
		return 0, err
	}
	return exitOK, c.printTrust(args[0], d)
}

// editTrust changes a trust list and prints what it has become. What could not
// be signed is not written.
func (c *call) editTrust(file string, change func(*document.Trust) error) (int, error) {
	var after *document.Trust
	err := editDocument(file, func(d *document.Trust) error {
		after = d
		if err := change(d); err != nil {
			return err
		}
		return d.Check(c.second())
	})
	if err != nil {
		return 0, err
	}
	return exitOK, c.printTrust(file, after)
}

func runTrustAdd(c *call) (int, error) {
	var e document.Entry
	c.flags.StringVar(&e.ID, "id", "", "the issuer's or operator's URL, which stands in what it signs")
	c.flags.StringVar(&e.Region, "region", "", "region code, such as CN-44")
	c.flags.StringVar(&e.Zh, "zh", "", "registered name")
	c.flags.StringVar(&e.En, "en", "", "the same in English")
	roles := c.flags.String("roles", "", "roles of the entry, separated by commas: card-light, card-full, status, challenge, terminal, register")
	types := c.flags.String("types", "", "types of card accepted from it, separated by commas; default: all")
	status := c.flags.String("status", "", "addresses of its status lists, separated by commas")
	pub := c.flags.String("pub", "", "public key to add")
	keyRoles := c.flags.String("key-roles", "", "roles of that key, separated by commas; default: those of the entry")
	from := c.timeFlag("from", "first moment at which the key counts; default: the beginning of today, UTC")
	until := c.timeFlag("until", "first moment at which it counts no more; default: five years after the first")
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	if e.ID == "" {
		return 0, usage("--id is missing")
	}
	e.Roles, e.Types, e.Status = roleList(*roles), list(*types), list(*status)
	if *pub != "" {
		k, err := newKeyRow(*pub, roleList(*keyRoles), c.now, *from, *until)
		if err != nil {
			return 0, err
		}
		e.Keys = []document.Key{k}
	} else if *keyRoles != "" || *from != nil || *until != nil {
		return 0, usage("--key-roles, --from and --until are about a key; --pub is missing")
	}
	return c.editTrust(args[0], func(d *document.Trust) error { return d.Add(e) })
}

func newKeyRow(file string, roles []trust.Role, now time.Time, from, until *time.Time) (document.Key, error) {
	key, err := readPublicKey(file)
	if err != nil {
		return document.Key{}, err
	}
	if len(key.ID) == 0 {
		return document.Key{}, fmt.Errorf("%s has no key id, which a listed key needs", file)
	}
	begin := now.UTC().Truncate(day)
	if from != nil {
		begin = *from
	}
	end := begin.Add(keyLife)
	if until != nil {
		end = *until
	}
	return document.NewKey(key, roles, begin, end)
}

func roleList(s string) []trust.Role {
	var roles []trust.Role
	for _, r := range list(s) {
		roles = append(roles, trust.Role(r))
	}
	return roles
}

// keyIDFlags are the two ways to name a listed key. The function returned gives
// the text of its id, which is empty when neither flag was given.
func (c *call) keyIDFlags() func() (string, error) {
	kid := c.flags.String("kid", "", "id of the key, as `jz keys show` prints it")
	pub := c.flags.String("pub", "", "the public key itself, instead of --kid")
	return func() (string, error) {
		switch {
		case *kid != "" && *pub != "":
			return "", usage("--kid and --pub exclude each other")
		case *pub != "":
			key, err := readPublicKey(*pub)
			if err != nil {
				return "", err
			}
			return document.KeyIDText(key.ID), nil
		}
		return *kid, nil
	}
}

func runTrustRevoke(c *call) (int, error) {
	named := c.keyIDFlags()
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	kid, err := named()
	if err != nil {
		return 0, err
	}
	if kid == "" {
		return 0, usage("--kid or --pub is needed")
	}
	return c.editTrust(args[0], func(d *document.Trust) error { return d.Revoke(kid) })
}

func runTrustRemove(c *call) (int, error) {
	named := c.keyIDFlags()
	id := c.flags.String("id", "", "entry to remove with all its keys")
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	kid, err := named()
	if err != nil {
		return 0, err
	}
	if (kid == "") == (*id == "") {
		return 0, usage("either --id or one of --kid and --pub is needed")
	}
	return c.editTrust(args[0], func(d *document.Trust) error {
		if *id != "" {
			return d.RemoveEntry(*id)
		}
		say("a removed key is unknown to verifiers; one that was misused is better revoked")
		return d.RemoveKey(kid)
	})
}

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

func runTrustSign(c *call) (int, error) {
	s := c.signing("the anchor's private key", listLife)
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	anchor, err := s.ready()
	if err != nil {
		return 0, err
	}
	line := signedLine{File: *s.out, Issued: document.Time(c.second()), Expires: document.Time(c.second().Add(time.Duration(*s.life)))}
	var signed []byte
	err = editDocument(args[0], func(d *document.Trust) error {
		d.Sequence = max(d.Sequence, sequenceIn(*s.out, anchor.Public())) + 1
		l, err := d.List(d.Sequence, time.Time(line.Issued), time.Time(line.Expires))
		if err != nil {
			return err
		}
		line.Sequence = d.Sequence
		signed, err = trust.Sign(l, anchor)
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
func sequenceIn(file string, anchor *cwt.Key) uint64 {
	b, err := readFile(file)
	if err != nil {
		return 0
	}
	l, err := trust.Open(b, anchor)
	if err != nil {
		return 0
	}
	return l.Sequence
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

func runTrustShow(c *call) (int, error) {
	anchorOf := c.anchorFlag()
	out := c.flags.String("out", "", "write the document into this file as well")
	force := c.force()
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	anchor, b, err := readSigned(args[0], anchorOf)
	if err != nil {
		return 0, err
	}
	l, err := trust.Open(b, anchor)
	if err != nil {
		return c.notHeld(err)
	}
	d, err := document.FromTrust(l)
	if err != nil {
		return 0, err
	}
	if *out != "" {
		if err := writeDocument(*out, d, *force); err != nil {
			return 0, err
		}
	}
	return exitOK, c.print(shown[document.Trust]{
		Holds: true, Sequence: l.Sequence, Issued: (*document.Time)(&l.IssuedAt), Expires: (*document.Time)(&l.Expires),
		Stale: l.Stale(c.now), Document: d,
	})
}

// readSigned reads a signed list and the key to check it with.
func readSigned(file string, anchorOf func(string) (*cwt.Key, error)) (*cwt.Key, []byte, error) {
	b, err := readFile(file)
	if err != nil {
		return nil, nil, err
	}
	anchor, err := anchorOf(file)
	return anchor, b, err
}

// notHeld says that a list was not signed by the anchor; what cannot be read at
// all is an error.
func (c *call) notHeld(err error) (int, error) {
	if errors.Is(err, cwt.ErrSignature) || errors.Is(err, cwt.ErrAlgorithm) {
		return exitNo, c.print(shown[struct{}]{Error: err.Error()})
	}
	return 0, err
}
