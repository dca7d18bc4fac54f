package matcher

// Decision says what to do with a lead.
type Decision uint8

const (
	Matched      Decision = iota + 1 // assign it to the account
	Review                           // a person decides
	NoMatch                          // it is a new company
	Insufficient                     // nothing usable was given
)

// DecidedBy says what made a decision.
type DecidedBy uint8

const (
	ByModel    DecidedBy = iota + 1 // evidence against thresholds
	ByTieBreak                      // the tie-break ladder
	ByOverride                      // a person's word
)

// Reason is a code for something that shaped a decision.
type Reason uint8

// The reasons, in the order of leadmatch.v1.Reason, which explains each.
const (
	UniqueDomain Reason = iota + 1
	SharedDomain
	ExactName
	SimilarName
	AcronymName
	SamePhone
	SamePlace
	Siblings
	DomainNameConflict
	FreemailOnly
	PlaceholderName
	PersonName
	NumberContradiction
	PlaceContradiction
	NameContradiction
	LegalFormContradiction
	DomainContradiction
	GenericName
	DuplicateAccounts
	Ambiguous
	NoCandidates
	CapReached
	DeadlineReached
	OverrideForced
	OverrideForbidden
	Filtered
)

// Kind names a comparison between a lead and an account.
type Kind uint8

// The kinds, in the order of leadmatch.v1.EvidenceKind.
const (
	KindPrior Kind = iota + 1
	KindName
	KindDomain
	KindLocation
	KindPhone
	KindLegalForm
	KindNumber
	KindInterplay
)

// Source says which of an account's values was compared.
type Source uint8

// The sources, in the order of leadmatch.v1.Source.
const (
	SourceName Source = iota + 1
	SourceAlias
	SourceFormerName
	SourceParent
	SourceDomain
	SourcePhone
	SourceAddress
)

// Evidence is one comparison and its weight. The bits of a candidate's evidence add up to the candidate's bits.
type Evidence struct {
	Kind         Kind
	Level        string // how well the values agree, in a word
	Bits         float64
	LeadValue    string
	AccountValue string
	Source       Source
}

// Candidate is an account that was scored for a lead.
type Candidate struct {
	AccountID   string
	AccountName string
	OwnerID     string
	Probability float64 // over all that are scored and "none of them" these add up to 1
	Bits        float64
	Evidence    []Evidence // when explained
	ExcludedBy  string     // filter or override that ruled it out; empty when none did

	// When features were asked for.
	Features     []Feature
	CalibratedAs string  // kind of evidence by whose curve its probability is calibrated when it is first
	MatchFrom    float64 // least probability at which it is matched when it is first; above 1 where it never is
}

// Feature is how much a candidate has of one thing that is weighed. Amounts times weights add up to the bits.
type Feature struct {
	Name   string // of the weight
	Amount float32
}

// KeyHit is one look-up of the search.
type KeyHit struct {
	Kind     string // domain, domain_stem, name, word, similar_word, joined_words, split_word, acronym, phone
	Value    string
	Accounts int // how many name rows or accounts have it
}

// Retrieval says how the candidates were found.
type Retrieval struct {
	Keys   []KeyHit // when explained
	Seen   int      // accounts that share something with the lead; names, where more share words than are scored
	Scored int      // accounts scored in full
	Cuts   []string // bounds that cut the search
}

// Versions are what an outcome was made with. The same versions and lead give the same outcome.
type Versions struct {
	Revision   uint64
	Policy     uint64
	Normalizer string
	Model      string
	Proposed   string // of a policy that is not in force
}

// Outcome is the answer for one lead. Match fills it; its slices are reused by the next Match into the same Outcome,
// its strings stay valid.
type Outcome struct {
	LeadID             string
	Decision           Decision
	DecidedBy          DecidedBy
	TieBreakRung       string
	OverrideID         string
	Reasons            []Reason
	AccountID          string
	OwnerID            string
	Probability        float64 // of the first candidate
	NoMatchProbability float64
	MarginBits         float64
	Candidates         []Candidate
	Retrieval          Retrieval
	Versions           Versions
	Reads              ReadSet // when asked for
	UnscoredOdds       float64 // with features: of accounts that were not scored, against none of them, before calibration
}
