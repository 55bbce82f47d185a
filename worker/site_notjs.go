//go:build !js

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/trust"
	"jianzheng/worker/core"
	"jianzheng/worker/handler"
)

// What an operator puts into the folder -data:
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
// Lists are read at each request and may be replaced (by renaming) at any time.
const (
	fileSecret   = "secret"
	fileFormer   = "secret.former"
	fileOperator = "operator.cose"
	fileAnchor   = "anchor.cose"
	fileTrust    = "trust.cwt"
	filePolicy   = "policy.cwt"
	fileSite     = "site.json"
)

func fileStatus(n int) string { return fmt.Sprintf("status-%d.cwt", n) }

// maxListBytes caps what is read of a list.
const maxListBytes = 16 << 20

// site is what makes one server differ from another.
type site struct {
	core     core.Config
	lists    handler.Lists
	demo     handler.Demo
	purpose  string   // of a page that was not told another
	statuses []string // paths of status lists
}

func openSite(o options, logger *slog.Logger) (site, error) {
	if o.demo {
		return openDemo(o.data, logger)
	}
	secret, err := readSecret(filepath.Join(o.data, fileSecret), logger)
	if err != nil {
		return site{}, err
	}
	s, err := readSite(o.data, time.Now())
	if err != nil {
		return site{}, err
	}
	s.core.Secret = secret
	s.core.Former, err = readFormer(o.data, logger)
	return s, err
}

// readFormer reads the secret that counts beside the first, if there is one.
func readFormer(data string, logger *slog.Logger) ([][]byte, error) {
	path := filepath.Join(data, fileFormer)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	former, err := readSecret(path, logger)
	return [][]byte{former}, err
}

// readSecret reads the operator's secret, and says how to make one.
func readSecret(path string, logger *slog.Logger) ([]byte, error) {
	secret, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is missing; make it with (umask 077; head -c 32 /dev/urandom > %s), or try the server with -demo", path, path)
	case err != nil:
		return nil, err
	case len(secret) < challenge.MinSecretSize:
		return nil, fmt.Errorf("%s has %d bytes, at least %d are needed", path, len(secret), challenge.MinSecretSize)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		logger.Warn("the secret can be read by other accounts", "file", path, "mode", info.Mode().Perm())
	}
	return secret, nil
}

// makeSecret reads the secret or, where there is none, makes one.
func makeSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret = make([]byte, challenge.MinSecretSize)
		if _, err := io.ReadFull(rand.Reader, secret); err != nil {
			return nil, err
		}
		return secret, writeFile(path, secret)
	}
	return secret, err
}

// writeFile writes a file for its owner only; it is there whole or not at all.
func writeFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails once it was renamed
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// readSite reads the operator's files and refuses what verifiers would refuse.
func readSite(data string, now time.Time) (s site, err error) {
	path := func(name string) string { return filepath.Join(data, name) }
	b, err := os.ReadFile(path(fileSite))
	if err != nil {
		return s, err
	}
	settings, err := core.ParseSite(b)
	if err != nil {
		return s, fmt.Errorf("%s: %w", path(fileSite), err)
	}
	if b, err = os.ReadFile(path(fileOperator)); err != nil {
		return s, err
	}
	operator, err := cwt.ParsePrivateKey(b)
	if err != nil {
		return s, fmt.Errorf("%s: %w", path(fileOperator), err)
	}
	if b, err = os.ReadFile(path(fileAnchor)); err != nil {
		return s, err
	}
	anchor, err := cwt.ParseKey(b)
	if err != nil {
		return s, fmt.Errorf("%s: %w", path(fileAnchor), err)
	}
	lists := fileLists{data: data, anchor: anchor}
	catalogue, err := lists.check(operator, settings.Operator, now)
	if err != nil {
		return s, err
	}
	if _, ok := catalogue.Find(settings.Purpose); !ok {
		return s, fmt.Errorf("%s: purpose %q is not in the catalogue", path(fileSite), settings.Purpose)
	}
	s = site{
		core: core.Config{
			Operator: settings.Operator, Key: operator, Party: settings.Party,
			Parties: settings.Parties, Revoked: settings.Revoked, Purposes: catalogue.Purposes,
		},
		lists: lists, purpose: settings.Purpose,
	}
	for n := 1; ; n++ {
		if _, err := os.Stat(path(fileStatus(n))); err != nil {
			return s, nil
		}
		s.statuses = append(s.statuses, statusPath(n))
	}
}

func statusPath(n int) string { return fmt.Sprintf("/v1/status/%d", n) }

// fileLists gives out the operator's lists as they lie in the folder.
type fileLists struct {
	data   string
	anchor *cwt.Key
}

// check reads the lists once at the start, so that a wrong file is seen by the
// operator and not by every verifier.
func (l fileLists) check(operator *cwt.PrivateKey, id string, now time.Time) (*policy.Catalogue, error) {
	b, err := l.Trust(now)
	if err != nil {
		return nil, err
	}
	list, err := trust.Open(b, l.anchor)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fileTrust, err)
	}
	entry, key, err := list.Find(operator.ID, trust.RoleChallenge, now)
	if err != nil {
		return nil, fmt.Errorf("%s: key of %s: %w", fileTrust, fileOperator, err)
	}
	if !key.Equal(operator.Public()) || entry.ID != id {
		return nil, fmt.Errorf("%s names another key or operator than %s and %s", fileTrust, fileOperator, fileSite)
	}
	if b, err = l.Policy(now); err != nil {
		return nil, err
	}
	catalogue, err := policy.Open(b, l.anchor)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filePolicy, err)
	}
	return catalogue, nil
}

// Trust implements [handler.Lists].
func (l fileLists) Trust(time.Time) ([]byte, error) { return l.read(fileTrust) }

// Policy implements [handler.Lists].
func (l fileLists) Policy(time.Time) ([]byte, error) { return l.read(filePolicy) }

// Anchor implements [handler.Lists].
func (l fileLists) Anchor() *cwt.Key { return l.anchor }

// Status implements [handler.Lists].
func (l fileLists) Status(n int, _ time.Time) ([]byte, bool, error) {
	b, err := l.read(fileStatus(n))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return b, err == nil, err
}

func (l fileLists) read(name string) ([]byte, error) {
	file, err := os.Open(filepath.Join(l.data, name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxListBytes+1))
	if err == nil && len(b) > maxListBytes {
		err = fmt.Errorf("%s: more than %d bytes", name, maxListBytes)
	}
	return b, err
}

// oneLine joins what went wrong into one line.
func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
}
