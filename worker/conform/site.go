package conform

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/policy"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
	"jianzheng/worker/core"
)

// What the site is made of. Nothing in it is real: the domains are reserved
// (RFC 2606), and anybody can make its keys.
const (
	OperatorID = "https://jz.example"
	Phones     = "https://jz.example" // where challenges send phones to, for -url
	StatusURI  = "https://jz.example/v1/status/1"

	// OpenParty needs no token and has no rate. It is the operator's default.
	OpenParty, OpenPurpose = "demo-cafe", "internet-cafe"
	// Bank is closed and lets pages of BankOrigin call.
	Bank, BankPurpose, BankOrigin = "bank", "bank-account", "https://bank.example"
	// Station may send two requests at once and one a minute, so that a third is
	// refused however slow the test is.
	Station = "station"
)

// Site is an operator's site with invented names.
type Site struct {
	Secret   []byte
	Operator *cwt.PrivateKey // signs challenges, receipts, checkpoints and the time
	Anchor   *cwt.PrivateKey // signs the lists
	Settings core.Site       // site.json
	Trust    []byte          // trust.cwt
	Policy   []byte          // policy.cwt
	Status   []byte          // status-1.cwt
}

// NewSite makes the site with lists that are signed at now.
func NewSite(t testing.TB, now time.Time) *Site {
	t.Helper()
	s := &Site{
		Secret: bytes.Repeat([]byte{1}, challenge.MinSecretSize),
		Settings: core.Site{
			Operator: OperatorID, Party: OpenParty, Purpose: OpenPurpose,
			Parties: []core.Party{
				{ID: OpenParty, Name: "演示网吧 DEMO Internet café", Kind: "internet-cafe", Open: true},
				{ID: "demo-hotel", Name: "演示酒店 DEMO Hotel", Kind: "hotel", Open: true},
				{ID: Bank, Name: "演示银行 DEMO Bank", Kind: "bank", Origins: []string{BankOrigin}, Rate: core.Rate{PerMinute: 6000, Burst: 1000}},
				{ID: Station, Name: "演示驿站 DEMO Parcel station", Kind: "delivery", Rate: core.Rate{PerMinute: 1, Burst: 2}},
			},
			Revoked: []string{Bank + "/desk-9"},
		},
	}
	key := func(kid string) *cwt.PrivateKey {
		k, err := cwt.GenerateKey(cwt.ES256, []byte(kid), draws.New(kid))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	s.Operator, s.Anchor = key("demo-op1"), key("demo-anc")
	statusKey := key("demo-sta")
	now = now.UTC().Truncate(time.Second)
	end := now.AddDate(0, 0, 7)
	row := func(k *cwt.PrivateKey, role trust.Role) trust.Key {
		return trust.Key{Key: k.Public(), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), Roles: []trust.Role{role}}
	}
	var err error
	s.Trust, err = trust.Sign(&trust.List{
		Sequence: 1, IssuedAt: now, Expires: end,
		Entries: []trust.Entry{{
			ID: "https://id.example/gz", Region: "CN-44", NameZh: "演示发证机关", NameEn: "DEMO issuing authority",
			Roles: []trust.Role{trust.RoleStatus}, Keys: []trust.Key{row(statusKey, trust.RoleStatus)}, StatusURIs: []string{StatusURI},
		}, {
			ID: OperatorID, NameZh: "演示核验服务", NameEn: "DEMO challenge endpoint",
			Roles: []trust.Role{trust.RoleChallenge}, Keys: []trust.Key{row(s.Operator, trust.RoleChallenge)},
		}},
	}, s.Anchor)
	if err != nil {
		t.Fatal(err)
	}
	s.Policy, err = policy.Sign(&policy.Catalogue{Sequence: 1, IssuedAt: now, Expires: end, Purposes: policy.Default()}, s.Anchor)
	if err != nil {
		t.Fatal(err)
	}
	if s.Status, err = status.Build(statusKey, StatusURI, 2, make([]uint8, 64), now, end, time.Hour); err != nil {
		t.Fatal(err)
	}
	return s
}

// Core is the configuration of the decisions of this site.
func (s *Site) Core() core.Config {
	return core.Config{
		Operator: s.Settings.Operator, Key: s.Operator, Secret: s.Secret,
		Party: s.Settings.Party, Parties: s.Settings.Parties, Revoked: s.Settings.Revoked,
		Purposes: policy.Default(), ResponseURI: Phones + "/v1/challenges",
	}
}

