//go:build !js

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func openFile(t testing.TB, path string) *SQLite {
	t.Helper()
	s, err := OpenSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSQLite(t *testing.T) {
	conformance(t, func(t *testing.T) Store { return openFile(t, filepath.Join(t.TempDir(), "redeemed.db")) })
}

func TestSQLiteRemembersAfterReopening(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a folder?with %41 signs#.db")
	s := openFile(t, path)
	wantErr(t, s.Redeem(ctx, row(now, 1)), nil)
	wantErr(t, s.Redeem(ctx, row(now.Add(time.Hour), 2)), nil)
	wantErr(t, s.Advance(ctx, "cafe/counter", 7), nil)
	if n, err := s.Sweep(ctx, now.Add(time.Minute)); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	wantErr(t, s.Close(), nil)

	s = openFile(t, path)
	defer s.Close()
	wantErr(t, s.Advance(ctx, "cafe/counter", 7), ErrBehind)
	wantErr(t, s.Redeem(ctx, row(now, 1)), ErrSwept)
	wantErr(t, s.Redeem(ctx, row(now.Add(time.Hour), 2)), ErrUsed)
	wantReceipt(t, s, nonce(now.Add(time.Hour), 2), "receipt 2")
}

// A file of the first version gets what it lacks and keeps what it has.
func TestSQLiteOfVersion1(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "redeemed.db")
	s := openFile(t, path)
	wantErr(t, s.Redeem(ctx, row(now, 1)), nil)
	if _, err := s.db.Exec("DROP TABLE counts; PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, s.Close(), nil)
	s = openFile(t, path)
	defer s.Close()
	wantErr(t, s.Redeem(ctx, row(now, 1)), ErrUsed)
	wantErr(t, s.Advance(ctx, "cafe/counter", 1), nil)
}

// Two servers on one file race as two goroutines do.
func TestSQLiteTwoProcessesShareAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "redeemed.db")
	stores := []*SQLite{openFile(t, path), openFile(t, path)}
	for round := range 20 {
		won := 0
		for _, err := range each(16, func(n int) error {
			return stores[n%2].Redeem(context.Background(), row(now, round))
		}) {
			if err == nil {
				won++
			} else {
				wantErr(t, err, ErrUsed)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: redeemed %d times", round, won)
		}
	}
	for _, s := range stores {
		wantErr(t, s.Close(), nil)
	}
}

// What one server swept, another on the same file refuses.
func TestSQLiteSweptByAnother(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "redeemed.db")
	one, other := openFile(t, path), openFile(t, path)
	defer one.Close()
	defer other.Close()
	wantErr(t, one.Redeem(ctx, row(now, 1)), nil)
	if n, err := other.Sweep(ctx, now.Add(time.Second)); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	wantErr(t, one.Redeem(ctx, row(now, 1)), ErrSwept)
	wantErr(t, one.Redeem(ctx, row(now, 2)), ErrSwept)
	wantErr(t, one.Redeem(ctx, row(now.Add(time.Second), 1)), nil)
}

// A fault in one job undoes its whole transaction, and the store goes on.
func TestSQLiteFaultUndoesTheBatch(t *testing.T) {
	ctx := context.Background()
	s := openFile(t, filepath.Join(t.TempDir(), "redeemed.db"))
	defer s.Close()
	err := s.do(ctx, func(s *SQLite) (result, fault error) {
		if _, err := s.insert.Exec(nonce(now, 1), 0, []byte{}); err != nil {
			t.Error(err)
		}
		return nil, os.ErrInvalid
	})
	wantErr(t, err, ErrUnavailable)
	wantErr(t, s.Redeem(ctx, row(now, 1)), nil)
}

// A full disk refuses what it cannot keep and forgets nothing of what it kept;
// with room again the store goes on by itself.
func TestSQLiteDiskFull(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "redeemed.db")
	s := openFile(t, path)
	limit := func(pages int) {
		t.Helper()
		if _, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(100) // as if the disk ended there
	big := func(n int) Redemption {
		r := row(now, n)
		r.Receipt = bytes.Repeat([]byte{byte(n)}, 300)
		return r
	}
	errs := each(3000, func(n int) error { return s.Redeem(ctx, big(n)) })
	kept := 0
	for n, err := range errs {
		if err == nil {
			kept++
			wantErr(t, s.Redeem(ctx, big(n)), ErrUsed)
			wantReceipt(t, s, nonce(now, n), string(big(n).Receipt))
		} else {
			wantErr(t, err, ErrUnavailable)
		}
	}
	full := s.Redeem(ctx, big(4000))
	for n := 4001; full == nil && n < 6000; n++ {
		full = s.Redeem(ctx, big(n))
	}
	wantErr(t, full, ErrUnavailable)
	limit(1 << 20)
	wantErr(t, s.Redeem(ctx, big(9000)), nil)
	for n, err := range errs {
		again := s.Redeem(ctx, big(n))
		if err == nil {
			wantErr(t, again, ErrUsed)
		} else if again != nil && !errors.Is(again, ErrUsed) {
			t.Errorf("nonce %d with room again: %v", n, again)
		}
	}
	wantErr(t, s.Close(), nil)
	t.Logf("%d of %d were kept before the disk was full", kept, len(errs))
}

func TestSQLiteFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "redeemed.db")
	s := openFile(t, path)
	defer s.Close()
	wantErr(t, s.Redeem(context.Background(), row(now, 1)), nil)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(path+suffix), got)
		}
	}
}

func TestSQLiteRefusesWhatItDoesNotKnow(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text.db")
	if err := os.WriteFile(text, []byte("this is not a database, and it is longer than the header of one is"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(folder, "newer.db")
	s := openFile(t, newer)
	if _, err := s.db.Exec("PRAGMA user_version = 3"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, s.Close(), nil)
	for _, path := range []string{text, newer, filepath.Join(folder, "absent", "x.db"), folder} {
		if s, err := OpenSQLite(path); err == nil {
			s.Close()
			t.Errorf("%s was opened", filepath.Base(path))
		}
	}
}

func BenchmarkSQLite(b *testing.B) {
	redeemMany(b, openFile(b, filepath.Join(b.TempDir(), "redeemed.db")))
}
