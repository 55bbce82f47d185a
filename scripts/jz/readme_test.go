package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

const readmeSection = "## Running an issuer and an endpoint\n"

// block is a code block of the README, indented or not.
var block = regexp.MustCompile("(?ms)^ *```(sh|json)\n(.*?)^ *```$")

// TestReadme runs the walk-through of the README as it stands there, and starts
// the server with the files it makes. Every command has to end as the README
// says; readmeSteps looks at what some of them print.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(readme), readmeSection)
	if !ok {
		t.Fatal("the README has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	script, err := readmeScript(section)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "readme.txtar")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	all := map[string]func(*testscript.TestScript, bool, []string){"server": server}
	for name, command := range commands {
		all[name] = command
	}
	testscript.Run(t, testscript.Params{Files: []string{file}, Cmds: all})
}

// readmeSteps are lines that go into the script behind the first command that
// begins so: what a reader of the README does by looking.
var readmeSteps = []struct{ after, lines string }{
	{"jz trust check", `
stdout '"ok":true,"sequence":1,"problems":\[\],"remarks":\[\]'`},
	{"jz terminal", `
server data`},
	{"jz issue", `
index INDEX 0 stdout`},
	{"jz verify", `
stdout '"outcome":"accepted","class":"A"'
jz present --card zhang.cwt --key keys/phone.key --challenge $CHALLENGE --png served.png
jz verify --trust data/trust.cwt --challenge $CHALLENGE served.png
stdout '"outcome":"accepted","class":"A"'`},
}

// readmeScript turns the code blocks of a section into a testscript. A JSON
// block is the file that the sentence before it names last.
func readmeScript(section string) (string, error) {
	var script, files strings.Builder
	done := map[string]bool{}
	for _, at := range block.FindAllStringSubmatchIndex(section, -1) {
		kind, text := section[at[2]:at[3]], section[at[4]:at[5]]
		if kind == "json" {
			names := regexp.MustCompile("`([^`]+\\.json)`").FindAllStringSubmatch(section[:at[0]], -1)
			if len(names) == 0 {
				return "", fmt.Errorf("a JSON block has no name")
			}
			fmt.Fprintf(&files, "-- %s --\n%s", names[len(names)-1][1], text)
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
			command, remark, _ := strings.Cut(strings.TrimSpace(line), "#")
			if strings.HasPrefix(strings.TrimSpace(remark), "exit status 1") {
				_, reason, _ := strings.Cut(remark, ", ")
				fmt.Fprintf(&script, "! %s\nstdout '\"reason\":\"%s\"'\n", command, reason)
				continue
			}
			// The folder data is there already: its site.json stands in the README.
			if command = strings.TrimSpace(command); command == "mkdir keys data" {
				command = "mkdir keys"
			}
			fmt.Fprintln(&script, command)
			for _, s := range readmeSteps {
				if strings.HasPrefix(command, s.after) && !done[s.after] {
					done[s.after] = true
					fmt.Fprintln(&script, s.lines)
				}
			}
		}
	}
	if len(done) != len(readmeSteps) {
		return "", fmt.Errorf("the README lacks one of the steps, has %v", done)
	}
	return script.String() + files.String(), nil
}

// server DIR builds and starts the native server on a folder, holds what it
// gives out against the files there, enrols with the link that was printed last,
// and sets CHALLENGE to one of its challenges. It ends with the script.
func server(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: server DIR")
	}
	dir := ts.MkAbs(args[0])
	binary := filepath.Join(ts.Getenv("WORK"), "endpoint")
	build := exec.Command("go", "build", "-o", binary, "jianzheng/worker")
	if out, err := build.CombinedOutput(); err != nil {
		ts.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0", "-web", "", "-data", dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cmd.Wait()
		ts.Fatalf("the server did not start: %s", said.String())
	}
	url := strings.TrimSuffix(strings.TrimSpace(line[strings.Index(line, "http://"):]), "/")
	for path, file := range map[string]string{"/v1/trust": "trust.cwt", "/v1/policy": "policy.cwt", "/v1/status/1": "status-1.cwt"} {
		want, err := os.ReadFile(filepath.Join(dir, file))
		ts.Check(err)
		if got := ask(ts, http.MethodGet, url+path, ""); !bytes.Equal(got, want) {
			ts.Fatalf("%s is not the file %s", path, file)
		}
	}
	if config := string(ask(ts, http.MethodGet, url+"/config.json", "")); !strings.Contains(config, `"demo":false`) {
		ts.Fatalf("config %s", config)
	}
	var printed struct{ Link string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &printed))
	_, ticket, _ := strings.Cut(printed.Link, "#enrol=")
	var enrolled struct{ Token string }
	ts.Check(json.Unmarshal(ask(ts, http.MethodPost, url+"/v1/terminals", `{"ticket":"`+ticket+`"}`), &enrolled))
	var answer struct{ Challenge string }
	ts.Check(json.Unmarshal(ask(ts, http.MethodPost, url+"/v1/challenges", `{"purpose":"internet-cafe"}`, enrolled.Token), &answer))
	ts.Setenv("CHALLENGE", answer.Challenge)
}

// ask sends a request, with a token if there is one, and returns the body of a
// good answer.
func ask(ts *testscript.TestScript, method, url, body string, token ...string) []byte {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	ts.Check(err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, token := range token {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if answer.StatusCode/100 != 2 {
		ts.Fatalf("%s %s: %d %s", method, url, answer.StatusCode, b)
	}
	return b
}
