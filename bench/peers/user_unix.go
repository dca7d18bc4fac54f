//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// postgresUser returns who the server is to run as: it refuses to run as root, so then as the user that its package makes.
func postgresUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// asPostgres lets a command run as that user, and keeps Ctrl-C on the terminal from it.
func asPostgres(cmd *exec.Cmd) (*exec.Cmd, error) {
	u, err := postgresUser()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: u}
	return cmd, err
}

// give makes a folder that user's.
func give(dir string) error {
	u, err := postgresUser()
	if u == nil || err != nil {
		return err
	}
	return os.Chown(dir, int(u.Uid), int(u.Gid))
}
