//go:build !js

// Package local runs an endpoint of the edge on this computer: the operator's files
// that the native server has, served by the edge worker on workerd.
package local

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/worker/edge/workerd"
	"jianzheng/worker/site"
)

// Site is an endpoint to be run.
type Site struct {
	Root          string // of the repository, with what `make build` or `make edge` built
	Config        string // beside the one in worker/edge, for tests that wrap the worker
	Data          string // the operator's files
	Demo          bool   // be a demonstration authority, which is made below Data
	Storage       string // folder of the Durable Objects; below Data unless it is said
	Pages         string // folder with index.html and web/; none unless it is said
	Listen        string // host:port; port 0 for a free one
	URL           string // how phones reach it; this computer's address unless it is said
	AddressHeader string // header with the client's address, for limits by address
	AddressRate   string // PER-MINUTE/BURST
	Env           []string
	Args          []string
	Log           io.Writer
}

// Start runs an endpoint until ctx ends.
func Start(ctx context.Context, s Site) (*workerd.Process, error) {
	program, err := workerd.Find(s.Root)
	if err != nil {
		return nil, err
	}
	if s.Storage == "" {
		s.Storage = filepath.Join(s.Data, "edge", "storage")
	}
	empty := filepath.Join(s.Data, "edge", "none")
	for _, folder := range []string{s.Storage, empty} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	if s.Pages == "" {
		s.Pages = empty
	}
	// Addresses of boxes stand in challenges, so the port has to be known before.
	if s.Listen, err = freePort(s.Listen); err != nil {
		return nil, err
	}
	if s.URL == "" {
		_, port, _ := strings.Cut(s.Listen, ":")
		s.URL = "http://localhost:" + port
	}
	env, data, err := s.environment()
	if err != nil {
		return nil, err
	}
	config := s.Config
	if config == "" {
		config = filepath.Join(s.Root, "worker", "edge", "workerd.capnp")
	}
	return workerd.Start(ctx, workerd.Options{
		Program: program, Config: config, Listen: s.Listen, Log: s.Log, Args: s.Args,
		Disks: map[string]string{"pages": s.Pages, "data": data, "storage": s.Storage}, Env: append(env, s.Env...),
	})
}

// freePort replaces port 0 by one that is free at the moment.
func freePort(address string) (string, error) {
	if !strings.HasSuffix(address, ":0") {
		return address, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("local: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// environment are the secrets and settings, and the folder of the other files.
func (s Site) environment() (env []string, data string, err error) {
	set := func(name string, value []byte) {
		env = append(env, "JZ_"+name+"="+base64.RawURLEncoding.EncodeToString(value))
	}
	env = []string{"JZ_URL=" + s.URL, "JZ_ADDRESS_HEADER=" + s.AddressHeader, "JZ_ADDRESS_RATE=" + s.AddressRate}
	if s.Demo {
		return s.demonstration(env)
	}
	secret, err := os.ReadFile(filepath.Join(s.Data, site.FileSecret))
	if err != nil {
		return nil, "", err
	}
	set("SECRET", secret)
	if former, err := os.ReadFile(filepath.Join(s.Data, site.FileFormer)); err == nil {
		set("SECRET_FORMER", former)
	}
	operator, err := os.ReadFile(filepath.Join(s.Data, site.FileOperator))
	if err != nil {
		return nil, "", err
	}
	set("OPERATOR", operator)
	return env, s.Data, nil
}

// demonstration makes the authority, or finds it, and signs its lists anew.
func (s Site) demonstration(env []string) ([]string, string, error) {
	now := time.Now()
	secret, err := site.MakeSecret(filepath.Join(s.Data, site.FileSecret))
	if err != nil {
		return nil, "", err
	}
	if len(secret) < challenge.MinSecretSize {
		return nil, "", fmt.Errorf("%s has %d bytes, at least %d are needed", site.FileSecret, len(secret), challenge.MinSecretSize)
	}
	authority, err := site.OpenDemo(filepath.Join(s.Data, "demo"), now)
	if err != nil {
		return nil, "", err
	}
	files, err := authority.Files(now)
	if err != nil {
		return nil, "", err
	}
	operator, err := authority.Operator().MarshalCBOR()
	if err != nil {
		return nil, "", err
	}
	all, err := json.Marshal(files)
	if err != nil {
		return nil, "", err
	}
	if files[site.FileSite], err = json.Marshal(site.DemoSettings()); err != nil {
		return nil, "", err
	}
	folder := filepath.Join(s.Data, "edge", "files")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", err
	}
	for name, content := range files {
		if strings.Contains(name, "/") || name == "since.txt" {
			continue // private keys, which go by the environment
		}
		if err := site.WriteFile(filepath.Join(folder, name), content); err != nil {
			return nil, "", err
		}
	}
	text := base64.RawURLEncoding.EncodeToString
	return append(env, "JZ_SECRET="+text(secret), "JZ_OPERATOR="+text(operator), "JZ_DEMO="+string(all)), folder, nil
}
