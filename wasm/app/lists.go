package app

import (
	"errors"

	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

// Signed are the documents a verifier starts from. Anchor is the COSE_Key that
// signs the trust list and the catalogue.
type Signed struct {
	Anchor data   `json:"anchor"`
	Trust  data   `json:"trust"`
	Policy data   `json:"policy"`
	Status []data `json:"status"`
	// Highest is the highest sequence of a trust list seen under this anchor,
	// HighestPolicy that of a catalogue.
	Highest       uint64 `json:"highest"`
	HighestPolicy uint64 `json:"highestPolicy"`
}

// BootRequest hands over lists, at the start and whenever newer ones came.
type BootRequest struct {
	Signed
	Now   millis       `json:"now"`
	Party verify.Party `json:"party"`
	Demo  bool         `json:"demo"`
	// HandleKey is the venue's key of the period, 32 bytes; optional.
	HandleKey data `json:"handleKey"`
}

// BootAnswer says what the engine now knows. Problems is empty when every list
// was taken; a check that needs a list that was not ends undetermined.
type BootAnswer struct {
	Demo           bool          `json:"demo"`
	Sequence       uint64        `json:"sequence"`
	PolicySequence uint64        `json:"policySequence"`
	TrustExpires   millis        `json:"trustExpires"`
	StatusExpires  millis        `json:"statusExpires"`
	OfflineUntil   millis        `json:"offlineUntil"` // the earlier of the two
	Version        string        `json:"version"`
	Purposes       []Purpose     `json:"purposes"`
	Problems       []reason.Code `json:"problems"`
}

// Purpose is one a page may choose.
type Purpose struct {
	Code     string   `json:"code"`
	Zh       string   `json:"zh"`
	En       string   `json:"en"`
	Tier     string   `json:"tier"`
	Classes  []string `json:"classes"`
	Request  []string `json:"request"`
	Optional []string `json:"optional"` // claims that a holder may show besides
	Rule     string   `json:"rule"`
	Days     int      `json:"days"` // that what is sealed of it is kept; 0 when nothing is
}

func (a *App) boot(r BootRequest) (BootAnswer, error) {
	lists, problems, err := r.open()
	if err != nil {
		return BootAnswer{}, err
	}
	a.lists, a.party, a.demo = lists, r.Party, r.Demo
	if len(r.HandleKey) >= policy.MinPeriodKey {
		a.handles = r.HandleKey
	}
	return a.describe(problems), nil
}

// open checks the lists against the anchor. Lists that do not hold are left out
// and named; only an anchor that is no key is an error.
func (s Signed) open() (*verify.Lists, []reason.Code, error) {
	problems := []reason.Code{}
	anchor, err := cwt.ParseKey(s.Anchor)
	if err != nil {
		return nil, nil, refuse(reason.ListInvalid, "anchor: %v", err)
	}
	lists := &verify.Lists{}
	list, err := trust.Open(s.Trust, anchor)
	switch {
	case err != nil:
		problems = append(problems, reason.ListInvalid)
	case errors.Is(list.Newer(s.Highest), trust.ErrRollback):
		lists.Rollback = true
		problems = append(problems, reason.ListRollback)
	default:
		lists.Trust = list
	}
	catalogue, err := policy.Open(s.Policy, anchor)
	switch {
	case err != nil:
		problems = append(problems, reason.PolicyMissing)
	case catalogue.Newer(s.HighestPolicy) != nil:
		problems = append(problems, reason.ListRollback)
	default:
		lists.Policy = catalogue
	}
	for _, b := range s.Status {
		token, err := verify.ParseStatus(b)
		if err != nil {
			problems = append(problems, reason.StatusInvalid)
			continue
		}
		lists.Status = append(lists.Status, token)
	}
	return lists, problems, nil
}

// TimeRequest is a signed time of the endpoint, and the nonce it was asked for with.
type TimeRequest struct {
	Nonce    data `json:"nonce"`
	Document data `json:"document"`
}

// TimeAnswer is that time. It is cut to whole seconds.
type TimeAnswer struct {
	At millis `json:"at"`
}

func (a *App) time(r TimeRequest) (TimeAnswer, error) {
	at, err := a.lists.Time(r.Document, r.Nonce)
	if err != nil {
		return TimeAnswer{}, refuse(reason.SignatureInvalid, "%v", err)
	}
	return TimeAnswer{toMillis(at)}, nil
}

func (a *App) describe(problems []reason.Code) BootAnswer {
	answer := BootAnswer{Demo: a.demo, Version: Version, Purposes: []Purpose{}, Problems: problems}
	if l := a.lists.Trust; l != nil {
		answer.Sequence = l.Sequence
		answer.TrustExpires = toMillis(l.Expires)
		answer.OfflineUntil = answer.TrustExpires
	}
	for _, s := range a.lists.Status {
		if e := toMillis(s.OldFrom()); answer.StatusExpires == 0 || e < answer.StatusExpires {
			answer.StatusExpires = e
		}
	}
	if answer.StatusExpires != 0 {
		answer.OfflineUntil = min(answer.OfflineUntil, answer.StatusExpires)
	}
	if a.lists.Policy != nil {
		answer.PolicySequence = a.lists.Policy.Sequence
		for _, p := range a.lists.Policy.Purposes {
			list := func(l []string) []string { return append([]string{}, l...) }
			answer.Purposes = append(answer.Purposes, Purpose{
				Code: p.Code, Zh: p.NameZh, En: p.NameEn, Tier: p.Tier, Classes: list(p.Classes),
				Request: list(p.Request), Optional: list(p.Optional), Rule: p.Rule, Days: int(p.Retention.Hours() / 24),
			})
		}
	}
	return answer
}
