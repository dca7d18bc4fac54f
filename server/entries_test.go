package server

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// largestBatch is as many accounts as a request may have, each with as many addresses.
func largestBatch() *leadmatchv1.UpsertAccountsRequest {
	req := &leadmatchv1.UpsertAccountsRequest{Accounts: numbered(maxBatch)}
	for _, a := range req.GetAccounts() {
		for range maxPhones {
			a.Addresses = append(a.Addresses, &leadmatchv1.Address{City: "Oakland"})
		}
		a.Labels = map[string]string{"type": "customer"}
	}
	return req
}

func TestCheckEntries(t *testing.T) {
	f := func(data []byte, m proto.Message, refused bool) {
		t.Helper()
		if err := checkEntries(data, m.ProtoReflect().Descriptor()); (err != nil) != refused {
			t.Errorf("%d bytes: %v, want refused: %v", len(data), err, refused)
		}
	}
	req := largestBatch()
	wire := func() []byte {
		data, err := proto.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	f(wire(), req, false)
	req.Accounts[7].Addresses = append(req.Accounts[7].Addresses, &leadmatchv1.Address{})
	f(wire(), req, true)

	empty := bytes.Repeat([]byte{0x0a, 0}, maxEntries+1)
	f(empty, &leadmatchv1.UpsertAccountsRequest{}, true)
	f(empty, &leadmatchv1.BatchMatchRequest{}, true)
	f(empty, &leadmatchv1.MatchRequest{}, false)          // one lead, again and again
	f(empty, &leadmatchv1.DeleteAccountsRequest{}, false) // texts
	f(append([]byte{0x0a}, empty...), &leadmatchv1.BatchMatchRequest{}, false)
	f(bytes.Repeat([]byte{0xff}, 4<<20), &leadmatchv1.BatchMatchRequest{}, false)
}

// TestEmptyEntriesAreNotDecoded sends millions of accounts in the few bytes that empty ones take.
func TestEmptyEntriesAreNotDecoded(t *testing.T) {
	r := start(t, Config{DataDir: t.TempDir()})
	message, answer := bytes.Repeat([]byte{0x0a, 0}, 1<<20), []byte(nil)
	err := r.conn.Invoke(t.Context(), leadmatchv1.AccountService_UpsertAccounts_FullMethodName, &message, &answer, grpc.ForceCodecV2(rawCodec{}))
	if s := wantCode(t, err, codes.InvalidArgument); !strings.Contains(s.Message(), "at most 1000 leads or accounts") {
		t.Fatalf("%v", err)
	}
	r.match(t, nil) // the server goes on
}

// BenchmarkDecode holds counting against the decoding that it stands before.
func BenchmarkDecode(b *testing.B) {
	req := &leadmatchv1.BatchMatchRequest{}
	for range maxBatch {
		req.Leads = append(req.Leads, acmeLead("00Q5g00000abcdEFGH"))
	}
	for _, m := range []proto.Message{req, largestBatch()} {
		data, err := proto.Marshal(m)
		if err != nil {
			b.Fatal(err)
		}
		name := string(m.ProtoReflect().Descriptor().Name())
		b.Run("count/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := checkEntries(data, m.ProtoReflect().Descriptor()); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("decode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := proto.Unmarshal(data, m.ProtoReflect().New().Interface()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
