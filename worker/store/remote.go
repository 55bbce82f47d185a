package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"jianzheng/shared/challenge"
)

// Remote is a [Store] that is asked by HTTP: the Durable Objects of the edge,
// which worker/edge/nonces.mjs has.
//
//	POST /redeem    {"nonce", "receipt": base64url, "redeemed": ms}   {"outcome": "done" | "used" | "swept"}
//	POST /advance   {"key", "count": decimal}                         {"outcome": "done" | "behind"}
//	POST /sweep     {"before": s}                                     {"removed": n}
//	GET  /receipt?nonce=base64url                                     200 or 404
//	GET  /ping                                                        200
type Remote struct {
	do     func(shard string, r *http.Request) (*http.Response, error)
	closed atomic.Bool
}

// NewRemote returns a store that sends its requests by do. Shard says which one of
// several objects is meant: those with the same shard must go to the same one. It
// is the random part of a nonce, or the key of a count, or empty for any.
func NewRemote(do func(shard string, r *http.Request) (*http.Response, error)) *Remote {
	return &Remote{do: do}
}

// remoteHost stands in addresses because there has to be one.
const remoteHost = "http://store"

// maxRemoteBytes caps an answer.
const maxRemoteBytes = 64 << 10

// remoteOutcomes are the words of answers.
var remoteOutcomes = map[string]error{"done": nil, "used": ErrUsed, "swept": ErrSwept, "behind": ErrBehind}

// Redeem implements [Store].
func (s *Remote) Redeem(ctx context.Context, r Redemption) error {
	if _, err := challenge.NonceExpiry(r.Nonce); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return s.outcome(ctx, Shard(r.Nonce), "/redeem", map[string]any{
		"nonce":    base64.RawURLEncoding.EncodeToString(r.Nonce),
		"receipt":  base64.RawURLEncoding.EncodeToString(r.Receipt),
		"redeemed": r.Redeemed.UnixMilli(),
	})
}

// Shard is the part of a nonce that chooses the object: its first random byte,
// as two hexadecimal digits. The bytes before are the expiry, which is the same for
// all that are redeemed at one time.
func Shard(nonce []byte) string { return fmt.Sprintf("%02x", nonce[4]) }

// Advance implements [Store].
func (s *Remote) Advance(ctx context.Context, key string, count uint64) error {
	if count == 0 {
		return ErrBehind
	}
	return s.outcome(ctx, key, "/advance", map[string]any{"key": key, "count": strconv.FormatUint(count, 10)})
}

// Receipt implements [Store].
func (s *Remote) Receipt(ctx context.Context, nonce []byte) ([]byte, bool, error) {
	if _, err := challenge.NonceExpiry(nonce); err != nil {
		return nil, false, fmt.Errorf("store: %w", err)
	}
	b, status, err := s.send(ctx, Shard(nonce), "/receipt?nonce="+base64.RawURLEncoding.EncodeToString(nonce), nil)
	switch {
	case err != nil:
		return nil, false, err
	case status == http.StatusNotFound:
		return nil, false, nil
	case status != http.StatusOK:
		return nil, false, fmt.Errorf("%w: status %d", ErrUnavailable, status)
	}
	return b, true, nil
}

// Sweep implements [Store].
func (s *Remote) Sweep(ctx context.Context, t time.Time) (int, error) {
	var answer struct{ Removed int }
	err := s.ask(ctx, "", "/sweep", map[string]any{"before": t.Unix()}, &answer)
	return answer.Removed, err
}

// Ping implements [Store].
func (s *Remote) Ping(ctx context.Context) error {
	_, status, err := s.send(ctx, "", "/ping", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%w: status %d", ErrUnavailable, status)
	}
	return err
}

// Close implements [Store].
func (s *Remote) Close() error {
	s.closed.Store(true)
	return nil
}

func (s *Remote) outcome(ctx context.Context, shard, path string, body any) error {
	var answer struct{ Outcome string }
	if err := s.ask(ctx, shard, path, body, &answer); err != nil {
		return err
	}
	err, known := remoteOutcomes[answer.Outcome]
	if !known {
		return fmt.Errorf("%w: outcome %q", ErrUnavailable, answer.Outcome)
	}
	return err
}

// ask posts JSON and reads JSON.
func (s *Remote) ask(ctx context.Context, shard, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	b, status, err := s.send(ctx, shard, path, text)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%w: status %d", ErrUnavailable, status)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, answer); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// send is one request: a POST where there is a body.
func (s *Remote) send(ctx context.Context, shard, path string, body []byte) (answer []byte, status int, err error) {
	if s.closed.Load() {
		return nil, 0, fmt.Errorf("%w: closed", ErrUnavailable)
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	method, reader := http.MethodGet, io.Reader(nil)
	if body != nil {
		method, reader = http.MethodPost, bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, remoteHost+path, reader)
	if err != nil {
		return nil, 0, fmt.Errorf("store: %w", err)
	}
	response, err := s.do(shard, request)
	if err != nil {
		return nil, 0, errors.Join(ErrUnavailable, err)
	}
	defer response.Body.Close()
	if answer, err = io.ReadAll(io.LimitReader(response.Body, maxRemoteBytes)); err != nil {
		return nil, 0, errors.Join(ErrUnavailable, err)
	}
	return answer, response.StatusCode, nil
}
