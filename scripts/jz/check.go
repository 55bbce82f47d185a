package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
)

// soon is how long before something ends it is worth a remark.
const soon = 3 * day

// besideFile is the path of another file in the folder of a list.
func besideFile(file, name string) string { return filepath.Join(filepath.Dir(file), name) }

// findings is what check prints.
type findings struct {
	OK       bool     `json:"ok"`
	Sequence uint64   `json:"sequence"`
	Problems []string `json:"problems"` // a verifier refuses something because of these
	Remarks  []string `json:"remarks"`

	now time.Time
}

func (f *findings) problem(format string, args ...any) {
	f.Problems = append(f.Problems, fmt.Sprintf(format, args...))
}

func (f *findings) remark(format string, args ...any) {
	f.Remarks = append(f.Remarks, fmt.Sprintf(format, args...))
}

// ends says so when something has ended or will before long.
func (f *findings) ends(what string, at time.Time) {
	switch {
	case !f.now.Before(at):
		f.problem("%s ended %s", what, at.Format(time.RFC3339))
	case !f.now.Add(soon).Before(at):
		f.remark("%s ends %s", what, at.Format(time.RFC3339))
	}
}

func runTrustCheck(c *call) (int, error) {
	anchorOf := c.anchorFlag()
	previous := c.flags.String("previous", "", "list published before, which this one has to follow")
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	file := args[0]
	b, err := readFile(file)
	if err != nil {
		return 0, err
	}
	f := &findings{Problems: []string{}, Remarks: []string{}, now: c.now}
	var l *trust.List
	if looksLikeJSON(b) {
		if *previous != "" {
			return 0, usage("--previous is for signed lists")
		}
		l, err = checkDocument(file, c.second())
	} else {
		l, err = f.checkSigned(file, *previous, b, anchorOf)
	}
	if err != nil && !errors.Is(err, errFound) {
		return 0, err
	}
	if l != nil {
		f.Sequence = l.Sequence
		f.checkEntries(l)
	}
	f.OK = len(f.Problems) == 0
	return exitCode(f.OK), c.print(f)
}

func looksLikeJSON(b []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) }

// errFound stands for a problem that is among the findings.
var errFound = errors.New("found")

// checkDocument reads a list that is not yet signed.
func checkDocument(file string, now time.Time) (*trust.List, error) {
	d, err := readDocument[document.Trust](file)
	if err != nil {
		return nil, err
	}
	if err := d.Check(now); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return d.List(d.Sequence, now, now.Add(listLife))
}

// checkSigned opens a signed list and looks at the files beside it.
func (f *findings) checkSigned(file, previous string, b []byte, anchorOf func(string) (*cwt.Key, error)) (*trust.List, error) {
	anchor, err := anchorOf(file)
	if err != nil {
		return nil, err
	}
	l, err := trust.Open(b, anchor)
	if err != nil {
		f.problem("%s: %v", file, err)
		return nil, errFound
	}
	f.ends(file, l.Expires)
	if l.IssuedAt.After(f.now) {
		f.problem("%s was issued ahead of the clock, at %s", file, l.IssuedAt.Format(time.RFC3339))
	}
	if previous != "" {
		if err := f.follows(l, previous, anchor); err != nil {
			return nil, err
		}
	}
	if err := f.checkPolicy(besideFile(file, demo.FilePolicy), anchor); err != nil {
		return nil, err
	}
	return l, f.checkStatusLists(l, filepath.Dir(file))
}

// follows looks whether verifiers that have seen the previous list take l.
func (f *findings) follows(l *trust.List, previous string, anchor *cwt.Key) error {
	b, err := readFile(previous)
	if err != nil {
		return err
	}
	old, err := trust.Open(b, anchor)
	if err != nil {
		return fmt.Errorf("%s: %w", previous, err)
	}
	if l.Sequence <= old.Sequence {
		f.problem("sequence %d does not follow %d", l.Sequence, old.Sequence)
	}
	return nil
}

func (f *findings) checkPolicy(file string, anchor *cwt.Key) error {
	b, err := readFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		f.remark("%s is not there", file)
		return nil
	}
	if err != nil {
		return err
	}
	catalogue, err := policy.Open(b, anchor)
	if err != nil {
		f.problem("%s: %v", file, err)
		return nil
	}
	f.ends(file, catalogue.Expires)
	return nil
}

// checkStatusLists looks whether each status list of the folder is signed by the
// entry that names its address, as verifiers demand.
func (f *findings) checkStatusLists(l *trust.List, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "status-*.cwt"))
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, e := range l.Entries {
		for _, uri := range e.StatusURIs {
			missing[uri] = true
		}
	}
	for _, file := range files {
		b, err := readFile(file)
		if err != nil {
			return err
		}
		t, err := status.Parse(b)
		if err != nil {
			f.problem("%s: %v", file, err)
			continue
		}
		delete(missing, t.Subject)
		i := slices.IndexFunc(l.Entries, func(e trust.Entry) bool { return slices.Contains(e.StatusURIs, t.Subject) })
		if i < 0 {
			f.problem("%s: no entry names its address %s", file, t.Subject)
			continue
		}
		key, err := l.Entries[i].Key(t.KeyID, trust.RoleStatus, f.now)
		if err == nil {
			err = t.Verify(key)
		}
		if err != nil {
			f.problem("%s: %v", file, err)
			continue
		}
		if t.Expires.IsZero() {
			f.ends(file, t.IssuedAt.Add(t.TTL))
		} else {
			f.ends(file, t.Expires)
		}
	}
	for _, e := range l.Entries {
		for _, uri := range e.StatusURIs {
			if missing[uri] {
				f.remark("no file here is the status list %s", uri)
			}
		}
	}
	return nil
}

// checkEntries looks for entries that can do less than their roles say.
func (f *findings) checkEntries(l *trust.List) {
	for _, e := range l.Entries {
		for _, role := range e.Roles {
			if !slices.ContainsFunc(e.Keys, func(k trust.Key) bool {
				_, err := e.Key(k.Key.ID, role, f.now)
				return err == nil
			}) {
				f.remark("%s has no key that counts now for %s", e.ID, role)
			}
		}
		if len(e.StatusURIs) > 0 && !slices.Contains(e.Roles, trust.RoleStatus) {
			f.problem("%s names status lists and lacks the role status, so that they are refused", e.ID)
		}
		for _, k := range e.Keys {
			if left := k.NotAfter.Sub(f.now); !k.Revoked && left > 0 && left <= listLife {
				f.remark("key %s of %s counts until %s", document.KeyIDText(k.Key.ID), e.ID, k.NotAfter.Format(time.RFC3339))
			}
		}
	}
}
