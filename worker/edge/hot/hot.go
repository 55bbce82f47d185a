// Package hot answers what the edge is asked all the time, in one Go instance
// that stays: challenges, redemptions, and the posts and pickups of way A. It is
// called with bytes and returns bytes, without a goroutine, a channel, a lock that
// is waited for, a timer or I/O: whatever waits inside such an instance breaks it.
//
// Where a step has to wait for a Durable Object the reply says so, and the caller
// comes back with its word. Nothing is kept in between.
package hot

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/handler"
)

// Op is what is asked of a [Server].
type Op int32

// The numbers are those of worker.mjs. The request of each but Resume is text: four
// lines, then the body.
//
//	id \n origin \n address \n authorization \n body
const (
	Issue    Op = 1 + iota // body of POST /v1/challenges
	Redeem                 // body of POST /v1/redeem
	Opened                 // body of POST /v1/challenges/{id}/opened
	Response               // body of POST /v1/challenges/{id}/response
	Poll                   // authorization holds the pickup, the body what is preferred and the query, a line each
	Listen                 // authorization holds the subprotocols, the body is the host
	Resume                 // what a reply gave as its State, a line, and behind it what came of the wait
	Take                   // a token of a bucket: id is its name, authorization the rate a minute, the body the burst
)

// Reply is how a call ends. The caller owns its bytes.
//
//	status flags len(Body) len(State) len(Place) Body State Place       numbers in 4 bytes, little endian
type Reply struct {
	Status int // of HTTP, or one of those below
	Flags  int // [FlagOrigin]
	Body   []byte
	State  []byte // goes back with [Resume]; behind an answer of HTTP: a header that it adds
	Place  string // the object that is asked: binding, name and question, a line each
}

// Statuses that are none of HTTP: what has to be waited for.
const (
	Ask     = 1 // what the object at Place says to Body; Resume takes its word
	Upgrade = 2 // a WebSocket, which the object at Place serves from now on
	Taken   = 3 // nothing: Body is how long to wait, in ms
)

// FlagOrigin says that the page that asks is of a registered origin.
const FlagOrigin = 1

// Append writes the reply behind b.
func (r Reply) Append(b []byte) []byte {
	for _, n := range []int{r.Status, r.Flags, len(r.Body), len(r.State), len(r.Place)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = append(append(b, r.Body...), r.State...)
	return append(b, r.Place...)
}

// Server answers for one endpoint.
type Server struct {
	gate    gate.Gate
	sign    Signer
	rand    io.Reader
	buckets *gate.Buckets

	// What one request uses is used again by the next: fresh memory is slow memory.
	scratch     core.Scratch
	body, reply []byte
}

// Signer makes the operator's raw signature of bytes.
type Signer func(toBeSigned []byte) ([]byte, error)

// New makes a server for an endpoint whose documents are signed by sign: by Go, or
// by the engine's own cryptography, which is a hundred times faster there.
func New(e *core.Endpoint, party string, rate core.Rate, sign Signer, rand io.Reader) *Server {
	buckets := gate.NewBuckets()
	return &Server{gate: gate.Gate{Endpoint: e, Party: party, Limiter: buckets, AddressRate: rate}, sign: sign, rand: rand, buckets: buckets}
}

// Call answers one request. The reply is good until the next call.
func (s *Server) Call(op Op, request []byte, now time.Time) []byte {
	r, err := s.answer(op, request, now)
	if err != nil {
		r = problem(err, r.Flags)
	}
	s.reply = r.Append(s.reply[:0])
	return s.reply
}

// problem is an error as an answer, with the header it adds.
func problem(err error, flags int) Reply {
	refusal := core.AsRefusal(err)
	r := Reply{Status: refusal.Status, Flags: flags, Body: refusal.Problem()}
	if name, value := refusal.Header(); name != "" {
		r.State = []byte(name + ": " + value)
	}
	return r
}

// question is a request taken apart.
type question struct {
	id, origin, address, authorization string
	body                               []byte
}

func parse(b []byte) (q question, err error) {
	for _, field := range []*string{&q.id, &q.origin, &q.address, &q.authorization} {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			return q, errors.New("hot: not a request")
		}
		*field, b = string(b[:end]), b[end+1:]
	}
	q.body = b
	return q, nil
}

