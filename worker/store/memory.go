package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"jianzheng/shared/challenge"
)

// Memory is a [Store] for tests: it forgets everything with the process, so a
// restart would let every nonce be redeemed once more.
type Memory struct {
	mu     sync.Mutex
	rows   map[string]Redemption
	counts map[string]uint64
	swept  time.Time // expiry of the last nonce removed
	closed bool
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{rows: map[string]Redemption{}, counts: map[string]uint64{}}
}

// Redeem implements [Store].
func (m *Memory) Redeem(ctx context.Context, r Redemption) error {
	exp, err := challenge.NonceExpiry(r.Nonce)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	if _, used := m.rows[string(r.Nonce)]; used {
		return ErrUsed
	}
	if !exp.After(m.swept) {
		return ErrSwept
	}
	r.Nonce = append([]byte(nil), r.Nonce...)
	r.Receipt = append([]byte(nil), r.Receipt...)
	m.rows[string(r.Nonce)] = r
	return nil
}

// Receipt implements [Store].
func (m *Memory) Receipt(ctx context.Context, nonce []byte) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return nil, false, err
	}
	r, ok := m.rows[string(nonce)]
	return append([]byte(nil), r.Receipt...), ok, nil
}

// Advance implements [Store].
func (m *Memory) Advance(ctx context.Context, key string, count uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return err
	}
	if count <= m.counts[key] {
		return ErrBehind
	}
	m.counts[key] = count
	return nil
}

// Sweep implements [Store].
func (m *Memory) Sweep(ctx context.Context, t time.Time) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.usable(ctx); err != nil {
		return 0, err
	}
	n := 0
	for nonce := range m.rows {
		exp, err := challenge.NonceExpiry([]byte(nonce))
		if err != nil {
			return n, fmt.Errorf("store: %w", err)
		}
		if !exp.Before(t) {
			continue
		}
		delete(m.rows, nonce)
		n++
		if exp.After(m.swept) {
			m.swept = exp
		}
	}
	return n, nil
}

// Ping implements [Store].
func (m *Memory) Ping(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usable(ctx)
}

// Close implements [Store].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

func (m *Memory) usable(ctx context.Context) error {
	if m.closed {
		return fmt.Errorf("%w: closed", ErrUnavailable)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
