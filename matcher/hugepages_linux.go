package matcher

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is how many bytes a huge page has. Elsewhere it may be more; the kernel then has less to do, or refuses.
const hugePage = 2 << 20

// inHugePages has the kernel move what the list is in to huge pages, as far as it fills them and some are free. It stays where it is for the
// program, and is a list like others: nothing is to be undone. Kernels before Linux 6.1 refuse, which changes nothing.
func inHugePages[T any](list []T) {
	all := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), uintptr(len(list))*unsafe.Sizeof(*new(T)))
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(all))) % hugePage
	if uintptr(len(all)) < skip+hugePage {
		return
	}
	whole := (uintptr(len(all)) - skip) / hugePage * hugePage
	_ = unix.Madvise(all[skip:skip+whole], unix.MADV_COLLAPSE)
}
