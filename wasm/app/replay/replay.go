// Package replay plays the vectors of testdata/vectors against the engine: each
// names its input, clock, lists, challenge and purpose and what is to come out.
// The generator in scripts/vectors records with it what the engine answers, and
// the tests play the same natively, under GOOS=js and through jz, so that no
// target can decide differently by a single byte.
//
// It goes through the JSON surface of wasm/app, as a page does, and through
// nothing else. Files are read by a function that is handed in.
package replay

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/draws"
	"jianzheng/shared/reason"
	"jianzheng/wasm/app"
)

// ErrManifest is wrapped by the errors of vectors that cannot be played: a file
// that is not there, a field that makes no sense, an expectation off the list.
var ErrManifest = errors.New("replay: manifest")

// Names of the files beside the inputs.
const (
	ManifestFile = "manifest.json"
	ResultsFile  = "results.jsonl"
	ReadmeFile   = "README.md"
)

// The relying party whose counter plays.
const (
	PartyID   = "vector-cafe"
	PartyName = "演示网吧 DEMO Vector café"
)

// Kinds of vectors.
const (
	Check   = "check"   // a text shown to the counter
	Request = "request" // a challenge read by a phone
	Adopt   = "adopt"   // a challenge handed to the counter
	Wallet  = "wallet"  // a card read by its holder
)

// Manifest lists the vectors. Paths are relative to it.
type Manifest struct {
	Version int              `json:"version"`
	Lists   map[string]Lists `json:"lists"` // sets of lists, by name
	Vectors []Vector         `json:"vectors"`
}

// Vector is one case.
type Vector struct {
	Name   string `json:"name"`
	About  string `json:"about"`
	Kind   string `json:"kind"`
	Input  string `json:"input"`  // file of the text, or of the card's bytes for a wallet
	Now    string `json:"now"`    // RFC 3339, UTC
	Lists  string `json:"lists"`  // name of the set in force
	Expect string `json:"expect"` // outcome and reason, or "refused" and a code
	Class  string `json:"class,omitempty"`

	// Of a check.
	Purpose    string    `json:"purpose,omitempty"`
	Challenge  string    `json:"challenge,omitempty"`  // file of the challenge on the counter
	ShownUnder string    `json:"shownUnder,omitempty"` // name of the set in force when it was put there
	Times      int       `json:"times,omitempty"`      // how often the text is shown; the last time counts
	Endpoint   *Endpoint `json:"endpoint,omitempty"`   // what the challenge endpoint says to the redemption
	Staff      string    `json:"staff,omitempty"`      // what staff say of the person: same, unsure or different
	HandleKey  string    `json:"handleKey,omitempty"`  // base64url
}

// Lists is one set: the files of the lists in force. An empty name is a list
// that is not there.
type Lists struct {
	Anchor  string   `json:"anchor"`
	Trust   string   `json:"trust,omitempty"`
	Policy  string   `json:"policy,omitempty"`
	Status  []string `json:"status,omitempty"`
	Highest uint64   `json:"highest,omitempty"` // sequence of the newest trust list seen
}

// Endpoint is an answer to POST /v1/redeem. Status 0 is no answer.
type Endpoint struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// Bad reports that v is not to let anybody in.
func (v *Vector) Bad() bool {
	return !strings.HasPrefix(v.Expect, "accepted ") && !strings.HasPrefix(v.Expect, "conditional ")
}

// Parse reads a manifest. The error wraps [ErrManifest], also for a field that
// nobody here knows.
func Parse(b []byte) (Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("%w: %v", ErrManifest, err)
	}
	return m, nil
}

// Files are the paths that m names.
func (m *Manifest) Files() map[string]bool {
	files := map[string]bool{}
	for _, l := range m.Lists {
		for _, f := range append([]string{l.Anchor, l.Trust, l.Policy}, l.Status...) {
			files[f] = true
		}
	}
	for _, v := range m.Vectors {
		files[v.Input], files[v.Challenge] = true, true
	}
	delete(files, "")
	return files
}

