// Package demo is an issuing authority that exists for trying the product: keys,
// a trust list, a purpose catalogue, a status list, and a few invented people
// for whom it issues cards. Everything it makes says 演示 / DEMO.
//
// It keeps nothing by itself: [Authority.Files] gives what is to be stored and
// [Load] reads it back. It must never be given a real person or a real key.
package demo

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"io"
	"sync"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
)

// Names and addresses of the demonstration. The domain is reserved (RFC 2606),
// so that nothing in it can ever be real. They are as short as an issuer should
// choose them, since they stand in every code.
const (
	IssuerID   = "https://demo.example/gz"
	OperatorID = "https://demo.example"
	TypeLight  = "https://demo.example/light"
	TypeFull   = "https://demo.example/full"
	StatusURI  = "https://demo.example/s/1" // short, as it stands in each card

	PartyID   = "demo-cafe"
	PartyName = "演示网吧 DEMO Internet café"
)

// How long the lists count. A verifier works offline until then.
const (
	trustLife  = 30 * 24 * time.Hour
	statusLife = 7 * 24 * time.Hour
	statusTTL  = 12 * time.Hour
	keyLife    = 10 * 365 * 24 * time.Hour
	keyPast    = 2 * 365 * 24 * time.Hour // sample cards are dated up to a year back
)

// The keys of the authority, by the name of their file.
const (
	keyAnchor   = "anchor"
	keyLight    = "issuer-light"
	keyFull     = "issuer-full"
	keyStatus   = "status"
	keyOperator = "operator"
	keyStranger = "stranger" // on no list: signs the card of an unknown issuer
)

// algorithms of the keys, with their ids, which are short for the sake of the
// codes. The two issuing keys differ, so that a demonstration exercises both
// families of curves.
var algorithms = []struct {
	name, id string
	alg      cwt.Algorithm
}{
	{keyAnchor, "demo-a", cwt.ES256}, {keyLight, "demo-l", cwt.ES256}, {keyFull, "demo-f", cwt.EdDSA},
	{keyStatus, "demo-s", cwt.ES256}, {keyOperator, "demo-o", cwt.ES256}, {keyStranger, "demo-x", cwt.ES256},
}

// Authority is the demonstration authority. Its methods may be called at the
// same time.
type Authority struct {
	keys  map[string]*cwt.PrivateKey
	since time.Time // windows of the keys begin here

	mu     sync.Mutex
	trust  signed
	policy signed
	status signed
	lost   map[uint64]bool // places in the status list
}

// signed is a list that is signed afresh when half of its life is over.
type signed struct {
	bytes []byte
	until time.Time
}

// New makes an authority from the bytes of seed: the same bytes and the same
// time give the same authority.
func New(seed io.Reader, now time.Time) (*Authority, error) {
	a := &Authority{keys: map[string]*cwt.PrivateKey{}, since: now.UTC().Truncate(24 * time.Hour)}
	for _, k := range algorithms {
		key, err := cwt.GenerateKey(k.alg, []byte(k.id), seed)
		if err != nil {
			return nil, fmt.Errorf("demo: %s: %w", k.name, err)
		}
		a.keys[k.name] = key
	}
	return a, nil
}

// fileSince holds the day from which the keys count.
const fileSince = "since.txt"

func keyFile(name string) string { return "keys/" + name + ".cose" }

// Load reads an authority from the files that [Authority.Files] gave.
func Load(read func(name string) ([]byte, error)) (*Authority, error) {
	a := &Authority{keys: map[string]*cwt.PrivateKey{}}
	b, err := read(fileSince)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	if a.since, err = time.Parse(time.DateOnly, string(bytes.TrimSpace(b))); err != nil {
		return nil, fmt.Errorf("demo: %s: %w", fileSince, err)
	}
	for _, k := range algorithms {
		b, err := read(keyFile(k.name))
		if err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
		if a.keys[k.name], err = cwt.ParsePrivateKey(b); err != nil {
			return nil, fmt.Errorf("demo: %s: %w", k.name, err)
		}
	}
	return a, nil
}

