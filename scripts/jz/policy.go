package main

import (
	"time"

	"jianzheng/scripts/jz/document"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
)

func runPolicyDefault(c *call) (int, error) {
	out := c.flags.String("out", "", "write the document into this file; without it, it is printed")
	force := c.force()
	if _, err := c.parse(0, 0); err != nil {
		return 0, err
	}
	d := document.FromPolicy(&policy.Catalogue{Purposes: policy.Default()})
	if *out == "" {
		return exitOK, c.print(d)
	}
	if err := writeDocument(*out, d, *force); err != nil {
		return 0, err
	}
	var codes []string
	for _, p := range d.Purposes {
		codes = append(codes, p.Code)
	}
	return exitOK, c.print(struct {
		File     string   `json:"file"`
		Purposes []string `json:"purposes"`
	}{*out, codes})
}

func runPolicySign(c *call) (int, error) {
	s := c.signing("the anchor's private key", listLife)
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	anchor, err := s.ready()
	if err != nil {
		return 0, err
	}
	line := signedLine{File: *s.out, Issued: document.Time(c.second()), Expires: document.Time(c.second().Add(time.Duration(*s.life)))}
	var signed []byte
	err = editDocument(args[0], func(d *document.Policy) error {
		d.Sequence = max(d.Sequence, policySequenceIn(*s.out, anchor.Public())) + 1
		catalogue, err := d.Catalogue(d.Sequence, time.Time(line.Issued), time.Time(line.Expires))
		if err != nil {
			return err
		}
		line.Sequence = d.Sequence
		signed, err = policy.Sign(catalogue, anchor)
		return err
	})
	if err != nil {
		return 0, err
	}
	line.Bytes = len(signed)
	if err := writeFile(*s.out, signed, modePublic, *s.force); err != nil {
		return 0, err
	}
	return exitOK, c.print(line)
}

// policySequenceIn is sequenceIn for catalogues.
func policySequenceIn(file string, anchor *cwt.Key) uint64 {
	b, err := readFile(file)
	if err != nil {
		return 0
	}
	catalogue, err := policy.Open(b, anchor)
	if err != nil {
		return 0
	}
	return catalogue.Sequence
}

func runPolicyShow(c *call) (int, error) {
	anchorOf := c.anchorFlag()
	out := c.flags.String("out", "", "write the document into this file as well")
	force := c.force()
	args, err := c.parse(1, 1)
	if err != nil {
		return 0, err
	}
	anchor, b, err := readSigned(args[0], anchorOf)
	if err != nil {
		return 0, err
	}
	catalogue, err := policy.Open(b, anchor)
	if err != nil {
		return c.notHeld(err)
	}
	d := document.FromPolicy(catalogue)
	if *out != "" {
		if err := writeDocument(*out, d, *force); err != nil {
			return 0, err
		}
	}
	return exitOK, c.print(shown[document.Policy]{
		Holds: true, Sequence: catalogue.Sequence, Issued: (*document.Time)(&catalogue.IssuedAt), Expires: (*document.Time)(&catalogue.Expires),
		Stale: catalogue.Stale(c.now), Document: d,
	})
}
