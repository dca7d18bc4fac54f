package engine

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/matcher"
	pb "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// TestCodesAreTheWires compares the engine's codes with the wire's by name.
func TestCodesAreTheWires(t *testing.T) {
	f := func(engine uint8, wire int32) {
		t.Helper()
		if int32(engine) != wire {
			t.Errorf("the engine's %d is the wire's %d", engine, wire)
		}
	}
	f(uint8(matcher.Matched), int32(pb.Decision_DECISION_MATCHED))
	f(uint8(matcher.Review), int32(pb.Decision_DECISION_REVIEW))
	f(uint8(matcher.NoMatch), int32(pb.Decision_DECISION_NO_MATCH))
	f(uint8(matcher.Insufficient), int32(pb.Decision_DECISION_INSUFFICIENT))

	f(uint8(matcher.ByModel), int32(pb.DecidedBy_DECIDED_BY_MODEL))
	f(uint8(matcher.ByTieBreak), int32(pb.DecidedBy_DECIDED_BY_TIE_BREAK))
	f(uint8(matcher.ByOverride), int32(pb.DecidedBy_DECIDED_BY_OVERRIDE))

	f(uint8(matcher.Force), int32(pb.OverrideAction_OVERRIDE_ACTION_FORCE))
	f(uint8(matcher.Forbid), int32(pb.OverrideAction_OVERRIDE_ACTION_FORBID))

	f(uint8(matcher.UniqueDomain), int32(pb.Reason_REASON_UNIQUE_DOMAIN))
	f(uint8(matcher.SharedDomain), int32(pb.Reason_REASON_SHARED_DOMAIN))
	f(uint8(matcher.ExactName), int32(pb.Reason_REASON_EXACT_NAME))
	f(uint8(matcher.SimilarName), int32(pb.Reason_REASON_SIMILAR_NAME))
	f(uint8(matcher.AcronymName), int32(pb.Reason_REASON_ACRONYM))
	f(uint8(matcher.SamePhone), int32(pb.Reason_REASON_PHONE))
	f(uint8(matcher.SamePlace), int32(pb.Reason_REASON_PLACE))
	f(uint8(matcher.Siblings), int32(pb.Reason_REASON_SIBLINGS))
	f(uint8(matcher.DomainNameConflict), int32(pb.Reason_REASON_DOMAIN_NAME_CONFLICT))
	f(uint8(matcher.FreemailOnly), int32(pb.Reason_REASON_FREEMAIL_ONLY))
	f(uint8(matcher.PlaceholderName), int32(pb.Reason_REASON_PLACEHOLDER_NAME))
	f(uint8(matcher.PersonName), int32(pb.Reason_REASON_PERSON_NAME))
	f(uint8(matcher.NumberContradiction), int32(pb.Reason_REASON_NUMBER_CONTRADICTION))
	f(uint8(matcher.PlaceContradiction), int32(pb.Reason_REASON_PLACE_CONTRADICTION))
	f(uint8(matcher.NameContradiction), int32(pb.Reason_REASON_NAME_CONTRADICTION))
	f(uint8(matcher.LegalFormContradiction), int32(pb.Reason_REASON_LEGAL_FORM_CONTRADICTION))
	f(uint8(matcher.DomainContradiction), int32(pb.Reason_REASON_DOMAIN_CONTRADICTION))
	f(uint8(matcher.GenericName), int32(pb.Reason_REASON_GENERIC_NAME))
	f(uint8(matcher.DuplicateAccounts), int32(pb.Reason_REASON_DUPLICATE_ACCOUNTS))
	f(uint8(matcher.Ambiguous), int32(pb.Reason_REASON_AMBIGUOUS))
	f(uint8(matcher.NoCandidates), int32(pb.Reason_REASON_NO_CANDIDATES))
	f(uint8(matcher.CapReached), int32(pb.Reason_REASON_CAP_REACHED))
	f(uint8(matcher.DeadlineReached), int32(pb.Reason_REASON_DEADLINE))
	f(uint8(matcher.OverrideForced), int32(pb.Reason_REASON_OVERRIDE_FORCED))
	f(uint8(matcher.OverrideForbidden), int32(pb.Reason_REASON_OVERRIDE_FORBIDDEN))
	f(uint8(matcher.Filtered), int32(pb.Reason_REASON_FILTERED))

	f(uint8(matcher.KindPrior), int32(pb.EvidenceKind_EVIDENCE_KIND_PRIOR))
	f(uint8(matcher.KindName), int32(pb.EvidenceKind_EVIDENCE_KIND_NAME))
	f(uint8(matcher.KindDomain), int32(pb.EvidenceKind_EVIDENCE_KIND_DOMAIN))
	f(uint8(matcher.KindLocation), int32(pb.EvidenceKind_EVIDENCE_KIND_LOCATION))
	f(uint8(matcher.KindPhone), int32(pb.EvidenceKind_EVIDENCE_KIND_PHONE))
	f(uint8(matcher.KindLegalForm), int32(pb.EvidenceKind_EVIDENCE_KIND_LEGAL_FORM))
	f(uint8(matcher.KindNumber), int32(pb.EvidenceKind_EVIDENCE_KIND_NUMBER))
	f(uint8(matcher.KindInterplay), int32(pb.EvidenceKind_EVIDENCE_KIND_INTERPLAY))

	f(uint8(matcher.SourceName), int32(pb.Source_SOURCE_NAME))
	f(uint8(matcher.SourceAlias), int32(pb.Source_SOURCE_ALIAS))
	f(uint8(matcher.SourceFormerName), int32(pb.Source_SOURCE_FORMER_NAME))
	f(uint8(matcher.SourceParent), int32(pb.Source_SOURCE_PARENT))
	f(uint8(matcher.SourceDomain), int32(pb.Source_SOURCE_DOMAIN))
	f(uint8(matcher.SourcePhone), int32(pb.Source_SOURCE_PHONE))
	f(uint8(matcher.SourceAddress), int32(pb.Source_SOURCE_ADDRESS))
}

// TestArenaOutcomesStayValid makes outcomes of one engine outcome that is reused, as a batch does, with more candidates
// than a slab has been made for.
func TestArenaOutcomesStayValid(t *testing.T) {
	var o matcher.Outcome
	arena := NewArena(2, 1, matcher.Versions{Revision: 7})
	set := func(names ...string) {
		o.Candidates, o.Reasons, o.Retrieval.Cuts = o.Candidates[:0], append(o.Reasons[:0], matcher.Ambiguous), o.Retrieval.Cuts[:0]
		for _, n := range names {
			o.Candidates = append(o.Candidates, matcher.Candidate{AccountID: n, Evidence: []matcher.Evidence{{Level: n}}})
			o.Retrieval.Cuts = append(o.Retrieval.Cuts, n)
		}
	}
	set("a", "b", "c")
	first := arena.Outcome(&o, matcher.MatchOptions{Explain: true, Reads: true})
	kept := proto.Clone(first)
	set("d", "e", "f")
	second := arena.Outcome(&o, matcher.MatchOptions{Explain: true, Reads: true})
	if !proto.Equal(first, kept) {
		t.Fatalf("the first outcome has become %v, was %v", first, kept)
	}
	if got := second.GetCandidates()[2]; got.GetAccountId() != "f" || got.GetEvidence()[0].GetLevel() != "f" ||
		!slices.Equal(second.GetRetrieval().GetCuts(), []string{"d", "e", "f"}) || second.GetVersions().GetRevision() != 7 {
		t.Fatalf("%v", second)
	}
}
