//go:build !js

package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"; pure Go, so make run needs no C compiler

	"jianzheng/shared/challenge"
)

// Rows lie in the order of their key, which begins with the expiry: a sweep is
// a cut at the front of the table and needs no second index.
const schema = `
CREATE TABLE IF NOT EXISTS redeemed (
	nonce    BLOB PRIMARY KEY,
	redeemed INTEGER NOT NULL, -- Unix ms
	receipt  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS swept (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	expiry INTEGER NOT NULL -- Unix s: of the last nonce removed
) STRICT, WITHOUT ROWID;
INSERT INTO swept VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS counts (
	key   TEXT PRIMARY KEY,
	count BLOB NOT NULL -- 8 bytes, big-endian: compares as the number does
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
`

const (
	schemaVersion = 2

	// A statement of one row that returns none needs no journal of its own, which
	// copies each page it changes and took a quarter of the writer's time. Whether
	// a row was taken is told by the number of changes.
	insertRow  = `INSERT INTO redeemed (nonce, redeemed, receipt) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`
	selectRow  = `SELECT receipt FROM redeemed WHERE nonce = ?1`
	selectMark = `SELECT expiry FROM swept`
	raiseCount = `INSERT INTO counts (key, count) VALUES (?1, ?2)
		ON CONFLICT DO UPDATE SET count = excluded.count WHERE excluded.count > count RETURNING 1`
	deleteRows = `DELETE FROM redeemed WHERE nonce IN
		(SELECT nonce FROM redeemed WHERE nonce < ?1 ORDER BY nonce LIMIT ?2) RETURNING nonce`
	raiseMark = `UPDATE swept SET expiry = max(expiry, ?1)`
)

// sweepRows are removed in one transaction; redemptions go in between.
const sweepRows = 1000

// SQLite is a [Store] in one file. Every commit is on disk before it is
// answered (WAL with synchronous=FULL; NORMAL would forget the last commits on
// a power cut, and a forgotten redemption is a replay).
//
// One goroutine writes, a transaction for all that waits.
type SQLite struct {
	db       *sql.DB
	insert   *sql.Stmt
	find     *sql.Stmt
	findMark *sql.Stmt
	writer   *sql.Conn
	mark     int64 // expiry of the last nonce removed, as of the transaction; the writer's

	jobs *group[job]
}

// job is one piece of work inside a transaction. A fault undoes all of that.
type job func(*SQLite) (result, fault error)

// OpenSQLite opens the file, or makes it with access for its owner only.
// Folders on the way to it must exist.
func OpenSQLite(path string) (*SQLite, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	// SQLite gives its WAL and index files the mode of this one.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	source := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)"},
	}.Encode()}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", path, err)
	}
	s := &SQLite{db: db}
	if err := s.prepare(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %s: %w", path, err), db.Close())
	}
	s.jobs = newGroup(s.commit)
	return s, nil
}

func (s *SQLite) prepare(ctx context.Context) error {
	var err error
	if s.writer, err = s.db.Conn(ctx); err != nil {
		return err
	}
	var version, synchronous int
	var mode string
	for pragma, v := range map[string]any{"user_version": &version, "journal_mode": &mode, "synchronous": &synchronous} {
		if err := s.writer.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(v); err != nil {
			return err
		}
	}
	if version > schemaVersion {
		return fmt.Errorf("file has version %d, this program knows %d", version, schemaVersion)
	}
	const full = 2
	if mode != "wal" || synchronous != full {
		return fmt.Errorf("journal_mode %s and synchronous %d instead of wal and %d", mode, synchronous, full)
	}
	if version < schemaVersion {
		if _, err := s.writer.ExecContext(ctx, schema); err != nil {
			return err
		}
	}
	if s.insert, err = s.writer.PrepareContext(ctx, insertRow); err != nil {
		return err
	}
	if s.find, err = s.writer.PrepareContext(ctx, selectRow); err != nil {
		return err
	}
	s.findMark, err = s.writer.PrepareContext(ctx, selectMark)
	return err
}

// Redeem implements [Store].
func (s *SQLite) Redeem(ctx context.Context, r Redemption) error {
	exp, err := challenge.NonceExpiry(r.Nonce)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return s.do(ctx, func(s *SQLite) (result, fault error) { return s.redeem(r, exp.Unix()) })
}

