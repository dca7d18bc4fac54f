// What codes of the API mean, for people.

export const decisions = {
  DECISION_MATCHED: {name: "Matched", kind: "matched", todo: "assign the lead to this account"},
  DECISION_REVIEW: {name: "Review", kind: "review", todo: "a person decides"},
  DECISION_NO_MATCH: {name: "No match", kind: "none", todo: "a company that is not among the accounts"},
  DECISION_INSUFFICIENT: {name: "Insufficient", kind: "insufficient", todo: "ask for a company, a business e-mail address or a website"},
};

export const decisionOf = outcome => decisions[outcome.decision] ?? {name: "Undecided", kind: "none", todo: ""};

const reasons = {
  UNIQUE_DOMAIN: "The lead's domain is on this account only.",
  SHARED_DOMAIN: "The lead's domain is on several accounts, so it says more about the family than about one of them.",
  EXACT_NAME: "The name is the account's, up to spelling and legal form.",
  SIMILAR_NAME: "The name is close to the account's: a typo, or a word more or less.",
  ACRONYM: "One name is the other's initials.",
  PHONE: "The phone number is the account's.",
  PLACE: "City or postal code are the account's.",
  SIBLINGS: "The family is clear, but not which of its companies.",
  DOMAIN_NAME_CONFLICT: "The domain says one account, the name another.",
  FREEMAIL_ONLY: "The only domain given is a free mail provider's, or one that hosts anybody.",
  PLACEHOLDER_NAME: "The company field holds a placeholder.",
  PERSON_NAME: "The company field holds the person's own name.",
  NUMBER_CONTRADICTION: "Numbers in the names differ.",
  PLACE_CONTRADICTION: "Country, city or a place in the name differ.",
  NAME_CONTRADICTION: "Each name has a distinctive word that the other lacks.",
  LEGAL_FORM_CONTRADICTION: "The legal forms differ.",
  DOMAIN_CONTRADICTION: "The lead's business domain is not the account's.",
  GENERIC_NAME: "The name is made of common words only.",
  DUPLICATE_ACCOUNTS: "Accounts look like one company that was entered twice.",
  AMBIGUOUS: "Several accounts fit about equally well.",
  NO_CANDIDATES: "No account has enough in common with the lead.",
  CAP_REACHED: "A bound on the work cut the search short.",
  DEADLINE: "Time ran out before the search was done.",
  OVERRIDE_FORCED: "A person has said that such leads go to this account.",
  OVERRIDE_FORBIDDEN: "A person has said that such leads do not go to the account that would be first.",
  FILTERED: "The policy's filters rule out the account that would be first.",
};

export const reasonText = code => reasons[code.replace("REASON_", "")] ?? plain(code, "REASON_");

// plain makes "SOURCE_FORMER_NAME" into "former name".
export const plain = (code, prefix = "") => (code ?? "").replace(prefix, "").replaceAll("_", " ").toLowerCase();

export const percent = p => {
  p = p ?? 0;
  return (p > 0.999 && p < 1 ? "> 99.9" : p > 0 && p < 0.001 ? "< 0.1" : (100 * p).toFixed(1)) + " %";
};
export const bits = b => ((b ?? 0) < 0 ? "−" : "+") + Math.abs(b ?? 0).toFixed(1);
export const count = (n, word, words = word + "s") => `${thousands(n)} ${+n === 1 ? word : words}`;
export const thousands = n => Number(n ?? 0).toLocaleString("en");
export const bytes = n => {
  for (const unit of ["bytes", "kB", "MB", "GB"]) {
    if (n < 1000 || unit === "GB") return `${n < 100 && unit !== "bytes" ? n.toFixed(1) : Math.round(n)} ${unit}`;
    n /= 1000;
  }
};

// leadText is a lead in a line.
export const leadText = l => [l.company, l.email, l.website, l.phone, placeText(l.address)].filter(Boolean).join(" · ") || "nothing";
export const placeText = a => a ? [a.street, a.postal, a.city, a.region, a.country].filter(Boolean).join(", ") : "";
