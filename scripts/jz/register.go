package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/shared/register"
	"jianzheng/shared/verify"
)

// registerVerbs keep the register of a counter and inspect it.
var registerVerbs = []verb{
	{"register keygen", "--out NAME [--demo]", "make an inspector's key pair: NAME.key to keep, NAME.pub to hand out", runKeygen},
	{"register start", "--out FILE --party ID --name TEXT --inspector NAME.pub [--days N] [--period N]", "begin a register of checks", runRegisterStart},
	{"register append", "--register FILE [--seat TEXT] [--staff CODE] [--portrait ANSWER] [-]", "add the result that `jz verify` printed", runRegisterAppend},
	{"register checkpoint", "--register FILE --key FILE --operator URL --out FILE", "sign for the lines there are, as an operator", runRegisterCheckpoint},
	{"register check", "[--checkpoint LIST] [--operator LIST] FILE|-", "name every line that was altered, removed, moved or cut off", runRegisterCheck},
	{"register open", "--register FILE --key NAME.key --line N --reader CODE --ground TEXT", "read one sealed part, and note that in the register", runRegisterOpen},
	{"register export", "--register FILE --out FILE [--checkpoint LIST]", "write one file to hand over, checkpoints included", runRegisterExport},
	{"register destroy", "--register FILE", "remove the sealed parts whose retention is over", runRegisterDestroy},
}

func runKeygen(c *call) (int, error) {
	out := c.flags.String("out", "", "NAME of the two files")
	pretend := c.flags.Bool("demo", false, "the key of the DEMO inspector, which everybody has")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *out == "" {
		return 0, usage("--out is missing")
	}
	random := rand.Reader
	if *pretend {
		random = bytes.NewReader(demo.InspectorSeed())
	}
	k, err := register.GenerateKey(random)
	if err != nil {
		return 0, err
	}
	b, err := k.Bytes()
	if err != nil {
		return 0, err
	}
	if err := writeNew(*out+".key", b); err != nil {
		return 0, err
	}
	if err := writeNew(*out+".pub", k.Public()); err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		Key    string `json:"key"`
		Public string `json:"public"`
	}{*out + ".key", *out + ".pub"})
}

func runRegisterStart(c *call) (int, error) {
	out := c.flags.String("out", "", "file of the register, which must be new")
	party := c.flags.String("party", "", "id of the relying party")
	name := c.flags.String("name", "", "registered name of the relying party")
	inspector := c.flags.String("inspector", "", "public key of the inspector")
	days := c.flags.Int("days", 60, "days that sealed parts are kept")
	period := c.flags.Int("period", 30, "days from now that the register is for")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *out == "" || *party == "" || *name == "" || *inspector == "" {
		return 0, usage("--out, --party, --name and --inspector are all needed")
	}
	key, err := readFile(*inspector)
	if err != nil {
		return 0, err
	}
	now := c.now.UTC().Truncate(time.Second)
	_, line, err := register.Start(register.First{
		PartyID: *party, PartyName: *name, Inspector: key,
		From: now, To: now.Add(time.Duration(*period) * day), Retention: time.Duration(*days) * day,
	}, now)
	if err != nil {
		return 0, err
	}
	if err := writeNew(*out, line); err != nil {
		return 0, err
	}
	return c.printLine(line)
}

// noted is what a verb that adds a line prints: nothing that was sealed.
type noted struct {
	Line   uint64    `json:"line"`
	Time   time.Time `json:"time"`
	Sealed bool      `json:"sealed"`
}

func (c *call) printLine(line []byte) (int, error) {
	l, sealed, err := register.ParseLine(line)
	if err != nil {
		return 0, err
	}
	return exitOK, c.print(noted{l.Number, l.Time, sealed})
}

// registerFlag is the flag that most verbs share.
func (c *call) registerFlag() *string {
	return c.flags.String("register", "", "file of the register")
}

// noLine is a number that no line has.
const noLine = register.MaxLines

