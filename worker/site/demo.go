package site

import (
	"errors"
	"io"
	"time"

	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/worker/core"
	"jianzheng/worker/handler"
)

// DemoPurpose is what the demonstration's counter checks for, and its kind.
const DemoPurpose = "internet-cafe"

// DemoSettings is the registration of the demonstration: one party, at which
// anybody may try.
func DemoSettings() core.Site {
	return core.Site{
		Operator: demo.OperatorID, Party: demo.PartyID, Purpose: DemoPurpose,
		Parties: []core.Party{{ID: demo.PartyID, Name: demo.PartyName, Kind: DemoPurpose, Open: true}},
	}
}

// DemoPurposes opens every purpose to the demonstration's one relying party, so
// that each can be tried at its counter.
func DemoPurposes() []policy.Purpose {
	all := policy.Default()
	for i := range all {
		all[i].Users = nil
	}
	return all
}

// Demonstration is the authority as a [handler.Demo].
type Demonstration struct {
	Authority *demo.Authority
	Rand      io.Reader
}

// People implements [handler.Demo].
func (d Demonstration) People() []handler.Person {
	var out []handler.Person
	for _, p := range demo.People() {
		out = append(out, handler.Person(p))
	}
	return out
}

// Inspector implements [handler.Demo].
func (d Demonstration) Inspector() []byte { return demo.Inspector() }

// IssueCard implements [handler.Demo].
func (d Demonstration) IssueCard(person string, holder *cwt.Key, now time.Time) (handler.Issued, error) {
	b, err := d.Authority.IssueCard(person, holder, d.Rand, now)
	if err != nil {
		return handler.Issued{}, err
	}
	card, err := credential.ReadIssued(b)
	return d.issued(card, b, "", err)
}

// IssuePrinted implements [handler.Demo].
func (d Demonstration) IssuePrinted(person string, now time.Time) (handler.Issued, error) {
	text, err := d.Authority.IssuePrinted(person, d.Rand, now)
	if err != nil {
		return handler.Issued{}, err
	}
	card, err := credential.Read(text)
	return d.issued(card, nil, text, err)
}

func (d Demonstration) issued(card *credential.Card, b []byte, text string, err error) (handler.Issued, error) {
	if err != nil {
		return handler.Issued{}, err
	}
	ticket, err := d.Authority.LossTicket(card)
	return handler.Issued{Card: b, Text: text, Loss: ticket}, err
}

// ReportLoss implements [handler.Losses].
func (d Demonstration) ReportLoss(ticket string, lost bool) (ok bool, err error) {
	err = d.Authority.ReportLoss(ticket, lost)
	if errors.Is(err, demo.ErrTicket) {
		return false, nil
	}
	return err == nil, err
}
