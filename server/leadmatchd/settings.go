package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/leadmatch/leadmatch/server"
)

// Options come from the command line, else from the file that --config names, else from the environment, else they have
// their defaults. Their table is the struct of flags: a file has the flags' names, the environment has them in capitals
// after LEADMATCHD_.

// settings are the options that the file and the environment give. All that is wrong with them is kept, to be said at once.
type settings struct {
	path   string
	file   map[string]entry
	given  []option // those that are not the default, in order of name
	wrong  []error
	looked map[string]bool
}

// entry is a value in the file.
type entry struct {
	text, where string
}

// option is one that was given, and where.
type option struct{ name, value, from string }

const maxConfigBytes = 1 << 20

// envOf returns the name of the environment's variable for an option.
func envOf(flag string) string {
	return "LEADMATCHD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// BeforeResolve reads the file once the command line is known.
func (f *flags) BeforeResolve(c *kong.Context) error {
	s := &settings{file: map[string]entry{}, looked: map[string]bool{}}
	f.settings = s
	for _, flag := range c.Flags() {
		if flag.Name == "config" {
			s.path, _ = c.FlagValue(flag).(string)
		}
	}
	if s.path != "" {
		s.read()
	}
	known := knownFlags(c.Model.Node)
	for name, e := range s.file {
		if !known[name] {
			s.fail("%s: there is no option %q", e.where, name)
		}
	}
	c.AddResolver(s)
	return nil
}

// knownFlags returns the names that a file may have: those of all commands.
func knownFlags(n *kong.Node) map[string]bool {
	out := map[string]bool{}
	for _, flag := range n.Flags {
		out[flag.Name] = settable(flag)
	}
	for _, child := range n.Children {
		if child.Name == "serve" {
			for name := range knownFlags(child) {
				out[name] = true
			}
		}
	}
	return out
}

// settable says whether an option can be given by the file and the environment.
func settable(f *kong.Flag) bool {
	return f.Name != "config" && f.Name != "help" && f.Name != "version"
}

func (s *settings) fail(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Errorf(format, args...))
}

// err returns all that is wrong, in order.
func (s *settings) err() error {
	if len(s.wrong) == 0 {
		return nil
	}
	slices.SortFunc(s.wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return fmt.Errorf("%w: %w", server.ErrConfig, errors.Join(s.wrong...))
}

// read reads the file: a YAML mapping of names to single values.
func (s *settings) read() {
	info, err := os.Stat(s.path)
	if err == nil && info.Size() > maxConfigBytes {
		err = fmt.Errorf("%s has %d bytes; at most %d are read", s.path, info.Size(), maxConfigBytes)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(s.path)
	}
	if err != nil {
		s.fail("the file of --config: %w", err)
		return
	}
	d, root := yaml.NewDecoder(bytes.NewReader(text)), yaml.Node{}
	if err := d.Decode(&root); err != nil {
		if len(bytes.TrimSpace(text)) > 0 && err.Error() != "EOF" {
			s.fail("%s: %s", s.path, strings.TrimPrefix(err.Error(), "yaml: "))
		}
		return
	}
	if rest := (yaml.Node{}); d.Decode(&rest) == nil {
		s.fail("%s:%d:%d: there is a second document; one is read", s.path, rest.Line, rest.Column)
	}
	s.take(root.Content[0])
}

func (s *settings) take(m *yaml.Node) {
	if m.Kind != yaml.MappingNode {
		s.fail("%s:%d:%d: expected options as \"name: value\", one a line", s.path, m.Line, m.Column)
		return
	}
	for i := 0; i < len(m.Content); i += 2 {
		key, value := m.Content[i], m.Content[i+1]
		where := fmt.Sprintf("%s:%d:%d", s.path, value.Line, value.Column)
		switch before, twice := s.file[key.Value]; {
		case twice:
			s.fail("%s:%d:%d: %s is given again; it stands at %s already", s.path, key.Line, key.Column, key.Value, before.where)
		case value.Kind != yaml.ScalarNode || value.Tag == "!!null":
			s.fail("%s: %s: expected one value", where, key.Value)
		default:
			s.file[key.Value] = entry{text: value.Value, where: where}
		}
	}
}

// Validate is kong's; Resolve says what is wrong.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve returns an option that the command line does not give.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !settable(flag) {
		return nil, nil
	}
	e, ok := s.file[flag.Name]
	if !ok {
		e.where = envOf(flag.Name)
		if e.text, ok = os.LookupEnv(e.where); !ok {
			return nil, nil
		}
	}
	if err := try(flag, e.text); err != nil {
		if !s.looked[flag.Name] {
			s.fail("%s: %s: %w", e.where, flag.Name, err)
		}
		s.looked[flag.Name] = true
		return nil, nil
	}
	return e.text, nil
}

// try reads a value as kong will.
func try(flag *kong.Flag, text string) error {
	if flag.Enum != "" && !slices.Contains(strings.Split(flag.Enum, ","), text) {
		return fmt.Errorf("must be one of %s; it is %.64q", flag.Enum, text)
	}
	target := reflect.New(flag.Target.Type()).Elem()
	scan := kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: text})
	return flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, target)
}

// note keeps what was given, once everything is read.
func (s *settings) note(c *kong.Context) {
	for _, p := range c.Path {
		if p.Flag == nil || !settable(p.Flag) {
			continue
		}
		from := "command line"
		if e, ok := s.file[p.Flag.Name]; ok && p.Resolved {
			from = e.where
		} else if p.Resolved {
			from = envOf(p.Flag.Name)
		}
		s.given = append(s.given, option{p.Flag.Name, fmt.Sprint(p.Flag.Target.Interface()), from})
	}
	slices.SortFunc(s.given, func(a, b option) int { return strings.Compare(a.name, b.name) })
}
