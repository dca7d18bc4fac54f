// Package rows reads accounts and leads from files as people have them, and writes outcomes and accounts.
//
// # Files
//
// A file is CSV (with a header line) or JSON Lines (one object a line), told by its name (.csv, .tsv, .tab; .jsonl,
// .ndjson, .json) or else by its first byte, or Parquet, told by its content and read as JSON Lines of its columns. It may
// be compressed by gzip or Zstandard, which is told by its content, too. It is UTF-8, with a byte order mark or without,
// or UTF-16, or Windows-1252, told by its content. Fields of CSV are separated by commas,
// semicolons, tabs or bars, whichever the header has most of. Lines end in LF or CR LF. A row is at most 1 MiB.
//
// # Accounts
//
// The columns of CSV, and keys of JSON, are
//
//	id          required
//	name
//	aliases     a list
//	domains     a list
//	phone       a list
//	country, region, city, postal, street                 the first address
//	country_2, region_2, city_2, postal_2, street_2, …    further addresses, to 16
//	parent_id
//	owner_id
//	labels.KEY  text about the account
//	numbers.KEY a number about the account, or a date, which becomes seconds since 1970
//
// A list in CSV is separated by bars: "Acme Inc|Acme". A bar in a value is written \| and a backslash \\. In JSON a list
// is an array or one string, and the message's own form is read, too: addresses as a list of objects, labels and numbers
// as objects.
//
// # Leads
//
// The columns and keys are id, company, email, website, phone, country, region, city, postal, street; in JSON, address
// may also be an object of the last five.
//
// # Names that are understood
//
// Columns are also known by the names that CRMs export them under: "Account Name", "Billing Zip/Postal Code",
// "BillingPostalCode", "Record ID", "Company Domain Name", "Company owner", … . Case, spaces and punctuation do not
// count. Where several columns would fill a field that holds one value, the field's own name counts first and the
// others in an order of their own ("OwnerId" before "Account Owner"); lists take them all. Options.Map names the rest.
// Columns and keys that stay unknown are left out and reported by Reader.Unknown; Options.Strict refuses them. Null
// and empty values are absent ones.
//
// # Rows that are broken
//
// A row that cannot be read is a *RowError with its file and line, and the next row can be read: a quote that is never
// closed costs its own line and not the rest of the file. Text that is not UTF-8 is replaced by U+FFFD, which
// Options.Mended hears of. A file that is cut off or damaged is an error that ends reading, after the rows before it.
//
// # Outcomes
//
// In JSON an outcome is the message leadmatch.v1.Outcome with the proto's field names, enumerations as bare names
// (MATCHED, EXACT_NAME) and empty fields left out. In CSV it is the OutcomeColumns.
//
// # Spreadsheets
//
// A field of CSV that a spreadsheet would run as a formula, because it begins with =, +, - or @, is written with a '
// before it, which is taken away again when it is read. WriterOptions.Raw and Options.Raw switch this off.
package rows
