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

	"jianzheng/shared/demo"
	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

// openDemo loads the demonstration authority from data/demo, or makes it there.
func openDemo(data string, logger *slog.Logger) (served, error) {
	secret, err := makeSecret(filepath.Join(data, site.FileSecret))
	if err != nil {
		return served{}, err
	}
	former, err := readFormer(data, logger)
	if err != nil {
		return served{}, err
	}
	folder := filepath.Join(data, "demo")
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := makeDemo(folder); err != nil {
			return served{}, err
		}
	}
	authority, err := demo.Load(func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	})
	if err != nil {
		return served{}, fmt.Errorf("%w; remove %s to have a new demonstration made", err, folder)
	}
	settings := site.DemoSettings()
	return served{
		core: core.Config{
			Operator: settings.Operator, Key: authority.Operator(), Secret: secret, Former: former,
			Party: settings.Party, Parties: settings.Parties, Purposes: site.DemoPurposes(),
		},
		lists: authority, demo: site.Demonstration{Authority: authority, Rand: rand.Reader},
		purpose: settings.Purpose, statuses: []string{site.StatusPath(1)},
	}, nil
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
