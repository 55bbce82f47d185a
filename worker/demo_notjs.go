//go:build !js

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/worker/core"
	"jianzheng/worker/handler"
)

// demoPurpose is what the demonstration's counter checks for, and its kind.
const demoPurpose = "internet-cafe"

// openDemo loads the demonstration authority from data/demo, or makes it there.
func openDemo(data string, logger *slog.Logger) (site, error) {
	secret, err := makeSecret(filepath.Join(data, fileSecret))
	if err != nil {
		return site{}, err
	}
	former, err := readFormer(data, logger)
	if err != nil {
		return site{}, err
	}
	folder := filepath.Join(data, "demo")
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := makeDemo(folder); err != nil {
			return site{}, err
		}
	}
	authority, err := demo.Load(func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	})
	if err != nil {
		return site{}, fmt.Errorf("%w; remove %s to have a new demonstration made", err, folder)
	}
	return site{
		core: core.Config{
			Operator: demo.OperatorID, Key: authority.Operator(), Secret: secret, Former: former,
			Party: demo.PartyID, Parties: []core.Party{{ID: demo.PartyID, Name: demo.PartyName, Kind: demoPurpose, Open: true}},
			Purposes: demoPurposes(),
		},
		lists: authority, demo: demonstration{authority},
		purpose: demoPurpose, statuses: []string{statusPath(1)},
	}, nil
}

// demoPurposes opens every purpose to the demonstration's one relying party, so
// that each can be tried at its counter.
func demoPurposes() []policy.Purpose {
	all := policy.Default()
	for i := range all {
		all[i].Users = nil
	}
	return all
}

// makeDemo writes a new authority. The folder appears whole or not at all, so
// that a start which was broken off is simply done again.
func makeDemo(folder string) error {
	now := time.Now()
	authority, err := demo.New(rand.Reader, now)
	if err != nil {
		return err
	}
	files, err := authority.Files(now)
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(folder), ".new-demo-*") // mode 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	for name, content := range files {
		path := filepath.Join(temporary, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := writeFile(path, content); err != nil {
			return err
		}
	}
	err = os.Rename(temporary, folder)
	if _, statErr := os.Stat(folder); statErr == nil {
		return nil // another server on the same data may have been faster
	}
	return err
}

// demonstration is the authority as the handler wants it.
type demonstration struct{ authority *demo.Authority }

// People implements [handler.Demo].
func (d demonstration) People() []handler.Person {
	var out []handler.Person
	for _, p := range demo.People() {
		out = append(out, handler.Person(p))
	}
	return out
}

// IssueCard implements [handler.Demo].
func (d demonstration) IssueCard(person string, holder *cwt.Key, now time.Time) ([]byte, error) {
	return d.authority.IssueCard(person, holder, rand.Reader, now)
}
