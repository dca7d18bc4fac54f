package server

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Two bytes on the wire can be an empty account, which takes some two hundred bytes once it is decoded: a message of
// four megabytes would take hundreds. So a message that is long enough for it has its entries counted first, on the wire.

const (
	// maxEntries is how many messages a request that is not refused later can hold: a batch of accounts with their
	// addresses.
	maxEntries = maxBatch * (1 + maxPhones)
	// entryBytes is the least that an entry takes: its tag and its length.
	entryBytes = 2
)

// checkEntries refuses a message that holds more entries than any good request does.
func checkEntries(data []byte, of protoreflect.MessageDescriptor) error {
	if len(data) > entryBytes*maxEntries && countEntries(data, of, maxEntries) > maxEntries {
		return fmt.Errorf("it holds more than %d entries; a request has at most %d leads or accounts", maxEntries, maxBatch)
	}
	return nil
}

// countEntries counts the messages that are entries of lists, at any depth, and stops soon after there are more than
// most. Where the data is malformed it stops, too: decoding it will fail there and say why.
func countEntries(data []byte, of protoreflect.MessageDescriptor, most int) (count int) {
	fields := of.Fields()
	for len(data) > 0 && count <= most {
		number, wire, head := protowire.ConsumeTag(data)
		if head < 0 {
			return count
		}
		size := protowire.ConsumeFieldValue(number, wire, data[head:])
		if size < 0 {
			return count
		}
		value := data[head : head+size]
		data = data[head+size:]
		field := fields.ByNumber(number)
		if wire != protowire.BytesType || field == nil || field.Message() == nil || field.IsMap() {
			continue
		}
		if field.IsList() {
			count++
		}
		inner, _ := protowire.ConsumeBytes(value)
		count += countEntries(inner, field.Message(), most-count)
	}
	return count
}
