package app

import (
	"encoding/json"
	"io"
	"slices"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
	"jianzheng/shared/verify"
)

// keepChallenges is how long a challenge is remembered beyond its end, so that
// an answer that comes too late is told from one to somebody else.
const keepChallenges = 10 * time.Minute

// ChallengeAnswer is a challenge to be shown.
type ChallengeAnswer struct {
	ID      string  `json:"id"`
	Text    string  `json:"text"`
	Modules Modules `json:"modules"`
	Issued  millis  `json:"issued"`
	RenewAt millis  `json:"renewAt"`
	Expires millis  `json:"expires"`
	Offline bool    `json:"offline"`
	Purpose string  `json:"purpose"`
	Box     string  `json:"box"`    // id of its box at the endpoint; empty without way A
	Pickup  string  `json:"pickup"` // what the endpoint gave for it
}

// AdoptRequest hands over a challenge that the endpoint issued, with the pickup
// of its box if it has one.
type AdoptRequest struct {
	Now    millis `json:"now"`
	Text   string `json:"text"`
	Pickup string `json:"pickup"`
}

// adopt takes a challenge of the endpoint among those that may be answered. It
// must be signed by a listed operator and name this relying party: a page that
// draws somebody else's challenge helps a relay.
func (a *App) adopt(r AdoptRequest) (ChallengeAnswer, error) {
	c, err := challenge.Parse(r.Text)
	if err != nil {
		return ChallengeAnswer{}, refuse(reason.ChallengeInvalid, "%v", err)
	}
	if a.lists.Trust == nil {
		return ChallengeAnswer{}, refuse(reason.ListInvalid, "no trust list")
	}
	if c.Offline {
		return ChallengeAnswer{}, refuse(reason.ChallengeInvalid, "signed by a page")
	}
	if code := verify.Vouched(c, a.lists.Trust); code != reason.OK {
		return ChallengeAnswer{}, refuse(code, "not signed by a listed operator")
	}
	if c.PartyID != a.party.ID {
		return ChallengeAnswer{}, refuse(reason.AudienceWrong, "challenge of another relying party")
	}
	if err := a.adoptKey(c, r); err != nil {
		return ChallengeAnswer{}, err
	}
	shown, err := a.show(c, r.Text, r.Now.time())
	if r.Pickup != "" {
		shown.Box, shown.Pickup = boxOf(c), r.Pickup
	}
	return shown, err
}

// MakeRequest asks for a challenge without a network.
type MakeRequest struct {
	Now     millis `json:"now"`
	Purpose string `json:"purpose"`
}

func (a *App) make(r MakeRequest) (ChallengeAnswer, error) {
	if a.lists.Policy == nil {
		return ChallengeAnswer{}, refuse(reason.PolicyMissing, "no catalogue")
	}
	p, ok := a.lists.Policy.Find(r.Purpose)
	if !ok {
		return ChallengeAnswer{}, refuse(reason.PurposeUnknown, "%.40q", r.Purpose)
	}
	if a.ownKey == nil {
		k, err := cwt.GenerateKey(cwt.ES256, nil, a.rand)
		if err != nil {
			return ChallengeAnswer{}, err
		}
		a.ownKey = k
	}
	issued := r.Now.time().Truncate(time.Second)
	expires := issued.Add(challenge.Honoured)
	nonce, err := challenge.OwnNonce(a.rand, expires)
	if err != nil {
		return ChallengeAnswer{}, err
	}
	text, err := challenge.SignOffline(challenge.Challenge{
		Issued: issued, Expires: expires, Nonce: nonce, PartyID: a.party.ID, PartyName: a.party.Name,
		Purpose: p.Code, Claims: p.Request, Offline: true,
	}, a.ownKey)
	if err != nil {
		return ChallengeAnswer{}, err
	}
	c, err := challenge.Parse(text)
	if err != nil {
		return ChallengeAnswer{}, err
	}
	return a.show(c, text, r.Now.time())
}

// show remembers a challenge and draws it.
func (a *App) show(c *challenge.Signed, text string, now time.Time) (ChallengeAnswer, error) {
	m, err := modules(text, qr.M)
	if err != nil {
		return ChallengeAnswer{}, err
	}
	a.shown = slices.DeleteFunc(a.shown, func(old verify.Challenge) bool {
		end := old.Expires
		if !old.Shown.IsZero() {
			end = old.Shown.Add(challenge.Honoured) // by this computer's clock, right or wrong
		}
		return now.Sub(end) > keepChallenges
	})
	a.dropKeys(now)
	shown := verify.Challenge{Signed: c}
	if !c.Offline {
		shown.Shown = now
	}
	a.shown = append(a.shown, shown)
	issued := onThisClock(c, now)
	return ChallengeAnswer{
		ID: encodeID(c.Nonce), Text: text, Modules: m, Issued: toMillis(issued),
		RenewAt: toMillis(issued.Add(challenge.Rotation)), Expires: toMillis(issued.Add(c.Expires.Sub(c.Issued))),
		Offline: c.Offline, Purpose: c.Purpose,
	}, nil
}