// check refuses a vector that says something unknown.
func (v *Vector) check() error {
	word, code, _ := strings.Cut(v.Expect, " ")
	c := reason.Code(code)
	switch {
	case v.Kind != Check && v.Kind != Request && v.Kind != Adopt && v.Kind != Wallet:
		return fmt.Errorf("%w: kind %q", ErrManifest, v.Kind)
	case !c.Known(), word != "refused" && word != c.Class().String():
		return fmt.Errorf("%w: expectation %q", ErrManifest, v.Expect)
	case word == "refused" && v.Kind != Adopt && v.Kind != Wallet:
		return fmt.Errorf("%w: a %s is never refused", ErrManifest, v.Kind)
	case len(v.Class) > 1 || v.Class != "" && !strings.Contains("ABCD", v.Class):
		return fmt.Errorf("%w: class %q", ErrManifest, v.Class)
	case v.Staff != "" && v.Staff != "same" && v.Staff != "unsure" && v.Staff != "different":
		return fmt.Errorf("%w: staff say %q", ErrManifest, v.Staff)
	}
	return nil
}

// Player plays one vector.
type Player struct {
	engine *app.App
	sets   map[string]Lists
	read   func(string) ([]byte, error)
}

// NewPlayer is an engine with its own reproducible randomness.
func NewPlayer(sets map[string]Lists, read func(name string) ([]byte, error)) *Player {
	return &Player{app.New(draws.New("jianzheng replay 1")), sets, read}
}

// Outcome is what came out of a vector.
type Outcome struct {
	Answer json.RawMessage // the engine's last answer, byte for byte
	Result json.RawMessage // the result in it, for a check
	Said   string          // in the words of Vector.Expect
	Class  string
}

// Play plays a vector of m. The error wraps [ErrManifest]; what the engine says
// is no error.
func (m *Manifest) Play(v Vector, read func(name string) ([]byte, error)) (Outcome, error) {
	if err := v.check(); err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", v.Name, err)
	}
	answer, err := NewPlayer(m.Lists, read).play(v)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", v.Name, err)
	}
	return outcomeOf(answer)
}

