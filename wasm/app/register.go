package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/reason"
	"jianzheng/shared/register"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

// The register lies with the page: a line is bytes that the page stores under
// its number, and a file is what register.export gives, followed by the lines.
// The engine keeps none of it. Every operation that returns a line counts only
// when the page has stored that line.

// RegisterStartRequest begins a register for a relying party and a period.
type RegisterStartRequest struct {
	Now       millis       `json:"now"`
	Party     verify.Party `json:"party"`
	Inspector data         `json:"inspector"` // public key, 1,216 bytes
	From      millis       `json:"from"`
	To        millis       `json:"to"`
	Days      int          `json:"days"` // of retention
}

// RegisterEnd is what an operation that adds a line continues from: the first
// and the last line stored, which may be the same.
type RegisterEnd struct {
	Now   millis `json:"now"`
	First data   `json:"first"`
	Last  data   `json:"last"`
}

// RegisterLine is a line to be stored under its number.
type RegisterLine struct {
	Line   data   `json:"line"`
	Number uint64 `json:"number"`
}

func (a *App) registerStart(r RegisterStartRequest) (RegisterLine, error) {
	if r.Days < 1 || r.Days > maxRetentionDays {
		return RegisterLine{}, refuse(reason.BodyMalformed, "retention")
	}
	_, line, err := register.Start(register.First{
		PartyID: r.Party.ID, PartyName: r.Party.Name, Inspector: r.Inspector,
		From: r.From.time().Truncate(time.Second), To: r.To.time().Truncate(time.Second),
		Retention: time.Duration(r.Days) * 24 * time.Hour,
	}, r.Now.time())
	return RegisterLine{line, 0}, registerFault(err)
}

// maxRetentionDays is more than any rule asks for.
const maxRetentionDays = 36500

// registerFault turns an error of the register into a refusal.
func registerFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, register.ErrTooLarge):
		return refuse(reason.TooLarge, "%v", err)
	case errors.Is(err, register.ErrNotSealed), errors.Is(err, register.ErrDestroyed):
		return refuse(reason.NotFound, "%v", err)
	}
	return refuse(reason.BodyMalformed, "%v", err)
}

// RegisterAppendRequest adds a check. What is sealed of the person is for the
// catalogue to say, which the engine was booted with.
type RegisterAppendRequest struct {
	RegisterEnd
	Result   *verify.Result `json:"result"`
	Seat     string         `json:"seat"`
	Staff    string         `json:"staff"`    // a code, not a name
	Hash     data           `json:"hash"`     // as it went to the endpoint; empty for none
	Portrait string         `json:"portrait"` // same, unsure, different; empty where nobody was asked
}

// RegisterAppendAnswer is the line, and whether anything is sealed in it.
type RegisterAppendAnswer struct {
	RegisterLine
	Sealed bool `json:"sealed"`
}

func (a *App) registerAppend(r RegisterAppendRequest) (RegisterAppendAnswer, error) {
	a.stained = true
	log, err := register.Resume(r.First, r.Last)
	if err != nil {
		return RegisterAppendAnswer{}, registerFault(err)
	}
	if r.Result == nil {
		return RegisterAppendAnswer{}, refuse(reason.BodyMalformed, "no result")
	}
	if passed := r.Result.Outcome == verify.Accepted || r.Result.Outcome == verify.Conditional; passed && a.lists.Policy == nil {
		// An engine that was just started would seal nothing of somebody it let in.
		return RegisterAppendAnswer{}, refuse(reason.PolicyMissing, "no catalogue says what to seal")
	}
	var seal []string
	if a.lists.Policy != nil {
		if p, ok := a.lists.Policy.Find(r.Result.PurposeCode); ok {
			seal = p.Seal
		}
	}
	c, person := r.Result.Sheet(seal)
	c.Seat, c.Staff, c.Portrait = r.Seat, r.Staff, r.Portrait
	if len(r.Hash) > 0 {
		c.Hash = register.Hex(r.Hash)
	}
	line, err := log.Append(c, person, r.Now.time())
	return RegisterAppendAnswer{RegisterLine{line, log.Count() - 1}, person != nil}, registerFault(err)
}

// RegisterStateAnswer says where a register stands, and with which body the
// endpoint is asked to sign for that: a count and two hashes.
type RegisterStateAnswer struct {
	Party     verify.Party `json:"party"`
	From      millis       `json:"from"`
	To        millis       `json:"to"`
	Days      int          `json:"days"`
	Count     uint64       `json:"count"`
	Full      bool         `json:"full"`      // it takes few lines more: the next one has to begin
	Inspector data         `json:"inspector"` // public key
	Anchor    data         `json:"anchor"`    // hash of the first line, which tells registers apart
	Body      string       `json:"body"`      // of POST /v1/checkpoints
}

