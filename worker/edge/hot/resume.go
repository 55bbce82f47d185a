package hot

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
)

// Kinds of a state, its first byte: what is waited for. Nothing is kept of a request
// in between, since the instance that goes on may be another one.
const (
	stored byte = 's' // the store's word; the state is the answer
	posted byte = 'p' // the box's word
	polled byte = 'w' // its news
)

var errState = errors.New("hot: not a state with what came of it")

// resume goes on with a state, which is one line, and the object's word behind it.
func resume(b []byte) (Reply, error) {
	state, after, ok := bytes.Cut(b, []byte("\n"))
	if !ok || len(state) == 0 {
		return Reply{}, errState
	}
	word := string(after)
	switch state[0] {
	case stored:
		if word != "done" {
			return Reply{}, outcome(word)
		}
		return Reply{Status: 200, Body: state[1:]}, nil
	case posted:
		return Reply{Status: 204}, Posted(word)
	case polled:
		if strings.HasPrefix(word, "{") {
			return Reply{Status: 200, Body: []byte(word)}, nil
		}
		return Reply{}, outcome(word)
	}
	return Reply{}, errState
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

// NoncesPlace is the object of a nonce, with the time at which it is redeemed.
func NoncesPlace(nonce []byte, now time.Time) string {
	return "NONCES\n" + nonceObject(uint32(nonce[shardByte])) + "\n" + strconv.FormatInt(now.UnixMilli(), 10)
}

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
