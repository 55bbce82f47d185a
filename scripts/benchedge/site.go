package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

// place is the endpoint that all servers are: the demonstration, in one folder,
// with one secret and one key.
type place struct {
	data   string
	secret []byte
	key    *cwt.PrivateKey
	sealer *challenge.Sealer
}

// newPlace makes the demonstration in a folder.
func newPlace(data string) (*place, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	secret, err := site.MakeSecret(filepath.Join(data, site.FileSecret))
	if err != nil {
		return nil, err
	}
	authority, err := site.OpenDemo(filepath.Join(data, "demo"), time.Now())
	if err != nil {
		return nil, err
	}
	sealer, err := challenge.NewSealer(secret)
	return &place{data: data, secret: secret, key: authority.Operator(), sealer: sealer}, err
}

// nonce is one that the place's servers take as their own, good for so long.
func (p *place) nonce(random io.Reader, life time.Duration) (string, error) {
	b, err := p.sealer.Nonce(random, time.Now().Add(life), demo.PartyID, site.DemoPurpose)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// oneObject is randomness whose first byte is zero: it is what chooses among the
// Durable Objects that nonces are spread over.
type oneObject struct{}

func (oneObject) Read(b []byte) (int, error) {
	n, err := rand.Read(b)
	b[0] = 0
	return n, err
}

// peerReason is a reason as the peer has to know it.
type peerReason struct {
	Code    reason.Code `json:"code"`
	Number  int         `json:"number"`
	Outcome string      `json:"outcome"`
}

// peerParty is a relying party with what it may ask for.
type peerParty struct {
	ID      string              `json:"id"`
	Name    string              `json:"name"`
	Asks    map[string][]string `json:"asks"` // claims by purpose
	Open    bool                `json:"open"`
	Origins []string            `json:"origins"`
}

// peerSite is all settings of the peer.
type peerSite struct {
	Operator string       `json:"operator"`
	KeyID    string       `json:"kid"`
	Party    string       `json:"party"`
	Parties  []peerParty  `json:"parties"`
	Purposes []string     `json:"purposes"`
	Reasons  []peerReason `json:"reasons"`
}

// Ways for the peer to hash.
const (
	hashPlatform = "platform" // WebCrypto
	hashOwn      = "own"      // its own JavaScript, which makes no promise
)

// peerEnvironment is the place as the peer takes it.
func (p *place) peerEnvironment(hash string) ([]string, error) {
	settings := site.DemoSettings()
	text := base64.RawURLEncoding.EncodeToString
	s := peerSite{Operator: settings.Operator, KeyID: text(p.key.ID), Party: settings.Party}
	asks := map[string][]string{}
	for _, purpose := range site.DemoPurposes() {
		s.Purposes = append(s.Purposes, purpose.Code)
		asks[purpose.Code] = append([]string{}, purpose.Request...)
	}
	for _, party := range settings.Parties {
		s.Parties = append(s.Parties, peerParty{party.ID, party.Name, asks, party.Open, append([]string{}, party.Origins...)})
	}
	for _, code := range reason.All() {
		if code.Class() != reason.Request {
			s.Reasons = append(s.Reasons, peerReason{code, code.Number(), code.Class().String()})
		}
	}
	all, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	jwk, ok := p.key.JWK()
	if !ok {
		return nil, cwt.ErrKey
	}
	key, err := json.Marshal(jwk)
	return []string{"PEER_SECRET=" + text(p.secret), "PEER_OPERATOR=" + string(key), "PEER_SITE=" + string(all), "PEER_HASH=" + hash}, err
}

// issueBody and redeemBody are what is posted.
const issueBody = `{"purpose":"` + site.DemoPurpose + `"}`

// redeemBody is around a nonce.
var redeemBody = [2]string{`{"nonce":"`, `","party":"` + demo.PartyID + `","purpose":"` + site.DemoPurpose + `","outcome":"accepted","class":"A","reason":"ok","hash":"` +
	base64.RawURLEncoding.EncodeToString(make([]byte, core.HashSize)) + `","labels":["name","id","over18"],"sequence":42}`}
