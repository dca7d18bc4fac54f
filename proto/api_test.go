package proto_test

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// The manual has all that the API has, and says something about each message and each call.
func TestManualIsWhole(t *testing.T) {
	manual, err := os.ReadFile("API.md")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	has := func(what string) {
		t.Helper()
		looked++
		if !strings.Contains(string(manual), what) {
			t.Errorf("API.md has no %q; run make generate", what)
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("leadmatch.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			m := file.Messages().Get(i)
			has("\n## " + string(m.Name()) + "\n")
			for f := range m.Fields().Len() {
				has("\n| " + string(m.Fields().Get(f).Name()) + " | ")
			}
		}
		for i := range file.Enums().Len() {
			e := file.Enums().Get(i)
			for v := range e.Values().Len() {
				has("\n| " + string(e.Values().Get(v).Name()) + " | ")
			}
		}
		for i := range file.Services().Len() {
			s := file.Services().Get(i)
			for m := range s.Methods().Len() {
				has("\n| " + string(s.Methods().Get(m).Name()) + " | ")
			}
		}
		return true
	})
	if looked < 100 {
		t.Errorf("%d names were looked for; the API has more", looked)
	}
	for line := range strings.Lines(string(manual)) {
		if strings.HasPrefix(line, "| ") && strings.HasSuffix(line, "](#) |\n") {
			t.Errorf("a link leads nowhere: %s", line)
		}
	}
}
