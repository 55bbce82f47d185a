//go:build !js

package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"jianzheng/worker/redistest"
)

func openRedis(t testing.TB, s *redistest.Server) *Redis {
	t.Helper()
	r, err := OpenRedis(context.Background(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRedis(t *testing.T) {
	server := redistest.Start(t, redistest.Durable...)
	conformance(t, func(t *testing.T) Store {
		s := openRedis(t, server)
		if err := s.client.FlushAll(context.Background()).Err(); err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// What the configuration would forget is said in one line.
func TestRedisWarning(t *testing.T) {
	for name, test := range map[string]struct {
		settings []string
		want     string
	}{
		"durable":  {redistest.Durable, ""},
		"default":  {nil, "appendonly no instead of yes, appendfsync everysec instead of always"},
		"everysec": {[]string{"--appendonly", "yes", "--appendfsync", "everysec"}, "Redis has appendfsync everysec instead of always: used"},
		"evicting": {append([]string{"--maxmemory-policy", "volatile-ttl"}, redistest.Durable...), "maxmemory-policy volatile-ttl"},
		"silent":   {append([]string{"--rename-command", "CONFIG", ""}, redistest.Durable...), "does not tell"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openRedis(t, redistest.Start(t, test.settings...))
			defer s.Close()
			got := s.Warning()
			if !strings.Contains(got, test.want) || (got == "") != (test.want == "") || strings.Contains(got, "\n") {
				t.Errorf("warning %q, want %q", got, test.want)
			}
		})
	}
}

// Killed while redemptions are under way, Redis remembers every one that was
// answered; the store goes on when it is back.
func TestRedisKillUnderLoad(t *testing.T) {
	ctx := context.Background()
	server := redistest.Start(t, redistest.Durable...)
	s := openRedis(t, server)
	defer s.Close()
	const nonces = 2000
	errs := make([]error, nonces)
	queue := make(chan int)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for n := range queue {
				errs[n] = s.Redeem(ctx, row(now, n))
			}
		})
	}
	for n := range nonces {
		if n == nonces/2 {
			server.Kill()
		}
		queue <- n
	}
	close(queue)
	wg.Wait()
	wantErr(t, s.Ping(ctx), ErrUnavailable)
	server.Restart(t)
	// The pool tries again once a second after it was refused.
	for deadline := time.Now().Add(20 * time.Second); s.Ping(ctx) != nil && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	answered := 0
	for n, err := range errs {
		again := s.Redeem(ctx, row(now, n))
		switch {
		case err == nil:
			answered++
			wantErr(t, again, ErrUsed)
			wantReceipt(t, s, nonce(now, n), string(row(now, n).Receipt))
		case !errors.Is(err, ErrUnavailable):
			t.Errorf("nonce %d: %v", n, err)
		case again != nil && !errors.Is(again, ErrUsed):
			t.Errorf("nonce %d after the restart: %v", n, again)
		}
	}
	if answered == 0 || answered == nonces {
		t.Errorf("%d of %d were answered: the kill was not in the middle", answered, nonces)
	}
}

// What no sweep removed ends by itself, long after its receipt may be asked for.
func TestRedisEndsByItself(t *testing.T) {
	ctx := context.Background()
	s := openRedis(t, redistest.Start(t))
	defer s.Close()
	exp := now.Add(time.Minute)
	wantErr(t, s.Redeem(ctx, row(exp, 1)), nil)
	wantErr(t, s.Redeem(ctx, row(exp, 2)), nil)
	life, err := s.client.PTTL(ctx, secondKey(exp.Unix())).Result()
	if want := time.Minute + Grace + redisSlack; err != nil || life > want || life < want-time.Hour {
		t.Errorf("lives %v, %v; want %v", life, err, want)
	}
}

func TestOpenRedisRefuses(t *testing.T) {
	for _, address := range []string{"", "localhost:6379", "http://x", "redis://user:zhangsan@127.0.0.1:1", "redis://:zhangsan@x:y"} {
		s, err := OpenRedis(context.Background(), address)
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", address)
		} else if strings.Contains(err.Error(), "zhangsan") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

func BenchmarkRedis(b *testing.B) {
	redeemMany(b, openRedis(b, redistest.Start(b, redistest.Durable...)))
}