// slowNetwork is how old a challenge may be when it arrives. One that looks older,
// or younger than nothing, shows that this computer's clock is wrong.
const slowNetwork = 5 * time.Second

// onThisClock is when a challenge was issued as this computer counts, so that the
// ring on the screen and the renewal run well while the clock is wrong. Whether
// an answer is in time is decided by the real dates.
func onThisClock(c *challenge.Signed, now time.Time) time.Time {
	if age := now.Sub(c.Issued); age < -time.Second || age > slowNetwork {
		return now
	}
	return c.Issued
}

func encodeID(nonce []byte) string {
	b, _ := data(nonce).MarshalText()
	return string(b)
}

// use marks the challenge of a nonce as answered. Its key has done its work.
func (a *App) use(nonce []byte) {
	a.keys = slices.DeleteFunc(a.keys, func(k pageKey) bool { return k.challenge != nil && string(k.challenge.Nonce) == string(nonce) })
	for i := range a.shown {
		if string(a.shown[i].Nonce) == string(nonce) {
			a.shown[i].Used = true
		}
	}
}

// seen is a code of class B that let somebody in.
type seen struct {
	id []byte // cti
	at time.Time
}

// seenBy gives the codes that could still be shown again at now, and forgets the
// others.
func (a *App) seenBy(now time.Time) [][]byte {
	a.seen = slices.DeleteFunc(a.seen, func(s seen) bool { return now.Sub(s.at) > verify.SeenFor })
	ids := make([][]byte, len(a.seen))
	for i, s := range a.seen {
		ids[i] = s.id
	}
	return ids
}

// waiting is a result that waits for the endpoint's answer.
type waiting struct {
	result  *verify.Result
	pending *verify.Pending
}

// VerifyRequest is the text of a code. Purpose is what staff chose; empty takes
// that of the challenge answered. An answer that came over the network stands in
// Sealed, and Text is not read. Doubt is by how many milliseconds Now is known to
// be wrong.
type VerifyRequest struct {
	Now     millis  `json:"now"`
	Doubt   int64   `json:"doubt"`
	Text    string  `json:"text"`
	Purpose string  `json:"purpose"`
	Sealed  *Sealed `json:"sealed"`
}

// VerifyAnswer is a result. While Redeem is set the result is provisional and
// must not be shown: the page posts Redeem.Body and calls conclude.
type VerifyAnswer struct {
	Result  *verify.Result `json:"result"`
	Redeem  *Redeem        `json:"redeem"`
	Compare string         `json:"compare"` // four digits, of a sealed answer
	Mark    string         `json:"mark"`    // fingerprint of its text, as the page makes it of what it reads
	Hash    data           `json:"hash"`    // salted, of the presentation, for the register; that of Redeem.Body if there is one
}

// Redeem is what is to be posted to /v1/redeem. It holds hashes and labels, and
// nothing of the person.
type Redeem struct {
	Ticket string `json:"ticket"`
	Body   string `json:"body"`
}

func (a *App) verify(r VerifyRequest) (VerifyAnswer, error) {
	a.stained = true
	if r.Sealed != nil {
		return a.open(r)
	}
	if a.shown == nil {
		a.shown = []verify.Challenge{} // nil would mean that nobody knows what was shown
	}
	return a.check(r, a.shown, false)
}

