package store

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

func drawAccount(t *rapid.T) *storev1.AccountRecord {
	texts := rapid.SliceOfN(rapid.String(), 0, 4)
	a := &storev1.AccountRecord{
		Id:           rapid.String().Draw(t, "id"),
		Name:         rapid.String().Draw(t, "name"),
		Aliases:      texts.Draw(t, "aliases"),
		Domains:      texts.Draw(t, "domains"),
		Phones:       texts.Draw(t, "phones"),
		ParentId:     rapid.String().Draw(t, "parent"),
		OwnerId:      rapid.String().Draw(t, "owner"),
		Labels:       rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "labels"),
		Numbers:      rapid.MapOfN(rapid.String(), rapid.Float64(), 0, 3).Draw(t, "numbers"),
		Revision:     rapid.Uint64().Draw(t, "revision"),
		UpdateTimeMs: rapid.Int64().Draw(t, "time"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "addresses") {
		a.Addresses = append(a.Addresses, &storev1.AddressRecord{
			Country: rapid.String().Draw(t, "country"), Region: rapid.String().Draw(t, "region"),
			City: rapid.String().Draw(t, "city"), Postal: rapid.String().Draw(t, "postal"),
			Street: rapid.String().Draw(t, "street"),
		})
	}
	return a
}

// TestDecoderIsProtos holds the decoder to package proto, also where the record is not the first of its block.
func TestDecoderIsProtos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d decoder
		for range rapid.IntRange(1, 3).Draw(t, "records") {
			want := drawAccount(t)
			block := []byte("before")
			from := len(block)
			block, err := proto.MarshalOptions{}.MarshalAppend(block, want)
			if err != nil {
				t.Fatal(err)
			}
			to := len(block)
			block = append(block, "behind"...)
			have, ok := d.decode(block, string(block), from, to)
			if !ok || !proto.Equal(want, have) {
				t.Fatalf("decoded (%v) %v, want %v", ok, have, want)
			}
		}
	})
}

// FuzzDecoder shows that no bytes make the decoder panic, and that what it reads is what package proto reads.
func FuzzDecoder(f *testing.F) {
	seed, err := proto.Marshal(account("id", "name"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0x4a, 0x02, 0x10, 0x01})
	f.Fuzz(func(t *testing.T, data []byte) {
		var d decoder
		have, ok := d.decode(data, string(data), 0, len(data))
		want := &storev1.AccountRecord{}
		if err := proto.Unmarshal(data, want); err != nil || !ok {
			return // nothing that was ever stored
		}
		want.ProtoReflect().SetUnknown(nil)
		for _, a := range want.GetAddresses() {
			a.ProtoReflect().SetUnknown(nil)
		}
		if !proto.Equal(want, have) {
			t.Fatalf("decoded %v, want %v", have, want)
		}
	})
}
