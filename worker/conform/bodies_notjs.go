//go:build !js

package conform

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/answer"
	"jianzheng/shared/register"
	"jianzheng/worker/core"
)

// pair is a member of a JSON object as it stands there.
type pair struct{ name, value string }

func object(pairs ...pair) string {
	var parts []string
	for _, p := range pairs {
		parts = append(parts, fmt.Sprintf("%q:%s", p.name, p.value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// taker is a route that takes a body, with one that it takes.
type taker struct {
	path     string
	good     []pair
	optional []string            // members that may be missing
	bad      map[string][]string // values it refuses, by member
	status   int                 // of the good body
	cap      int
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func text(value string) string { return fmt.Sprintf("%q", value) }

// takers are all routes that take a body, each with a good one that was not used
// yet.
func (u *under) takers(t *testing.T) []taker {
	t.Helper()
	key := base64.RawURLEncoding.EncodeToString(read(t, rand.Reader, 32))
	hash := strings.Repeat("A", 43)
	nonce := u.issue(t).Nonce
	box := u.newBox(t)
	posted := []pair{{"nonce", text(box.issued.Nonce)}, {"party", text(OpenParty)}, {"purpose", text(OpenPurpose)}}
	ticket := u.Site.Ticket(t, core.Caller{Party: Bank, Terminal: "desk-3"}, time.Now(), rand.Reader)
	// The same bytes, written as a careless reader would also take them.
	base64s := func(good string) []string {
		last := good[:len(good)-1]
		next := alphabet[strings.IndexByte(alphabet, good[len(good)-1])+1] // differs in bits that stand for nothing
		return []string{
			text(""), text(last), text(good + "A"), text(good + "="), text(good + "\n"), text(" " + good), text(last + "+"), text(last + "*"),
			text(last + "\u00a0"), text(last + string(next)),
		}
	}
	ids := []string{text(""), text(strings.Repeat("a", 300)), `"a\nb"`, `"a\u0000b"`}
	purposes := []string{text(""), text("Hotel"), text("a b"), text(strings.Repeat("a", 300))}
	return []taker{
		{"/v1/challenges", []pair{{"purpose", text(OpenPurpose)}, {"party", text(OpenParty)}, {"pageKey", text(key)}}, []string{"party", "pageKey"},
			map[string][]string{"purpose": purposes, "party": append(ids, text("stranger")), "pageKey": base64s(key)}, http.StatusCreated, core.MaxBodyBytes},
		{"/v1/redeem", []pair{
			{"nonce", text(nonce)}, {"party", text(OpenParty)}, {"purpose", text(OpenPurpose)}, {"outcome", text("accepted")}, {"class", text("A")},
			{"reason", text("ok")}, {"hash", text(hash)}, {"labels", `["name"]`}, {"sequence", "1"}}, nil,
			map[string][]string{
				"nonce": base64s(nonce), "party": ids, "purpose": purposes, "outcome": {text(""), text("ACCEPTED"), text("rejected"), text("Zhang San")},
				"class": {text(""), text("E"), text("a"), text("AA")}, "reason": {text(""), text("Zhang San"), text("nonce-used"), text("internal")},
				"hash":     base64s(hash),
				"labels":   {`["name","name"]`, `["portrait"]`, `[1]`, `[null]`, `["name",]`, `"name"`, `["Zhang San"]`},
				"sequence": {"-1", "1.5", "1e400", "9007199254740992", "18446744073709551616", "01", "+1", "0x1", "NaN"}},
			http.StatusOK, core.MaxBodyBytes},
		{"/v1/terminals", []pair{{"ticket", text(ticket)}}, nil,
			map[string][]string{"ticket": {text(""), text("AAAA"), text(ticket + "="), text(ticket + "\n"), text(strings.Repeat("A", 1000))}},
			http.StatusCreated, core.MaxBodyBytes},
		{"/v1/checkpoints", []pair{{"party", text(OpenParty)}, {"register", text(key)}, {"count", "3"}, {"head", text(hash)}}, nil,
			map[string][]string{
				"party": append(ids, text("stranger")), "register": base64s(key), "head": base64s(hash),
				"count": {"0", "-1", "1.5", fmt.Sprint(register.MaxLines + 1), "18446744073709551616"}},
			http.StatusCreated, core.MaxBodyBytes},
		{box.path("opened"), posted, nil,
			map[string][]string{"nonce": base64s(box.issued.Nonce), "party": ids, "purpose": purposes}, http.StatusNoContent, core.MaxBodyBytes},
		{box.path("response"), append(slices.Clone(posted), pair{"ciphertext", text(sealedText(9))}), nil,
			map[string][]string{
				"nonce": base64s(box.issued.Nonce), "party": ids, "purpose": purposes,
				"ciphertext": append(base64s(sealedText(9)), text("AAAA"))}, http.StatusNoContent, core.MaxPostBytes},
	}
}

// bodies: whatever is wrong with a body has it refused as malformed, and nothing
// is used up by it: the good one is taken afterwards.
func (u *under) bodies(t *testing.T) {
	n := 0
	for _, r := range u.takers(t) {
		for _, body := range r.malformed() {
			n++
			if got := u.post(t, r.path, body); got.status != http.StatusBadRequest || got.member("code") != "body-malformed" {
				t.Errorf("%s: %.300q: %v, want 400 body-malformed", r.path, body, got)
			}
		}
		if got := u.post(t, r.path, object(r.good...)); got.status != r.status {
			t.Errorf("%s: a good body after bad ones: %v, want %d", r.path, got, r.status)
		}
	}
	t.Logf("%d malformed bodies", n)
}

func (r taker) malformed() []string {
	good := object(r.good...)
	deep := strings.Repeat("[", core.MaxBodyBytes/2)
	bodies := []string{
		"", " ", "null", "true", "1", `""`, "[]", "[" + good + "]", "{", good[:len(good)-1], good + "}", good + good, good + "x", good + ",", "\ufeff" + good,
		good[:len(good)-1] + ",}", good[:len(good)-1] + `,"name":"Zhang San"}`, good[:len(good)-1] + `,"":1}`, "{\"\xff\":1," + good[1:],
		deep, fmt.Sprintf(`{%q:%s`, r.good[0].name, deep), strings.ReplaceAll(good, `"`, "'"), "\x00" + good, "/**/" + good,
	}
	for i, p := range r.good {
		with := func(changed ...pair) {
			bodies = append(bodies, object(slices.Replace(slices.Clone(r.good), i, i+1, changed...)...))
		}
		if !slices.Contains(r.optional, p.name) {
			with()
		}
		wrong := []string{"null", "true", "{}", "[[]]", `{"a":1}`, "\"\xff\"", `"\ud800"x`}
		if p.value[0] == '"' {
			wrong = append(wrong, "1", "["+p.value+"]")
		} else {
			wrong = append(wrong, `"1"`, `""`)
		}
		for _, value := range append(wrong, r.bad[p.name]...) {
			with(pair{p.name, value})
		}
		with(p, p)
		with(pair{strings.ToUpper(p.name), p.value})
		with(pair{p.name + " ", p.value})
	}
	return bodies
}

// unannounced is a body whose length the client does not tell beforehand.
type unannounced struct{ *bytes.Reader }

// caps: a body of exactly the cap is taken, one byte more is not, whether its
// length is told beforehand or not, and whether the client waits to be asked for
// it (RFC 9110 §10.1.1) or not.
func (u *under) caps(t *testing.T) {
	for _, chunked := range []bool{false, true} {
		for _, expect := range []bool{false, true} {
			for _, r := range u.takers(t) {
				post := func(length int) reply {
					body := []byte(object(r.good...))
					body = append(body, bytes.Repeat([]byte(" "), length-len(body))...)
					request := u.request(t, http.MethodPost, r.path, bytes.NewReader(body))
					if chunked {
						request = u.request(t, http.MethodPost, r.path, unannounced{bytes.NewReader(body)})
						request.ContentLength = -1
					}
					if expect {
						request.Header.Set("Expect", "100-continue")
					}
					return u.send(t, request)
				}
				what := fmt.Sprintf("%s, chunked %v, expect %v", r.path, chunked, expect)
				post(r.cap+1).want(t, what+": over the cap", http.StatusRequestEntityTooLarge, "body-too-large")
				post(r.cap).want(t, what+": of the cap", r.status, "")
			}
		}
	}
	// An answer over its own cap within a body that is not.
	box := u.newBox(t)
	body := box.body(base64.RawURLEncoding.EncodeToString(make([]byte, answer.MaxBytes+1)))
	u.post(t, box.path("response"), body).want(t, "a long answer", http.StatusRequestEntityTooLarge, "body-too-large")
}
