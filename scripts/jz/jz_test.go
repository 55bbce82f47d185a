package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jz": func() { os.Exit(run(os.Args[1:])) }})
}

// The whole check, from PNG to verdict, as scripts.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"field":  field,
			"append": appendTo,
		},
	})
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
