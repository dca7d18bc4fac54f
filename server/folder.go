package server

import (
	"io"
	"log/slog"

	"github.com/leadmatch/leadmatch/server/store"
)

// Report says what a data folder holds.
type Report = store.Report

// Restore makes a data folder, which must be empty or not there, from a backup.
func Restore(dir string, backup io.Reader, log *slog.Logger) (Report, error) {
	return store.Restore(dir, backup, &store.Options{Log: log})
}

// Verify reads everything in a data folder and checks it. No server may have it open.
func Verify(dir string, log *slog.Logger) (Report, error) {
	return store.Verify(dir, &store.Options{Log: log})
}
