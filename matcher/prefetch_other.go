//go:build !amd64 && !arm64

package matcher

func prefetch[T any](*T) {}
