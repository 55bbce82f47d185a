package core

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/reason"
)

// A terminal is one counter of a relying party. The operator gives it a ticket,
// once; the terminal changes the ticket for a token and sends that with each
// request. Neither is kept by the endpoint: both carry a MAC of its secret, and
// that a ticket is used once is a matter of the same store as that of a nonce.
const (
	// TicketLife is how long a ticket is good when the operator says nothing.
	TicketLife = 24 * time.Hour
	// TokenLife is how long a token is good. A terminal asks for a new one when
	// half of that is over, or daily.
	TokenLife = 90 * 24 * time.Hour

	ticketContext = "jianzheng enrolment 1\x00"
	tokenContext  = "jianzheng token 1\x00"

	maxTerminalBytes = 32
	maxTicketLife    = 30 * 24 * time.Hour

	ticketRandom = 12
	ticketTag    = 12 // expiry, random and tag have the length of a nonce
	tokenTag     = 16
)

// Caller is who a request comes from. The zero value is nobody in particular,
// who may use open parties only.
type Caller struct {
	Party    string
	Terminal string
}

// String is the caller's name in lists and logs, as party/terminal.
func (c Caller) String() string { return c.Party + "/" + c.Terminal }

// known reports whether c is a terminal.
func (c Caller) known() bool { return c != Caller{} }

// parseCaller reads what String wrote.
func parseCaller(name string) (Caller, bool) {
	party, terminal, ok := strings.Cut(name, "/")
	return Caller{party, terminal}, ok && challenge.IsPartyID(party) && IsTerminal(terminal)
}

// IsTerminal reports whether text has the form of a terminal's id: 1 to 32
// lower case letters, digits, hyphens and underscores.
func IsTerminal(id string) bool { return challenge.IsPurpose(id) && len(id) <= maxTerminalBytes }

// MakeTicket makes a ticket with which the terminal can be enrolled once, until
// expires (whole seconds). It draws 12 bytes from rand.
//
//	base64url( exp(4) ‖ random(12) ‖ MAC(exp ‖ random ‖ name)[:12] ‖ name )
//
// The first three parts have the length and order of a nonce, so that the store
// keeps a used ticket as it keeps a redeemed nonce. name is party/terminal.
func MakeTicket(s *challenge.Sealer, c Caller, now, expires time.Time, rand io.Reader) (string, error) {
	if _, ok := parseCaller(c.String()); !ok {
		return "", fmt.Errorf("core: %q is not the id of a party and a terminal", c)
	}
	seconds := expires.Unix()
	if life := expires.Sub(now); life <= 0 || life > maxTicketLife || seconds > math.MaxUint32 {
		return "", fmt.Errorf("core: a ticket lives up to %v, not %v", maxTicketLife, life)
	}
	ticket := binary.BigEndian.AppendUint32(nil, uint32(seconds))
	ticket = append(ticket, make([]byte, ticketRandom)...)
	if _, err := io.ReadFull(rand, ticket[4:]); err != nil {
		return "", fmt.Errorf("core: randomness: %w", err)
	}
	mac := s.MAC(ticketContext, append(bytes.Clone(ticket), c.String()...))
	ticket = append(append(ticket, mac[:ticketTag]...), c.String()...)
	return base64.RawURLEncoding.EncodeToString(ticket), nil
}

// Enrolment is a checked ticket with the token for it, which is given out once
// the store has taken the ticket's nonce.
type Enrolment struct {
	Redemption Redemption
	Answer     Enrolled
}

// Enrolled is the answer to a terminal that enrols or renews.
type Enrolled struct {
	Token    string        `json:"token"`
	Terminal string        `json:"terminal"`
	Party    EnrolledParty `json:"party"`
	Issued   time.Time     `json:"issued"`
	Expires  time.Time     `json:"expires"`
}

// EnrolledParty is what a terminal's page has to know of its relying party.
type EnrolledParty struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Purposes []string `json:"purposes"` // codes
}

