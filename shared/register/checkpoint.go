package register

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"jianzheng/shared/cwt"
)

// checkpointType is the typ (RFC 9596) of a checkpoint: nothing else that the
// same key signs can be read as one.
const checkpointType = "register-checkpoint+cwt"

// Checkpoint says how many lines a register had at a time, and the hash of the
// last one. It holds nothing of what the lines say.
type Checkpoint struct {
	Operator string    // who signs
	At       time.Time // whole seconds
	Register Hash      // of the first line
	Count    uint64
	Head     Hash // of the last line
}

// The claims of a checkpoint; labels below -65536 are for private use.
//
//	{ 1: operator, 6: iat, -70050: hash of the first line, -70051: count,
//	  -70052: hash of the last line }
type checkpointMap struct {
	Operator string `cbor:"1,keyasint"`
	At       uint64 `cbor:"6,keyasint"`
	Register []byte `cbor:"-70050,keyasint"`
	Count    uint64 `cbor:"-70051,keyasint"`
	Head     []byte `cbor:"-70052,keyasint"`
}

// Checkpoint is the statement for an operator to sign.
func (log *Log) Checkpoint(operator string, at time.Time) Checkpoint {
	return Checkpoint{operator, at.Truncate(time.Second).UTC(), log.firstHash, log.count, log.head}
}

func (c Checkpoint) payload() ([]byte, error) {
	return cwt.Encode(checkpointMap{c.Operator, uint64(c.At.Unix()), c.Register[:], c.Count, c.Head[:]})
}

// Sign makes the CWT. An operator signs only what follows from the last
// checkpoint it signed for the same register: a greater count.
func (c Checkpoint) Sign(k *cwt.PrivateKey) ([]byte, error) {
	if err := text("operator", c.Operator, maxTextBytes); err != nil {
		return nil, err
	}
	payload, err := c.payload()
	if err != nil {
		return nil, err
	}
	b, err := cwt.Sign(k, cwt.Header{Type: checkpointType}, nil, payload)
	if err != nil {
		return nil, fmt.Errorf("register: checkpoint: %w", err)
	}
	return b, nil
}

// OpenCheckpoint checks the signature with the operator's key and reads a
// checkpoint. The error wraps [ErrCheckpoint], [cwt.ErrSignature],
// [cwt.ErrAlgorithm] or [cwt.ErrKey].
func OpenCheckpoint(b []byte, k *cwt.Key) (Checkpoint, error) {
	m, c, err := readCheckpoint(b)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := m.Verify(k); err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}

// readCheckpoint reads a checkpoint whose signature is not checked yet.
func readCheckpoint(b []byte) (*cwt.Message, Checkpoint, error) {
	fail := func(err error) (*cwt.Message, Checkpoint, error) {
		return nil, Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	m, err := cwt.ParseMax(b, maxCheckpointBytes)
	if err != nil {
		return fail(err)
	}
	if typ, ok := m.Header.Type.(string); !ok || typ != checkpointType {
		return fail(errors.New("typ"))
	}
	var claims checkpointMap
	if err := cwt.Decode(m.Payload, &claims); err != nil {
		return fail(err)
	}
	c := Checkpoint{Operator: claims.Operator, At: seconds(claims.At), Count: claims.Count}
	copy(c.Register[:], claims.Register)
	copy(c.Head[:], claims.Head)
	if err := text("operator", c.Operator, maxTextBytes); err != nil {
		return fail(err)
	}
	if c.Count == 0 || c.Count > MaxLines {
		return fail(errors.New("count"))
	}
	// Whatever was of another length or encoded otherwise shows here.
	if again, err := c.payload(); err != nil || !bytes.Equal(again, m.Payload) {
		return fail(errors.New("not the deterministic encoding"))
	}
	return m, c, nil
}

// Export writes what stands before the lines in a file: the checkpoints, which
// may be none. The lines follow as they were stored. The error wraps
// [ErrCheckpoint] or [ErrTooLarge], or is w's.
func Export(w io.Writer, checkpoints [][]byte) error {
	if len(checkpoints) > MaxCheckpoints {
		return fmt.Errorf("%w: %d checkpoints", ErrTooLarge, len(checkpoints))
	}
	for _, b := range checkpoints {
		if _, _, err := readCheckpoint(b); err != nil {
			return err
		}
		if _, err := w.Write(appendBytes(bytes.Clone(checkpointMarker), b)); err != nil {
			return err
		}
	}
	return nil
}
