package main

import (
	"fmt"
	"time"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/cwt"
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

var trustLists = listKind[document.Trust]{
	sequence: func(d *document.Trust) *uint64 { return &d.Sequence },
	sign: func(d *document.Trust, issued, expires time.Time, anchor *cwt.PrivateKey) ([]byte, error) {
		l, err := d.List(d.Sequence, issued, expires)
		if err != nil {
			return nil, err
		}
		return trust.Sign(l, anchor)
	},
	open: func(b []byte, anchor *cwt.Key) (held heldList[document.Trust], err error) {
		l, err := trust.Open(b, anchor)
		if err != nil {
			return held, err
		}
		return heldList[document.Trust]{l.Sequence, l.IssuedAt, l.Expires, l.Stale, func() (*document.Trust, error) { return document.FromTrust(l) }}, nil
	},
}
