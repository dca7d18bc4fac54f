// Accounts: find one, look at it as the engine does, bring in an export of a CRM, and see what is wrong with the data.

import {h, replace, dropZone, table, debounced} from "./dom.js";
import * as api from "./api.js";
import {accountFields, mapColumns, read, record} from "./rows.js";
import {count, placeText, thousands} from "./words.js";
import {health} from "./health.js";

const mostRows = 1e6; // of a file
const batch = 500; // accounts of a request: a thousand with many columns may be too long
const previewRows = 5;
const places = ["street", "postal", "city", "region", "country"];

export const accountsPage = {title: "Accounts", open(main, {fail}) {
  const work = new AbortController();
  const problem = e => { if (e.name !== "AbortError") fail(e); };
  const found = h("div", {role: "status", "aria-live": "polite"}), one = h("div"), importing = h("div"), data = h("div");
  let searching = null;

  const query = h("input", {id: "search", type: "search", autocomplete: "off", spellcheck: "false", maxlength: 512, placeholder: "a name, a domain or an id", oninput: debounced(150, search)});

  async function search() {
    searching?.abort();
    const mine = searching = new AbortController(), text = query.value.trim();
    replace(one);
    if (!text) return replace(found);
    const host = /^\S+\.\S+$/.test(text) ? {website: text} : {};
    try {
      const [outcome, exact] = await Promise.all([
        api.match({company: host.website ? undefined : text, ...host}, {limit: 20}, mine.signal),
        /^\S*\d\S*$/.test(text) && api.getAccount(text, mine.signal).catch(e => { if (e.http === 404 || e.http === 403) return null; throw e; }),
      ]);
      fail(null);
      const hits = (outcome.candidates ?? []).map(c => ({id: c.account_id, name: c.account_name}));
      if (exact) hits.unshift({id: exact.account.id, name: exact.account.name});
      replace(found, hits.length ? h("ul", {class: "hits"}, hits.map(hit => h("li", null, h("button", {type: "button", class: "quiet", onclick: () => look(hit.id)}, hit.name || hit.id), h("small", null, " " + hit.id))))
        : h("p", {class: "note"}, "No account comes close. It is searched as a lead would be: by whole names and words one letter off, not by parts of words."));
    } catch (e) { if (mine === searching) problem(e); }
  }

  // look shows an account as it is stored, and what is made of each of its values.
  async function look(id) {
    try {
      fail(null);
      const {account: a, revision, update_time: at} = await api.getAccount(id, work.signal);
      const normal = values => api.normalize(values, work.signal);
      const names = await Promise.all([a.name, ...(a.aliases ?? [])].filter(Boolean).map(async name => ["name", name, nameText((await normal({name})).name)]));
      const domains = await Promise.all((a.domains ?? []).map(async domain => ["domain", domain, domainText((await normal({domain})).domain)]));
      const phones = await Promise.all((a.phones ?? []).map(async phone => ["phone", phone, phoneText((await normal({phone})).phone)]));
      const at2 = await Promise.all((a.addresses ?? []).map(async address => ["address", placeText(address), placeText((await normal({address})).address)]));
      replace(one, h("h2", {tabindex: "-1"}, a.name || a.id), h("p", {class: "note"}, `${a.id} · stored at revision ${revision}, ${new Date(at).toLocaleString()}`
        + (a.owner_id ? ` · owner ${a.owner_id}` : " · no owner") + (a.parent_id ? ` · parent ${a.parent_id}` : "")),
        table(["", "As stored", "As the engine reads it"], [...names, ...domains, ...phones, ...at2].map(([kind, stored, made]) => [kind, {class: "value", of: stored}, {class: "value", of: made}])),
        Object.keys({...a.labels, ...a.numbers}).length ? table(["Label or number", ""], Object.entries({...a.labels, ...a.numbers}).map(([k, v]) => [k, String(v)])) : null);
      one.querySelector("h2").focus();
    } catch (e) { problem(e); }
  }

  // take shows what a file's columns are taken for, and lets it be changed before anything is stored.
  async function take(file) {
    try {
      fail(null);
      const {header, rows, total} = await read(file, mostRows);
      const columns = mapColumns(header, accountFields);
      const status = h("p", {role: "status", "aria-live": "polite"}), sample = h("div");
      const start = h("button", {type: "button", class: "main", onclick: () => store(rows, columns, status, start)});
      const draw = () => {
        const ready = columns.includes("id");
        start.disabled = !ready;
        replace(start, `Store ${count(rows.length, "account")}`);
        replace(status, ready ? "" : "Say which column is the account's id.");
        replace(sample, table(["Account", "Name", "Domains", "Place", "Owner"], rows.slice(0, previewRows).map(r => accountOf(r, columns)).map(a =>
          [a.id ?? "–", a.name ?? "", (a.domains ?? []).join(", "), placeText(a.addresses?.[0]), a.owner_id ?? ""])));
      };
      const options = ["", ...Object.keys(accountFields), ...columns.filter(c => c.includes("."))];
      const choices = header.map((name, i) => [name, {class: "value", of: rows.slice(0, 3).map(r => r[i]).filter(Boolean).join(" · ").slice(0, 120)},
        h("select", {"aria-label": `What ${name} is`, onchange: e => { columns[i] = e.target.value; draw(); }},
          [...options, "labels." + name].filter((o, j, all) => all.indexOf(o) === j).map(o => h("option", {value: o, selected: o === columns[i]}, o || "leave out")))]);
      replace(importing, h("h3", null, file.name), total > rows.length ? h("p", null, `The first ${thousands(rows.length)} of ${thousands(total)} rows are taken.`) : null,
        h("div", {class: "mapping"}, table(["Column", "Holds", "Is taken for"], choices)), h("h3", null, "So the first accounts are"), sample,
        h("p", {class: "buttons"}, start, h("button", {type: "button", onclick: () => replace(importing)}, "Never mind")), status,
        h("p", {class: "note"}, "Accounts with the same id are replaced. Nothing is deleted."));
      draw();
    } catch (e) { problem(e); }
  }

  async function store(rows, columns, status, start) {
    const sums = {created: 0, updated: 0, done: 0};
    try {
      fail(null);
      start.disabled = true;
      const accounts = new Map(); // of the same id, the last wins
      rows.forEach((row, i) => {
        const a = accountOf(row, columns, i + 1);
        if (!a.id) throw new Error(`row ${i + 1} has no id; nothing has been stored`);
        accounts.set(a.id, a);
      });
      await api.inBatches([...accounts.values()], batch, async part => {
        const answer = await api.upsertAccounts(part, work.signal);
        sums.created += answer.created ?? 0;
        sums.updated += answer.updated ?? 0;
        sums.done += part.length;
      }, (done, of) => replace(status, `${thousands(done)} of ${thousands(of)} …`));
      replace(status, `Stored: ${count(sums.created, "new account")}, ${thousands(sums.updated)} replaced. The next lead is matched with them.`);
    } catch (e) {
      replace(status, sums.done ? `${count(sums.done, "account")} are stored; what follows is not.` : "Nothing was stored.");
      start.disabled = false;
      problem(e);
    }
  }

  replace(main, h("h1", null, "Accounts"),
    h("p", {class: "field narrow"}, h("label", {for: "search"}, "Find an account"), query), found, one,
    h("h2", null, "Bring in accounts"),
    dropZone("Choose an export of your CRM", "or drop it here: CSV or JSON Lines of Salesforce, HubSpot or anything else. You see what its columns are taken for before anything is stored.", take), importing,
    h("h2", null, "Health of the data"), data);
  health(data, work.signal, problem, look);
  query.focus();
  return () => { work.abort(); searching?.abort(); };
}};

