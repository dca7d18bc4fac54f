package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/server"
)

// readUnit returns the values of a unit's keys.
func readUnit(t *testing.T) map[string][]string {
	t.Helper()
	keys, section := map[string][]string{}, ""
	for line := range strings.Lines(read(t, "systemd/leadmatchd.service")) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		} else if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			keys[section+key] = append(keys[section+key], value)
		}
	}
	return keys
}

func TestUnit(t *testing.T) {
	unit := readUnit(t)
	is := func(key, want string) {
		t.Helper()
		if got := strings.Join(unit["[Service]"+key], "|"); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	is("ExecStart", "/usr/local/bin/leadmatchd")
	is("ExecReload", "/bin/kill -HUP $MAINPID")
	is("RestartPreventExitStatus", fmt.Sprintf("%d %d %d", server.ExitConfig, server.ExitInUse, server.ExitData))
	is("CapabilityBoundingSet", "")
	is("ProtectSystem", "strict")
	is("SystemCallFilter", "@system-service|~@privileged")
	for _, key := range []string{
		"NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "PrivateUsers", "ProtectClock", "ProtectControlGroups",
		"ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "RemoveIPC", "LockPersonality",
		"MemoryDenyWriteExecute", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID",
	} {
		is(key, "yes")
	}
	if users := unit["[Service]User"]; !slices.Equal(users, []string{"leadmatch"}) ||
		!strings.HasPrefix(read(t, "systemd/leadmatchd.sysusers"), "u leadmatch ") {
		t.Errorf("the user is %q, which leadmatchd.sysusers does not make", users)
	}
	stop, err := time.ParseDuration(strings.Join(unit["[Service]TimeoutStopSec"], "") + "s")
	if err != nil || stop <= server.Defaults().ShutdownTimeout {
		t.Errorf("it is killed after %v (%v), and may end in order until %v", stop, err, server.Defaults().ShutdownTimeout)
	}
}
