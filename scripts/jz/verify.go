package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

const defaultPurpose = "internet-cafe"

func runVerify(c *call) (int, error) {
	trustFile := c.flags.String("trust", "", "signed trust list; default $JZ_TRUST, else data/demo/trust.cwt")
	anchorFile := c.flags.String("anchor", "", "key that signs the lists; default anchor.cose beside the trust list")
	policyFile := c.flags.String("policy", "", "signed purpose catalogue; default policy.cwt beside the trust list")
	statusFiles := c.flags.String("status", "", "status lists, separated by commas; default status-*.cwt beside the trust list")
	purpose := c.flags.String("purpose", "", "purpose code; default that of the challenge, else "+defaultPurpose)
	shown := c.flags.String("challenge", "", "the challenge that was answered: its text, CH1:…, or a file with it or its image")
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	lists, isDemo, err := openLists(*trustFile, *anchorFile, *policyFile, *statusFiles)
	if err != nil {
		return 0, err
	}
	o := verify.Options{Now: c.now, Purpose: *purpose, Demo: isDemo}
	if *shown != "" {
		q, err := c.challenge(*shown)
		if err != nil {
			return 0, err
		}
		o.Challenges = []verify.Challenge{{Signed: q}}
	} else if o.Purpose == "" {
		o.Purpose = defaultPurpose
	}
	text, found, err := c.text(args[0])
	if err != nil {
		return 0, err
	}
	result := verify.Failure(reason.NoCode)
	if found {
		if result, _, err = verify.Verify(text, lists, o); err != nil {
			return 0, err
		}
	}
	// Byte for byte what the engine in the page answers.
	b, err := json.Marshal(result)
	if err != nil {
		return 0, err
	}
	_, err = fmt.Fprintf(c.stdout, "%s\n", b)
	return exitOf(result.Outcome), err
}

func exitOf(o verify.Outcome) int {
	switch o {
	case verify.Accepted:
		return exitOK
	case verify.Unreadable:
		return exitUsage
	}
	return exitNo
}

// text is the text of a code: the argument itself, or what is read from the
// file it names or from standard input, which may hold an image or text.
func (c *call) text(arg string) (text string, found bool, err error) {
	var b []byte
	if arg == "-" {
		b, err = readAll(c.stdin)
	} else {
		b, err = readFile(arg)
		// A text may be longer than a file name, or hold what no name does.
		var notFile *fs.PathError
		if errors.As(err, &notFile) && !looksLikeFile(arg) {
			return arg, true, nil
		}
	}
	if err != nil {
		return "", false, err
	}
	t, err := scanImage(newDecoder(), b)
	switch {
	case errors.Is(err, errNoImage):
		return strings.TrimSpace(string(b)), true, nil
	case err != nil:
		return "", false, fmt.Errorf("%s: %w", arg, err)
	case t == nil:
		return "", false, nil
	}
	return *t, true, nil
}

// looksLikeFile tells a mistyped path from the text of a code.
func looksLikeFile(arg string) bool {
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".txt", ".cwt", ".card":
		return true
	}
	return false
}

// openLists reads the lists of a verifier. A list that is missing or does not
// hold is left out, so that the result says what could not be found out.
func openLists(trustFile, anchorFile, policyFile, statusFiles string) (*verify.Lists, bool, error) {
	given := trustFile != ""
	if !given {
		trustFile = os.Getenv("JZ_TRUST")
	}
	if trustFile == "" {
		trustFile = filepath.Join("data", "demo", demo.FileTrust)
	}
	beside := func(file, name string) string {
		if file != "" {
			return file
		}
		return filepath.Join(filepath.Dir(trustFile), name)
	}
	lists := &verify.Lists{}
	b, err := readFile(trustFile)
	if err != nil {
		if given {
			return nil, false, err
		}
		return lists, false, nil
	}
	key, err := readFile(beside(anchorFile, demo.FileAnchor))
	if err != nil {
		return nil, false, err
	}
	anchor, err := cwt.ParseKey(key)
	if err != nil {
		return nil, false, err
	}
	if lists.Trust, err = trust.Open(b, anchor); err != nil {
		leftOut(trustFile, err)
		return lists, false, nil
	}
	if b, err = readFile(beside(policyFile, demo.FilePolicy)); err == nil {
		if lists.Policy, err = policy.Open(b, anchor); err != nil {
			leftOut(beside(policyFile, demo.FilePolicy), err)
		}
	}
	files := list(statusFiles)
	if statusFiles == "" {
		files, _ = filepath.Glob(filepath.Join(filepath.Dir(trustFile), "status-*.cwt"))
	}
	for _, file := range files {
		if b, err = readFile(file); err != nil {
			return nil, false, err
		}
		token, err := verify.ParseStatus(b)
		if err != nil {
			leftOut(file, err)
			continue
		}
		lists.Status = append(lists.Status, token)
	}
	return lists, isDemoList(lists.Trust), nil
}

// leftOut says why a list is not used.
func leftOut(file string, err error) {
	fmt.Fprintf(os.Stderr, "jz verify: %s is left out: %v\n", file, err)
}

// isDemoList reports whether a trust list is a demonstration's.
func isDemoList(l *trust.List) bool {
	for _, e := range l.Entries {
		if e.ID == demo.IssuerID {
			return true
		}
	}
	return false
}
