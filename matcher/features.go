package matcher

// feature is one number that a candidate is weighed by: the model has a weight in bits for each, and a candidate's bits
// are the sum of its features times their weights. The features of one kind of evidence add up to that evidence.
type feature uint8

const (
	featPrior feature = iota

	// Name, of the account's row and the lead's reading that agree best. Amounts are in units of 8 bits of rarity, in
	// steps, so that the first rare word can count for more than the third.
	featNameMatched0      // rarity of the words matched, up to 8 bits
	featNameMatched8      // from 8 to 16
	featNameMatched16     // from 16 to 40
	featNameExact         // equal up to spelling, spaces and legal form
	featNameExactRare     // and how rare the name's words are, up to 24 bits
	featNameExactShort    // and it is one word
	featNameExactInitials // of four letters at most
	featNameCovered       // share of the lead's words that are matched, by weight
	featNameCovers        // share of the account's words that are matched, by weight
	featNameBoth          // the smaller of the two shares, from a half on
	featNameLeadCore0     // distinctive words that only the lead has, up to 8 bits
	featNameLeadCore8     // beyond
	featNameLeadGeneric   // generic words that only the lead has
	featNameLeadSector    // sector words that only the lead has
	featNameLeadPlace     // places that only the lead has, and that the account's address does not explain
	featNameAcctCore0     // distinctive words that only the account has, up to 8 bits
	featNameAcctCore8     // beyond
	featNameAcctGeneric   // generic words that only the account has
	featNameAcctSector    // sector words that only the account has
	featNameAcctPlace     // places that only the account has, and that the lead's address does not explain
	featNameFacing        // distinctive words on both sides without a counterpart: the smaller sum
	featNameSectors       // sector words on both sides without a counterpart
	featNameKinds         // words of any class but place on both sides without a counterpart
	featNamePlaces        // places on both sides without a counterpart
	featNamePlaceKnown    // a place that one name lacks is in the other's address
	featNameElsewhere     // a place that one name lacks is not where the other's address is
	featNameSide          // a point of the compass that only one name has
	featNameSides         // and each has another
	featNameFirst         // the first words match
	featNameFirstDiff     // neither of the first words has a counterpart
	featNameTypo          // words matched with a typo
	featNameTypoShort     // of five letters or less
	featNameTypoKnown     // whose spelling is a word of its own
	featNameSimilar       // words matched as an abbreviation or with two typos
	featNameConcept       // words matched by what they mean
	featNameJoined        // words matched that are split or joined
	featNameAcronym       // the one name is the other's initials
	featNameAcronymLong   // of four letters or more
	featNameAcronymMany   // and how many accounts have these initials or this name, doublings
	featNameAlias         // the row is not the account's own name
	featNamePart          // the row, or the reading, is a part of a longer name
	featNamePartBoth      // both are
	featNameReordered     // all words match, in another order
	featNameSame          // other accounts of the same name, doublings
	featNameCrowd         // accounts that match nearly as much of the name, doublings
	featNameRival         // another account's name is equal and this one's is not
	featNameNone          // no word matched
	featNameMissing       // the lead has no name
	featNameFromDomain    // the lead has no name, and its domain was read as one
	featNameUnknown       // words that no account has, and that are no typos of this one's, in units of 8 bits

	featNumberSame
	featNumberDiffers
	featNumberLead // only the lead has one
	featNumberAcct // only the account has one

	featLegalSame
	featLegalFamily
	featLegalDiffers      // same country's
	featLegalIncompatible // other countries'

	featDomainSame
	featDomainShared     // accounts that have the domain, doublings
	featDomainSharedName // and the account's name is the closest among them
	featDomainStem       // equal but for the ending
	featDomainIsName     // the lead's domain is the account's name, or its beginning
	featDomainInitials   // the lead's domain is the account's initials
	featDomainNameIs     // the lead's name is the account's domain
	featDomainDiffers
	featDomainElsewhere // the lead's domain belongs to another account
	featDomainOwn       // it differs, and it is the lead's own name
	featDomainAlone     // equal, and the names have nothing in common
	featDomainFacing    // equal, and the names contradict each other
	featDomainFamily    // it is that of another account of the family, and the name is equal
	featDomainUnrelated // equal, and that of many accounts that have nothing else in common
	featDomainUnknown   // the lead has a domain that no account has, and this account has none

	featCountrySame
	featCountryDiffers
	featRegionDiffers
	featCitySame
	featCityDiffers
	featPostalSame
	featAreaSame
	featAreaDiffers

	featPhoneSame
	featPhoneShared // accounts that have the number, doublings
	featPhoneBlock
	featPhoneDiffers
	featPhoneAlone // same, and the names have nothing in common

	featInterplay // what all of these are worth together, beyond their weights, in bits: forest.go

	numFeatures
)

// features are those of one candidate.
type features [numFeatures]float32

