package core

import (
	"maps"
	"slices"
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