func runRegisterAppend(c *call) (int, error) {
	file := c.registerFlag()
	seat := c.flags.String("seat", "", "seat at the counter")
	staff := c.flags.String("staff", "", "code of who checked; not a name")
	portrait := c.flags.String("portrait", "", "what staff saw: same, unsure or different")
	seal := c.flags.String("seal", "", "claims to seal, separated by commas; default: those of the purpose in the catalogue shipped")
	args, err := c.parse(0, 1)
	if err != nil {
		return 0, err
	}
	if *file == "" || len(args) == 1 && args[0] != "-" {
		return 0, usage("--register is needed, and the result comes from standard input")
	}
	b, err := readAll(c.stdin)
	if err != nil {
		return 0, err
	}
	var result verify.Result
	if err := json.Unmarshal(b, &result); err != nil {
		return 0, errors.New("standard input holds no result of jz verify") // the error could quote it
	}
	sealed := list(*seal)
	if *seal == "" {
		purposes := policy.Default()
		if i := slices.IndexFunc(purposes, func(p policy.Purpose) bool { return p.Code == result.PurposeCode }); i >= 0 {
			sealed = purposes[i].Seal
		}
	}
	check, person := result.Sheet(sealed)
	check.Seat, check.Staff, check.Portrait = *seat, *staff, *portrait
	book, log, err := readLog(*file, noLine)
	if err != nil {
		return 0, err
	}
	line, err := log.Append(check, person, c.now)
	if err != nil {
		return 0, err
	}
	if err := book.add(line); err != nil {
		return 0, err
	}
	return c.printLine(line)
}

func runRegisterCheckpoint(c *call) (int, error) {
	file := c.registerFlag()
	keyFile := c.flags.String("key", "", "private key of the operator, COSE_Key")
	operator := c.flags.String("operator", "", "the operator's name on the trust list, a URL")
	out := c.flags.String("out", "", "file to write, which must be new")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *file == "" || *keyFile == "" || *operator == "" || *out == "" {
		return 0, usage("--register, --key, --operator and --out are all needed")
	}
	key, err := readPrivateKey(*keyFile)
	if err != nil {
		return 0, err
	}
	_, log, err := readLog(*file, noLine)
	if err != nil {
		return 0, err
	}
	checkpoint := log.Checkpoint(*operator, c.now)
	signed, err := checkpoint.Sign(key)
	if err != nil {
		return 0, err
	}
	if err := writeNew(*out, signed); err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		Out   string       `json:"out"`
		Lines uint64       `json:"lines"`
		Head  register.Hex `json:"head"`
	}{*out, checkpoint.Count, checkpoint.Head[:]})
}

func runRegisterCheck(c *call) (int, error) {
	checkpointFiles := c.flags.String("checkpoint", "", "checkpoints from elsewhere, files separated by commas")
	operatorFiles := c.flags.String("operator", "", "keys of operators, COSE_Key files separated by commas; without any, checkpoints prove nothing")
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	checkpoints, err := readFiles(*checkpointFiles)
	if err != nil {
		return 0, err
	}
	operators, err := readOperators(*operatorFiles)
	if err != nil {
		return 0, err
	}
	r := c.stdin
	if args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return 0, err
		}
		defer f.Close()
		r = f
	}
	report, err := register.CheckAll(r, checkpoints, operators)
	if err != nil {
		return 0, err
	}
	return exitCode(report.Intact), c.print(report)
}