func outcomeOf(answer []byte) (Outcome, error) {
	var a struct {
		Result json.RawMessage `json:"result"`
		Reason *reason.Code    `json:"reason"`
		Error  *app.Error      `json:"error"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return Outcome{}, fmt.Errorf("%w: answer: %v", ErrManifest, err)
	}
	o := Outcome{Answer: answer, Result: a.Result}
	code := reason.OK
	switch {
	case a.Error != nil:
		o.Said = "refused " + string(a.Error.Code)
		return o, nil
	case a.Result != nil:
		var r struct {
			Outcome, Class string
			Reason         reason.Code
		}
		if err := json.Unmarshal(a.Result, &r); err != nil {
			return o, fmt.Errorf("%w: result: %v", ErrManifest, err)
		}
		o.Said, o.Class = r.Outcome+" "+string(r.Reason), r.Class
		return o, nil
	case a.Reason != nil:
		code = *a.Reason
	}
	o.Said = code.Class().String() + " " + string(code)
	return o, nil
}

func (p *Player) play(v Vector) ([]byte, error) {
	input, err := p.read(v.Input)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrManifest, err)
	}
	now, err := time.Parse(time.RFC3339, v.Now)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrManifest, err)
	}
	lists, err := p.lists(v.Lists)
	if err != nil {
		return nil, err
	}
	at := now.UnixMilli()
	switch v.Kind {
	case Wallet:
		return p.Call("holder.card", map[string]any{"now": at, "card": encode(input)})
	case Request:
		lists["now"], lists["text"] = at, string(input)
		return p.Call("holder.read", lists)
	}
	if err := p.Boot(v.Lists, now, v.HandleKey); err != nil {
		return nil, err
	}
	if v.Kind == Adopt {
		return p.Call("challenge.adopt", map[string]any{"now": at, "text": string(input)})
	}
	if v.Challenge != "" {
		if err := p.show(v, now); err != nil {
			return nil, err
		}
	}
	return p.check(v, at, string(input))
}

// check shows the text and sees the check through.
func (p *Player) check(v Vector, at int64, text string) ([]byte, error) {
	var answer []byte
	for range max(v.Times, 1) {
		var err error
		if answer, err = p.Call("verify", map[string]any{"now": at, "text": text, "purpose": v.Purpose}); err != nil {
			return nil, err
		}
		var a struct{ Redeem *app.Redeem }
		if err := json.Unmarshal(answer, &a); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrManifest, err)
		}
		if v.Endpoint != nil {
			if a.Redeem == nil {
				continue // it did not come to a redemption
			}
			if answer, err = p.Call("conclude", map[string]any{"now": at, "ticket": a.Redeem.Ticket, "status": v.Endpoint.Status, "body": v.Endpoint.Body}); err != nil {
				return nil, err
			}
		}
	}
	if v.Staff != "" {
		return p.Call("decide", map[string]any{"now": at, "answer": v.Staff})
	}
	return answer, nil
}

// show puts the challenge of v on the counter. One that is signed by a page is
// made by this very engine, as its first draw of randomness.
func (p *Player) show(v Vector, now time.Time) error {
	text, err := p.read(v.Challenge)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrManifest, err)
	}
	c, err := challenge.Parse(string(text))
	if err != nil {
		return fmt.Errorf("%w: %v", ErrManifest, err)
	}
	if v.ShownUnder != "" {
		if err := p.Boot(v.ShownUnder, c.Issued, v.HandleKey); err != nil {
			return err
		}
	}
	var shown string
	if c.Offline {
		shown, err = p.MakeChallenge(c.Purpose, c.Issued)
	} else {
		shown, err = p.challenge("challenge.adopt", map[string]any{"now": c.Issued.UnixMilli(), "text": string(text)})
	}
	if err != nil {
		return err
	}
	if shown != string(text) {
		return fmt.Errorf("%w: another challenge was shown", ErrManifest)
	}
	if v.ShownUnder != "" {
		return p.Boot(v.Lists, now, v.HandleKey)
	}
	return nil
}

// MakeChallenge lets the engine make a challenge without a network.
func (p *Player) MakeChallenge(purpose string, now time.Time) (string, error) {
	return p.challenge("challenge.make", map[string]any{"now": now.UnixMilli(), "purpose": purpose})
}

func (p *Player) challenge(op string, fields map[string]any) (string, error) {
	answer, err := p.Call(op, fields)
	if err != nil {
		return "", err
	}
	var shown struct{ Text string }
	if err := json.Unmarshal(answer, &shown); err != nil || shown.Text == "" {
		return "", fmt.Errorf("%w: no challenge was shown: %s", ErrManifest, answer)
	}
	return shown.Text, nil
}

// Boot hands a set of lists to the engine.
func (p *Player) Boot(set string, now time.Time, handleKey string) error {
	request, err := p.lists(set)
	if err != nil {
		return err
	}
	request["now"] = now.UnixMilli()
	request["party"] = map[string]string{"id": PartyID, "name": PartyName}
	request["handleKey"] = handleKey
	answer, err := p.Call("boot", request)
	if err != nil {
		return err
	}
	var a struct{ Error *app.Error }
	if err := json.Unmarshal(answer, &a); err != nil || a.Error != nil {
		return fmt.Errorf("%w: boot: %s", ErrManifest, answer)
	}
	return nil
}

// lists reads the files of the lists into a request.
func (p *Player) lists(set string) (map[string]any, error) {
	l, ok := p.sets[set]
	if !ok {
		return nil, fmt.Errorf("%w: no lists %q", ErrManifest, set)
	}
	one := func(name string) (string, error) {
		if name == "" {
			return "", nil
		}
		b, err := p.read(name)
		if err != nil {
			return "", fmt.Errorf("%w: %v", ErrManifest, err)
		}
		return encode(b), nil
	}
	request := map[string]any{"highest": l.Highest}
	for field, name := range map[string]string{"anchor": l.Anchor, "trust": l.Trust, "policy": l.Policy} {
		var err error
		if request[field], err = one(name); err != nil {
			return nil, err
		}
	}
	status := []string{}
	for _, name := range l.Status {
		s, err := one(name)
		if err != nil {
			return nil, err
		}
		status = append(status, s)
	}
	request["status"] = status
	return request, nil
}

// Call asks the engine for one operation.
func (p *Player) Call(op string, fields map[string]any) ([]byte, error) {
	request := map[string]any{"op": op}
	for name, value := range fields {
		request[name] = value
	}
	b, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrManifest, err)
	}
	return p.engine.Call(b), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Results collects the answers, one line a vector: its name, the first half of
// the SHA-256 of the answer and, for the first with each expectation, the answer
// itself.
type Results struct {
	Lines []byte
	seen  map[string]bool
}

// Add appends the line of a vector.
func (r *Results) Add(v Vector, o Outcome) {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	hash := sha256.Sum256(o.Answer)
	r.Lines = fmt.Appendf(r.Lines, `{"name":%q,"hash":"%x"`, v.Name, hash[:len(hash)/2])
	if key := v.Kind + v.Expect + v.Class; !r.seen[key] {
		r.seen[key] = true
		r.Lines = append(append(r.Lines, `,"answer":`...), o.Answer...)
	}
	r.Lines = append(r.Lines, "}\n"...)
}
