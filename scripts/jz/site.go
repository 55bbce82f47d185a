package main

import (
	"fmt"
	"path/filepath"

	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

// readSite reads an endpoint's folder as the server does.
func readSite(dir string) (s core.Site, operator *cwt.PrivateKey, catalogue *policy.Catalogue, err error) {
	b, err := readFile(filepath.Join(dir, site.FileSite))
	if err != nil {
		return s, nil, nil, err
	}
	if s, err = core.ParseSite(b); err != nil {
		return s, nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, site.FileSite), err)
	}
	if operator, err = readPrivateKey(filepath.Join(dir, site.FileOperator)); err != nil {
		return s, nil, nil, err
	}
	anchor, err := readPublicKey(filepath.Join(dir, site.FileAnchor))
	if err != nil {
		return s, nil, nil, err
	}
	if b, err = readFile(filepath.Join(dir, site.FilePolicy)); err != nil {
		return s, nil, nil, err
	}
	if catalogue, err = policy.Open(b, anchor); err != nil {
		return s, nil, nil, fmt.Errorf("%s: %w", site.FilePolicy, err)
	}
	return s, operator, catalogue, nil
}
