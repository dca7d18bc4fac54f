package policyfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fromYAML writes one YAML document as JSON in which every key and value stands in the line it has in the YAML: what
// protojson says of a line holds for the file.
func fromYAML(text []byte) ([]byte, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	if err := d.Decode(&document); err == io.EOF {
		return nil, errors.New("it is empty; the default policy is {}")
	} else if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if d.Decode(&more) == nil {
		return nil, fmt.Errorf("line %d: a second document; one is read", more.Line)
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf(`line %d: expected a policy's fields as "name: value"`, root.Line)
	}
	w := &lines{at: 1}
	err := w.value(root)
	return w.out, err
}

// lines is JSON that keeps to the lines of a YAML document.
type lines struct {
	out []byte
	at  int // the line that is being written, from 1
}

func (w *lines) value(n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		return w.all(n, "{", ":,", "}")
	case yaml.SequenceNode:
		return w.all(n, "[", ",", "]")
	case yaml.ScalarNode:
		return w.scalar(n)
	default:
		return fmt.Errorf("line %d: anchors and aliases are not read; write out what *%.64s stands for", n.Line, n.Value)
	}
}

// all writes what a node holds; keys and values are by turns in a mapping.
func (w *lines) all(n *yaml.Node, begin, between, end string) error {
	w.put(n.Line, begin)
	for i, inner := range n.Content {
		if i > 0 {
			w.out = append(w.out, between[(i-1)%len(between)])
		}
		write := w.value
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			write = w.key
		}
		if err := write(inner); err != nil {
			return err
		}
	}
	w.out = append(w.out, end...)
	return nil
}

// key writes a key as text, also one that looks like a number.
func (w *lines) key(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: expected the name of a field", n.Line)
	}
	return w.json(n, n.Value)
}

func (w *lines) scalar(n *yaml.Node) error {
	var v any = n.Value
	switch n.Tag {
	case "!!null":
		return fmt.Errorf("line %d: expected a value", n.Line)
	case "!!int", "!!float", "!!bool":
		if err := n.Decode(&v); err != nil {
			return fmt.Errorf("line %d: %.64q: %w", n.Line, n.Value, err)
		}
	case "!!str", "!!timestamp":
	default:
		return fmt.Errorf("line %d: the tag %.64s is not known", n.Line, n.Tag)
	}
	return w.json(n, v)
}

func (w *lines) json(n *yaml.Node, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("line %d: expected a finite number, not %.64q", n.Line, n.Value)
	}
	w.put(n.Line, string(text))
	return nil
}

// put writes text in a line.
func (w *lines) put(line int, text string) {
	for ; w.at < line; w.at++ {
		w.out = append(w.out, '\n')
	}
	w.out = append(w.out, text...)
}