// Files is everything to be stored, by path. Paths below keys/ hold private
// keys. Cards for a phone are not among them: they hold the phone's key.
func (a *Authority) Files(now time.Time) (map[string][]byte, error) {
	files := map[string][]byte{fileSince: []byte(a.since.Format(time.DateOnly) + "\n")}
	for name, k := range a.keys {
		b, err := k.MarshalCBOR()
		if err != nil {
			return nil, fmt.Errorf("demo: %s: %w", name, err)
		}
		files[keyFile(name)] = b
	}
	var err error
	if files[FileAnchor], err = a.Anchor().MarshalCBOR(); err != nil {
		return nil, fmt.Errorf("demo: anchor: %w", err)
	}
	for name, list := range map[string]func(time.Time) ([]byte, error){
		FileTrust: a.Trust, FilePolicy: a.Policy, FileStatus: a.statusList,
	} {
		if files[name], err = list(now); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Names of the files that a verifier needs.
const (
	FileAnchor = "anchor.cose"
	FileTrust  = "trust.cwt"
	FilePolicy = "policy.cwt"
	FileStatus = "status-1.cwt"
)

// Anchor is the key that signs the trust list and the catalogue.
func (a *Authority) Anchor() *cwt.Key { return a.keys[keyAnchor].Public() }

// Operator is the key of the challenge endpoint.
func (a *Authority) Operator() *cwt.PrivateKey { return a.keys[keyOperator] }

// InspectorSeed gives the private key of the DEMO inspector, by
// register.GenerateKey. Anybody can make it again: a register sealed to it is
// open to everybody.
func InspectorSeed() []byte {
	seed := sha256.Sum256([]byte("演示 DEMO inspector: everybody has this key"))
	return seed[:]
}

//go:embed inspector.pub
var inspector []byte

// Inspector is its public key. It lies there ready, since making it would pull
// ML-KEM into the endpoint.
func Inspector() []byte { return bytes.Clone(inspector) }

// Trust is the signed trust list, made afresh when half of its life is over.
func (a *Authority) Trust(now time.Time) ([]byte, error) {
	return a.fresh(&a.trust, now, trustLife, a.signTrust)
}

// Policy is the signed catalogue of purposes.
func (a *Authority) Policy(now time.Time) ([]byte, error) {
	return a.fresh(&a.policy, now, trustLife, a.signPolicy)
}

// Status is status list n, of which there is one, number 1.
func (a *Authority) Status(n int, now time.Time) ([]byte, bool, error) {
	if n != 1 {
		return nil, false, nil
	}
	b, err := a.statusList(now)
	return b, true, err
}

func (a *Authority) statusList(now time.Time) ([]byte, error) {
	return a.fresh(&a.status, now, statusLife, a.signStatus)
}

func (a *Authority) fresh(s *signed, now time.Time, life time.Duration, sign func(now, exp time.Time) ([]byte, error)) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.bytes != nil && now.Before(s.until) {
		return s.bytes, nil
	}
	now = now.UTC().Truncate(time.Second)
	b, err := sign(now, now.Add(life))
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	s.bytes, s.until = b, now.Add(life/2)
	return b, nil
}

// sequence grows with time, so that a list made later replaces one made earlier
// even when nothing was kept in between.
func sequence(now time.Time) uint64 { return uint64(now.Unix()) }

func (a *Authority) signTrust(now, exp time.Time) ([]byte, error) {
	key := func(name string, roles ...trust.Role) trust.Key {
		return trust.Key{Key: a.keys[name].Public(), NotBefore: a.since.Add(-keyPast), NotAfter: a.since.Add(keyLife), Roles: roles}
	}
	return trust.Sign(&trust.List{
		Sequence: sequence(now), IssuedAt: now, Expires: exp,
		Entries: []trust.Entry{{
			ID: IssuerID, Region: "CN-44", NameZh: "演示发证机关", NameEn: "DEMO issuing authority",
			Roles:      []trust.Role{trust.RoleCardLight, trust.RoleCardFull, trust.RoleStatus},
			Types:      []string{TypeLight, TypeFull},
			Keys:       []trust.Key{key(keyLight, trust.RoleCardLight), key(keyFull, trust.RoleCardFull), key(keyStatus, trust.RoleStatus)},
			StatusURIs: []string{StatusURI},
		}, {
			ID: OperatorID, NameZh: "演示核验服务", NameEn: "DEMO challenge endpoint",
			Roles: []trust.Role{trust.RoleChallenge},
			Keys:  []trust.Key{key(keyOperator)},
		}},
	}, a.keys[keyAnchor])
}

func (a *Authority) signPolicy(now, exp time.Time) ([]byte, error) {
	return policy.Sign(&policy.Catalogue{Sequence: sequence(now), IssuedAt: now, Expires: exp, Purposes: policy.Default()}, a.keys[keyAnchor])
}

func (a *Authority) signStatus(now, exp time.Time) ([]byte, error) {
	entries := make([]uint8, statusEntries)
	for i, p := range people {
		entries[i] = p.status
	}
	for i := range a.lost {
		entries[i] = status.Suspended
	}
	return status.Build(a.keys[keyStatus], StatusURI, 2, entries, now, exp, statusTTL)
}
