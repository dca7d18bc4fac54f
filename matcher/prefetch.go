//go:build amd64 || arm64

package matcher

import "unsafe"

// prefetch asks the processor to bring what p points to into its cache, and does not wait for it. In a big book nearly everything that is
// looked at for the first time is a miss of the cache, as long as hundreds of instructions; several that are asked for one after the
// other take as long as one. It has to be called for what is looked at soon, or for what is looked at together.
func prefetch[T any](p *T) { prefetchLine(unsafe.Pointer(p)) }

//go:noescape
func prefetchLine(p unsafe.Pointer)