// accountOf makes an account of a row.
function accountOf(row, columns, at) {
  const {labels, numbers, ...r} = nested(record(row, columns), at), a = {}, address = {};
  for (const [key, value] of Object.entries(r)) (places.includes(key) ? address : a)[key] = value;
  if (Object.keys(address).length) a.addresses = [address];
  if (labels) a.labels = labels;
  if (numbers) a.numbers = numbers;
  return a;
}

// nested takes labels.KEY and numbers.KEY apart; a date is seconds since 1970.
function nested(r, at) {
  const out = {};
  for (const [key, value] of Object.entries(r)) {
    const [, group, name] = /^(labels|numbers)\.(.+)$/i.exec(key) ?? [];
    if (!group) { out[key] = value; continue; }
    const number = value.trim() && Number.isFinite(+value) ? +value : Date.parse(value) / 1000;
    if (group.toLowerCase() === "numbers" && !Number.isFinite(number) && at) throw new Error(`row ${at}: ${key} is a number or a date like 2006-01-02, not “${value}”; nothing has been stored`);
    (out[group.toLowerCase()] ??= {})[name] = group.toLowerCase() === "numbers" ? number : value;
  }
  return out;
}

const nameText = n => n?.status !== "ok" ? `not a name: ${n?.status ?? "empty"}` : (n.readings ?? []).map(r => (r.role === "primary" ? "" : r.role + ": ") + (r.words ?? []).map(w => w.class === "core" ? w.text : `${w.text} (${w.class})`).join(" ")).join("; ");
const domainText = d => d ? `${d.host || "–"} (${d.class === "business" ? `business, registered as ${d.registrable}` : d.class + ": not matched on"})` : "";
const phoneText = p => p?.valid ? p.number + (p.country ? ` (${p.country})` : "") : "cannot be compared";
