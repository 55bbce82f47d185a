//go:build !js

package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"jianzheng/worker/store"
)

const sqlitePrefix = "sqlite:"

// connectTimeout is how long the start waits for Redis.
const connectTimeout = 5 * time.Second

func isRedis(address string) bool {
	return strings.HasPrefix(address, "redis://") || strings.HasPrefix(address, "rediss://")
}

// storeKind names the kind of store, without an address that may hold a password.
func storeKind(o options) string {
	if isRedis(o.store) {
		return "redis"
	}
	return "sqlite"
}

// openStore opens what -store names.
func openStore(ctx context.Context, o options, logger *slog.Logger) (store.Store, error) {
	if !isRedis(o.store) {
		path := filepath.Join(o.data, "redeemed.db")
		if o.store != "" {
			path = strings.TrimPrefix(o.store, sqlitePrefix)
		}
		return store.OpenSQLite(path)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	s, err := store.OpenRedis(ctx, o.store)
	if err != nil {
		return nil, err
	}
	if warning := s.Warning(); warning != "" {
		logger.Warn(warning)
	}
	return s, nil
}
