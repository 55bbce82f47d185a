package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jz": func() { os.Exit(run(os.Args[1:])) }})
}

// commands are those that scripts have besides jz.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"field":  field,
	"index":  index,
	"mode":   mode,
	"append": appendTo,
}

// The whole check, from PNG to verdict, as scripts.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Cmds: commands})
}

// index NAME N FILE sets an environment variable to the place in the status list
// of the N-th card that `jz issue` printed.
func index(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: index NAME N FILE")
	}
	var answer struct{ Cards []issuedLine }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[2])), &answer))
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n >= len(answer.Cards) || answer.Cards[n].Index == nil {
		ts.Fatalf("no card %d with an index", n)
	}
	ts.Setenv(args[0], strconv.FormatUint(*answer.Cards[n].Index, 10))
}

// mode OCTAL FILE fails unless the file has this mode.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s", args[1], got)
	}
}

// field NAME FIELD FILE sets an environment variable to a text field of the
// JSON object in a file, stdout for that of the last command.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: field NAME FIELD FILE")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[2])), &object))
	text, ok := object[args[1]].(string)
	if !ok {
		ts.Fatalf("no text field %q", args[1])
	}
	ts.Setenv(args[0], text)
}

// append FILE puts a few bytes that mean nothing at the end of a file.
func appendTo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: append FILE")
	}
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	ts.Check(os.WriteFile(name, append(b, "damage"...), 0o600))
}
