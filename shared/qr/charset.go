package qr

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Charset turns bytes in a character set into text. eci is the number that AIM's
// register of Extended Channel Interpretations gives the set, such as 20 for
// Shift_JIS, 29 for GB 2312 and 32 for GB 18030, or [Undeclared]. It reports
// false for sets that it does not know and, undeclared, for bytes that it cannot
// place. b is valid during the call only.
//
// The tables of such sets are large, so this package has none of them. The
// folder charset holds a Charset for programs that can afford them.
type Charset func(eci int, b []byte) (text string, ok bool)

// Undeclared stands for a character set when the symbol names none.
const Undeclared = -1

// Numbers of the register of Extended Channel Interpretations that are used here.
const (
	eciGLI1     = 1 // ISO-8859-1, of the older register
	eciLatin1   = 3
	eciShiftJIS = 20
	eciUTF16    = 25 // big-endian
	eciUTF8     = 26
	eciASCII    = 27
	eciGB2312   = 29
	eciBinary   = 899
)

// spans collects text from bytes of several character sets, one span after another.
type spans struct {
	charset  Charset
	declared int    // by the last ECI
	eci      int    // of the open span
	paired   bool   // it comes from a mode of two-byte characters
	open     []byte // the open span
	text     []byte // what was before it, UTF-8
}

func (s *spans) start(charset Charset) {
	s.charset, s.declared, s.eci, s.paired = charset, Undeclared, Undeclared, false
	s.open, s.text = s.open[:0], s.text[:0]
}

// span makes sure that the open span is of one kind.
func (s *spans) span(eci int, paired bool) {
	if s.eci != eci || s.paired != paired {
		s.close()
		s.eci, s.paired = eci, paired
	}
}

// byte adds a byte of the character set declared.
func (s *spans) byte(c byte) {
	s.span(s.declared, false)
	s.open = append(s.open, c)
}

// ascii adds a character of the modes that have no other. It stays in the open
// span where that cannot change its meaning, as encoders may change modes
// anywhere, even within a character of UTF-8.
func (s *spans) ascii(c byte) {
	if s.eci != eciUTF8 {
		s.span(Undeclared, false)
	}
	s.open = append(s.open, c)
}

// pair adds a character of two bytes.
func (s *spans) pair(eci int, high, low byte) {
	s.span(eci, true)
	s.open = append(s.open, high, low)
}

// finish returns the text of all spans.
func (s *spans) finish() string {
	s.close()
	return string(s.text)
}

// close moves the open span to the text, by the rules at [Symbol.Text].
func (s *spans) close() {
	b := s.open
	s.open = b[:0]
	switch s.eci {
	case Undeclared:
		if utf8.Valid(b) {
			s.text = append(s.text, b...)
		} else if !s.ask(b) {
			s.latin1(b)
		}
		return
	case eciGLI1, eciLatin1, eciBinary:
		s.latin1(b)
		return
	case eciUTF16:
		for ; len(b) >= 2; b = b[2:] {
			r := rune(b[0])<<8 | rune(b[1])
			if utf16.IsSurrogate(r) && len(b) >= 4 {
				if full := utf16.DecodeRune(r, rune(b[2])<<8|rune(b[3])); full != utf8.RuneError {
					r, b = full, b[2:]
				}
			}
			s.text = utf8.AppendRune(s.text, r) // U+FFFD for half a surrogate pair
		}
		if len(b) > 0 {
			s.text = utf8.AppendRune(s.text, utf8.RuneError)
		}
		return
	case eciUTF8, eciASCII:
	default:
		if s.ask(b) {
			return
		}
		if s.paired {
			for range len(b) / 2 {
				s.text = utf8.AppendRune(s.text, utf8.RuneError)
			}
			return
		}
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		s.text = utf8.AppendRune(s.text, r)
		b = b[n:]
	}
}

// ask adds the text that the charset has for b. It reports false if it has none.
func (s *spans) ask(b []byte) bool {
	if s.charset == nil || len(b) == 0 {
		return len(b) == 0
	}
	text, ok := s.charset(s.eci, b)
	if ok {
		s.text = append(s.text, text...)
	}
	return ok
}

func (s *spans) latin1(b []byte) {
	for _, c := range b {
		s.text = utf8.AppendRune(s.text, rune(c))
	}
}
