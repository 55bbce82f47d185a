package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
)

// site is what an endpoint's site.json says; worker/site_notjs.go has it too.
type site struct {
	Operator string            `json:"operator"`
	Party    string            `json:"party"`
	Parties  map[string]string `json:"parties"`
	Purpose  string            `json:"purpose"`
}

// Files of an endpoint's folder that are not lists.
const (
	fileSite     = "site.json"
	fileOperator = "operator.cose"
)

func readSite(dir string) (s site, operator *cwt.PrivateKey, catalogue *policy.Catalogue, err error) {
	b, err := readFile(filepath.Join(dir, fileSite))
	if err != nil {
		return s, nil, nil, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
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
