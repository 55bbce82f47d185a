package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"jianzheng/scripts/jz/document"
)

// issuerVerbs are those of an issuer and of the operator of an endpoint, in the
// order in which a new one would need them.
var issuerVerbs = []verb{
	{"keys new", "--out NAME [--alg ES256|ES384|Ed25519|SM2] [--kid ID]", "make a key pair: NAME.key, private, and NAME.pub", runKeysNew},
	{"keys secret", "--out FILE", "make the secret of an endpoint's nonces", runKeysSecret},
	{"keys show", "FILE...", "say what a key file holds, never its private part", runKeysShow},
	{"keys list", "[DIR]", "list the key files of a folder", runKeysList},
	{"trust new", "FILE", "begin a trust list, as a JSON document to edit and sign", runTrustNew},
	{"trust add", "FILE --id URL [--zh NAME] [--en NAME] [--roles LIST] [--pub KEY.pub] ...", "add an issuer or operator, or a key to one", runTrustAdd},
	{"trust revoke", "FILE --kid ID | --pub KEY.pub", "revoke a key: what it signed counts no more", runTrustRevoke},
	{"trust remove", "FILE --id URL | --kid ID", "take an entry or a key out of the list", runTrustRemove},
	{"trust sign", "FILE --key ANCHOR.key --out LIST.cwt [--life 30d]", "sign the next list; its sequence is raised by itself", trustLists.runSign},
	{"trust show", "LIST.cwt [--anchor KEY.pub] [--out FILE]", "check the signature of a list and print it as a document", trustLists.runShow},
	{"trust check", "FILE|LIST.cwt [--anchor KEY.pub] [--previous LIST.cwt]", "look for what verifiers would refuse, in a list and the files beside it", runTrustCheck},
	{"policy default", "[--out FILE]", "the shipped purposes, as a JSON document to edit and sign", runPolicyDefault},
	{"policy sign", "FILE --key ANCHOR.key --out CATALOGUE.cwt [--life 30d]", "sign the next catalogue; its sequence is raised by itself", catalogues.runSign},
	{"policy show", "CATALOGUE.cwt [--anchor KEY.pub] [--out FILE]", "check the signature of a catalogue and print it as a document", catalogues.runShow},
	{"status new", "FILE --uri URL [--size N] [--bits 1|2|4|8]", "begin a status list, as a JSON document", runStatusNew},
	{"status set", "FILE INDEX[,INDEX...] valid|revoked|suspended", "change the status of cards by their index", runStatusSet},
	{"status sign", "FILE --key STATUS.key --out LIST.cwt [--life 7d] [--ttl 12h]", "sign the list as it stands", runStatusSign},
	{"status show", "FILE|LIST.cwt [--pub STATUS.pub] [--index N]", "say what a status list holds", runStatusShow},
	{"terminal", "--site DIR --id ID [--party ID] [--url URL] [--life 24h]", "make the link with which a counter is enrolled at an endpoint, once", runTerminal},
	{"issue", "--key ISSUER.key --holder PHONE.pub [--status FILE] [--count N] [--printed] [--out FILE] REQUEST.json|-", "issue a card to a phone's key, or one on paper", runIssue},
}

// allVerbs are the verbs of everybody.
func allVerbs() []verb { return slices.Concat(verbs, issuerVerbs, registerVerbs) }

// findVerb returns the verb that args begin with and what is left of them. A
// verb is one word, or two such as "keys new".
func findVerb(args []string) (verb, []string, bool) {
	for _, v := range allVerbs() {
		words := strings.Fields(v.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) {
			return v, args[len(words):], true
		}
	}
	return verb{}, nil, false
}

// helpGroup answers `jz keys` and `jz keys --help`: the verbs that begin with
// this word. It reports false where there are none.
func helpGroup(args []string) (code int, ok bool) {
	var group []verb
	for _, v := range allVerbs() {
		if strings.HasPrefix(v.name, args[0]+" ") {
			group = append(group, v)
		}
	}
	if len(group) == 0 {
		return 0, false
	}
	if len(args) > 1 && slices.Contains([]string{"-h", "-help", "--help", "help"}, args[1]) {
		helpVerbs(os.Stdout, group)
		return exitOK, true
	}
	if len(args) > 1 {
		fmt.Fprintf(os.Stderr, "jz %s: no verb %q\n\n", args[0], args[1])
	} else {
		fmt.Fprintf(os.Stderr, "jz %s: a second word is missing\n\n", args[0])
	}
	helpVerbs(os.Stderr, group)
	return exitUsage, true
}

// force adds the flag --force to a verb that writes files.
func (c *call) force() *bool {
	return c.flags.Bool("force", false, "replace files that exist")
}

// timeFlag adds a flag that holds a moment; nil where it is not given.
func (c *call) timeFlag(name, does string) **time.Time {
	at := new(*time.Time)
	c.flags.Func(name, does, func(s string) error {
		var t document.Time
		err := t.UnmarshalText([]byte(s))
		moment := time.Time(t)
		*at = &moment
		return err
	})
	return at
}

// length adds a flag that holds a length of time.
func (c *call) length(name string, otherwise time.Duration, does string) *document.Length {
	l := new(document.Length)
	c.flags.TextVar(l, name, document.Length(otherwise), does+", such as 60d or 12h")
	return l
}

// second is now in whole seconds, as signed documents have it.
func (c *call) second() time.Time { return c.now.UTC().Truncate(time.Second) }

// say writes a line for people.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

const day = 24 * time.Hour
