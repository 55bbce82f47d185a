package main

import (
	"fmt"
	"path/filepath"

	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/worker/core"
)

// Files of an endpoint's folder that are not lists.
const (
	fileSite     = "site.json"
	fileOperator = "operator.cose"
)

// readSite reads an endpoint's folder as the server does.
func readSite(dir string) (s core.Site, operator *cwt.PrivateKey, catalogue *policy.Catalogue, err error) {
	b, err := readFile(filepath.Join(dir, fileSite))
	if err != nil {
		return s, nil, nil, err
	}
	if s, err = core.ParseSite(b); err != nil {
		return s, nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, fileSite), err)
	}
	if operator, err = readPrivateKey(filepath.Join(dir, fileOperator)); err != nil {
		return s, nil, nil, err
	}
	anchor, err := readPublicKey(filepath.Join(dir, demo.FileAnchor))
	if err != nil {
		return s, nil, nil, err
	}
	if b, err = readFile(filepath.Join(dir, demo.FilePolicy)); err != nil {
		return s, nil, nil, err
	}
	if catalogue, err = policy.Open(b, anchor); err != nil {
		return s, nil, nil, fmt.Errorf("%s: %w", demo.FilePolicy, err)
	}
	return s, operator, catalogue, nil
}