func runRegisterOpen(c *call) (int, error) {
	file := c.registerFlag()
	keyFile := c.flags.String("key", "", "private key of the inspector")
	number := c.flags.Uint64("line", noLine, "number of the line to open")
	reader := c.flags.String("reader", "", "code of who opens it; not a name")
	ground := c.flags.String("ground", "", "on what ground, for example a case number")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *file == "" || *keyFile == "" || *reader == "" || *ground == "" || *number >= noLine {
		return 0, usage("--register, --key, --line, --reader and --ground are all needed")
	}
	raw, err := readFile(*keyFile)
	if err != nil {
		return 0, err
	}
	key, err := register.ParsePrivateKey(raw)
	if err != nil {
		return 0, err
	}
	book, log, err := readLog(*file, *number)
	if err != nil {
		return 0, err
	}
	type opened struct {
		Line   uint64           `json:"line"`
		Check  *register.Check  `json:"check,omitempty"`
		Time   *time.Time       `json:"time,omitempty"`
		Person *register.Person `json:"person,omitempty"`
		Noted  uint64           `json:"noted,omitempty"` // the line that says so
		Intact bool             `json:"intact"`          // the whole register, before
		Error  string           `json:"error,omitempty"`
	}
	answer := opened{Line: *number, Intact: book.report.Intact}
	if book.kept == nil {
		answer.Error = "no such line, or not a sound one"
		return exitNo, c.print(answer)
	}
	person, note, err := log.Open(key, book.kept, register.Opening{Reader: *reader, Ground: *ground}, c.now)
	if err != nil {
		answer.Error = err.Error()
		return exitNo, c.print(answer)
	}
	if err := book.add(note); err != nil {
		return 0, err
	}
	l, _, err := register.ParseLine(book.kept)
	if err != nil {
		return 0, err
	}
	answer.Check, answer.Time, answer.Person, answer.Noted = l.Check, &l.Time, &person, log.Count()-1
	return exitOK, c.print(answer)
}

func runRegisterExport(c *call) (int, error) {
	file := c.registerFlag()
	out := c.flags.String("out", "", "file to write, which must be new")
	checkpointFiles := c.flags.String("checkpoint", "", "checkpoints to put in, files separated by commas")
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *file == "" || *out == "" {
		return 0, usage("--register and --out are both needed")
	}
	more, err := readFiles(*checkpointFiles)
	if err != nil {
		return 0, err
	}
	book, err := readBook(*file, noLine)
	if err != nil {
		return 0, err
	}
	all := book.checkpoints
	for _, m := range more {
		if !slices.ContainsFunc(all, func(b []byte) bool { return bytes.Equal(b, m) }) {
			all = append(all, m)
		}
	}
	if err := book.rewrite(*out, all, nil); err != nil {
		return 0, err
	}
	return exitCode(book.report.Intact), c.print(struct {
		Out         string `json:"out"`
		Lines       uint64 `json:"lines"`
		Checkpoints int    `json:"checkpoints"`
		Intact      bool   `json:"intact"`
	}{*out, book.report.Lines, len(all), book.report.Intact})
}

func runRegisterDestroy(c *call) (int, error) {
	file := c.registerFlag()
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	if *file == "" {
		return 0, usage("--register is missing")
	}
	book, log, err := readLog(*file, noLine)
	if err != nil {
		return 0, err
	}
	// Writing a damaged register anew would lose the damage, which is evidence.
	// A destruction that was noted and not finished is taken up again.
	if slices.ContainsFunc(book.report.Faults, func(f register.Fault) bool { return f.Kind != register.SealedKept }) {
		return exitNo, c.print(book.report)
	}
	note, before, err := log.Destroy(c.now)
	if err != nil {
		return 0, err
	}
	if err := book.add(note); err != nil {
		return 0, err
	}
	removed := 0
	draft := filepath.Join(filepath.Dir(*file), "."+filepath.Base(*file)+".new")
	if err := os.Remove(draft); err != nil && !errors.Is(err, os.ErrNotExist) { // of a run that was cut off
		return 0, err
	}
	err = book.rewrite(draft, book.checkpoints, func(line []byte) ([]byte, error) {
		bare, err := register.Strip(line, before)
		if len(bare) < len(line) {
			removed++
		}
		return bare, err
	})
	if err != nil {
		return 0, err
	}
	if err := os.Rename(draft, *file); err != nil {
		return 0, err
	}
	return exitOK, c.print(struct {
		Line    uint64    `json:"line"`
		Before  time.Time `json:"before"`
		Removed int       `json:"removed"`
	}{log.Count() - 1, before, removed})
}
