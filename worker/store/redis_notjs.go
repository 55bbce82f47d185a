//go:build !js

package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"jianzheng/shared/challenge"
)

// What lies in Redis. Every name begins with {jz}, so that in a cluster all of
// it lies on one server: a redemption is one atomic step only there.
//
//	{jz}:<exp>     hash of all nonces that end in this second: nonce -> receipt
//	{jz}:seconds   sorted set of those seconds
//	{jz}:swept     expiry of the last nonce removed
//	{jz}:counts    hash: key -> count, 8 bytes, big-endian
//
// A hash a second costs a third of the memory of a key a nonce, and a sweep
// removes whole hashes.
const (
	redisSecond  = "{jz}:"
	redisSeconds = "{jz}:seconds"
	redisSwept   = "{jz}:swept"
	redisCounts  = "{jz}:counts"
)

// redisSlack is how much longer than [Grace] Redis keeps what no sweep removed:
// its own clock may be wrong, and only a sweep raises the mark.
const redisSlack = 7 * 24 * time.Hour

// The scripts run as one step each. They answer with one of the outcomes.
const (
	outcomeDone   = 0
	outcomeUsed   = 1
	outcomeSwept  = 2
	outcomeBehind = 3
)

var (
	// SET NX PX, for hashes. KEYS: seconds, swept, then each second of the batch.
	// ARGV: expiry in seconds and life in ms of each of those, then of each
	// redemption which second (from 1), nonce and receipt. Returns the outcomes.
	redisRedeem = redis.NewScript(`
		local swept = tonumber(redis.call('GET', KEYS[2]) or '0')
		local seconds, new, outcomes = #KEYS - 2, {}, {}
		for i = 1, seconds do new[i] = redis.call('EXISTS', KEYS[i + 2]) == 0 end
		for a = 2 * seconds + 1, #ARGV, 3 do
			local i, outcome = tonumber(ARGV[a]), 0
			local key, expiry, life = KEYS[i + 2], ARGV[2 * i - 1], ARGV[2 * i]
			if swept >= tonumber(expiry) then
				outcome = 2 - redis.call('HEXISTS', key, ARGV[a + 1])
			elseif redis.call('HSETNX', key, ARGV[a + 1], ARGV[a + 2]) == 0 then
				outcome = 1
			elseif new[i] then
				redis.call('PEXPIRE', key, life)
				redis.call('ZADD', KEYS[1], expiry, expiry)
				new[i] = false
			end
			outcomes[#outcomes + 1] = outcome
		end
		return outcomes`)
	// KEYS: seconds, swept. ARGV: before which second. Removes the oldest second
	// and returns its number of nonces, or -1 when there is none.
	redisSweep = redis.NewScript(`
		local oldest = redis.call('ZRANGE', KEYS[1], '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, 1)[1]
		if not oldest then return -1 end
		local n = redis.call('HLEN', '{jz}:' .. oldest)
		if tonumber(redis.call('GET', KEYS[2]) or '0') < tonumber(oldest) then redis.call('SET', KEYS[2], oldest) end
		redis.call('UNLINK', '{jz}:' .. oldest)
		redis.call('ZREM', KEYS[1], oldest)
		return n`)
	// KEYS: counts. ARGV: key, count. Texts compare byte by byte.
	redisAdvance = redis.NewScript(`
		local last = redis.call('HGET', KEYS[1], ARGV[1])
		if last and last >= ARGV[2] then return 3 end
		redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
		return 0`)
)

// Redis is a [Store] on a Redis server, for several endpoints that share one.
//
// It survives a crash exactly as far as that server does: with appendonly yes
// and appendfsync always, a redemption is on disk before it is answered. What
// the server's configuration would forget is told by [Redis.Warning]. A replica
// that takes over may lack the last redemptions, whatever the configuration:
// for a failover without replays, wait [challenge.Honoured] before it serves.
//
// Redemptions that wait for the same write to disk travel together.
type Redis struct {
	client  *redis.Client
	warning string
	jobs    *group[Redemption]
}

// silent keeps the library from writing to standard error: what fails is
// returned, and the caller logs it in its own form.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(silent{}) }

