package main

// What the commands' --help says beyond their flags.

const filesHelp = `Files are CSV with a header, JSON Lines, or Parquet; compressed by gzip, Zstandard or not at all; UTF-8, UTF-16 or Windows-1252; separated by comma,
semicolon, tab or bar. All of this is told by the file itself. Column names of CRM exports are understood ("Account
Name", "Billing Zip/Postal Code", "Company Domain Name"); --map names others. A row that cannot be read, or that the
server refuses, is named with its line, and the rest goes on (exit code 3).`

func (*rematchCmd) Help() string {
	return filesHelp + `

Leads have the columns id, company, email, website, phone, country, region, city, postal, street; a lead without an id
gets "line:" and its line, in a second file "file:2:line:" and its line. Outcomes come in the order of the leads, and
the file appears when it is whole. In CSV, reasons and candidates are separated by bars.

  leadmatch bulk leads.csv -o outcomes.csv
  zcat leads.jsonl.gz | leadmatch bulk - | jq -r 'select(.decision == "REVIEW") | .lead_id'

bulk is another name of rematch. After accounts, overrides or the policy have changed, what became of the leads is told by
the outcomes of before:

  leadmatch rematch leads.csv --previous outcomes.csv --changed-only -o changes.csv

With --impacted-only the server is asked what was changed, as by leadmatch impact, and only the leads that may be decided
differently are decided; the output is, byte for byte, that of a run over all. It needs outcomes that say what was read, and
leads and --limit must be what they were. Leads that share an id are decided each time.

  leadmatch rematch leads.csv --reads -o monday.jsonl
  leadmatch rematch leads.csv --reads --impacted-only --previous monday.jsonl -o tuesday.jsonl

With --checkpoint it may be killed at any point: the same command goes on, and the output is what it would have been. It
refuses to go on with other leads, other previous outcomes or other options. The same of standard input is piped in
again.

  leadmatch rematch leads-*.parquet -o outcomes.jsonl.zst --checkpoint rematch.state`
}

func (*impactCmd) Help() string {
	return `Asks the server what was changed, and writes the leads that may be decided differently now: all others are decided as they
were, byte for byte but for the revision. rematch --reads keeps what each decision has read of the accounts, some 160
bytes a lead on average, which is held against what was touched. Leads that have no outcome in --previous are written, too.

  leadmatch rematch leads.csv --reads -o outcomes.jsonl
  leadmatch impact leads.csv --previous outcomes.jsonl -o todo.csv
  leadmatch rematch todo.csv --previous outcomes.jsonl --changed-only

The leads must be those that were decided: what has changed in them is not looked at. Nor is another leadmatchd, which may decide
otherwise: after an upgrade all leads are to be decided again. Columns that are no field of a lead are left out. When the policy has changed, when there are many more accounts, after "accounts replace", or when the server's
journal (64 MiB) does not go back as far, all leads are written, and it is said why.

The outcomes of several runs may stand in one file, one behind the other; of several of a lead the last counts.`
}

func (*previewCmd) Help() string {
	return `Decides the leads under the policy in force and under the proposed one, at one revision, and changes nothing. Prints
how many get which decision, what changes and by which reasons; for leads with the column expected_account_id, as eval
reads them, also what it does to how right the decisions are. -o writes every lead, or with --changed-only those of which
something changes: decision, account, owner, reasons and probability, as is (was) and as proposed.

  leadmatch policy get > new.json   # edit it
  leadmatch preview --policy new.json leads.csv --changed-only -o changes.csv
  leadmatch policy set new.json

A policy is YAML or JSON, with the fields of leadmatch.v1.Policy: "right_per_wrong: 50" is one.`
}

func (*replayCmd) Help() string {
	return `Reads what leadmatchd --decision-log wrote and decides the leads again, as the accounts and the policy are now. Outcomes
come in the order of the log. Leads are in a log only where leadmatchd --decision-log-leads asks for more than their
ids; where it asks for less than all, what is left out may decide, too, and is counted apart.

  leadmatch replay decisions.jsonl --changed-only -o changes.csv`
}

func (*exportSnapshotCmd) Help() string {
	return `The file is checksummed and is a backup: leadmatchd restore makes a data folder of it. The Go package server/engine decides by
it in any process, as the server that it is of. The token needs the scope admin.

  leadmatch snapshot export -o book.snapshot`
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

func (*tuneCmd) Help() string {
	return `Fits the policy in force to leads whose right accounts are known: weights, calibration, and the dial. What it is
worth is measured on leads of companies that it was not fitted to, before and after, and what is not better there is
refused (exit code 1, nothing is written). At least 500 leads that something can be learned from; those of many
companies, drawn as leads come in, say most. Nothing changes on the server, except with --apply.

Prints, before and after, and what 90 in 100 drawings of the companies have for the difference:

  missed        bits by which the right answers were missed (log loss); has to be lower in 95 of 100
  ece           expected calibration error; refused when it is worse in more than 75 of 100, as are worth and r98
  wrong         share of MATCHED leads that were given a wrong account; the dial rises until it is no more than before
  recall        share of leads with an account MATCHED to it
  worth         right assignments less wrong ones times right_per_wrong, a lead
  top1, r98     as of eval

  leadmatch tune labelled.csv -o policy.json && leadmatch policy set policy.json
  leadmatch tune labelled.csv --max-wrong 0.01 --apply

--from-accounts needs no labels: leads are made up from the accounts, with typing errors, words left out, other legal
forms and abbreviations; for one in four the account is taken for absent. They are easier than what people type, so they
say nothing about weights and thresholds, which stay: all that may come of them is less certainty where the accounts are
hard to tell apart.`
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
