// Command jz does at the command line what pages and phones do: it makes a
// demonstration authority, plays the phone, reads codes from images and
// verifies cards, with the same code as the browser engine. For issuers and
// operators it makes keys, issues cards, and keeps and signs the trust list, the
// purposes and the status lists; for inspectors it checks and opens registers.
//
// Results go to standard output, one JSON value a line; words for people go to
// standard error. The exit status is 0 when everything was accepted or done, 1
// when a card was not accepted, a signature does not hold, a check found a problem,
// a register is not intact or an image held no code, and 2 for wrong usage and for files that cannot be
// read or may not be replaced.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// The exit statuses.
const (
	exitOK    = 0
	exitNo    = 1 // not accepted, a list that does not hold, or no code in an image
	exitUsage = 2 // wrong usage, or a file that cannot be read or may not be replaced
)

// exitCode is the exit status of a verb that ran and has found something good or
// bad.
func exitCode(good bool) int {
	if good {
		return exitOK
	}
	return exitNo
}

// verb is one thing that jz does.
type verb struct {
	name, args, does string
	run              func(*call) (int, error)
}

// verbs are in the order in which a new user would meet them.
var verbs = []verb{
	{"demo", "--out DIR [--seed N] [--now TIME]", "make a demonstration authority with cards of invented people", runDemo},
	{"challenge", "--demo DIR | --site DIR [--purpose CODE] [--png FILE] [--svg FILE]", "make a challenge of the demonstration's operator, or of an endpoint's", runChallenge},
	{"present", "--card FILE [--key FILE] --challenge FILE|TEXT | --class B|C [--claims LIST] [--png FILE] [--svg FILE]", "answer a challenge with a card, or show a code, as a phone would", runPresent},
	{"scan", "IMAGE...", "read the code in each image", runScan},
	{"verify", "[--trust FILE] [--purpose CODE] [--challenge FILE|TEXT] FILE|TEXT|-", "verify a card or an answer, from an image or as text", runVerify},
}

// call is one run of a verb.
type call struct {
	flags  *flag.FlagSet
	args   []string
	stdin  io.Reader
	stdout io.Writer
	now    time.Time
}

// usageError is an error after which the help of the verb is named.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) == 0 {
		help(os.Stderr)
		return exitUsage
	}
	name := args[0]
	if name == "help" || name == "-h" || name == "--help" {
		help(os.Stdout)
		return exitOK
	}
	if v, rest, ok := findVerb(args); ok {
		return v.start(rest, os.Stdin, os.Stdout)
	}
	if code, ok := helpGroup(args); ok {
		return code
	}
	fmt.Fprintf(os.Stderr, "jz: no verb %q\n\n", name)
	help(os.Stderr)
	return exitUsage
}

func help(w io.Writer) {
	fmt.Fprint(w, "jz makes, presents and verifies electronic ID cards.\n\n")
	helpVerbs(w, allVerbs())
	fmt.Fprint(w, "\n`jz VERB --help` lists the flags of a verb. Results are JSON. Exit status: 0 accepted\nor done, 1 not accepted or no code found, 2 wrong usage or unreadable file.\n")
}

func helpVerbs(w io.Writer, verbs []verb) {
	for _, v := range verbs {
		fmt.Fprintf(w, "  jz %s %s\n        %s\n", v.name, v.args, v.does)
	}
}

func (v verb) start(args []string, stdin io.Reader, stdout io.Writer) int {
	flags := flag.NewFlagSet("jz "+v.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said below, in one line
	flags.Bool("json", true, "print JSON; there is no other form")
	c := &call{flags: flags, args: args, stdin: stdin, stdout: stdout, now: time.Now()}
	flags.Func("now", "act as if it were this time, RFC 3339", func(s string) error {
		t, err := time.Parse(time.RFC3339, s)
		c.now = t
		return err
	})
	code, err := v.run(c)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(os.Stderr, "usage: jz %s %s\n%s\n\n", v.name, v.args, v.does)
		flags.SetOutput(os.Stderr)
		flags.PrintDefaults()
		return exitOK
	case err == nil:
		return code
	case errors.As(err, new(usageError)):
		fmt.Fprintf(os.Stderr, "jz %s: %v (see jz %s --help)\n", v.name, err, v.name)
	default:
		fmt.Fprintf(os.Stderr, "jz %s: %v\n", v.name, err)
	}
	return exitUsage
}

// parse reads the flags and returns the other arguments, of which there must
// be at least min and, unless max is negative, at most max. Flags may stand
// behind arguments.
func (c *call) parse(min, max int) ([]string, error) {
	var rest []string
	args := c.args
	for {
		if err := c.flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err}
		}
		if c.flags.NArg() == 0 {
			break
		}
		rest = append(rest, c.flags.Arg(0))
		args = c.flags.Args()[1:]
	}
	switch {
	case len(rest) < min:
		return nil, usage("%d arguments are too few", len(rest))
	case max >= 0 && len(rest) > max:
		return nil, usage("%q is one argument too many", rest[max])
	}
	return rest, nil
}

// print writes v as one line of JSON.
func (c *call) print(v any) error {
	e := json.NewEncoder(c.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// list splits a comma-separated flag.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
