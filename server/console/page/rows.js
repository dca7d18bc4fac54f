// Files that people drop: CSV and TSV with a header, JSON Lines, or a list in JSON. Columns are understood as the command
// line understands them (client/rows), by the names that CRMs give them; TestImport compares the two.

const country = ["country region", "country name", "country code", "country region code"];
const region = ["state province", "state region", "state", "province", "state province code", "state code", "state region code", "county"];
const city = ["town"];
const postal = ["zip postal code", "postal code", "zip", "zip code", "postcode", "post code"];
const street = ["street address", "address", "address line 1", "street address line 1"];
const places = {country, region, city, postal, street};

const withKinds = kinds => Object.fromEntries(Object.entries(places).map(([field, names]) =>
  [field, [...names, ...kinds.flatMap(k => [field, ...names].map(n => `${k} ${n}`))]]));

// Fields and the names that stand for them, best first; the field's own name comes before all.
export const leadFields = {
  id: ["lead id", "lead id 18", "record id", "record id contact", "contact id", "hs object id"],
  company: ["company name", "company account", "account name", "organization", "organisation", "associated company"],
  email: ["e mail", "email address", "e mail address", "work email", "business email"],
  website: ["web site", "website url", "company domain name", "domain", "homepage", "url"],
  phone: ["phone number", "business phone", "work phone", "company phone", "telephone", "mobile phone number", "mobile"],
  ...withKinds(["company", "mailing", "business"]),
};
export const accountFields = {
  id: ["account id", "account id 18", "record id", "record id company", "company id", "hs object id"],
  name: ["account name", "company name", "company", "organization", "organisation", "organization name"],
  aliases: ["alias", "also known as", "other names", "former names", "trade name", "account name local"],
  domains: ["domain", "website", "web site", "website url", "company domain name", "domain name", "email domain", "additional domains", "hs additional domains", "homepage", "url"],
  phones: ["phone", "phone number", "phone numbers", "account phone", "company phone", "main phone", "telephone"],
  parent_id: ["parent account id", "parent account", "parent company id", "parent record id", "parent", "hs parent company id"],
  owner_id: ["account owner id", "company owner id", "hubspot owner id", "account owner", "company owner", "owner"],
  ...withKinds(["billing", "company", "headquarters", "primary", "mailing"]),
};
const labels = {expected_account_id: [], ambiguous_with: []};
export const labelledFields = {...leadFields, ...labels};
export const lists = new Set(["aliases", "domains", "phones", "ambiguous_with"]);

// canonical is a column's name without what people write differently: case, spaces, punctuation, camel case.
export const canonical = name => name.replace(/([\p{L}\d])(\p{Lu})/gu, (m, a, b) => /[\p{Ll}\d]/u.test(a) ? `${a} ${b}` : m)
  .toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

// mapColumns says for each column which field it fills; "" for none. Of several columns for one field, the best is read;
// lists take all.
export function mapColumns(header, fields) {
  const ranks = new Map();
  for (const [field, names] of Object.entries(fields)) {
    [field, ...names].forEach((name, rank) => ranks.has(canonical(name)) || ranks.set(canonical(name), {field, rank}));
  }
  const found = header.map(name => /^(labels|numbers)\../i.test(name) && fields === accountFields
    ? {field: name, rank: 0} : ranks.get(canonical(name)));
  return found.map((f, i) => {
    if (!f) return "";
    const better = (g, j) => g?.field === f.field && (g.rank < f.rank || g.rank === f.rank && j < i);
    return !lists.has(f.field) && found.some(better) ? "" : f.field;
  });
}

// read returns {header, rows} of a file, rows being lists of text; limit bounds the rows. It throws when it is none of the
// formats.
export async function read(file, limit) {
  if (file.size > maxFile) throw new Error(`${file.name} has ${Math.round(file.size / 1e6)} MB, and this page reads up to ${maxFile / 1e6}; take the command line (leadmatch bulk, leadmatch accounts import) for larger files.`);
  let text;
  try {
    text = new TextDecoder("utf-8", {fatal: true}).decode(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name} is not UTF-8 text. Export it as CSV in UTF-8, or take the command line, which reads other encodings.`);
  }
  const start = text.trimStart()[0];
  const table = start === "{" || start === "[" ? objects(text) : delimited(text);
  if (!table.rows.length) throw new Error(`${file.name} holds no rows.`);
  return {...table, rows: table.rows.slice(0, limit), total: table.rows.length};
}

const maxFile = 200e6;

function objects(text) {
  const list = text.trimStart()[0] === "[" ? JSON.parse(text) : text.split("\n").flatMap((line, i) => {
    if (!line.trim()) return [];
    try { return [JSON.parse(line)]; } catch { throw new Error(`line ${i + 1} is not JSON`); }
  });
  const flat = list.map(flatten), header = [...new Set(flat.flatMap(Object.keys))];
  return {header, rows: flat.map(o => header.map(name => o[name] ?? ""))};
}

// flatten makes one level of an object: an address's parts stand for themselves, others get their name before them.
function flatten(o) {
  const flat = {};
  for (const [key, value] of Object.entries(o ?? {})) {
    if (value == null) continue;
    const address = key === "address" ? value : key === "addresses" ? value[0] : null;
    if (Array.isArray(value) && !address) flat[key] = value.map(v => String(v).replace(/[\\|]/g, "\\$&")).join("|");
    else if (address && typeof address === "object") Object.assign(flat, flatten(address));
    else if (typeof value === "object") for (const [k, v] of Object.entries(value)) flat[`${key}.${k}`] = String(v ?? "");
    else flat[key] = String(value);
  }
  return flat;
}

function delimited(text) {
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  const head = text.slice(0, (text + "\n").indexOf("\n"));
  const comma = [",", ";", "\t"].sort((a, b) => head.split(b).length - head.split(a).length)[0];
  const rows = parse(text, comma), header = rows.shift() ?? [];
  return {header: header.map(h => h.trim()), rows};
}

// parse reads what RFC 4180 describes; lines without anything are skipped.
function parse(text, comma) {
  const rows = [];
  let row = [], at = 0;
  const end = () => { if (row.length > 1 || row[0]) rows.push(row); row = []; };
  const stop = new RegExp(`[\\r\\n${comma === "\t" ? "\\t" : comma}]`, "g");
  while (at < text.length) {
    let value;
    if (text[at] === '"') {
      let close = text.indexOf('"', at + 1);
      while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
      if (close < 0) throw new Error(`a quote opens in row ${rows.length + 1}, and does not close`);
      value = text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    } else {
      stop.lastIndex = at;
      const found = stop.exec(text), to = found ? found.index : text.length;
      value = text.slice(at, to);
      at = to;
    }
    row.push(value.trim());
    if (text[at] === comma) { at++; if (at === text.length) row.push(""); continue; }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    end();
  }
  end();
  return rows;
}

// record makes an object of a row: texts by field, lists where the field is one.
export function record(row, columns) {
  const out = {};
  columns.forEach((field, i) => {
    const value = row[i]?.trim();
    if (!field || !value) return;
    if (lists.has(field)) out[field] = [...new Set([...(out[field] ?? []), ...splitList(value)])];
    else out[field] = value;
  });
  return out;
}

// splitList splits at "|"; a value that holds one has it as "\|".
const splitList = text => text.match(/(?:\\.|[^|\\])+|\\/g)?.map(v => v.replace(/\\([\\|])/g, "$1").trim()).filter(Boolean) ?? [];
