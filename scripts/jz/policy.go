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

var catalogues = listKind[document.Policy]{
	sequence: func(d *document.Policy) *uint64 { return &d.Sequence },
	sign: func(d *document.Policy, issued, expires time.Time, anchor *cwt.PrivateKey) ([]byte, error) {
		c, err := d.Catalogue(d.Sequence, issued, expires)
		if err != nil {
			return nil, err
		}
		return policy.Sign(c, anchor)
	},
	open: func(b []byte, anchor *cwt.Key) (held heldList[document.Policy], err error) {
		c, err := policy.Open(b, anchor)
		if err != nil {
			return held, err
		}
		return heldList[document.Policy]{c.Sequence, c.IssuedAt, c.Expires, c.Stale, func() (*document.Policy, error) { return document.FromPolicy(c), nil }}, nil
	},
}
