package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// assemble turns a module in the text format of WebAssembly into the binary
// one. It knows what kernel.wat needs: one imported memory, functions with
// parameters, at most one result and locals, and instructions that are not folded.
func assemble(source string) ([]byte, error) {
	a := &assembler{tokens: tokenize(source), functions: map[string]uint32{}}
	if err := a.module(); err != nil {
		return nil, fmt.Errorf("token %d, near %q: %w", a.at, strings.Join(a.tokens[max(a.at-4, 0):min(a.at+2, len(a.tokens))], " "), err)
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	memory := slices.Concat(name(a.from), name(a.memory), []byte{2, 0, 1}) // a memory of one page or more
	out = append(out, section(1, a.types)...)
	out = append(out, section(2, [][]byte{memory})...)
	out = append(out, section(3, a.uses)...)
	out = append(out, section(7, a.exports)...)
	return append(out, section(10, a.bodies)...), nil
}

// tokenize splits at white space and around parentheses, without comments.
func tokenize(source string) []string {
	var out []string
	for line := range strings.Lines(source) {
		line, _, _ = strings.Cut(line, ";;")
		line = strings.NewReplacer("(", " ( ", ")", " ) ").Replace(line)
		out = append(out, strings.Fields(line)...)
	}
	return out
}

type assembler struct {
	tokens                       []string
	at                           int
	from, memory                 string
	functions                    map[string]uint32
	types, uses, exports, bodies [][]byte
}

// next takes one token, "" behind the last.
func (a *assembler) next() string {
	if a.at >= len(a.tokens) {
		return ""
	}
	a.at++
	return a.tokens[a.at-1]
}

// expect takes these tokens.
func (a *assembler) expect(tokens ...string) error {
	for _, want := range tokens {
		if got := a.next(); got != want {
			return fmt.Errorf("%q, want %q", got, want)
		}
	}
	return nil
}

func (a *assembler) module() error {
	if err := a.expect("(", "module", "(", "import"); err != nil {
		return err
	}
	a.from, a.memory = strings.Trim(a.next(), `"`), strings.Trim(a.next(), `"`)
	if err := a.expect("(", "memory", "1", ")", ")"); err != nil {
		return err
	}
	for a.at < len(a.tokens) && a.tokens[a.at] == "(" {
		if err := a.expect("(", "func"); err != nil {
			return err
		}
		if err := a.function(); err != nil {
			return err
		}
	}
	if err := a.expect(")"); err != nil || a.at == len(a.tokens) {
		return err
	}
	return fmt.Errorf("more after the module")
}

var kinds = map[string]byte{"i32": 0x7f, "i64": 0x7e, "v128": 0x7b}

// function takes what follows "(func".
func (a *assembler) function() error {
	number := uint32(len(a.types))
	if a.at < len(a.tokens) && strings.HasPrefix(a.tokens[a.at], "$") {
		a.functions[a.next()] = number
	}
	locals := map[string]uint32{}
	var params, results, extra []byte
	for a.at < len(a.tokens) && a.tokens[a.at] == "(" {
		a.at++
		switch field := a.next(); field {
		case "export":
			a.exports = append(a.exports, slices.Concat(name(strings.Trim(a.next(), `"`)), []byte{0}, unsigned(number)))
		case "param", "local":
			locals[a.next()] = uint32(len(locals))
			kind, known := kinds[a.next()]
			if !known {
				return fmt.Errorf("unknown type")
			}
			if field == "param" {
				params = append(params, kind)
			} else {
				extra = append(extra, 1, kind)
			}
		case "result":
			results = append(results, kinds[a.next()])
		default:
			return fmt.Errorf("unknown field %q", field)
		}
		if err := a.expect(")"); err != nil {
			return err
		}
	}
	a.types = append(a.types, slices.Concat([]byte{0x60}, unsigned(uint32(len(params))), params, unsigned(uint32(len(results))), results))
	a.uses = append(a.uses, unsigned(number))
	body := append(unsigned(uint32(len(extra)/2)), extra...)
	for t := a.next(); t != ")"; t = a.next() {
		op, known := opcodes[t]
		if !known {
			return fmt.Errorf("unknown instruction %q", t)
		}
		operands, err := a.operands(op.operand, locals)
		if err != nil {
			return err
		}
		body = slices.Concat(body, op.code, operands)
	}
	body = append(body, 0x0b)
	a.bodies = append(a.bodies, append(unsigned(uint32(len(body))), body...))
	return nil
}

// operands takes and encodes what stands behind an instruction.
func (a *assembler) operands(kind operand, locals map[string]uint32) ([]byte, error) {
	switch kind {
	case index, number, lane:
		n, err := strconv.ParseInt(a.next(), 0, 64)
		if kind == number {
			return signed(int32(uint32(n))), err
		}
		return unsigned(uint32(n)), err
	case lanes:
		var out []byte
		for range 16 {
			n, err := strconv.ParseUint(a.next(), 0, 5)
			if err != nil {
				return nil, err
			}
			out = append(out, byte(n))
		}
		return out, nil
	case local, function:
		names := locals
		if kind == function {
			names = a.functions
		}
		t := a.next()
		n, known := names[t]
		if !known {
			return nil, fmt.Errorf("unknown name %q", t)
		}
		return unsigned(n), nil
	case address1, address2, address4, address8:
		offset := uint64(0)
		if text, given := strings.CutPrefix(a.tokens[min(a.at, len(a.tokens)-1)], "offset="); given {
			a.at++
			var err error
			if offset, err = strconv.ParseUint(text, 0, 31); err != nil {
				return nil, err
			}
		}
		return append([]byte{byte(kind - address1)}, unsigned(uint32(offset))...), nil
	}
	return nil, nil
}

// section is a section of the module that holds a list.
func section(id byte, items [][]byte) []byte {
	content := append(unsigned(uint32(len(items))), slices.Concat(items...)...)
	return slices.Concat([]byte{id}, unsigned(uint32(len(content))), content)
}

func name(s string) []byte { return append(unsigned(uint32(len(s))), s...) }

// unsigned and signed are numbers in LEB128.
func unsigned(n uint32) []byte {
	var out []byte
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

func signed(n int32) []byte {
	var out []byte
	for n < -0x40 || n >= 0x40 {
		out = append(out, byte(n)|0x80)
		n >>= 7
	}
	return append(out, byte(n)&0x7f)
}
