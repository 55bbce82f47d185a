package main

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall/js"
	"time"

	"github.com/syumai/workers/cloudflare"

	"jianzheng/shared/challenge"
	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

// Names of what is bound to the worker, beside those that worker.mjs reads.
const (
	envSecret   = "SECRET"         // base64url of at least 32 random bytes
	envFormer   = "SECRET_FORMER"  // another one that counts too; may be absent
	envOperator = "OPERATOR"       // base64url of operator.cose
	envURL      = "URL"            // how phones reach the endpoint; without it no way A
	envDemo     = "DEMO"           // JSON: files of a demonstration authority; absent on a real endpoint
	envRate     = "ADDRESS_RATE"   // as the native server's flag
	envAddress  = "ADDRESS_HEADER" // header with the client's address; absent: no limits by address
)

// text is a variable or a secret; empty where there is none. The library's own
// Getenv gives the text "<undefined>" then.
func text(name string) string {
	if v := cloudflare.GetBinding(name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// decoded is a variable that holds base64url.
func decoded(name string) ([]byte, error) {
	b, err := core.ReadBase64(strings.TrimRight(text(name), "=\n"))
	if err != nil {
		return nil, fmt.Errorf("%s is not base64url", name)
	}
	return b, nil
}

// files is [site.Files] of the files that worker.mjs read from the key-value
// namespace, and of the operator's key, which is a secret.
type files struct{}

// Read implements [site.Files].
func (files) Read(name string) ([]byte, error) {
	if name == site.FileOperator {
		return decoded(envOperator)
	}
	file := binding().Get("files").Get(name)
	if file.IsUndefined() {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	b := make([]byte, file.Length())
	js.CopyBytesToGo(b, file)
	return b, nil
}

// Has implements [site.Files].
func (files) Has(name string) bool { return !binding().Get("files").Get(name).IsUndefined() }

// openSite reads what the operator has put in place.
func openSite(now time.Time) (s site.Site, err error) {
	secret, err := readSecret(envSecret)
	if err != nil {
		return s, err
	}
	if s, err = site.Open(files{}, now); err != nil {
		return s, err
	}
	s.Core.Secret = secret
	if text(envFormer) != "" {
		former, err := readSecret(envFormer)
		if err != nil {
			return s, err
		}
		s.Core.Former = [][]byte{former}
	}
	if url := text(envURL); url != "" {
		s.Core.ResponseURI = strings.TrimSuffix(url, "/") + "/v1/challenges"
	}
	if text(envDemo) != "" {
		s.Core.Purposes = site.DemoPurposes()
	}
	return s, nil
}

func readSecret(name string) ([]byte, error) {
	secret, err := decoded(name)
	if err == nil && len(secret) < challenge.MinSecretSize {
		err = fmt.Errorf("%s has %d bytes, at least %d are needed", name, len(secret), challenge.MinSecretSize)
	}
	return secret, err
}

func addressRate() (core.Rate, error) {
	if text(envRate) == "" {
		return core.ParseRate(core.DefaultAddressRate)
	}
	return core.ParseRate(text(envRate))
}
