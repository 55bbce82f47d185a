package core

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"jianzheng/shared/reason"
)

// Refusal is a request that was refused, as problem details (RFC 9457). Its
// detail is for developers and never repeats anything of the request.
type Refusal struct {
	Status int
	Code   reason.Code
	Detail string
	Wait   time.Duration // after which to try again; 0 when that is not said
}

func (r *Refusal) Error() string { return "core: " + string(r.Code) + ": " + r.Detail }

// Problem is the refusal as a body of application/problem+json.
func (r *Refusal) Problem() []byte {
	// A struct of texts and numbers always has a form in JSON.
	b, _ := json.Marshal(struct {
		Type   string      `json:"type"`
		Title  string      `json:"title"`
		Status int         `json:"status"`
		Code   reason.Code `json:"code"`
		Detail string      `json:"detail,omitempty"`
	}{"about:blank", titles[r.Status], r.Status, r.Code, r.Detail})
	return append(b, '\n')
}

// Header is what the refusal adds to the header of its answer: a name and a
// value, or two empty texts.
func (r *Refusal) Header() (name, value string) {
	switch {
	case r.Wait > 0:
		return "Retry-After", strconv.Itoa(int((r.Wait + time.Second - 1) / time.Second))
	case r.Code == reason.StoreUnavailable:
		return "Retry-After", "1"
	case r.Code == reason.Unauthorized:
		return "WWW-Authenticate", "Bearer"
	}
	return "", ""
}

// AsRefusal is the refusal that an error is or wraps. Any other error is a fault
// of this program, of which the client is told nothing.
func AsRefusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return Refuse(reason.Internal, "")
}

// statuses are the HTTP statuses of the codes that refuse a request.
var statuses = map[reason.Code]int{
	reason.BodyMalformed:    400,
	reason.PurposeUnknown:   400,
	reason.Unauthorized:     401,
	reason.PurposeRefused:   403,
	reason.EnrolmentInvalid: 403,
	reason.TerminalRevoked:  403,
	reason.NonceUnknown:     404,
	reason.NotFound:         404,
	reason.MethodNotAllowed: 405,
	reason.NonceUsed:        409,
	reason.CheckpointOld:    409,
	reason.NonceExpired:     410,
	reason.BodyTooLarge:     413,
	reason.MediaType:        415,
	reason.RateLimited:      429,
	reason.Internal:         500,
	reason.StoreUnavailable: 503,
}

// titles are the phrases of the statuses (RFC 9110 §15).
var titles = map[int]string{
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	409: "Conflict", 410: "Gone", 413: "Request Entity Too Large", 415: "Unsupported Media Type",
	429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}

// Codes lists every code that may refuse a request, sorted.
func Codes() []reason.Code { return slices.Sorted(maps.Keys(statuses)) }

// Refuse makes a refusal. A code that refuses no request is a fault of this
// program and becomes [reason.Internal].
func Refuse(code reason.Code, detail string) *Refusal {
	status, ok := statuses[code]
	if !ok {
		return &Refusal{Status: 500, Code: reason.Internal}
	}
	return &Refusal{Status: status, Code: code, Detail: detail}
}

// refuse is Refuse as an error.
func refuse(code reason.Code, detail string) error { return Refuse(code, detail) }