// check verifies a text against challenges. Where only a bound answer will do, a
// shown code is refused.
func (a *App) check(r VerifyRequest, challenges []verify.Challenge, bound bool) (VerifyAnswer, error) {
	result, pending, err := verify.Verify(r.Text, a.lists, verify.Options{
		Now: r.Now.time(), Doubt: time.Duration(r.Doubt) * time.Millisecond, Purpose: r.Purpose, Challenges: challenges, Seen: a.seenBy(r.Now.time()), HandleKey: a.handles, Demo: a.demo,
	})
	if err != nil {
		return VerifyAnswer{}, refuse(reason.BodyMalformed, "%v", err)
	}
	if passed := result.Outcome == verify.Accepted || result.Outcome == verify.Conditional; passed && bound && result.Class != verify.Bound {
		result, pending = verify.Failure(reason.ClassRefused), nil
	}
	a.last = result
	if pending == nil {
		if result.Redeemed == verify.ByPage {
			a.use(result.Answered())
		}
		if id := result.TokenID(); id != nil && (result.Outcome == verify.Accepted || result.Outcome == verify.Conditional) {
			a.seen = append(a.seen, seen{id, r.Now.time()})
		}
		hash, err := a.hash(&verify.Pending{Presentation: []byte(r.Text)})
		return VerifyAnswer{Result: result, Hash: hash}, err
	}
	hash, err := a.hash(pending)
	if err != nil {
		return VerifyAnswer{}, err
	}
	body, err := redeemBody(result, pending, hash)
	if err != nil {
		return VerifyAnswer{}, err
	}
	// One check at a time: an answer that nobody waits for any more is dropped.
	clear(a.pending)
	ticket := a.ticket()
	a.pending[ticket] = &waiting{result, pending}
	return VerifyAnswer{Result: result, Redeem: &Redeem{ticket, body}, Hash: hash}, nil
}

// hash is the salted hash of a presentation. Nobody keeps the salt.
func (a *App) hash(p *verify.Pending) (data, error) {
	var salt [verify.SaltBytes]byte
	if _, err := io.ReadFull(a.rand, salt[:]); err != nil {
		return nil, err
	}
	hash := p.Hash(salt)
	return hash[:], nil
}

// redeemBody is the JSON of POST /v1/redeem.
func redeemBody(r *verify.Result, p *verify.Pending, hash data) (string, error) {
	b, err := json.Marshal(struct {
		Nonce    data           `json:"nonce"`
		Party    string         `json:"party"`
		Purpose  string         `json:"purpose"`
		Outcome  verify.Outcome `json:"outcome"`
		Class    verify.Class   `json:"class"`
		Reason   reason.Code    `json:"reason"`
		Hash     data           `json:"hash"`
		Labels   []string       `json:"labels"`
		Sequence uint64         `json:"sequence"`
	}{p.Nonce, p.Party, p.Purpose, r.Outcome, r.Class, r.Reason, hash, append([]string{}, p.Labels...), p.Sequence})
	return string(b), err
}

// ConcludeRequest is the endpoint's answer: status 0 where none came.
type ConcludeRequest struct {
	Now    millis `json:"now"`
	Ticket string `json:"ticket"`
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// ResultAnswer is a complete result.
type ResultAnswer struct {
	Result *verify.Result `json:"result"`
}

func (a *App) conclude(r ConcludeRequest) (ResultAnswer, error) {
	w, ok := a.pending[r.Ticket]
	if !ok {
		return ResultAnswer{}, refuse(reason.NotFound, "no such ticket")
	}
	delete(a.pending, r.Ticket)
	// A body that is not the endpoint's JSON leaves both fields empty, which
	// Conclude takes for no answer.
	var body struct {
		Code    reason.Code `json:"code"`
		Receipt data        `json:"receipt"`
	}
	_ = json.Unmarshal([]byte(r.Body), &body)
	w.result.Conclude(w.pending, verify.Answer{Status: r.Status, Code: body.Code, Receipt: body.Receipt}, a.lists)
	switch {
	case w.result.Redeemed == verify.ByServer:
		a.use(w.result.Answered())
	case w.result.Reason == reason.RedeemUnreachable:
		for i := range a.shown {
			a.shown[i].Asked = a.shown[i].Asked || string(a.shown[i].Nonce) == string(w.pending.Nonce)
		}
	}
	a.last = w.result
	return ResultAnswer{w.result}, nil
}

// DecideRequest is what staff saw: same, unsure or different.
type DecideRequest struct {
	Now    millis        `json:"now"`
	Answer verify.Person `json:"answer"`
}

func (a *App) decide(r DecideRequest) (ResultAnswer, error) {
	if a.last == nil || a.last.Outcome != verify.Conditional {
		return ResultAnswer{}, refuse(reason.NotFound, "nothing to decide")
	}
	a.last.Decide(r.Answer)
	return ResultAnswer{a.last}, nil
}

// ForgetRequest drops what is left of the last person from memory.
type ForgetRequest struct{}

// ForgetAnswer is empty.
type ForgetAnswer struct{}

func (a *App) forget(ForgetRequest) (ForgetAnswer, error) {
	a.last = nil
	clear(a.pending)
	// Parts that never came together are somebody's too. A sequence that was whole is
	// remembered by its hash, so that it is not checked again while it stays in view.
	if a.parts.Progress().Of > 0 {
		a.parts.Reset()
	}
	return ForgetAnswer{}, nil
}
