// Package app answers the requests of a page or a mini app: it holds the lists,
// the challenges that were shown and the answers under way, and calls
// shared/verify for every decision. It is plain Go; main_js.go is its only edge.
//
// A request is one JSON object with "op"; the answer is one JSON object, or
// {"error": {"code", "message"}}. Times are Unix milliseconds, bytes base64url
// without padding. The types here are mirrored in web/types/engine.d.ts.
package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
	"jianzheng/shared/sequence"
	"jianzheng/shared/verify"
)

// Version is shown in the details of the page.
const Version = "0.1.0"

// maxRequestBytes bounds a request: the lists are most of it.
const maxRequestBytes = 4 << 20

// App is one engine. It is not safe for use by several goroutines.
type App struct {
	rand    io.Reader
	decoder *qr.Decoder

	lists   *verify.Lists
	demo    bool
	party   verify.Party
	ownKey  *cwt.PrivateKey // signs challenges made without a network
	handles []byte          // the venue's key of the period

	shown    []verify.Challenge
	keys     []pageKey // of way A, oldest first
	seen     []seen
	tickets  int
	pending  map[string]*waiting
	last     *verify.Result // the result that staff may have to decide
	holdings map[string]*presenting
	parts    sequence.Collector
	checking *checking // of a register
	stained  bool      // something personal went through since Wipe
}

// New returns an engine that draws its randomness from rand.
func New(rand io.Reader) *App {
	return &App{
		rand: rand, decoder: qr.NewDecoder(), lists: &verify.Lists{},
		pending: map[string]*waiting{}, holdings: map[string]*presenting{},
	}
}

// Spent says that something personal went through and none of it is needed any
// more. Then the caller clears its buffers and calls Wipe.
func (a *App) Spent() bool {
	return a.stained && a.last == nil && len(a.pending) == 0 && a.parts.Progress().Of == 0
}

// Wipe lets go of the buffers that hold what was read. Of a text that came in parts
// only its hash is left by then, so that it counts once while it stays in view.
func (a *App) Wipe() {
	a.decoder = qr.NewDecoder()
	a.stained = false
}

// Error is what a refused request is answered with.
type Error struct {
	Code    reason.Code `json:"code"`
	Message string      `json:"message"` // for developers; holds no claim
}

// refusal is an Error as a Go error.
type refusal struct{ said Error }

func (r refusal) Error() string { return string(r.said.Code) + ": " + r.said.Message }

func refuse(code reason.Code, format string, args ...any) error {
	return refusal{Error{code, fmt.Sprintf(format, args...)}}
}

// Call answers one request. It never panics: a fault of this program is an
// answer with the code engine-crashed, after which the page starts a fresh
// engine.
func (a *App) Call(request []byte) (answer []byte) {
	defer func() {
		if p := recover(); p != nil {
			answer = failure(refuse(reason.EngineCrashed, "%v", p))
		}
	}()
	if len(request) > maxRequestBytes {
		return failure(refuse(reason.BodyTooLarge, "%d bytes", len(request)))
	}
	name, err := operation(request)
	if err != nil {
		return failure(refuse(reason.BodyMalformed, "not a JSON object"))
	}
	op, ok := ops[name]
	if !ok {
		return failure(refuse(reason.NotFound, "no operation %.40q", name))
	}
	v, err := op(a, request)
	if err != nil {
		return failure(err)
	}
	return encode(v)
}

// operation is the name that a request gives. Pages put it first; there it is
// read without parsing the whole request, which the operation does once more.
func operation(request []byte) (string, error) {
	if rest, ok := bytes.CutPrefix(request, []byte(`{"op":"`)); ok {
		name, _, _ := bytes.Cut(rest, []byte(`"`))
		if _, ok := ops[string(name)]; ok {
			return string(name), nil
		}
	}
	var head struct {
		Op string `json:"op"`
	}
	err := json.Unmarshal(request, &head)
	return head.Op, err
}

// ops are the operations, by name.
var ops map[string]func(*App, []byte) (any, error)

func init() {
	ops = map[string]func(*App, []byte) (any, error){
		"boot":            op((*App).boot),
		"time":            op((*App).time),
		"challenge.adopt": op((*App).adopt),
		"challenge.make":  op((*App).make),
		"verify":          op((*App).verify),
		"collect":         op((*App).collectText),
		"answer.key":      op((*App).answerKey),
		"answer.keep":     op((*App).answerKeep),
		"answer.restore":  op((*App).answerRestore),
		"conclude":        op((*App).conclude),
		"decide":          op((*App).decide),
		"forget":          op((*App).forget),
		"encode":          op((*App).encode),
		"holder.read":     op((*App).holderRead),
		"holder.card":     op((*App).holderCard),
		"holder.paper":    op((*App).holderPaper),
		"holder.begin":    op((*App).holderBegin),
		"holder.show":     op((*App).holderShow),
		"holder.finish":   op((*App).holderFinish),
		"holder.parts":    op((*App).holderParts),

		"register.start":   op((*App).registerStart),
		"register.append":  op((*App).registerAppend),
		"register.state":   op((*App).registerState),
		"register.check":   op((*App).registerCheck),
		"register.export":  op((*App).registerExport),
		"register.open":    op((*App).registerOpen),
		"register.destroy": op((*App).registerDestroy),
		"register.strip":   op((*App).registerStrip),
	}
}

// op turns a typed method into one that reads its request from JSON.
func op[Request, Answer any](f func(*App, Request) (Answer, error)) func(*App, []byte) (any, error) {
	return func(a *App, b []byte) (any, error) {
		var r Request
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, refuse(reason.BodyMalformed, "%v", err)
		}
		return f(a, r)
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // answers are plain structs
	}
	return b
}

func failure(err error) []byte {
	var r refusal
	if !errors.As(err, &r) {
		r.said = Error{reason.Internal, err.Error()}
	}
	return encode(struct {
		Error Error `json:"error"`
	}{r.said})
}

// millis is a point in time as JavaScript counts: milliseconds since 1970.
type millis int64

func (m millis) time() time.Time { return time.UnixMilli(int64(m)).UTC() }

func toMillis(t time.Time) millis {
	if t.IsZero() {
		return 0
	}
	return millis(t.UnixMilli())
}

// data is bytes as base64url text.
type data []byte

func (d data) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, d), nil
}

func (d *data) UnmarshalText(text []byte) error {
	b, err := base64.RawURLEncoding.AppendDecode(nil, text)
	if err != nil {
		return errors.New("bytes are not base64url without padding")
	}
	*d = b
	return nil
}

// ticket names something that is under way.
func (a *App) ticket() string {
	a.tickets++
	return strconv.Itoa(a.tickets)
}

// Modules is a QR symbol without its quiet zone: rows from the top, 1 is dark,
// most significant bit first, rows not padded.
type Modules struct {
	Size int  `json:"size"`
	Bits data `json:"bits"`
}

// EncodeRequest asks for a symbol.
type EncodeRequest struct {
	Text  string `json:"text"`
	Level string `json:"level"`
}

func (a *App) encode(r EncodeRequest) (Modules, error) {
	level, err := qr.ParseLevel(r.Level)
	if err != nil {
		return Modules{}, refuse(reason.BodyMalformed, "%v", err)
	}
	return modules(r.Text, level)
}

func modules(text string, level qr.Level) (Modules, error) {
	m, err := qr.Encode(text, level)
	if err != nil {
		return Modules{}, refuse(reason.TooLarge, "%v", err)
	}
	return Modules{m.Size, m.Packed()}, nil
}
