package replica

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	"github.com/leadmatch/leadmatch/server/store"
)

// Subjects, version 1 of them. Ids are in base64, as they may have dots and spaces; a generation is a number.
//
//	account.GENERATION.ID  AccountRecord; empty: removed
//	override.ID            OverrideRecord; empty: removed
//	policy.VERSION         PolicyRecord
//	set                    the generation whose accounts are the present ones, as a number; without one it is 1
//	begin                  nothing: its sequence plus 1 becomes a generation
//	mark                   nothing: it is there to have a sequence
//
// Records are without revision and time, which are the message's.
const (
	subjectSet   = "set"
	subjectBegin = "begin"
	subjectMark  = "mark"
	kindAccount  = "account"
	kindOverride = "override"
	kindPolicy   = "policy"
)

var ids = base64.RawURLEncoding

func accountSubject(generation uint64, id string) string {
	return kindAccount + "." + strconv.FormatUint(generation, 10) + "." + ids.EncodeToString([]byte(id))
}

// accountSubjects stands for all accounts of a generation.
func accountSubjects(generation uint64) string {
	return kindAccount + "." + strconv.FormatUint(generation, 10) + ".>"
}

func overrideSubject(id string) string { return kindOverride + "." + ids.EncodeToString([]byte(id)) }

func policySubject(version uint64) string { return kindPolicy + "." + strconv.FormatUint(version, 10) }

// messagesOf returns what a batch comes to in the log.
func messagesOf(b *store.Batch, generation uint64) ([]Message, error) {
	var out []Message
	var failed error
	add := func(subject string, m proto.Message) {
		data, err := proto.Marshal(m)
		if err != nil {
			failed = err
		}
		out = append(out, Message{Subject: subject, Data: data})
	}
	for _, a := range b.Upsert {
		a.Revision, a.UpdateTimeMs = 0, 0
		add(accountSubject(generation, a.GetId()), a)
	}
	for _, id := range b.Delete {
		out = append(out, Message{Subject: accountSubject(generation, id)})
	}
	for _, o := range b.SetOverrides {
		o.Revision, o.CreateTimeMs = 0, 0
		add(overrideSubject(o.GetId()), o)
	}
	for _, id := range b.DeleteOverrides {
		out = append(out, Message{Subject: overrideSubject(id)})
	}
	if b.Policy != nil {
		b.Policy.Revision = 0
		b.Policy.CreateTimeMs = 0
		add(policySubject(b.Policy.GetVersion()), b.Policy)
	}
	return out, failed
}

// entryOf returns what a message changes; false when that is nothing.
func entryOf(m *Message) (e store.Entry, changes bool, err error) {
	e = store.Entry{Revision: m.Sequence, TimeMS: m.Time.UnixMilli()}
	kind, rest, _ := strings.Cut(m.Subject, ".")
	switch kind {
	case subjectBegin, subjectMark:
		return e, false, nil
	case kindPolicy:
		e.Kind, e.Policy = store.EntryPolicy, &storev1.PolicyRecord{}
		return e, true, proto.Unmarshal(m.Data, e.Policy)
	case subjectSet:
		e.Kind = store.EntrySwitch
		e.Generation, err = strconv.ParseUint(string(m.Data), 10, 64)
		return e, true, err
	case kindOverride:
		e.Kind = store.EntryOverride
		if len(m.Data) > 0 {
			e.Override = &storev1.OverrideRecord{}
			err = proto.Unmarshal(m.Data, e.Override)
		}
	case kindAccount:
		var generation string
		generation, rest, _ = strings.Cut(rest, ".")
		e.Kind = store.EntryAccount
		if e.Generation, err = strconv.ParseUint(generation, 10, 64); err == nil && len(m.Data) > 0 {
			e.Account = &storev1.AccountRecord{}
			err = proto.Unmarshal(m.Data, e.Account)
		}
	default:
		return e, false, fmt.Errorf("a message has the unknown subject %q", m.Subject)
	}
	if err != nil {
		return e, false, err
	}
	id, err := ids.DecodeString(rest)
	e.ID = string(id)
	return e, true, err
}
