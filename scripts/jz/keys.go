package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
)

// Extensions of key files: COSE_Keys (RFC 9052, section 7) with and without the
// private part. The files of an endpoint have the third.
const (
	extPrivate = ".key"
	extPublic  = ".pub"
	extCose    = ".cose"
)

// derivedKeyID is the length of a key id taken from the thumbprint of the key.
// Eight bytes tell all keys of all provinces apart and cost little in a card.
const derivedKeyID = 8

// keyLine is what is printed of a key.
type keyLine struct {
	File       string `json:"file"`
	KeyID      string `json:"kid"`
	Alg        string `json:"alg"`
	Private    bool   `json:"private"` // whether the file holds the private part
	Thumbprint string `json:"thumbprint"`
	Public     string `json:"public"` // COSE_Key, base64url
}

func newKeyLine(file string, k *cwt.Key, private bool) (keyLine, error) {
	print, err := k.Thumbprint()
	if err != nil {
		return keyLine{}, err
	}
	b, err := k.MarshalCBOR()
	if err != nil {
		return keyLine{}, err
	}
	return keyLine{file, document.KeyIDText(k.ID), document.AlgorithmName(k.Alg), private, hex.EncodeToString(print[:]), base64.RawURLEncoding.EncodeToString(b)}, nil
}

func runKeysNew(c *call) (int, error) {
	out := c.flags.String("out", "", "name of the key, to which .key and .pub are added")
	name := c.flags.String("alg", "ES256", strings.Join(document.Algorithms(), ", "))
	kid := c.flags.String("kid", "", "key id, or 0x and hexadecimal; default: the first bytes of the key's thumbprint")
	force := c.force()
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *out == "" {
		return 0, usage("--out is missing")
	}
	alg, err := document.ParseAlgorithm(*name)
	if err != nil {
		return 0, usage("%w", err)
	}
	var id []byte
	if *kid != "" {
		if id, err = document.ParseKeyID(*kid); err != nil {
			return 0, usage("%w", err)
		}
	}
	key, err := cwt.GenerateKey(alg, id, rand.Reader)
	if err != nil {
		return 0, err
	}
	if id == nil {
		print, err := key.Thumbprint()
		if err != nil {
			return 0, err
		}
		key.ID = print[:derivedKeyID]
	}
	private, err := key.MarshalCBOR()
	if err != nil {
		return 0, err
	}
	public, err := key.Public().MarshalCBOR()
	if err != nil {
		return 0, err
	}
	if err := checkFree(*force, *out+extPrivate, *out+extPublic); err != nil {
		return 0, err
	}
	if err := writeFile(*out+extPrivate, private, modePrivate, *force); err != nil {
		return 0, err
	}
	if err := writeFile(*out+extPublic, public, modePublic, *force); err != nil {
		return 0, err
	}
	line, err := newKeyLine(*out+extPrivate, key.Public(), true)
	if err != nil {
		return 0, err
	}
	say("%s is private: whoever has it can sign. Keep it off computers that others use.", *out+extPrivate)
	return exitOK, c.print(line)
}

func runKeysSecret(c *call) (int, error) {
	out := c.flags.String("out", "", "file for the secret")
	force := c.force()
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *out == "" {
		return 0, usage("--out is missing")
	}
	secret := make([]byte, challenge.MinSecretSize)
	rand.Read(secret)
	if err := writeFile(*out, secret, modePrivate, *force); err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		File  string `json:"file"`
		Bytes int    `json:"bytes"`
	}{*out, len(secret)})
}

func runKeysShow(c *call) (int, error) {
	files, err := c.parse(1, -1)
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		line, err := readKeyLine(file)
		if err != nil {
			return 0, err
		}
		if err := c.print(line); err != nil {
			return 0, err
		}
	}
	return exitOK, nil
}

func runKeysList(c *call) (int, error) {
	args, err := c.parse(0, 1)
	if err != nil {
		return 0, err
	}
	dir := "."
	if len(args) == 1 {
		dir = args[0]
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if !slices.Contains([]string{extPrivate, extPublic, extCose}, filepath.Ext(e.Name())) {
			continue
		}
		line, err := readKeyLine(filepath.Join(dir, e.Name()))
		if err != nil {
			return 0, err
		}
		if err := c.print(line); err != nil {
			return 0, err
		}
	}
	return exitOK, nil
}

func readKeyLine(file string) (keyLine, error) {
	b, err := readFile(file)
	if err != nil {
		return keyLine{}, err
	}
	key, err := cwt.ParseKey(b)
	if err != nil {
		return keyLine{}, fmt.Errorf("%s: not a key: %w", file, err)
	}
	_, err = cwt.ParsePrivateKey(b)
	if err == nil {
		warnMode(file)
	}
	return newKeyLine(file, key, err == nil)
}

// readPublicKey reads a public key. A file with a private part is refused: it
// should not lie where public keys are collected.
func readPublicKey(file string) (*cwt.Key, error) {
	b, err := readFile(file)
	if err != nil {
		return nil, err
	}
	key, err := cwt.ParseKey(b)
	if err != nil {
		return nil, fmt.Errorf("%s: not a key: %w", file, err)
	}
	if _, err := cwt.ParsePrivateKey(b); err == nil {
		return nil, fmt.Errorf("%s holds a private key; a public one (%s) is wanted here", file, extPublic)
	}
	return key, nil
}

// readPrivateKey reads a private key for signing.
func readPrivateKey(file string) (*cwt.PrivateKey, error) {
	b, err := readFile(file)
	if err != nil {
		return nil, err
	}
	key, err := cwt.ParsePrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("%s: not a private key: %w", file, err)
	}
	warnMode(file)
	return key, nil
}

// warnMode says so when other accounts can read a private key.
func warnMode(file string) {
	info, err := os.Stat(file)
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		say("warning: %s can be read by other accounts (mode %03o); chmod 600 it", file, info.Mode().Perm())
	}
}
