//go:build !linux

package server

import "errors"

const threadPriorities = false

func lowerPriority() error { return errors.ErrUnsupported }