// WriteData writes what an operator puts into the folder -data.
func (s *Site) WriteData(t testing.TB, folder string) {
	t.Helper()
	operator, err := s.Operator.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := s.Anchor.Public().MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(s.Settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"secret": s.Secret, "operator.cose": operator, "anchor.cose": anchor, "site.json": settings,
		"trust.cwt": s.Trust, "policy.cwt": s.Policy, "status-1.cwt": s.Status,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// sealer makes the MACs of the site.
func (s *Site) sealer(t testing.TB) *challenge.Sealer {
	t.Helper()
	sealer, err := challenge.NewSealer(s.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// Ticket makes an enrolment ticket that is good for a day from now.
func (s *Site) Ticket(t testing.TB, c core.Caller, now time.Time, rand io.Reader) string {
	t.Helper()
	ticket, err := core.MakeTicket(s.sealer(t), c, now, now.Add(core.TicketLife), rand)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// Nonce makes a nonce of the open party that ends at the time given.
func (s *Site) Nonce(t testing.TB, expires time.Time, rand io.Reader) string {
	t.Helper()
	nonce, err := s.sealer(t).Nonce(rand, expires, OpenParty, OpenPurpose)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(nonce)
}

// timePattern is what times look like in answers.
const timePattern = `20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`

// Saved is what scripts have from the start. No clock has to be moved for what
// is over: it is made from the site's secret as it would have been made then.
//
//	$now          pattern of the time; where the clock stands still, that time
//	$time         pattern of any time
//	$demo         pattern of config.json's demo
//	$ticket       of bank/desk-1          $hurried     of station/till-1
//	$revoked      of bank/desk-9          $stranger    of a party that is not registered
//	$ended        a ticket too old        $foreign     one made with another secret
//	$expired      a nonce too old         $never       one made with another secret
//	$old          a token too old         $forged      one made with another secret
//	$past         id, pickup and nonce of a box that is over: $past_id, $past_pickup, $past_nonce
//	$trust_size, $trust_hash, $policy_hash, $status_hash, $anchor
//	$sealed, $second_sealed, $huge_sealed  answers of way A that nobody can open
func (s *Site) Saved(t testing.TB, now time.Time, rand io.Reader) map[string]string {
	t.Helper()
	foreign := &Site{Secret: bytes.Repeat([]byte{2}, challenge.MinSecretSize), Operator: s.Operator, Settings: s.Settings}
	anchor, err := s.Anchor.Public().MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	desk := core.Caller{Party: Bank, Terminal: "desk-1"}
	hash := func(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
	sealed := func(fill byte, size int) string {
		return base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{fill}, size))
	}
	past := s.pastBox(t, now, rand)
	return map[string]string{
		"now": timePattern, "time": timePattern, "demo": "(true|false)",
		"ticket":      s.Ticket(t, desk, now, rand),
		"revoked":     s.Ticket(t, core.Caller{Party: Bank, Terminal: "desk-9"}, now, rand),
		"hurried":     s.Ticket(t, core.Caller{Party: Station, Terminal: "till-1"}, now, rand),
		"stranger":    s.Ticket(t, core.Caller{Party: "stranger", Terminal: "desk-1"}, now, rand),
		"ended":       s.Ticket(t, desk, now.Add(-core.TicketLife), rand),
		"foreign":     foreign.Ticket(t, desk, now, rand),
		"expired":     s.Nonce(t, now, rand),
		"never":       foreign.Nonce(t, now.Add(challenge.Honoured), rand),
		"old":         s.token(t, desk, now.Add(-core.TokenLife), rand),
		"forged":      foreign.token(t, desk, now, rand),
		"past_id":     past.ID,
		"past_pickup": past.Pickup,
		"past_nonce":  past.Nonce,
		"register":    base64.RawURLEncoding.EncodeToString(read(t, rand, sha256.Size)),
		"anchor":      base64.RawURLEncoding.EncodeToString(anchor),
		"trust_size":  fmt.Sprint(len(s.Trust)),
		"trust_hash":  hash(s.Trust), "policy_hash": hash(s.Policy), "status_hash": hash(s.Status),
		// A pad more than the least, and a byte more than the most.
		"sealed": sealed(9, 32+256+16), "second_sealed": sealed(8, 32+256+16), "huge_sealed": sealed(0, 16<<10+1),
	}
}

// endpoint decides as this site does.
func (s *Site) endpoint(t testing.TB) *core.Endpoint {
	t.Helper()
	e, err := core.New(s.Core())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// token is what the terminal got that enrolled at the time given.
func (s *Site) token(t testing.TB, c core.Caller, then time.Time, rand io.Reader) string {
	t.Helper()
	enrolment, err := s.endpoint(t).Enrol(fmt.Appendf(nil, `{"ticket":%q}`, s.Ticket(t, c, then, rand)), then)
	if err != nil {
		t.Fatal(err)
	}
	return enrolment.Answer.Token
}

// pastBox is what a page got that asked for a challenge two minutes ago.
func (s *Site) pastBox(t testing.TB, now time.Time, rand io.Reader) core.Issued {
	t.Helper()
	then := now.Add(-challenge.Honoured - core.BoxGrace)
	request := core.IssueRequest{Purpose: OpenPurpose, PageKey: read(t, rand, 32)}
	issued, err := s.endpoint(t).IssueTo(core.Caller{}, request, then, rand)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func read(t testing.TB, rand io.Reader, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(rand, b); err != nil {
		t.Fatal(err)
	}
	return b
}