// OpenRedis connects to redis:// or rediss:// and asks for the configuration.
// The error never repeats the address, which may hold a password.
func OpenRedis(ctx context.Context, address string) (*Redis, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, errors.New("store: the address of Redis is not of the form redis://[user:password@]host:port[/number]")
	}
	// A command is sent once: repeated after a lost answer, a redemption would
	// find its own nonce used.
	options.MaxRetries = -1
	options.ContextTimeoutEnabled = true
	// A server that is down is down: the caller is told at once, and asks again.
	options.DialerRetries = 1
	// Redis 7.0 of Debian does not know maintenance notifications or CLIENT SETINFO.
	options.DisableIdentity = true
	s := &Redis{client: redis.NewClient(options)}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.client.Close())
	}
	s.warning = s.inspect(ctx)
	s.jobs = newGroup(s.commit)
	return s, nil
}

// Warning is one line on what the server's configuration would forget, or
// empty when it would forget nothing.
func (s *Redis) Warning() string { return s.warning }

// inspect holds the configuration against what the promise of [Store] needs.
func (s *Redis) inspect(ctx context.Context) string {
	var wrong []string
	for _, setting := range []struct{ name, want string }{
		{"appendonly", "yes"}, {"appendfsync", "always"}, {"maxmemory-policy", "noeviction"},
	} {
		switch got, err := s.client.ConfigGet(ctx, setting.name).Result(); {
		case err != nil || got[setting.name] == "":
			return "Redis does not tell its configuration; with anything but appendonly yes, appendfsync always and maxmemory-policy noeviction used nonces could be forgotten and replayed"
		case got[setting.name] != setting.want:
			wrong = append(wrong, fmt.Sprintf("%s %s instead of %s", setting.name, got[setting.name], setting.want))
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	return "Redis has " + strings.Join(wrong, ", ") + ": used nonces could be forgotten and replayed"
}

func secondKey(exp int64) string { return redisSecond + strconv.FormatInt(exp, 10) }

// Redeem implements [Store].
func (s *Redis) Redeem(ctx context.Context, r Redemption) error {
	if _, err := challenge.NonceExpiry(r.Nonce); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return s.jobs.do(ctx, r)
}

// commit redeems a batch in one script. The client's own timeouts bound it.
func (s *Redis) commit(batch []*waiting[Redemption]) error {
	keys := []string{redisSeconds, redisSwept}
	var seconds, rows []any
	for _, w := range batch {
		exp, err := challenge.NonceExpiry(w.job.Nonce)
		if err != nil {
			return err
		}
		key := secondKey(exp.Unix())
		at := slices.Index(keys, key)
		if at < 0 {
			at = len(keys)
			keys = append(keys, key)
			life := max(exp.Sub(w.job.Redeemed), 0) + Grace + redisSlack
			seconds = append(seconds, exp.Unix(), life.Milliseconds())
		}
		rows = append(rows, at-1, w.job.Nonce, w.job.Receipt)
	}
	outcomes, err := redisRedeem.Run(context.Background(), s.client, keys, append(seconds, rows...)...).Int64Slice()
	if err != nil {
		return err
	}
	if len(outcomes) != len(batch) {
		return fmt.Errorf("%d outcomes of %d redemptions", len(outcomes), len(batch))
	}
	for i, w := range batch {
		w.result = redisError(int(outcomes[i]), nil)
	}
	return nil
}

// Advance implements [Store].
func (s *Redis) Advance(ctx context.Context, key string, count uint64) error {
	if count == 0 {
		return ErrBehind
	}
	outcome, err := redisAdvance.Run(ctx, s.client, []string{redisCounts}, key, binary.BigEndian.AppendUint64(nil, count)).Int()
	return redisError(outcome, err)
}

func redisError(outcome int, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case outcome == outcomeUsed:
		return ErrUsed
	case outcome == outcomeSwept:
		return ErrSwept
	case outcome == outcomeBehind:
		return ErrBehind
	}
	return nil
}

// Receipt implements [Store].
func (s *Redis) Receipt(ctx context.Context, nonce []byte) ([]byte, bool, error) {
	exp, err := challenge.NonceExpiry(nonce)
	if err != nil {
		return nil, false, fmt.Errorf("store: %w", err)
	}
	receipt, err := s.client.HGet(ctx, secondKey(exp.Unix()), string(nonce)).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return receipt, true, nil
}

// Sweep implements [Store], a second of expiry a step.
func (s *Redis) Sweep(ctx context.Context, t time.Time) (int, error) {
	total := 0
	for {
		n, err := redisSweep.Run(ctx, s.client, []string{redisSeconds, redisSwept}, t.Unix()).Int()
		if err != nil {
			return total, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		if n < 0 {
			return total, nil
		}
		total += n
	}
}

// Ping implements [Store].
func (s *Redis) Ping(ctx context.Context) error {
	if err := s.client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// Close implements [Store].
func (s *Redis) Close() error {
	s.jobs.close()
	if err := s.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}
