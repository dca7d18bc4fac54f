package matcher

import "slices"

// bitmap is a set of numbers in pages, which bitmaps share until one of them is changed. The zero value is empty.
type bitmap []*bitmapPage

const bitmapPageBits = 1 << 13

type bitmapPage [bitmapPageBits / 64]uint64

func (b bitmap) has(i uint32) bool {
	if int(i/bitmapPageBits) >= len(b) {
		return false
	}
	page := b[i/bitmapPageBits]
	return page != nil && page[i%bitmapPageBits/64]>>(i%64)&1 != 0
}

// with returns the bitmap with i added. The list of pages is changed in place if it has room for i and own is set, else
// copied; pages are always copied.
func (b bitmap) with(i uint32, own bool) bitmap {
	k := int(i / bitmapPageBits)
	if !own || k >= len(b) {
		b = append(slices.Clone(b), make(bitmap, max(0, k+1-len(b)))...)
	}
	page := new(bitmapPage)
	if b[k] != nil {
		*page = *b[k]
	}
	page[i%bitmapPageBits/64] |= 1 << (i % 64)
	b[k] = page
	return b
}

func (b bitmap) bytes() (n int) {
	for _, page := range b {
		if n += 8; page != nil {
			n += bitmapPageBits / 8
		}
	}
	return n
}
