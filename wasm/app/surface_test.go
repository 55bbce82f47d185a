package app

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jianzheng/shared/reason"
	"jianzheng/shared/register"
	"jianzheng/shared/verify"
)

// The engine's surface is written once more for the pages, in
// web/types/engine.d.ts and register.d.ts. Each interface there that mirrors a type here has the
// same members.
func TestSurfaceIsMirrored(t *testing.T) {
	b, err := os.ReadFile("../../web/types/engine.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	more, err := os.ReadFile("../../web/types/register.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, more...)
	mirrors := map[string]any{
		"Check": verify.Check{}, "Claims": verify.Claims{}, "Issuer": verify.Issuer{}, "Detail": verify.Detail{},
		"Result": verify.Result{}, "Party": verify.Party{}, "Asked": Asked{}, "Modules": Modules{},
		"BootRequest": BootRequest{}, "BootAnswer": BootAnswer{}, "Purpose": Purpose{}, "Challenge": ChallengeAnswer{},
		"TimeAnswer": TimeAnswer{}, "VerifyAnswer": VerifyAnswer{}, "ResultAnswer": ResultAnswer{}, "HolderRead": HolderReadAnswer{},
		"HolderCard": HolderCardAnswer{}, "HolderPaper": HolderPaperAnswer{}, "HolderBegin": HolderBeginAnswer{}, "HolderFinish": HolderFinishAnswer{}, "HolderParts": HolderPartsAnswer{}, "Scan": ScanAnswer{}, "Collected": CollectAnswer{}, "Sight": Sight{},
		"AnswerKey": AnswerKeyAnswer{}, "Sealed": Sealed{}, "AnswerKept": AnswerKeepAnswer{},
		"AnswerRestored": AnswerRestoreAnswer{}, "OpenBox": OpenBox{}, "Post": Post{},
		"RegisterLine": RegisterLine{}, "RegisterStart": RegisterStartRequest{}, "RegisterEnd": RegisterEnd{}, "RegisterAppend": RegisterAppendRequest{},
		"RegisterCheckRequest": RegisterCheckRequest{}, "RegisterCheck": RegisterCheckAnswer{}, "RegisterFault": register.Fault{}, "RegisterReport": register.Report{},
		"RegisterAppended": RegisterAppendAnswer{}, "RegisterState": RegisterStateAnswer{}, "RegisterRow": RegisterRow{}, "RegisterSheet": register.Check{}, "RegisterNote": RegisterNote{},
		"RegisterPerson": register.Person{}, "RegisterOpen": RegisterOpenRequest{}, "RegisterOpened": RegisterOpenAnswer{}, "RegisterDestroyed": RegisterDestroyAnswer{},
	}
	for name, v := range mirrors {
		t.Run(name, func(t *testing.T) {
			body := regexp.MustCompile(`(?s)export interface ` + name + `( extends \w+)? \{\n(.*?)\n\}`).FindSubmatch(b)
			if body == nil {
				t.Fatalf("no interface %s", name)
			}
			var there []string
			for _, m := range regexp.MustCompile(`(?m)^  (\w+)\??:`).FindAllSubmatch(body[2], -1) {
				if name := string(m[1]); name != "op" {
					there = append(there, name)
				}
			}
			here := members(reflect.TypeOf(v))
			if len(body[1]) > 0 { // the members of Modules come with it
				here = slices.DeleteFunc(here, func(s string) bool { return s == "size" || s == "bits" })
			}
			for _, m := range here {
				if !slices.Contains(there, m) && !optional[m] {
					t.Errorf("%s is missing there", m)
				}
			}
			for _, m := range there {
				if !slices.Contains(here, m) && !added[m] {
					t.Errorf("%s is missing here", m)
				}
			}
		})
	}
}

// The page reads a Sight from memory: its numbers are of one size, without gaps,
// and named there in the same order.
func TestSightLiesAsItIsRead(t *testing.T) {
	b, err := os.ReadFile("../../web/engine/sight.js")
	if err != nil {
		t.Fatal(err)
	}
	s := reflect.TypeOf(Sight{})
	if want := uintptr(4 * (8 + s.NumField() - 1)); s.Size() != want || s.Field(0).Name != "Corners" {
		t.Errorf("%d bytes beginning with %s, want %d", s.Size(), s.Field(0).Name, want)
	}
	names := "['" + strings.Join(members(s)[1:], "', '") + "']"
	if !strings.Contains(string(b), names) {
		t.Errorf("web/engine/sight.js lacks %s", names)
	}
}

// optional members need not be known to a page, and added ones are the page's own.
var (
	optional = map[string]bool{"handleKey": true}
	added    = map[string]bool{}
)

// members are the names in the JSON of a struct.
func members(t reflect.Type) (names []string) {
	for f := range t.Fields() {
		if f.Anonymous && f.Tag.Get("json") == "" {
			names = append(names, members(f.Type)...)
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// The two faults that a page reports by itself are what verify.Failure says.
func TestFaultsOfThePage(t *testing.T) {
	b, err := os.ReadFile("../../web/lib/flow.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []reason.Code{reason.NoCode, reason.EngineCrashed} {
		r := verify.Failure(code)
		want := `'` + string(code) + `': { outcome: '` + string(r.Outcome) + `', code: '` + r.Code + `' }`
		if !strings.Contains(string(b), want) {
			t.Errorf("web/lib/flow.js lacks %s", want)
		}
	}
	if b, err := json.Marshal(verify.Failure(reason.NoCode)); err != nil || !strings.Contains(string(b), `"claims":{}`) {
		t.Errorf("%s, %v", b, err)
	}
}
