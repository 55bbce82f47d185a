// Package site reads what an operator puts in place for an endpoint and refuses
// what verifiers would refuse, so that a wrong file is seen by the operator and
// not at every counter. Where the files lie, in a folder or at the edge, is the
// matter of its [Files].
package site

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/trust"
	"jianzheng/worker/core"
)

// What an operator puts in place:
//
//	secret        32 random bytes or more: the key of the MAC of nonces, tickets and tokens
//	secret.former another one that counts too, while the secret is changed; may be absent
//	operator.cose private COSE_Key that signs challenges and receipts
//	anchor.cose   public COSE_Key of the trust list and the catalogue
//	trust.cwt     trust list, which names the operator's key for challenges
//	policy.cwt    catalogue of purposes
//	status-1.cwt  status lists, numbered from 1
//	site.json     who may ask for what, see [core.Site]
//
// Lists are read at each request and may be replaced at any time.
const (
	FileSecret   = "secret"
	FileFormer   = "secret.former"
	FileOperator = "operator.cose"
	FileAnchor   = "anchor.cose"
	FileTrust    = "trust.cwt"
	FilePolicy   = "policy.cwt"
	FileSite     = "site.json"
)

// FileStatus is the name of the n-th status list.
func FileStatus(n int) string { return fmt.Sprintf("status-%d.cwt", n) }

// StatusPath is the route of the n-th status list.
func StatusPath(n int) string { return fmt.Sprintf("/v1/status/%d", n) }

// MaxListBytes caps what is read of a list.
const MaxListBytes = 16 << 20

// Files is where the files are.
type Files interface {
	// Read returns a file; where there is none, the error wraps [fs.ErrNotExist].
	Read(name string) ([]byte, error)
	// Has tells whether there is a file.
	Has(name string) bool
}

// Site is what makes one endpoint differ from another. Its secrets are not read
// here.
type Site struct {
	Core     core.Config
	Lists    *Lists
	Purpose  string   // of a page that was not told another
	Statuses []string // paths of status lists
}

// Open reads the files and holds them against each other.
func Open(files Files, now time.Time) (s Site, err error) {
	settings, err := read(files, FileSite, core.ParseSite)
	if err != nil {
		return s, err
	}
	operator, err := read(files, FileOperator, cwt.ParsePrivateKey)
	if err != nil {
		return s, err
	}
	anchor, err := read(files, FileAnchor, cwt.ParseKey)
	if err != nil {
		return s, err
	}
	lists := &Lists{files, anchor}
	catalogue, err := lists.check(operator, settings.Operator, now)
	if err != nil {
		return s, err
	}
	if _, ok := catalogue.Find(settings.Purpose); !ok {
		return s, fmt.Errorf("%s: purpose %q is not in the catalogue", FileSite, settings.Purpose)
	}
	s = Site{
		Core: core.Config{
			Operator: settings.Operator, Key: operator, Party: settings.Party,
			Parties: settings.Parties, Revoked: settings.Revoked, Purposes: catalogue.Purposes,
		},
		Lists: lists, Purpose: settings.Purpose,
	}
	for n := 1; files.Has(FileStatus(n)); n++ {
		s.Statuses = append(s.Statuses, StatusPath(n))
	}
	return s, nil
}

func read[T any](files Files, name string, parse func([]byte) (T, error)) (v T, err error) {
	b, err := files.Read(name)
	if err != nil {
		return v, err
	}
	if v, err = parse(b); err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// Lists gives out the operator's lists as they lie there.
type Lists struct {
	files  Files
	anchor *cwt.Key
}

// check reads the lists once.
func (l *Lists) check(operator *cwt.PrivateKey, id string, now time.Time) (*policy.Catalogue, error) {
	b, err := l.Trust(now)
	if err != nil {
		return nil, err
	}
	list, err := trust.Open(b, l.anchor)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FileTrust, err)
	}
	entry, key, err := list.Find(operator.ID, trust.RoleChallenge, now)
	if err != nil {
		return nil, fmt.Errorf("%s: key of %s: %w", FileTrust, FileOperator, err)
	}
	if !key.Equal(operator.Public()) || entry.ID != id {
		return nil, fmt.Errorf("%s names another key or operator than %s and %s", FileTrust, FileOperator, FileSite)
	}
	if b, err = l.Policy(now); err != nil {
		return nil, err
	}
	catalogue, err := policy.Open(b, l.anchor)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FilePolicy, err)
	}
	return catalogue, nil
}

// Trust is the trust list.
func (l *Lists) Trust(time.Time) ([]byte, error) { return l.files.Read(FileTrust) }

// Policy is the catalogue of purposes.
func (l *Lists) Policy(time.Time) ([]byte, error) { return l.files.Read(FilePolicy) }

// Anchor is the key that signs both.
func (l *Lists) Anchor() *cwt.Key { return l.anchor }

// Status is the n-th status list; false when there is none.
func (l *Lists) Status(n int, _ time.Time) ([]byte, bool, error) {
	b, err := l.files.Read(FileStatus(n))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return b, err == nil, err
}
