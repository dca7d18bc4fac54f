// Command protoc-gen-api is a plugin of protoc and buf that writes API.md: services, messages and enumerations in the order
// of their files, with the comments that they have there.
package main

import (
	"fmt"
	"path"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const head = `# The API of leadmatch

Made from the .proto files by make generate: their comments are the text.
[HTTP.md](../server/HTTP.md) says how the same is spoken over HTTP and JSON.
`

func main() {
	protogen.Options{}.Run(func(plugin *protogen.Plugin) error {
		out := plugin.NewGeneratedFile("API.md", "")
		out.P(head)
		for _, file := range plugin.Files {
			if !file.Generate {
				continue
			}
			for _, s := range file.Services {
				writeService(out, s)
			}
		}
		for _, file := range plugin.Files {
			if !file.Generate {
				continue
			}
			out.P("# ", path.Base(file.Desc.Path()), "\n")
			for _, m := range file.Messages {
				writeMessage(out, m)
			}
			for _, e := range file.Enums {
				writeEnum(out, e)
			}
		}
		return nil
	})
}

func writeService(out *protogen.GeneratedFile, s *protogen.Service) {
	out.P("## ", s.Desc.Name(), "\n\n", text(s.Comments), "\n")
	out.P("| call | takes | gives | |\n|---|---|---|---|")
	for _, m := range s.Methods {
		out.P("| ", m.Desc.Name(), " | ", stream(m.Desc.IsStreamingClient()), link(m.Input.Desc), " | ",
			stream(m.Desc.IsStreamingServer()), link(m.Output.Desc), " | ", text(m.Comments), " |")
	}
	out.P()
}

func stream(is bool) string {
	if is {
		return "a stream of "
	}
	return ""
}

func writeMessage(out *protogen.GeneratedFile, m *protogen.Message) {
	if m.Desc.IsMapEntry() {
		return
	}
	out.P("## ", title(m.Desc), "\n\n", text(m.Comments), "\n")
	if len(m.Fields) > 0 {
		out.P("| field | type | |\n|---|---|---|")
		for _, f := range m.Fields {
			out.P("| ", f.Desc.Name(), " | ", typeOf(f.Desc), " | ", text(f.Comments), " |")
		}
		out.P()
	}
	for _, nested := range m.Messages {
		writeMessage(out, nested)
	}
	for _, e := range m.Enums {
		writeEnum(out, e)
	}
}

func writeEnum(out *protogen.GeneratedFile, e *protogen.Enum) {
	out.P("## ", title(e.Desc), "\n\n", text(e.Comments), "\n\n| value | number | |\n|---|--:|---|")
	for _, v := range e.Values {
		out.P("| ", v.Desc.Name(), " | ", v.Desc.Number(), " | ", text(v.Comments), " |")
	}
	out.P()
}

// title is a name within its package: Outer.Inner.
func title(d protoreflect.Descriptor) string {
	return strings.TrimPrefix(string(d.FullName()), string(d.ParentFile().Package())+".")
}

// link leads to where a type of this package is described.
func link(d protoreflect.Descriptor) string {
	if !strings.HasPrefix(string(d.FullName()), "leadmatch.v1.") {
		return string(d.FullName())
	}
	name := title(d)
	return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(strings.ReplaceAll(name, ".", "")))
}

func typeOf(f protoreflect.FieldDescriptor) string {
	if f.IsMap() {
		return "map of " + single(f.MapKey()) + " to " + single(f.MapValue())
	}
	if f.IsList() {
		return "list of " + single(f)
	}
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		return single(f) + ", one of " + string(o.Name())
	}
	return single(f)
}

func single(f protoreflect.FieldDescriptor) string {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return link(f.Message())
	case protoreflect.EnumKind:
		return link(f.Enum())
	}
	return f.Kind().String()
}

// text is a comment on one line, as a cell of a table must be.
func text(c protogen.CommentSet) string {
	words := strings.Fields(string(c.Leading) + " " + string(c.Trailing))
	return strings.ReplaceAll(strings.Join(words, " "), "|", "\\|")
}
