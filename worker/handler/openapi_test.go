package handler

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"jianzheng/shared/reason"
	"jianzheng/worker/conform"
	"jianzheng/worker/core"
)

// The document describes the routes, all of them and no others.
func TestOpenAPINamesTheRoutes(t *testing.T) {
	d := conform.ReadAPI(t, "../openapi.json")
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("version %s", d.OpenAPI)
	}
	var described, routed []string
	for path, methods := range d.Paths {
		for method := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	f := newFixture(t)
	for _, r := range (&server{Config: f.config}).routes(nil) {
		if r.method != anyMethod && r.path != "/" {
			routed = append(routed, r.method+" "+r.path)
		}
	}
	slices.Sort(described)
	slices.Sort(routed)
	if !slices.Equal(described, routed) {
		t.Errorf("described %q\nrouted    %q", described, routed)
	}
}

// Each code stands under its status, and every code that can refuse a request
// is described somewhere.
func TestOpenAPINamesTheCodes(t *testing.T) {
	d := conform.ReadAPI(t, "../openapi.json")
	seen := map[reason.Code]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			for status, response := range o.Responses {
				problem, ok := response.Content["application/problem+json"]
				if !ok {
					continue
				}
				for _, part := range problem.Schema.AllOf {
					if part.Properties == nil {
						continue
					}
					for _, v := range part.Properties["code"].Enum {
						code := reason.Code(v.(string))
						seen[code] = true
						if want := fmt.Sprint(core.Refuse(code, "").Status); status != want || code != reason.Internal && want == "500" {
							t.Errorf("%s %s: %s under %s, want %s", method, path, code, status, want)
						}
					}
				}
			}
		}
	}
	var listed []reason.Code
	for _, v := range d.Components.Schemas["Problem"].Properties["code"].Enum {
		listed = append(listed, reason.Code(v.(string)))
	}
	if !slices.Equal(listed, core.Codes()) {
		t.Errorf("listed %q\nwant   %q", listed, core.Codes())
	}
	for _, code := range core.Codes() {
		if !seen[code] {
			t.Errorf("%s stands under no operation", code)
		}
	}
}
