package client

import (
	"encoding/json"
	"slices"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Calls with one answer that are not repeated, since a second run would answer differently.
var notRepeated = []string{"SetPolicy", "DeleteOverride"}

// Every call with one message and one answer is either repeated or known not to be.
func TestEveryCallIsRepeatedOrKnownNotToBe(t *testing.T) {
	var config struct {
		MethodConfig []struct {
			Name []struct{ Service, Method string }
		}
	}
	if err := json.Unmarshal([]byte(serviceConfig), &config); err != nil {
		t.Fatal(err)
	}
	repeated := map[string]bool{}
	for _, name := range config.MethodConfig[0].Name {
		repeated[name.Service+"."+name.Method] = true
	}
	found := 0
	for _, file := range []protoreflect.FileDescriptor{
		leadmatchv1.File_leadmatch_v1_match_proto, leadmatchv1.File_leadmatch_v1_account_proto,
		leadmatchv1.File_leadmatch_v1_override_proto, leadmatchv1.File_leadmatch_v1_admin_proto,
	} {
		for s := range file.Services().Len() {
			methods := file.Services().Get(s).Methods()
			for m := range methods.Len() {
				method := methods.Get(m)
				name, stream := string(method.FullName()), method.IsStreamingClient() || method.IsStreamingServer()
				if repeated[name] {
					found++
				}
				if want := !stream && !slices.Contains(notRepeated, string(method.Name())); repeated[name] != want {
					t.Errorf("%s: repeated %v, want %v", name, repeated[name], want)
				}
			}
		}
	}
	if found == 0 || found != len(repeated) {
		t.Errorf("%d methods are repeated, of which there are %d", len(repeated), found)
	}
}