// spareLines are left at the end of a register for openings and destructions.
const spareLines = 1 << 14

func (a *App) registerState(r RegisterEnd) (RegisterStateAnswer, error) {
	log, err := register.Resume(r.First, r.Last)
	if err != nil {
		return RegisterStateAnswer{}, registerFault(err)
	}
	first, c := log.First(), log.Checkpoint("", r.Now.time())
	body, err := json.Marshal(struct {
		Party    string `json:"party"`
		Register data   `json:"register"`
		Count    uint64 `json:"count"`
		Head     data   `json:"head"`
	}{first.PartyID, c.Register[:], c.Count, c.Head[:]})
	return RegisterStateAnswer{
		Party: verify.Party{ID: first.PartyID, Name: first.PartyName}, From: toMillis(first.From), To: toMillis(first.To),
		Days: int(first.Retention.Hours() / 24), Count: c.Count, Full: c.Count > register.MaxLines-spareLines,
		Inspector: first.Inspector, Anchor: c.Register[:], Body: string(body),
	}, err
}

// RegisterCheckRequest hands over the next bytes of a register: whole lines or
// any pieces, at most about 3 MB at once. Ticket is empty in the first call and
// that of the answer in the next ones. Checkpoints and Rows count in the first.
// Larger pieces go to [App.Feed] in between.
type RegisterCheckRequest struct {
	Ticket      string `json:"ticket"`
	Bytes       data   `json:"bytes"`
	More        bool   `json:"more"`
	Rows        bool   `json:"rows"` // whether lines are listed
	Checkpoints []data `json:"checkpoints"`
}

// RegisterCheckAnswer holds the report once all bytes were seen, and the lines
// that ended in these.
type RegisterCheckAnswer struct {
	Ticket      string           `json:"ticket"`
	Report      *register.Report `json:"report"`
	Rows        []RegisterRow    `json:"rows"`
	Checkpoints []data           `json:"checkpoints"` // those in the file, with the report
}

// RegisterRow is the readable part of a line that is sound in itself, and where
// it lies. One of Check, Opening and Before is there, or it is a first line.
type RegisterRow struct {
	At      int64           `json:"at"`   // bytes from the start of the file
	Size    int             `json:"size"` // in bytes
	Number  uint64          `json:"number"`
	Time    millis          `json:"time"`
	Check   *register.Check `json:"check,omitempty"`
	Opening *RegisterNote   `json:"opening,omitempty"`
	Before  millis          `json:"before,omitempty"` // sealed parts older than this were removed
	Sealed  bool            `json:"sealed"`           // a sealed part is there
	Removed bool            `json:"removed"`          // one was
}

// RegisterNote says who read the sealed part of a line, and why.
type RegisterNote struct {
	Line   uint64 `json:"line"`
	Reader string `json:"reader"`
	Ground string `json:"ground"`
}

// checking is a check of a register under way.
type checking struct {
	ticket string
	*register.Checker
	rows []RegisterRow // since the last answer
}

// list has the lines listed.
func (c *checking) list() {
	c.Visit = func(raw []byte, l *register.Line) {
		row := RegisterRow{
			At: c.At(), Size: len(raw), Number: l.Number, Time: toMillis(l.Time), Check: l.Check, Before: toMillis(l.Before),
		}
		if l.SealedHash != nil {
			row.Sealed = c.Sealed()
			row.Removed = !row.Sealed
		}
		if o := l.Opening; o != nil {
			row.Opening = &RegisterNote{o.Line, o.Reader, o.Ground}
		}
		c.rows = append(c.rows, row)
	}
}

// take hands over the lines listed since the last call.
func (c *checking) take() []RegisterRow {
	rows := c.rows
	c.rows = nil
	return rows
}

// Feed is the next piece of a check that register.check began, of any size and
// as it is; the answer is that of register.check without a report.
func (a *App) Feed(piece []byte) []byte {
	if a.checking == nil {
		return failure(refuse(reason.NotFound, "no check is under way"))
	}
	_, _ = a.checking.Write(piece) // never fails
	return encode(RegisterCheckAnswer{Ticket: a.checking.ticket, Rows: a.checking.take()})
}

