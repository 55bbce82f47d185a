//go:build !js

package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
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

// redisConnections are open at once, at most: redemptions that wait for the same
// write to disk need one each.
const redisConnections = 128

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
	// SET NX PX, for a hash. KEYS: second, seconds, swept. ARGV: nonce, receipt,
	// expiry in seconds, life in ms.
	redisRedeem = redis.NewScript(`
		if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
		if tonumber(redis.call('GET', KEYS[3]) or '0') >= tonumber(ARGV[3]) then return 2 end
		if redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) == 1 and redis.call('HLEN', KEYS[1]) == 1 then
			redis.call('PEXPIRE', KEYS[1], ARGV[4])
			redis.call('ZADD', KEYS[2], ARGV[3], ARGV[3])
		end
		return 0`)
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
type Redis struct {
	client  *redis.Client
	warning string
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
	options.PoolSize = max(options.PoolSize, redisConnections)
	s := &Redis{client: redis.NewClient(options)}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.client.Close())
	}
	s.warning = s.inspect(ctx)
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
	exp, err := challenge.NonceExpiry(r.Nonce)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	life := max(exp.Sub(r.Redeemed), 0) + Grace + redisSlack
	outcome, err := redisRedeem.Run(ctx, s.client, []string{secondKey(exp.Unix()), redisSeconds, redisSwept},
		r.Nonce, r.Receipt, exp.Unix(), life.Milliseconds()).Int()
	return redisError(outcome, err)
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
	if err := s.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}
