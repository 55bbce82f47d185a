package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// MinPeriodKey is the least length of a venue's period key in bytes. Numbers of
// identity documents can be enumerated; only the key keeps a handle from being
// turned back into one.
const MinPeriodKey = 32

// What a handle was derived from, so that a number and a subject that happen to
// be spelt alike stay apart.
const (
	fromNumber  = 1
	fromSubject = 2
)

const (
	handleLabel = "jianzheng handle 1" // first part of what is hashed
	handleBytes = 15                   // 120 bits: 24 characters without padding
)

// handleAlphabet spells handles in a–z and 2–7.
var handleAlphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// Handle returns by which name one venue knows one person in one period: 24
// characters a–z and 2–7, the start of HMAC-SHA-256 with the venue's period key
// over issuer (the card's iss) and the number of the identity document.
//
// It stays the same when the person gets a new card or phone, since neither goes
// in; a final X of the number may be small. It is useless at another venue or in
// another period, which have other keys, and when the key goes nobody can make
// or test it any more. Handle returns "" when the key is shorter than
// [MinPeriodKey], or issuer or number is empty. The caller forgets the number.
func Handle(periodKey []byte, issuer, number string) string {
	return handle(periodKey, fromNumber, issuer, strings.ToUpper(number))
}

// SubjectHandle is [Handle] for a card that did not disclose the number, over
// its sub. It lasts as long as the issuer keeps that sub.
func SubjectHandle(periodKey []byte, issuer, sub string) string {
	return handle(periodKey, fromSubject, issuer, sub)
}

// handle hashes
//
//	label ‖ kind(1) ‖ length of issuer(4, big endian) ‖ issuer ‖ value
//
// The length keeps two pairs that join to the same text apart.
func handle(periodKey []byte, kind byte, issuer, value string) string {
	if len(periodKey) < MinPeriodKey || issuer == "" || value == "" {
		return ""
	}
	mac := hmac.New(sha256.New, periodKey)
	head := append([]byte(handleLabel), kind)
	mac.Write(binary.BigEndian.AppendUint32(head, uint32(len(issuer))))
	mac.Write([]byte(issuer))
	mac.Write([]byte(value))
	return strings.ToLower(handleAlphabet.EncodeToString(mac.Sum(nil)[:handleBytes]))
}