// redeem is a job's part of a transaction.
func (s *SQLite) redeem(r Redemption, exp int64) (result, fault error) {
	if exp > s.mark {
		done, err := s.insert.Exec(r.Nonce, r.Redeemed.UnixMilli(), r.Receipt)
		if err != nil {
			return nil, err
		}
		if n, err := done.RowsAffected(); n > 0 || err != nil {
			return nil, err
		}
		return ErrUsed, nil
	}
	var receipt []byte
	switch err := s.find.QueryRow(r.Nonce).Scan(&receipt); {
	case errors.Is(err, sql.ErrNoRows):
		return ErrSwept, nil
	case err != nil:
		return nil, err
	}
	return ErrUsed, nil
}

// Receipt implements [Store].
func (s *SQLite) Receipt(ctx context.Context, nonce []byte) ([]byte, bool, error) {
	var receipt []byte
	err := s.db.QueryRowContext(ctx, selectRow, nonce).Scan(&receipt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return receipt, true, nil
}

// Advance implements [Store].
func (s *SQLite) Advance(ctx context.Context, key string, count uint64) error {
	if count == 0 {
		return ErrBehind
	}
	return s.do(ctx, func(s *SQLite) (result, fault error) {
		var one int
		err := s.writer.QueryRowContext(context.Background(), raiseCount, key, binary.BigEndian.AppendUint64(nil, count)).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrBehind, nil
		}
		return nil, err
	})
}

// Sweep implements [Store].
func (s *SQLite) Sweep(ctx context.Context, t time.Time) (int, error) {
	if t.Unix() <= 0 {
		return 0, nil
	}
	total := 0
	for {
		removed := 0
		err := s.do(ctx, func(s *SQLite) (result, fault error) {
			removed, fault = s.sweepSome(t)
			return nil, fault
		})
		if err != nil {
			return total, err
		}
		total += removed
		if removed < sweepRows {
			return total, nil
		}
	}
}

// sweepSome removes the oldest rows that ended before t, at most sweepRows.
func (s *SQLite) sweepSome(t time.Time) (removed int, fault error) {
	bound, err := challenge.NonceBound(t)
	if err != nil {
		return 0, err
	}
	rows, err := s.writer.QueryContext(context.Background(), deleteRows, bound, sweepRows)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var last int64
	for rows.Next() {
		var nonce []byte
		if err := rows.Scan(&nonce); err != nil {
			return 0, err
		}
		exp, err := challenge.NonceExpiry(nonce)
		if err != nil {
			return 0, err
		}
		last = max(last, exp.Unix())
		removed++
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	s.mark = max(s.mark, last)
	_, err = s.writer.ExecContext(context.Background(), raiseMark, last)
	return removed, err
}

// Ping implements [Store].
func (s *SQLite) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// Close implements [Store].
func (s *SQLite) Close() error {
	if !s.jobs.close() {
		return nil
	}
	if err := errors.Join(s.insert.Close(), s.find.Close(), s.findMark.Close(), s.writer.Close(), s.db.Close()); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// do has the writer run a job and waits until its transaction is on disk.
func (s *SQLite) do(ctx context.Context, run job) error { return s.jobs.do(ctx, run) }

// commit runs a batch in one transaction. After a fault nothing of the batch
// may be answered as done: the whole of it is undone.
func (s *SQLite) commit(batch []*waiting[job]) error {
	ctx := context.Background()
	if _, err := s.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	// Another process may have swept; from here on none can.
	if err := s.findMark.QueryRow().Scan(&s.mark); err != nil {
		return s.undo(ctx, err)
	}
	for _, j := range batch {
		var fault error
		if j.result, fault = j.job(s); fault != nil {
			return s.undo(ctx, fault)
		}
	}
	if _, err := s.writer.ExecContext(ctx, "COMMIT"); err != nil {
		return s.undo(ctx, err)
	}
	return nil
}

func (s *SQLite) undo(ctx context.Context, fault error) error {
	// SQLite itself may have rolled back already (disk full), so that this
	// fails tells nothing; a transaction left open shows at the next BEGIN.
	_, _ = s.writer.ExecContext(ctx, "ROLLBACK")
	return fault
}
