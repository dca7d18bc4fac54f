package store

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// decoder decodes AccountRecords one after the other, three times as fast as package proto: the strings of a block are
// parts of one text, and its lists parts of one slab. The record is valid until the next one is decoded; its strings, lists of
// strings and maps stay valid, and keep the text alive. decode_test.go holds it to package proto. It does not check that texts are
// UTF-8, as that was done before they were stored.
type decoder struct {
	record    storev1.AccountRecord
	addresses []*storev1.AddressRecord // that were used by any record
	strings   []string
}

// decode decodes the record in text[from:to], which is data as a string. It says whether it could be read.
func (d *decoder) decode(data []byte, text string, from, to int) (*storev1.AccountRecord, bool) {
	a := &d.record
	addresses := a.Addresses[:0]
	a.Reset()
	a.Addresses = addresses
	for at := from; at < to; {
		f, ok := nextField(data[:to], at)
		if !ok || !d.set(a, f, data, text) {
			return nil, false
		}
		at = f.end
	}
	return a, true
}

// field is one field of an encoded message: a number, or the place of its content.
type field struct {
	number     protowire.Number
	kind       protowire.Type
	value      uint64 // of a varint or fixed64
	begin, end int    // of the content, when it has a length; end is always the end of the field
}

// nextField reads the field that begins at.
func nextField(data []byte, at int) (f field, ok bool) {
	// Most have a byte for their number and kind, and one for their length.
	if at+1 < len(data) && data[at]&0x87 == byte(protowire.BytesType) && data[at+1] < 0x80 && data[at] > 7 {
		f = field{number: protowire.Number(data[at] >> 3), kind: protowire.BytesType, begin: at + 2}
		f.end = f.begin + int(data[at+1])
		return f, f.end <= len(data)
	}
	number, kind, n := protowire.ConsumeTag(data[at:])
	if n < 0 {
		return field{}, false
	}
	f = field{number: number, kind: kind, begin: at + n}
	switch kind {
	case protowire.VarintType:
		f.value, n = protowire.ConsumeVarint(data[f.begin:])
	case protowire.Fixed64Type:
		f.value, n = protowire.ConsumeFixed64(data[f.begin:])
	case protowire.BytesType:
		content, n := protowire.ConsumeBytes(data[f.begin:])
		f.end = f.begin + n
		f.begin = f.end - len(content)
		return f, n >= 0
	default:
		n = protowire.ConsumeFieldValue(number, kind, data[f.begin:])
	}
	f.end = f.begin + n
	return f, n >= 0
}

// set stores a field of an AccountRecord; one that is not known is left out.
func (d *decoder) set(a *storev1.AccountRecord, f field, data []byte, text string) bool {
	if f.kind != protowire.BytesType {
		return setStamp(a, f)
	}
	switch s := text[f.begin:f.end]; f.number {
	case 1:
		a.Id = s
	case 2:
		a.Name = s
	case 3:
		a.Aliases = d.append(a.Aliases, s)
	case 4:
		a.Domains = d.append(a.Domains, s)
	case 5:
		a.Phones = d.append(a.Phones, s)
	case 6:
		a.Addresses = append(a.Addresses, d.address(len(a.Addresses)))
		return setAddress(a.Addresses[len(a.Addresses)-1], f, data, text)
	case 7:
		a.ParentId = s
	case 8:
		a.OwnerId = s
	case 9:
		if a.Labels == nil {
			a.Labels = map[string]string{}
		}
		return setEntry(f, data, text, protowire.BytesType, func(key string, value field) {
			a.Labels[key] = text[value.begin:value.end]
		})
	case 10:
		if a.Numbers == nil {
			a.Numbers = map[string]float64{}
		}
		return setEntry(f, data, text, protowire.Fixed64Type, func(key string, value field) {
			a.Numbers[key] = math.Float64frombits(value.value)
		})
	}
	return true
}

// setStamp stores one of the fields that are numbers.
func setStamp(a *storev1.AccountRecord, f field) bool {
	switch f.number {
	case accountRevision:
		a.Revision = f.value
	case accountUpdateTime:
		a.UpdateTimeMs = int64(f.value)
	default:
		return f.number > accountUpdateTime // of a later version; the others are texts
	}
	return f.kind == protowire.VarintType
}

func setAddress(a *storev1.AddressRecord, within field, data []byte, text string) bool {
	for at := within.begin; at < within.end; {
		f, ok := nextField(data[:within.end], at)
		if !ok || f.kind != protowire.BytesType {
			return false
		}
		switch s := text[f.begin:f.end]; f.number {
		case 1:
			a.Country = s
		case 2:
			a.Region = s
		case 3:
			a.City = s
		case 4:
			a.Postal = s
		case 5:
			a.Street = s
		}
		at = f.end
	}
	return true
}

// setEntry reads an entry of a map: key is field 1, value field 2, and either may be left out when it is zero.
func setEntry(within field, data []byte, text string, kind protowire.Type, set func(key string, value field)) bool {
	var key string
	var value field
	for at := within.begin; at < within.end; {
		f, ok := nextField(data[:within.end], at)
		if !ok {
			return false
		}
		switch {
		case f.number == 1 && f.kind == protowire.BytesType:
			key = text[f.begin:f.end]
		case f.number == 2 && f.kind == kind:
			value = f
		default:
			return false
		}
		at = f.end
	}
	set(key, value)
	return true
}

// address returns an empty address, the same for the same place in a record.
func (d *decoder) address(i int) *storev1.AddressRecord {
	if i == len(d.addresses) {
		d.addresses = append(d.addresses, &storev1.AddressRecord{})
	}
	d.addresses[i].Reset()
	return d.addresses[i]
}

const slabSize = 512

// append appends to a list that mostly stays at one entry.
func (d *decoder) append(list []string, s string) []string {
	if list == nil {
		if len(d.strings) == cap(d.strings) {
			d.strings = make([]string, 0, slabSize)
		}
		from := len(d.strings)
		d.strings = d.strings[:from+1]
		list = d.strings[from : from : from+1]
	}
	return append(list, s)
}
