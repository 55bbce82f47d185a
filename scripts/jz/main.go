// Command jz does at the command line what pages and phones do: it makes a
// demonstration authority, plays the phone, reads codes from images, verifies
// cards and keeps and inspects registers, with the same code as the browser
// engine.
//
// Results go to standard output, one JSON value a line; words for people go to
// standard error. The exit status is 0 when everything was accepted or done, 1
// when a card was not accepted, an image held no code, or a register is not
// intact or a line of it does not open, and 2 for wrong usage and for files that
// cannot be read.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// The exit statuses.
const (
	exitOK    = 0
	exitNo    = 1 // not accepted, no code in an image, register not intact
	exitUsage = 2 // wrong usage, or a file that cannot be read
)

// verb is one thing that jz does.
type verb struct {
	name, args, does string
	run              func(*call) (int, error)
}

// verbs are in the order in which a new user would meet them.
var verbs = []verb{
	{"demo", "--out DIR [--seed N] [--now TIME]", "make a demonstration authority with cards of invented people", runDemo},
	{"challenge", "--demo DIR [--purpose CODE] [--png FILE]", "make a challenge of the demonstration's operator", runChallenge},
	{"present", "--card FILE --challenge TEXT [--claims LIST] [--png FILE]", "answer a challenge with a card, as a phone would", runPresent},
	{"scan", "IMAGE...", "read the code in each image", runScan},
	{"verify", "[--trust FILE] [--purpose CODE] [--challenge TEXT] FILE|TEXT|-", "verify a card or an answer, from an image or as text", runVerify},
	{"register keygen", "--out NAME", "make an inspector's key pair: NAME.key to keep, NAME.pub to hand out", runKeygen},
	{"register start", "--out FILE --party ID --name TEXT --inspector NAME.pub [--days N] [--period N]", "begin a register of checks", runRegisterStart},
	{"register append", "--register FILE [--seat TEXT] [--staff CODE] [--portrait ANSWER] [-]", "add the result that `jz verify` printed", runRegisterAppend},
	{"register checkpoint", "--register FILE --key FILE --operator URL --out FILE", "sign for the lines there are, as an operator", runRegisterCheckpoint},
	{"register check", "[--checkpoint LIST] [--operator LIST] FILE|-", "name every line that was altered, removed, moved or cut off", runRegisterCheck},
	{"register open", "--register FILE --key NAME.key --line N --reader CODE --ground TEXT", "read one sealed part, and note that in the register", runRegisterOpen},
	{"register export", "--register FILE --out FILE [--checkpoint LIST]", "write one file to hand over, checkpoints included", runRegisterExport},
	{"register destroy", "--register FILE", "remove the sealed parts whose retention is over", runRegisterDestroy},
}

// call is one run of a verb.
type call struct {
	flags  *flag.FlagSet
	args   []string
	stdin  io.Reader
	stdout io.Writer
	now    time.Time
}

// usageError is an error after which the usage of the verb is shown.
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
	for _, v := range verbs {
		words := strings.Fields(v.name)
		if len(words) <= len(args) && slices.Equal(words, args[:len(words)]) {
			return v.start(args[len(words):])
		}
	}
	if group := name + " "; slices.ContainsFunc(verbs, func(v verb) bool { return strings.HasPrefix(v.name, group) }) {
		name = strings.Join(args[:min(2, len(args))], " ")
	}
	fmt.Fprintf(os.Stderr, "jz: no verb %q\n\n", name)
	help(os.Stderr)
	return exitUsage
}

func help(w io.Writer) {
	fmt.Fprint(w, "jz makes, presents and verifies electronic ID cards.\n\n")
	for _, v := range verbs {
		fmt.Fprintf(w, "  jz %s %s\n        %s\n", v.name, v.args, v.does)
	}
	fmt.Fprint(w, "\n`jz VERB --help` lists the flags of a verb. Results are JSON. Exit status: 0 accepted\nor done, 1 not accepted, no code found or register not intact, 2 wrong usage or\nunreadable file.\n")
}

func (v verb) start(args []string) int {
	flags := flag.NewFlagSet("jz "+v.name, flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: jz %s %s\n%s\n\n", v.name, v.args, v.does)
		flags.PrintDefaults()
	}
	flags.Bool("json", true, "print JSON; there is no other form")
	c := &call{flags: flags, args: args, stdin: os.Stdin, stdout: os.Stdout, now: time.Now()}
	flags.Func("now", "act as if it were this time, RFC 3339", func(s string) error {
		t, err := time.Parse(time.RFC3339, s)
		c.now = t
		return err
	})
	code, err := v.run(c)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err == nil:
		return code
	case errors.Is(err, errShown): // the flag package has said what was wrong
		return exitUsage
	}
	fmt.Fprintf(os.Stderr, "jz %s: %v\n", v.name, err)
	if errors.As(err, new(usageError)) {
		flags.Usage()
	}
	return exitUsage
}

// errShown stands for an error of the flag package, which prints it by itself.
var errShown = errors.New("usage")

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
			return nil, errShown
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
