package core

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/draws"
	"jianzheng/shared/reason"
)

func sealer(t testing.TB, fill byte) *challenge.Sealer {
	t.Helper()
	s, err := challenge.NewSealer(bytes.Repeat([]byte{fill}, challenge.MinSecretSize))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ticket makes a body with a ticket for the terminal.
func ticket(t testing.TB, c Caller) []byte {
	t.Helper()
	text, err := MakeTicket(sealer(t, 1), c, now, now.Add(TicketLife), draws.New("ticket"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(`{"ticket":"` + text + `"}`)
}

var desk = Caller{"bank", "desk-1"}

// bearer enrols the bank's desk and returns its header.
func bearer(t testing.TB, e *Endpoint) string {
	t.Helper()
	enrolment, err := e.Enrol(ticket(t, desk), now)
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + enrolment.Answer.Token
}

func TestEnrol(t *testing.T) {
	e := endpoint(t)
	enrolment, err := e.Enrol(ticket(t, desk), now.Add(TicketLife-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if exp, err := challenge.NonceExpiry(enrolment.Redemption.Nonce); err != nil || !exp.Equal(now.Add(TicketLife).Truncate(time.Second)) {
		t.Errorf("the store would keep it until %v, %v", exp, err)
	}
	a := enrolment.Answer
	if a.Terminal != "desk-1" || a.Party.ID != "bank" || a.Party.Name != "演示银行 DEMO Bank" || len(a.Party.Purposes) != 1 || a.Party.Purposes[0] != "bank-account" {
		t.Errorf("answer %+v", a)
	}
	if c, err := e.Caller("Bearer "+a.Token, a.Expires.Add(-time.Second)); err != nil || c != desk {
		t.Errorf("caller %v, %v", c, err)
	}
	_, err = e.Caller("Bearer "+a.Token, a.Expires)
	wantRefusal(t, err, reason.Unauthorized, 401)
}

func TestEnrolRefuses(t *testing.T) {
	e := endpoint(t)
	good := ticket(t, desk)
	var body struct{ Ticket string }
	if err := json.Unmarshal(good, &body); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(body.Ticket)
	if err != nil {
		t.Fatal(err)
	}
	with := func(b []byte) []byte {
		return []byte(`{"ticket":"` + base64.RawURLEncoding.EncodeToString(b) + `"}`)
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		if _, err := e.Enrol(with(changed), now); err == nil {
			t.Errorf("taken with byte %d changed", i)
		}
	}
	for name, test := range map[string]struct {
		body []byte
		at   time.Time
		code reason.Code
	}{
		"ended":            {good, now.Add(TicketLife), reason.EnrolmentInvalid},
		"of a stranger":    {ticket(t, Caller{"stranger", "desk-1"}), now, reason.TerminalRevoked},
		"revoked":          {ticket(t, Caller{"bank", "desk-9"}), now, reason.TerminalRevoked},
		"another terminal": {with(append(bytes.Clone(raw), '0')), now, reason.EnrolmentInvalid},
		"no name":          {with(raw[:challenge.NonceSize]), now, reason.BodyMalformed},
		"long":             {with(make([]byte, 1000)), now, reason.BodyMalformed},
		"empty":            {[]byte(`{}`), now, reason.BodyMalformed},
		"unknown member":   {[]byte(`{"ticket":"AAAA","party":"bank"}`), now, reason.BodyMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Enrol(test.body, test.at)
			wantRefusal(t, err, test.code, statuses[test.code])
		})
	}
}

func TestMakeTicketRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		c    Caller
		life time.Duration
	}{
		"no terminal":         {Caller{"bank", ""}, time.Hour},
		"terminal in capital": {Caller{"bank", "Desk"}, time.Hour},
		"long terminal":       {Caller{"bank", strings.Repeat("d", 33)}, time.Hour},
		"party with a slash":  {Caller{"ba/nk", "desk"}, time.Hour},
		"no life":             {desk, 0},
		"too long a life":     {desk, maxTicketLife + time.Second},
	} {
		if text, err := MakeTicket(sealer(t, 1), test.c, now, now.Add(test.life), draws.New("x")); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
	if _, err := MakeTicket(sealer(t, 1), desk, now, now.Add(time.Hour), strings.NewReader("short")); err == nil {
		t.Error("made without randomness")
	}
}

// A token is good for its own party, whatever secret of the two made it; and no
// refusal repeats any of it.
func TestCaller(t *testing.T) {
	e := endpoint(t)
	good := bearer(t, e)
	change := func(change func(*Config)) *Endpoint {
		c := config(t)
		change(&c)
		e, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	second := bytes.Repeat([]byte{2}, challenge.MinSecretSize)
	for name, test := range map[string]struct {
		by     *Endpoint
		header string
		want   reason.Code // empty: taken
	}{
		"good":                 {e, good, ""},
		"scheme in lower case": {e, strings.Replace(good, "Bearer", "bearer", 1), ""},
		"nobody":               {e, "", ""},
		"new secret":           {change(func(c *Config) { c.Former, c.Secret = [][]byte{c.Secret}, second }), good, ""},
		"former secret gone":   {change(func(c *Config) { c.Secret = second }), good, reason.Unauthorized},
		"revoked":              {change(func(c *Config) { c.Revoked = []string{desk.String()} }), good, reason.TerminalRevoked},
		"party gone":           {change(func(c *Config) { c.Parties = c.Parties[:2] }), good, reason.TerminalRevoked},
		"another scheme":       {e, strings.Replace(good, "Bearer", "Basic", 1), reason.Unauthorized},
		"no token":             {e, "Bearer ", reason.Unauthorized},
		"short":                {e, "Bearer AAAA", reason.Unauthorized},
		"cut":                  {e, good[:len(good)-1], reason.Unauthorized},
		"longer":               {e, good + "AAAA", reason.Unauthorized},
		"huge":                 {e, "Bearer " + strings.Repeat("A", 9999), reason.Unauthorized},
		"two lines":            {e, good[:20] + "\n" + good[20:], reason.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.by.Caller(test.header, now)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantRefusal(t, err, test.want, statuses[test.want])
			if strings.Contains(err.Error(), good[10:30]) {
				t.Error("the refusal repeats the token")
			}
		})
	}
}

// A ticket is no token, and a token no ticket.
func TestTicketsAndTokensAreApart(t *testing.T) {
	e := endpoint(t)
	var body struct{ Ticket string }
	if err := json.Unmarshal(ticket(t, desk), &body); err != nil {
		t.Fatal(err)
	}
	_, err := e.Caller("Bearer "+body.Ticket, now)
	wantRefusal(t, err, reason.Unauthorized, 401)
	token := strings.TrimPrefix(bearer(t, e), "Bearer ")
	if _, err := e.Enrol([]byte(`{"ticket":"`+token+`"}`), now); err == nil {
		t.Error("a token enrolled a terminal")
	}
}

func TestRenew(t *testing.T) {
	e := endpoint(t)
	later := now.Add(TokenLife / 2)
	c, err := e.Caller(bearer(t, e), later)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := e.Renew(c, later)
	if err != nil || !renewed.Expires.Equal(later.Truncate(time.Second).Add(TokenLife)) {
		t.Errorf("%+v, %v", renewed, err)
	}
	_, err = e.Renew(Caller{}, now)
	wantRefusal(t, err, reason.Unauthorized, 401)
}

// Who may issue and redeem: nobody in particular for open parties, a terminal
// for its own.
func TestPermission(t *testing.T) {
	e := endpoint(t)
	for name, test := range map[string]struct {
		c    Caller
		body string
		want reason.Code
	}{
		"nobody, open party":        {Caller{}, `{"purpose":"internet-cafe"}`, ""},
		"nobody, closed party":      {Caller{}, `{"purpose":"bank-account","party":"bank"}`, reason.Unauthorized},
		"desk, its own by default":  {desk, `{"purpose":"bank-account"}`, ""},
		"desk, its own":             {desk, `{"purpose":"bank-account","party":"bank"}`, ""},
		"desk, an open party":       {desk, `{"purpose":"internet-cafe","party":"demo-cafe"}`, reason.Unauthorized},
		"desk, purpose not its own": {desk, `{"purpose":"online-login"}`, reason.PurposeRefused},
		"desk, purpose of a hotel":  {desk, `{"purpose":"hotel"}`, reason.PurposeRefused},
		"desk, no such purpose":     {desk, `{"purpose":"opera"}`, reason.PurposeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := ParseIssue([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			issued, err := e.IssueTo(test.c, r, now, draws.New("nonce"))
			if test.want != "" {
				wantRefusal(t, err, test.want, statuses[test.want])
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			body := redemption(issued.Nonce)
			if test.c.known() {
				body["party"], body["purpose"] = "bank", "bank-account"
			}
			redeem, err := ParseRedeem(encode(t, body))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.RedeemFor(test.c, redeem, now); err != nil {
				t.Error(err)
			}
			other := Caller{}
			if !test.c.known() {
				other = desk
			}
			_, err = e.RedeemFor(other, redeem, now)
			wantRefusal(t, err, reason.Unauthorized, 401)
		})
	}
}

func FuzzEnrol(f *testing.F) {
	e := endpoint(f)
	f.Add(ticket(f, desk), bearer(f, e))
	f.Add([]byte(`{"ticket":"`+strings.Repeat("A", 60)+`"}`), "Bearer "+strings.Repeat("A", 60))
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		if enrolment, err := e.Enrol(body, now); err == nil {
			if _, err := e.Caller("Bearer "+enrolment.Answer.Token, now); err != nil {
				t.Error(err)
			}
		}
		if c, err := e.Caller(header, now); err == nil && c.known() && c != desk {
			t.Errorf("caller %v", c)
		}
	})
}
