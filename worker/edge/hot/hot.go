// Package hot answers what the edge is asked all the time, in one Go instance
// that stays: challenges, redemptions, and the posts and pickups of way A. It is
// called with bytes and returns bytes, without a goroutine, a channel, a lock that
// is waited for, a timer or I/O: whatever waits inside such an instance breaks it.
//
// Where a step has to wait (the operator's signature, which WebCrypto makes far
// faster than Go does there, and the store) the reply says so, and the caller
// comes back with what came of it. Nothing is kept in between.
package hot

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strconv"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/handler"
)

// Op is what is asked of a [Server].
type Op int32

// The numbers are those of worker.mjs. The request of each is text: four lines,
// then the body.
//
//	id \n origin \n address \n authorization \n body
const (
	Issue        Op = 1 + iota // body of POST /v1/challenges
	Redeem                     // body of POST /v1/redeem
	Opened                     // body of POST /v1/challenges/{id}/opened
	Response                   // body of POST /v1/challenges/{id}/response
	Poll                       // authorization holds the pickup
	Listen                     // authorization holds the subprotocols, the body is the host
	FinishIssue                // what a Sign reply gave, then the signature
	FinishRedeem               // the same
	Take                       // a token of a bucket: id is its name, authorization the rate a minute, the body the burst
	Refuse                     // body is the outcome of the store, or of the hub
)

// Reply is how a call ends. The caller owns its bytes.
//
//	status(4) flags(4) len(A)(4) len(B)(4) number(8) A B        little endian
type Reply struct {
	Status int     // of HTTP, or one of those below
	Flags  int     // [FlagOrigin]
	Number float64 // milliseconds
	A, B   []byte
}

// Statuses that are none of HTTP.
const (
	Sign     = 1 // A is to be signed; B goes back to FinishIssue or FinishRedeem with the signature
	Post     = 2 // A, a ciphertext or nothing, goes into the box until Number
	Wait     = 3 // the box may be listened to until Number; B is the subprotocol
	Redeemed = 4 // B, nonce and receipt, goes into the store; once that has taken it, A is the answer
	Taken    = 5 // Number is how long to wait
)

// FlagOrigin says that the page that asks is of a registered origin.
const FlagOrigin = 1

// Append writes the reply behind b.
func (r Reply) Append(b []byte) []byte {
	for _, n := range []int{r.Status, r.Flags, len(r.A), len(r.B)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.Number))
	return append(append(b, r.A...), r.B...)
}

// Server answers for one endpoint.
type Server struct {
	gate    gate.Gate
	signs   bool // the operator's key is one that the caller cannot use
	rand    io.Reader
	buckets *gate.Buckets
	reply   []byte
}