// featureInfo names a feature for the policy and says which evidence it belongs to.
var featureInfo = [numFeatures]struct {
	name string
	kind Kind
}{
	featPrior:             {"prior", KindPrior},
	featNameMatched0:      {"name.matched_0", KindName},
	featNameMatched8:      {"name.matched_8", KindName},
	featNameMatched16:     {"name.matched_16", KindName},
	featNameExact:         {"name.exact", KindName},
	featNameExactRare:     {"name.exact_rare", KindName},
	featNameExactShort:    {"name.exact_short", KindName},
	featNameExactInitials: {"name.exact_initials", KindName},
	featNameCovered:       {"name.covered", KindName},
	featNameCovers:        {"name.covers", KindName},
	featNameBoth:          {"name.both", KindName},
	featNameLeadCore0:     {"name.lead_core_0", KindName},
	featNameLeadCore8:     {"name.lead_core_8", KindName},
	featNameLeadGeneric:   {"name.lead_generic", KindName},
	featNameLeadSector:    {"name.lead_sector", KindName},
	featNameLeadPlace:     {"name.lead_place", KindName},
	featNameAcctCore0:     {"name.account_core_0", KindName},
	featNameAcctCore8:     {"name.account_core_8", KindName},
	featNameAcctGeneric:   {"name.account_generic", KindName},
	featNameAcctSector:    {"name.account_sector", KindName},
	featNameAcctPlace:     {"name.account_place", KindName},
	featNameFacing:        {"name.facing", KindName},
	featNameSectors:       {"name.sectors", KindName},
	featNameKinds:         {"name.kinds", KindName},
	featNamePlaces:        {"name.places", KindName},
	featNamePlaceKnown:    {"name.place_known", KindName},
	featNameElsewhere:     {"name.elsewhere", KindName},
	featNameSide:          {"name.side", KindName},
	featNameSides:         {"name.sides", KindName},
	featNameFirst:         {"name.first", KindName},
	featNameFirstDiff:     {"name.first_differs", KindName},
	featNameTypo:          {"name.typo", KindName},
	featNameTypoShort:     {"name.typo_short", KindName},
	featNameTypoKnown:     {"name.typo_known", KindName},
	featNameSimilar:       {"name.similar", KindName},
	featNameConcept:       {"name.concept", KindName},
	featNameJoined:        {"name.joined", KindName},
	featNameAcronym:       {"name.acronym", KindName},
	featNameAcronymLong:   {"name.acronym_long", KindName},
	featNameAcronymMany:   {"name.acronym_many", KindName},
	featNameAlias:         {"name.alias", KindName},
	featNamePart:          {"name.part", KindName},
	featNamePartBoth:      {"name.part_both", KindName},
	featNameReordered:     {"name.reordered", KindName},
	featNameSame:          {"name.same", KindName},
	featNameCrowd:         {"name.crowd", KindName},
	featNameRival:         {"name.rival", KindName},
	featNameNone:          {"name.none", KindName},
	featNameMissing:       {"name.missing", KindName},
	featNameFromDomain:    {"name.from_domain", KindName},
	featNameUnknown:       {"name.unknown", KindName},
	featNumberSame:        {"number.same", KindNumber},
	featNumberDiffers:     {"number.differs", KindNumber},
	featNumberLead:        {"number.lead", KindNumber},
	featNumberAcct:        {"number.account", KindNumber},
	featLegalSame:         {"legal.same", KindLegalForm},
	featLegalFamily:       {"legal.family", KindLegalForm},
	featLegalDiffers:      {"legal.differs", KindLegalForm},
	featLegalIncompatible: {"legal.incompatible", KindLegalForm},
	featDomainSame:        {"domain.same", KindDomain},
	featDomainShared:      {"domain.shared", KindDomain},
	featDomainSharedName:  {"domain.shared_name", KindDomain},
	featDomainStem:        {"domain.stem", KindDomain},
	featDomainIsName:      {"domain.is_name", KindDomain},
	featDomainInitials:    {"domain.initials", KindDomain},
	featDomainNameIs:      {"domain.name_is", KindDomain},
	featDomainDiffers:     {"domain.differs", KindDomain},
	featDomainElsewhere:   {"domain.elsewhere", KindDomain},
	featDomainOwn:         {"domain.own", KindDomain},
	featDomainAlone:       {"domain.alone", KindDomain},
	featDomainFacing:      {"domain.facing", KindDomain},
	featDomainFamily:      {"domain.family", KindDomain},
	featDomainUnrelated:   {"domain.unrelated", KindDomain},
	featDomainUnknown:     {"domain.unknown", KindDomain},
	featCountrySame:       {"country.same", KindLocation},
	featCountryDiffers:    {"country.differs", KindLocation},
	featRegionDiffers:     {"region.differs", KindLocation},
	featCitySame:          {"city.same", KindLocation},
	featCityDiffers:       {"city.differs", KindLocation},
	featPostalSame:        {"postal.same", KindLocation},
	featAreaSame:          {"area.same", KindLocation},
	featAreaDiffers:       {"area.differs", KindLocation},
	featPhoneSame:         {"phone.same", KindPhone},
	featPhoneShared:       {"phone.shared", KindPhone},
	featPhoneBlock:        {"phone.block", KindPhone},
	featPhoneDiffers:      {"phone.differs", KindPhone},
	featPhoneAlone:        {"phone.alone", KindPhone},
	featInterplay:         {"interplay", KindInterplay},
}
