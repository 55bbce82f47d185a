package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"jianzheng/shared/credential"
	"jianzheng/shared/status"
)

// ErrTicket is returned for a ticket that this authority did not make.
var ErrTicket = errors.New("demo: not a ticket of this authority")

const macBytes = 16

// LossTicket is what reports the loss of a card of this authority: it names the
// card's place in the status list and nothing of the person. It is empty for a
// card whose place is not its own, as of the people who are revoked from the start.
//
//	place(4) ‖ HMAC-SHA-256(place)[:16], as base64url
func (a *Authority) LossTicket(c *credential.Card) (string, error) {
	place, _, ok, err := status.ReferenceFrom(c.Claims())
	if err != nil || !ok || place < firstOwn || place >= statusEntries {
		return "", err
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(place))
	mac, err := a.lossMAC(b)
	return base64.RawURLEncoding.EncodeToString(append(b, mac...)), err
}

func (a *Authority) lossMAC(place []byte) ([]byte, error) {
	key, err := a.keys[keyStatus].MarshalCBOR()
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte("jianzheng demo loss 1"))
	h.Write(place)
	return h.Sum(nil)[:macBytes], nil
}

// ReportLoss marks a card as lost or as found again. The next status list says
// so; what was reported lasts as long as this Authority. The error wraps [ErrTicket].
func (a *Authority) ReportLoss(ticket string, lost bool) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(ticket)
	if err != nil || len(b) != 4+macBytes {
		return ErrTicket
	}
	mac, err := a.lossMAC(b[:4])
	if err != nil {
		return err
	}
	place := uint64(binary.BigEndian.Uint32(b))
	if !hmac.Equal(mac, b[4:]) || place < firstOwn || place >= statusEntries {
		return ErrTicket
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lost[place] == lost {
		return nil
	}
	if a.lost == nil {
		a.lost = map[uint64]bool{}
	}
	if lost {
		a.lost[place] = true
	} else {
		delete(a.lost, place)
	}
	a.status = signed{} // to be signed afresh
	return nil
}