func (a *App) registerCheck(r RegisterCheckRequest) (RegisterCheckAnswer, error) {
	if r.Ticket == "" {
		var operators register.Operators
		if a.lists.Trust != nil {
			operators = a.checkpointKey
		}
		c, err := register.NewChecker(plain(r.Checkpoints), operators)
		if err != nil {
			return RegisterCheckAnswer{}, registerFault(err)
		}
		a.checking = &checking{ticket: a.ticket(), Checker: c} // one at a time
		if r.Rows {
			a.checking.list()
		}
	}
	if a.checking == nil || r.Ticket != "" && r.Ticket != a.checking.ticket {
		return RegisterCheckAnswer{}, refuse(reason.NotFound, "no such ticket")
	}
	answer := RegisterCheckAnswer{Ticket: a.checking.ticket}
	_, _ = a.checking.Write(r.Bytes) // never fails
	if !r.More {
		answer.Report = a.checking.Report()
		for _, b := range a.checking.Checkpoints() {
			answer.Checkpoints = append(answer.Checkpoints, b)
		}
	}
	if answer.Rows = a.checking.take(); !r.More {
		a.checking = nil
	}
	return answer, nil
}

// checkpointKey finds the key of a checkpoint on the trust list. An operator
// whose keys sign challenges and receipts signs checkpoints too.
func (a *App) checkpointKey(c register.Checkpoint, keyID []byte) *cwt.Key {
	for _, role := range []trust.Role{trust.RoleRegister, trust.RoleChallenge} {
		if e, k, err := a.lists.Trust.Find(keyID, role, c.At); err == nil && e.ID == c.Operator {
			return k
		}
	}
	return nil
}

// plain is d as byte slices.
func plain(d []data) [][]byte {
	b := make([][]byte, len(d))
	for i := range d {
		b[i] = d[i]
	}
	return b
}

// RegisterExportRequest names the checkpoints that go into a file.
type RegisterExportRequest struct {
	Checkpoints []data `json:"checkpoints"`
}

// RegisterExportAnswer is how the file begins; all lines follow in their order.
type RegisterExportAnswer struct {
	Bytes data `json:"bytes"`
}

func (a *App) registerExport(r RegisterExportRequest) (RegisterExportAnswer, error) {
	var b bytes.Buffer
	err := register.Export(&b, plain(r.Checkpoints))
	return RegisterExportAnswer{b.Bytes()}, registerFault(err)
}

// RegisterOpenRequest is an inspector's, who has the private key.
type RegisterOpenRequest struct {
	RegisterEnd
	Line   data   `json:"line"` // whose sealed part is to be read
	Key    data   `json:"key"`  // 32 bytes
	Reader string `json:"reader"`
	Ground string `json:"ground"`
}

// RegisterOpenAnswer is the person, and the line that says who read it: it is
// stored before the person is shown.
type RegisterOpenAnswer struct {
	RegisterLine
	Person register.Person `json:"person"`
}

func (a *App) registerOpen(r RegisterOpenRequest) (RegisterOpenAnswer, error) {
	a.stained = true
	log, err := register.Resume(r.First, r.Last)
	if err != nil {
		return RegisterOpenAnswer{}, registerFault(err)
	}
	key, err := register.ParsePrivateKey(r.Key)
	if err != nil {
		return RegisterOpenAnswer{}, registerFault(err)
	}
	person, line, err := log.Open(key, r.Line, register.Opening{Reader: r.Reader, Ground: r.Ground}, r.Now.time())
	return RegisterOpenAnswer{RegisterLine{line, log.Count() - 1}, person}, registerFault(err)
}

// RegisterDestroyAnswer is the line that ends the retention of sealed parts
// older than Before. The page stores it and has register.strip go through its
// lines.
type RegisterDestroyAnswer struct {
	RegisterLine
	Before millis `json:"before"`
}

func (a *App) registerDestroy(r RegisterEnd) (RegisterDestroyAnswer, error) {
	log, err := register.Resume(r.First, r.Last)
	if err != nil {
		return RegisterDestroyAnswer{}, registerFault(err)
	}
	line, before, err := log.Destroy(r.Now.time())
	return RegisterDestroyAnswer{RegisterLine{line, log.Count() - 1}, toMillis(before)}, registerFault(err)
}

// RegisterStripRequest is some lines and the time that register.destroy gave.
type RegisterStripRequest struct {
	Before millis `json:"before"`
	Lines  []data `json:"lines"`
}

// RegisterStripAnswer is the same lines, to be stored in place of the old ones.
type RegisterStripAnswer struct {
	Lines []data `json:"lines"`
}

func (a *App) registerStrip(r RegisterStripRequest) (RegisterStripAnswer, error) {
	answer := RegisterStripAnswer{Lines: []data{}}
	for _, b := range r.Lines {
		line, err := register.Strip(b, r.Before.time())
		if err != nil {
			return RegisterStripAnswer{}, registerFault(err)
		}
		answer.Lines = append(answer.Lines, line)
	}
	return answer, nil
}
