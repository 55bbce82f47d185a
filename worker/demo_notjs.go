//go:build !js

package main

import (
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"time"

	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

// openDemo loads the demonstration authority from data/demo, or makes it there.
func openDemo(data string, logger *slog.Logger) (served, error) {
	secret, err := site.MakeSecret(filepath.Join(data, site.FileSecret))
	if err != nil {
		return served{}, err
	}
	former, err := readFormer(data, logger)
	if err != nil {
		return served{}, err
	}
	authority, err := site.OpenDemo(filepath.Join(data, "demo"), time.Now())
	if err != nil {
		return served{}, err
	}
	settings := site.DemoSettings()
	demonstration := site.Demonstration{Authority: authority, Rand: rand.Reader}
	return served{
		core: core.Config{
			Operator: settings.Operator, Key: authority.Operator(), Secret: secret, Former: former,
			Party: settings.Party, Parties: settings.Parties, Purposes: site.DemoPurposes(),
		},
		lists: authority, demo: demonstration, losses: demonstration,
		purpose: settings.Purpose, statuses: []string{site.StatusPath(1)},
	}, nil
}
