// Package policyfile reads a policy as people write it: a file of YAML or JSON, with the names of fields that
// leadmatch.v1.Policy has.
//
//	name: careful
//	right_per_wrong: 50
//	tie_breaks: [same_country, has_owner]
//	weights:
//	  bias: -3.5
//
// Nothing is skipped: a field that is not known, one that is given twice and a value of another kind are errors that name
// the line.
package policyfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// MaxBytes bounds a file; 10,000 shared domains take less.
const MaxBytes = 4 << 20

// Open reads the file of that name.
func Open(name string) (*leadmatchv1.Policy, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(name, f)
}

// Read reads a policy to the end; name is what errors begin with. Whether its values are possible is not looked at.
func Read(name string, in io.Reader) (*leadmatchv1.Policy, error) {
	text, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err == nil && len(text) > MaxBytes {
		err = fmt.Errorf("more than %d bytes", MaxBytes)
	}
	var p *leadmatchv1.Policy
	if err == nil {
		p, err = parse(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// parse takes what begins with a brace for JSON, of which YAML understands most, and not all.
func parse(text []byte) (_ *leadmatchv1.Policy, err error) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		if text, err = fromYAML(text); err != nil {
			return nil, err
		}
	}
	p := &leadmatchv1.Policy{}
	if err := protojson.Unmarshal(text, p); err != nil {
		return nil, tidy(err)
	}
	return p, nil
}

var place = regexp.MustCompile(`\(line (\d+):\d+\): `)

// tidy has an error begin with its line. The spaces that protojson varies from build to build are made one kind.
func tidy(err error) error {
	said := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
	if at := place.FindStringSubmatch(said); at != nil {
		said = "line " + at[1] + ": " + strings.Replace(said, at[0], "", 1) // also of "syntax error (line 1:2): …"
	}
	return errors.New(said)
}
