package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/shared/qr"
	"jianzheng/worker/core"
)

// cardFile is a card as a phone keeps it. It holds a private key, which a real
// phone never lets out.
type cardFile struct {
	Demo   bool   `json:"demo"`
	Person string `json:"person"`
	Card   []byte `json:"card"` // SD-CWT with every disclosure
	Key    []byte `json:"key"`  // COSE_Key with its private part
}

// seeded is a reproducible source of randomness for demonstrations.
func seeded(seed uint64) io.Reader {
	return mrand.NewChaCha8(sha256.Sum256(binary.BigEndian.AppendUint64([]byte("jz demo "), seed)))
}

func runDemo(c *call) (int, error) {
	out := c.flags.String("out", "", "folder to make, which must be empty or new")
	var source io.Reader = rand.Reader
	c.flags.Func("seed", "number from which everything random is derived; without it keys are truly random", func(s string) error {
		var n uint64
		if _, err := fmt.Sscanf(s, "%d", &n); err != nil {
			return errors.New("not a number")
		}
		source = seeded(n)
		return nil
	})
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *out == "" {
		return 0, usage("--out is missing")
	}
	if entries, err := os.ReadDir(*out); err == nil && len(entries) > 0 {
		return 0, fmt.Errorf("%s is not empty; nothing was written", *out)
	}
	files, err := demoFiles(source, c.now)
	if err != nil {
		return 0, err
	}
	for name, b := range files {
		path := filepath.Join(*out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return 0, err
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return 0, err
		}
	}
	return exitOK, c.print(struct {
		Demo  bool     `json:"demo"`
		Out   string   `json:"out"`
		Files []string `json:"files"`
	}{true, *out, slices.Sorted(maps.Keys(files))})
}

// demoFiles is a whole demonstration: the authority's files and the cards.
func demoFiles(source io.Reader, now time.Time) (map[string][]byte, error) {
	a, err := demo.New(source, now)
	if err != nil {
		return nil, err
	}
	files, err := a.Files(now)
	if err != nil {
		return nil, err
	}
	for _, p := range demo.People() {
		phone, err := cwt.GenerateKey(cwt.ES256, nil, source)
		if err != nil {
			return nil, err
		}
		f := cardFile{Demo: true, Person: p.ID}
		if f.Card, err = a.IssueCard(p.ID, phone.Public(), source, now); err != nil {
			return nil, err
		}
		if f.Key, err = phone.MarshalCBOR(); err != nil {
			return nil, err
		}
		b, err := json.MarshalIndent(f, "", "  ")
		if err != nil {
			return nil, err
		}
		files["cards/"+p.ID+".card"] = append(b, '\n')
	}
	return files, nil
}

// loadDemo reads the authority in a folder that demo made.
func loadDemo(dir string) (*demo.Authority, error) {
	return demo.Load(func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	})
}

func runChallenge(c *call) (int, error) {
	dir := c.flags.String("demo", "data/demo", "folder of the demonstration authority")
	siteDir := c.flags.String("site", "", "folder of an endpoint, instead of a demonstration")
	purpose := c.flags.String("purpose", "", "purpose code; default "+defaultPurpose+", or that of the endpoint")
	out := c.drawing("the code")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	var s core.Site
	var operator *cwt.PrivateKey
	catalogue := &policy.Catalogue{Purposes: policy.Default()}
	var err error
	if *siteDir == "" {
		a, err := loadDemo(*dir)
		if err != nil {
			return 0, err
		}
		operator = a.Operator()
		s = core.Site{
			Operator: demo.OperatorID, Party: demo.PartyID, Purpose: defaultPurpose,
			Parties: []core.Party{{ID: demo.PartyID, Name: demo.PartyName, Kind: defaultPurpose}},
		}
	} else if s, operator, catalogue, err = readSite(*siteDir); err != nil {
		return 0, err
	}
	if *purpose == "" {
		*purpose = s.Purpose
	}
	asked, ok := catalogue.Find(*purpose)
	if !ok {
		return 0, usage("no purpose %q", *purpose)
	}
	party := s.Parties[slices.IndexFunc(s.Parties, func(p core.Party) bool { return p.ID == s.Party })]
	issued := c.now.UTC().Truncate(time.Second)
	expires := issued.Add(challenge.Honoured)
	// Nobody can redeem this nonce: its secret is thrown away.
	nonce, err := challenge.OwnNonce(rand.Reader, expires)
	if err != nil {
		return 0, err
	}
	text, err := challenge.Sign(challenge.Challenge{
		Operator: s.Operator, Issued: issued, Expires: expires, Nonce: nonce,
		PartyID: party.ID, PartyName: party.Name, Purpose: *purpose, Claims: asked.Request,
	}, operator)
	if err != nil {
		return 0, err
	}
	if err := out.write(text, qr.M); err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		Text    string    `json:"text"`
		Expires time.Time `json:"expires"`
	}{text, expires})
}
