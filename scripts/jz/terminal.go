package main

import (
	"crypto/rand"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

// runTerminal makes the link with which one counter is enrolled, once.
func runTerminal(c *call) (int, error) {
	dir := c.flags.String("site", "", "folder of the endpoint")
	party := c.flags.String("party", "", "relying party; default that of the endpoint")
	id := c.flags.String("id", "", "terminal: a to z, 0 to 9, hyphen, underscore")
	url := c.flags.String("url", "http://localhost:8787", "address of the endpoint's pages")
	life := c.length("life", core.TicketLife, "how long the link is good")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *dir == "" || *id == "" {
		return 0, usage("--site and --id are needed")
	}
	s, _, _, err := readSite(*dir)
	if err != nil {
		return 0, err
	}
	if *party == "" {
		*party = s.Party
	}
	caller := core.Caller{Party: *party, Terminal: *id}
	switch {
	case !core.IsTerminal(*id):
		return 0, usage("%q is not the id of a terminal", *id)
	case !slices.ContainsFunc(s.Parties, func(p core.Party) bool { return p.ID == *party }):
		return 0, usage("relying party %q is not registered", *party)
	case slices.Contains(s.Revoked, caller.String()):
		return 0, usage("%s was revoked: choose another id", caller)
	}
	secret, err := readFile(filepath.Join(*dir, site.FileSecret))
	if err != nil {
		return 0, err
	}
	sealer, err := challenge.NewSealer(secret)
	if err != nil {
		return 0, err
	}
	expires := c.now.UTC().Add(time.Duration(*life)).Truncate(time.Second)
	ticket, err := core.MakeTicket(sealer, caller, c.now, expires, rand.Reader)
	if err != nil {
		return 0, usageError{err}
	}
	return exitOK, c.print(struct {
		Link     string    `json:"link"`
		Party    string    `json:"party"`
		Terminal string    `json:"terminal"`
		Expires  time.Time `json:"expires"`
	}{strings.TrimSuffix(*url, "/") + "/#enrol=" + ticket, *party, *id, expires})
}
