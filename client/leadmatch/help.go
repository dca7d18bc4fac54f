package main

// What the commands' --help says beyond their flags.

const filesHelp = `Files are CSV with a header, or JSON Lines; gzipped or not; UTF-8, UTF-16 or Windows-1252; separated by comma,
semicolon, tab or bar. All of this is told by the file itself. Column names of CRM exports are understood ("Account
Name", "Billing Zip/Postal Code", "Company Domain Name"); --map names others. A row that cannot be read, or that the
server refuses, is named with its line, and the rest goes on (exit code 3).`

func (*bulkCmd) Help() string {
	return filesHelp + `

Leads have the columns id, company, email, website, phone, country, region, city, postal, street; a lead without an id
gets "line:" and its line. Outcomes come in the order of the leads. In CSV, reasons and candidates are separated by bars.

  leadmatch bulk leads.csv -o outcomes.csv
  zcat leads.jsonl.gz | leadmatch bulk - | jq -r 'select(.decision == "REVIEW") | .lead_id'`
}

func (*importCmd) Help() string {
	return filesHelp + `

Accounts have the columns id, name, aliases, domains, phone, country, region, city, postal, street (and country_2, … for
further addresses), parent_id, owner_id, labels.KEY, numbers.KEY. Lists (aliases, domains, phone) are separated by bars.

  leadmatch accounts import salesforce-accounts.csv --map Type=labels.type --map 'Annual Revenue=numbers.revenue'`
}

func (*evalCmd) Help() string {
	return `Prints, for all leads and for each value of the labels of --by:

  n, matchable  leads, and how many of them have an account
  assigned      share of leads that were MATCHED
  wrong         share of MATCHED leads that were given a wrong account
  recall        share of matchable leads MATCHED to the right account
  abstain       share of leads without an account that were not MATCHED
  top1, top5    share of matchable leads whose right account is first, or among the first five
  r99, r98      recall at the probability from which on at most 1 %, or 2 %, of first candidates are wrong
  ece           expected calibration error of the first candidate's probability, 15 bins of equal mass

--html writes a page that also has the risk-coverage curve, the reliability diagram, decisions by reason, what other
positions of the policy's dial would do, and the worst mistakes with the evidence for the account given and the right one.

  leadmatch eval labelled.csv --by scenario,source --html report.html`
}

func (*matchCmd) Help() string {
	return `
  leadmatch match --company 'Acme GmbH' --email ann@acme.de --explain
  leadmatch match --website acme.de --json | jq .decision`
}

func (*setOverrideCmd) Help() string {
	return `
  leadmatch overrides set force 0015g00000A --domain acme.de --note 'they bought the brand'
  leadmatch overrides set forbid 0015g00000A --company 'Acme Holding'`
}