// Enrol answers a body of POST /v1/terminals. The error is a [*Refusal].
func (e *Endpoint) Enrol(body []byte, now time.Time) (Enrolment, error) {
	var text string
	seen, err := ReadObject(body, map[string]any{"ticket": &text})
	if err != nil {
		return Enrolment{}, err
	}
	ticket, err := ReadBase64(text)
	if err != nil || !seen["ticket"] || len(ticket) <= challenge.NonceSize || len(ticket) > 2*challenge.NonceSize+128 {
		return Enrolment{}, refuse(reason.BodyMalformed, "ticket")
	}
	nonce, name := ticket[:challenge.NonceSize], ticket[challenge.NonceSize:]
	random, tag := nonce[:len(nonce)-ticketTag], nonce[len(nonce)-ticketTag:]
	c, ok := parseCaller(string(name))
	if !ok || !e.sealer.Recognises(ticketContext, append(bytes.Clone(random), name...), tag) {
		return Enrolment{}, refuse(reason.EnrolmentInvalid, "ticket: not made here")
	}
	if exp, err := challenge.NonceExpiry(nonce); err != nil || !now.Before(exp) {
		return Enrolment{}, refuse(reason.EnrolmentInvalid, "ticket: has ended")
	}
	if err := e.inService(c); err != nil {
		return Enrolment{}, err
	}
	return Enrolment{
		Redemption: Redemption{Nonce: bytes.Clone(nonce), Redeemed: now.UTC().Truncate(time.Second), Receipt: []byte{}},
		Answer:     e.enrolled(c, now),
	}, nil
}

// Renew answers POST /v1/terminals/renew: another token for the caller's. The
// error is a [*Refusal].
func (e *Endpoint) Renew(c Caller, now time.Time) (Enrolled, error) {
	if !c.known() {
		return Enrolled{}, refuse(reason.Unauthorized, "token: missing")
	}
	return e.enrolled(c, now), nil
}

func (e *Endpoint) enrolled(c Caller, now time.Time) Enrolled {
	issued := now.UTC().Truncate(time.Second)
	expires := issued.Add(TokenLife)
	return Enrolled{
		Token: e.token(c, issued, expires), Terminal: c.Terminal,
		Party:  EnrolledParty{ID: c.Party, Name: e.name(c.Party), Purposes: e.Purposes(c.Party)},
		Issued: issued, Expires: expires,
	}
}

// name is the registered name of a party.
func (e *Endpoint) name(party string) string {
	p, _ := e.Party(party)
	return p.Name
}

// token is base64url( MAC(iat ‖ exp ‖ name)[:16] ‖ iat(4) ‖ exp(4) ‖ name ).
func (e *Endpoint) token(c Caller, issued, expires time.Time) string {
	content := binary.BigEndian.AppendUint32(nil, uint32(issued.Unix()))
	content = binary.BigEndian.AppendUint32(content, uint32(expires.Unix()))
	content = append(content, c.String()...)
	mac := e.sealer.MAC(tokenContext, content)
	return base64.RawURLEncoding.EncodeToString(append(mac[:tokenTag:tokenTag], content...))
}

// Caller reads the value of a request's Authorization header. An empty one is
// nobody in particular; anything else has to be a good token of a terminal that
// is in service. The error is a [*Refusal] and never repeats the token.
func (e *Endpoint) Caller(authorization string, now time.Time) (Caller, error) {
	if authorization == "" {
		return Caller{}, nil
	}
	scheme, text, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || len(text) > 256 {
		return Caller{}, refuse(reason.Unauthorized, "token: send it as Bearer")
	}
	token, err := ReadBase64(text)
	if err != nil || len(token) <= tokenTag+8 || !e.sealer.Recognises(tokenContext, token[tokenTag:], token[:tokenTag]) {
		return Caller{}, refuse(reason.Unauthorized, "token: not made here")
	}
	content := token[tokenTag:]
	if exp := int64(binary.BigEndian.Uint32(content[4:])); now.Unix() >= exp {
		return Caller{}, refuse(reason.Unauthorized, "token: has ended")
	}
	c, ok := parseCaller(string(content[8:]))
	if !ok {
		return Caller{}, refuse(reason.Unauthorized, "token: not made here")
	}
	return c, e.inService(c)
}

// inService refuses terminals that were revoked and those of parties that are
// registered no longer.
func (e *Endpoint) inService(c Caller) error {
	if _, ok := e.parties[c.Party]; !ok || e.revoked[c.String()] {
		return refuse(reason.TerminalRevoked, "terminal: out of service")
	}
	return nil
}

// permit reports, as a refusal, why the caller may not act for the party.
func (e *Endpoint) permit(c Caller, party string) error {
	p, ok := e.parties[party]
	switch {
	case !ok:
		return refuse(reason.BodyMalformed, "party: not registered here")
	case c.known() && c.Party != party:
		return refuse(reason.Unauthorized, "token: of another relying party")
	case !c.known() && !p.Open:
		return refuse(reason.Unauthorized, "token: missing")
	}
	return nil
}