func (s *Server) answer(op Op, request []byte, now time.Time) (r Reply, err error) {
	if op == Resume {
		return resume(request)
	}
	q, err := parse(request)
	if err != nil {
		return r, err
	}
	if op == Take {
		return s.take(q, now)
	}
	flags := 0
	if s.gate.Endpoint.Origin(q.origin) {
		flags = FlagOrigin
	}
	from := gate.Sender{Authorization: q.authorization}
	if q.address == "" {
		from.Address = netip.IPv6Loopback()
	} else {
		// What is no address counts as one of its own.
		from.Address, _ = netip.ParseAddr(q.address)
	}
	if err = s.gate.Admit(from, now); err == nil {
		r, err = s.do(op, q, from, now)
	}
	r.Flags = flags
	return r, err
}

// do is the rest of answer, for an address that may ask.
func (s *Server) do(op Op, q question, from gate.Sender, now time.Time) (r Reply, err error) {
	most := core.MaxBodyBytes
	if op == Response {
		most = core.MaxPostBytes
	}
	if len(q.body) > most {
		return r, core.Refuse(reason.BodyTooLarge, "over the cap of a body")
	}
	switch op {
	case Issue:
		d, _, err := s.gate.Issue(from, q.body, now, s.rand, &s.scratch)
		if err != nil {
			return r, err
		}
		signature, err := s.sign(d.ToBeSigned)
		if err != nil {
			return r, err
		}
		s.body = d.AppendChallenge(s.body[:0], signature)
		return Reply{Status: 201, Body: s.body}, nil
	case Redeem:
		redeem, d, _, err := s.gate.Redeem(from, q.body, now)
		if err != nil {
			return r, err
		}
		signature, err := s.sign(d.ToBeSigned)
		if err != nil {
			return r, err
		}
		receipt, answer := d.Receipt(signature)
		return Reply{
			Status: Ask, Body: append(redeem.Nonce, receipt...), State: append([]byte{stored}, answer...), Place: NoncesPlace(redeem.Nonce, now),
		}, nil
	case Opened, Response:
		var p core.Post
		if op == Opened {
			p, err = s.gate.Endpoint.Opened(q.id, q.body, now)
		} else {
			p, err = s.gate.Endpoint.Response(q.id, q.body, now)
		}
		return Reply{Status: Ask, Body: p.Ciphertext, State: []byte{posted}, Place: HubPlace(p.ID, p.Ends)}, err
	case Poll:
		p, err := s.gate.Poll(q.id, q.authorization, now)
		prefer, query, _ := strings.Cut(string(q.body), "\n")
		return Reply{Status: Ask, State: []byte{polled}, Place: HubPlace(p.ID, p.Ends) + handler.PollQuery(prefer, query)}, err
	case Listen:
		p, protocol, err := s.gate.Listen(q.id, q.authorization, q.origin, string(q.body), now)
		return Reply{Status: Upgrade, Place: HubPlace(p.ID, p.Ends) + "&protocol=" + url.QueryEscape(protocol)}, err
	}
	return r, fmt.Errorf("hot: operation %d", op)
}

// About is what the caller has to know before the first request, as JSON.
func About(jwk any) ([]byte, error) {
	const anyOrigin = "*" // to be replaced by the origin
	return json.Marshal(struct {
		Headers map[string]string `json:"headers"`
		Origin  map[string]string `json:"origin"`
		Key     any               `json:"key,omitempty"`
	}{handler.SecureHeaders(), handler.OriginHeaders(anyOrigin), jwk})
}

// take is the [gate.Limiter] of the instances that come and go.
func (s *Server) take(q question, now time.Time) (Reply, error) {
	minute, errM := strconv.Atoi(q.authorization)
	burst, errB := strconv.Atoi(string(q.body))
	rate := core.Rate{PerMinute: minute, Burst: burst}
	o := gate.Owner{Name: q.id}
	var errA error
	if q.address != "" {
		o.Address, errA = netip.ParsePrefix(q.address)
	}
	if errM != nil || errB != nil || errA != nil || !rate.Valid() {
		return Reply{}, errors.New("hot: not a rate")
	}
	wait := s.buckets.Take(o, rate, now).Milliseconds()
	return Reply{Status: Taken, Body: strconv.AppendInt(nil, wait, 10)}, nil
}