// New makes a server for an endpoint. Signs says that it makes signatures itself.
func New(e *core.Endpoint, party string, rate core.Rate, signs bool, rand io.Reader) *Server {
	buckets := gate.NewBuckets()
	return &Server{gate: gate.Gate{Endpoint: e, Party: party, Limiter: buckets, AddressRate: rate}, signs: signs, rand: rand, buckets: buckets}
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
	r := Reply{Status: refusal.Status, Flags: flags, A: refusal.Problem()}
	if name, value := refusal.Header(); name != "" {
		r.B = []byte(name + ": " + value)
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
	switch op { // these hold bytes of ours, not a request
	case FinishIssue, FinishRedeem:
		return finish(op, request)
	case Refuse:
		return r, outcome(string(request))
	}
	q, err := parse(request)
	if err != nil {
		return r, err
	}
	if op == Take {
		return s.take(q, now)
	}
	if s.gate.Endpoint.Origin(q.origin) {
		r.Flags = FlagOrigin
	}
	from := gate.Sender{Authorization: q.authorization}
	if q.address != "" {
		// What is no address counts as one of its own.
		from.Address, _ = netip.ParseAddr(q.address)
	} else {
		from.Address = netip.IPv6Loopback()
	}
	if err := s.gate.Admit(from, now); err != nil {
		return r, err
	}
	flags := r.Flags
	switch op {
	case Issue:
		var d core.Draft
		if d, _, err = s.gate.Issue(from, q.body, now, s.rand); err == nil {
			r, err = s.draft(FinishIssue, d, nil)
		}
	case Redeem:
		var d core.Draft
		var redeem core.RedeemRequest
		if redeem, d, _, err = s.gate.Redeem(from, q.body, now); err == nil {
			r, err = s.draft(FinishRedeem, d, redeem.Nonce)
		}
	case Opened, Response:
		var p core.Post
		if op == Opened {
			p, err = s.gate.Endpoint.Opened(q.id, q.body, now)
		} else {
			p, err = s.gate.Endpoint.Response(q.id, q.body, now)
		}
		r = Reply{Status: Post, Number: milliseconds(p.Ends), A: p.Ciphertext}
	case Poll:
		var p core.Pickup
		p, err = s.gate.Poll(q.id, q.authorization, now)
		r = Reply{Status: Wait, Number: milliseconds(p.Ends)}
	case Listen:
		var p core.Pickup
		var protocol string
		p, protocol, err = s.gate.Listen(q.id, q.authorization, q.origin, string(q.body), now)
		r = Reply{Status: Wait, Number: milliseconds(p.Ends), B: []byte(protocol)}
	default:
		err = fmt.Errorf("hot: operation %d", op)
	}
	r.Flags = flags
	return r, err
}

func milliseconds(t time.Time) float64 { return float64(t.UnixMilli()) }

// draft asks for a signature, or makes it. The state that goes out and comes back is
//
//	len(nonce) nonce len(message) message rest len(all before)      lengths in 4 bytes
func (s *Server) draft(op Op, d core.Draft, nonce []byte) (Reply, error) {
	state := make([]byte, 0, 12+len(nonce)+len(d.Message)+len(d.Rest)+maxSignature)
	for _, part := range [][]byte{nonce, d.Message} {
		state = append(binary.LittleEndian.AppendUint32(state, uint32(len(part))), part...)
	}
	state = append(state, d.Rest...)
	state = binary.LittleEndian.AppendUint32(state, uint32(len(state)))
	if !s.signs {
		return Reply{Status: Sign, A: d.ToBeSigned, B: state}, nil
	}
	signature, err := s.gate.Endpoint.Sign(d)
	if err != nil {
		return Reply{}, err
	}
	return finish(op, append(state, signature...))
}

// maxSignature is the longer of the two lengths of a signature (RFC 9053 §2).
const maxSignature = 96

var errDraft = errors.New("hot: not a draft with its signature")

// finish puts the state of a draft and a signature together. The length at the end
// of the state tells how long the signature is.
func finish(op Op, b []byte) (Reply, error) {
	for _, size := range []int{64, maxSignature} {
		end := len(b) - size - 4
		if end < 0 || int(binary.LittleEndian.Uint32(b[end:])) != end {
			continue
		}
		state, signature := b[:end], b[end+4:]
		nonce, state, err := cut(state)
		if err != nil {
			return Reply{}, err
		}
		var d core.Draft
		if d.Message, d.Rest, err = cut(state); err != nil {
			return Reply{}, err
		}
		if op == FinishIssue {
			return Reply{Status: 201, A: d.Challenge(signature)}, nil
		}
		receipt, answer := d.Receipt(signature)
		return Reply{Status: Redeemed, A: answer, B: append(nonce[:len(nonce):len(nonce)], receipt...)}, nil
	}
	return Reply{}, errDraft
}

// cut takes a part with its length from the beginning of b.
func cut(b []byte) (part, rest []byte, err error) {
	if len(b) < 4 || int(binary.LittleEndian.Uint32(b)) > len(b)-4 {
		return nil, nil, errDraft
	}
	end := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:end], b[end:], nil
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
	return Reply{Status: Taken, Number: float64(s.buckets.Take(o, rate, now).Milliseconds())}, nil
}

// outcome is the refusal for what the store, a box or the glue reports.
func outcome(name string) error {
	switch name {
	case "used":
		return gate.Used
	case "swept":
		return gate.Swept
	case "answered":
		return core.Refuse(reason.NonceUsed, "nonce: answered before")
	case "over":
		return core.Refuse(reason.NonceExpired, "box: over")
	case "unavailable":
		return gate.Unavailable
	case "large":
		return core.Refuse(reason.BodyTooLarge, "over the cap of a body")
	case "short":
		return core.Refuse(reason.BodyMalformed, "body ended early")
	}
	return fmt.Errorf("hot: outcome %q", name)
}

// About is what the caller has to know before the first request, as JSON.
func About(e *core.Endpoint, jwk any) ([]byte, error) {
	const anyOrigin = "*" // to be replaced by the origin
	return json.Marshal(struct {
		Headers map[string]string `json:"headers"`
		Origin  map[string]string `json:"origin"`
		Key     any               `json:"key,omitempty"`
		Bodies  map[string]int    `json:"bodies"`
	}{handler.SecureHeaders(), handler.OriginHeaders(anyOrigin), jwk, map[string]int{"body": core.MaxBodyBytes, "post": core.MaxPostBytes}})
}
