package hot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
)

// Kinds of a state, its first byte: what is waited for. Nothing is kept of a request
// in between, since the instance that goes on may be another one.
const (
	issued   byte = 'i' // the signature of a challenge
	redeemed byte = 'r' // that of a receipt
	stored   byte = 's' // the store's word; behind it the answer
	posted   byte = 'p' // the box's word
	polled   byte = 'w' // its news
)

// maxSignature is the longer of the two lengths of a signature (RFC 9053 §2).
const maxSignature = 96

var errState = errors.New("hot: not a state with what came of it")

// sign asks for a signature, or makes it. The state is
//
//	kind len(nonce) nonce len(message) message rest len(all before)      lengths in 4 bytes
func (s *Server) sign(kind byte, d core.Draft, nonce []byte, now time.Time) (Reply, error) {
	state := append(make([]byte, 0, 13+len(nonce)+len(d.Message)+len(d.Rest)+maxSignature), kind)
	for _, part := range [][]byte{nonce, d.Message} {
		state = append(binary.LittleEndian.AppendUint32(state, uint32(len(part))), part...)
	}
	state = append(state, d.Rest...)
	state = binary.LittleEndian.AppendUint32(state, uint32(len(state)))
	if !s.signs {
		return Reply{Status: Sign, Body: d.ToBeSigned, State: state}, nil
	}
	signature, err := s.gate.Endpoint.Sign(d)
	if err != nil {
		return Reply{}, err
	}
	return resume(append(state, signature...), now)
}

// resume goes on with a state and what came of the wait behind it.
func resume(b []byte, now time.Time) (Reply, error) {
	if len(b) == 0 {
		return Reply{}, errState
	}
	switch b[0] {
	case issued, redeemed:
		return signed(b, now)
	case stored:
		answer, word, err := cut(b[1:])
		if err != nil || string(word) != "done" {
			return Reply{}, errors.Join(err, outcome(string(word)))
		}
		return Reply{Status: 200, Body: answer}, nil
	case posted:
		return Reply{Status: 204}, Posted(string(b[1:]))
	case polled:
		if news := b[1:]; len(news) > 0 && news[0] == '{' {
			return Reply{Status: 200, Body: news}, nil
		}
		return Reply{}, outcome(string(b[1:]))
	}
	return Reply{}, errState
}

// signed puts the state of a draft and a signature together. The length at the end
// of the state tells how long the signature is.
func signed(b []byte, now time.Time) (Reply, error) {
	for _, size := range []int{64, maxSignature} {
		end := len(b) - size - 4
		if end < 1 || int(binary.LittleEndian.Uint32(b[end:])) != end {
			continue
		}
		signature := b[end+4:]
		nonce, state, err := cut(b[1:end])
		if err != nil {
			return Reply{}, err
		}
		var d core.Draft
		if d.Message, d.Rest, err = cut(state); err != nil {
			return Reply{}, err
		}
		if b[0] == issued {
			return Reply{Status: 201, Body: d.Challenge(signature)}, nil
		}
		if len(nonce) <= shardByte {
			return Reply{}, errState
		}
		receipt, answer := d.Receipt(signature)
		state = append(binary.LittleEndian.AppendUint32([]byte{stored}, uint32(len(answer))), answer...)
		return Reply{
			Status: Ask, Body: append(nonce[:len(nonce):len(nonce)], receipt...), State: state,
			Place: "NONCES\n" + nonceObject(uint32(nonce[shardByte])) + "\n" + strconv.FormatInt(now.UnixMilli(), 10),
		}, nil
	}
	return Reply{}, errState
}

// cut takes a part with its length from the beginning of b.
func cut(b []byte) (part, rest []byte, err error) {
	if len(b) < 4 || int(binary.LittleEndian.Uint32(b)) > len(b)-4 {
		return nil, nil, errState
	}
	end := 4 + int(binary.LittleEndian.Uint32(b))
	return b[4:end], b[end:], nil
}

// Posted is nil for the word of a box that has taken a post.
func Posted(word string) error {
	if word == "done" {
		return nil
	}
	return outcome(word)
}

// outcome is the refusal for the word of a store or a box that did not take what it
// was given.
func outcome(word string) error {
	switch word {
	case "used":
		return gate.Used
	case "swept":
		return gate.Swept
	case "answered":
		return core.Refuse(reason.NonceUsed, "nonce: answered before")
	case "over":
		return core.Refuse(reason.NonceExpired, "nonce: no longer honoured")
	case "full":
		return core.Refuse(reason.StoreUnavailable, "all boxes are taken, or all places at this one")
	case "unavailable":
		return gate.Unavailable
	}
	return fmt.Errorf("hot: outcome %q", word)
}

// shards is how many objects redeemed nonces are spread over. Before it is changed,
// no check may be under way for a minute.
const shards = 16

// shardByte is the first random byte of a nonce. The bytes before are the expiry,
// which is the same for all that are redeemed at one time.
const shardByte = 4

func nonceObject(n uint32) string { return "nonces-" + strconv.Itoa(int(n%shards)) }

// NonceObject is the name of the object for a shard as worker/store's Remote has it:
// a random byte in hexadecimal, or any other key.
func NonceObject(shard string) string {
	if b, err := strconv.ParseUint(shard, 16, 8); err == nil && len(shard) == 2 {
		return nonceObject(uint32(b))
	}
	hash := fnv.New32a()
	hash.Write([]byte(shard))
	return nonceObject(hash.Sum32())
}

// HubPlace is the object of a box, with the beginning of a question to it. A box is
// found by the first letter of its id.
func HubPlace(id string, ends time.Time) string {
	return "HUB\nhub-" + id[:min(1, len(id))] + "\nid=" + id + "&ends=" + strconv.FormatInt(ends.UnixMilli(), 10)
}
