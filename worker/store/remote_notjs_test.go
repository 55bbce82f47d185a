//go:build !js

package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"jianzheng/worker/edge/workerd"
)

// objects starts workerd with the Durable Objects of the edge, on disk in folder.
func objects(t testing.TB, folder string) *workerd.Process {
	t.Helper()
	program, err := workerd.Find("../..")
	if err != nil {
		t.Skip(err)
	}
	p, err := workerd.Start(context.Background(), workerd.Options{
		Program: program, Config: "testdata/objects.capnp", Listen: "127.0.0.1:0", Log: os.Stderr,
		Disks: map[string]string{"storage": folder},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return p
}

// remote is a store in the object of that name.
func remote(url, name string) *Remote {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}}
	return NewRemote(func(_ string, r *http.Request) (*http.Response, error) {
		address := url + "/" + name + strings.TrimPrefix(r.URL.String(), remoteHost)
		sent, err := http.NewRequestWithContext(r.Context(), r.Method, address, r.Body)
		if err != nil {
			return nil, err
		}
		return client.Do(sent)
	})
}

// The Durable Objects of the edge pass the suite of all stores.
func TestDurableObject(t *testing.T) {
	p := objects(t, t.TempDir())
	var n atomic.Int32
	conformance(t, func(*testing.T) Store { return remote(p.URL, fmt.Sprint("object-", n.Add(1))) })
}

// What an object has answered is there after workerd was killed.
func TestDurableObjectAfterKill(t *testing.T) {
	ctx, folder := context.Background(), t.TempDir()
	p := objects(t, folder)
	s := remote(p.URL, "kept")
	for i := range 3 {
		wantErr(t, s.Redeem(ctx, row(now.Add(time.Duration(i)*time.Second), i)), nil)
	}
	wantErr(t, s.Advance(ctx, "a", 7), nil)
	if _, err := s.Sweep(ctx, now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, s.Redeem(ctx, row(now.Add(time.Hour), 9)), ErrUnavailable)
	s = remote(objects(t, folder).URL, "kept")
	wantErr(t, s.Redeem(ctx, row(now, 0)), ErrSwept)
	wantErr(t, s.Redeem(ctx, row(now.Add(time.Second), 1)), ErrUsed)
	wantErr(t, s.Advance(ctx, "a", 7), ErrBehind)
	wantReceipt(t, s, nonce(now.Add(2*time.Second), 2), "receipt 2")
}

// Whatever is not an answer of a store is a store that is not there.
func TestRemoteRefuses(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"status":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"text":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") },
		"outcome": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"outcome":"fine"}`) },
		"nothing": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			s := remote(server.URL, "x")
			wantErr(t, s.Redeem(context.Background(), row(now, 1)), ErrUnavailable)
			wantErr(t, s.Advance(context.Background(), "a", 1), ErrUnavailable)
			if _, _, err := s.Receipt(context.Background(), nonce(now, 1)); name == "status" && !errors.Is(err, ErrUnavailable) {
				t.Error(err)
			}
		})
	}
}

func BenchmarkDurableObject(b *testing.B) {
	redeemMany(b, remote(objects(b, b.TempDir()).URL, "bench"))
}
