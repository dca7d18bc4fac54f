// Health of the data: each account asked for as a lead with its own name, website and country. A clean account finds itself;
// what does not says why, by the engine's own reasons. What is found is ranked by the leads of the decision log that it
// hurts.

import {h, replace, table} from "./dom.js";
import * as api from "./api.js";
import {loggedLeads} from "./log.js";
import {count, thousands} from "./words.js";

const page = 500; // accounts at a time
const choices = [1000, 5000, 20000, 100000];
const kept = 100; // accounts shown of a finding
const mostLogged = 5000; // decisions of the log
const mostHurt = 1000; // accounts that are looked at for the sake of the log's leads
const likely = 0.02; // from here on an account is in question for a lead

// findings in the order in which they hurt, as far as that can be said without leads.
const findings = [
  {key: "other", title: "Leads go to another account", why: "Asked for by its own name and website, another account is assigned."},
  {key: "duplicate", title: "Entered twice", why: "Accounts that look like one company; leads for it wait for a person or a tie-break.", reason: "DUPLICATE_ACCOUNTS"},
  {key: "conflict", title: "Website of another company", why: "The website says one account, the name another.", reason: "DOMAIN_NAME_CONFLICT"},
  {key: "placeholder", title: "Placeholder for a name", why: "No lead can match such a name.", reason: "PLACEHOLDER_NAME"},
  {key: "person", title: "A person's name", why: "The name is a person's, not a company's.", reason: "PERSON_NAME"},
  {key: "free", title: "Free mail or a hosting platform as website", why: "It is kept, and never matched on.", reason: "FREEMAIL_ONLY"},
  {key: "shared", title: "Domains on several accounts", why: "Leads from them are of the family; the member shows only by name and place."},
  {key: "unsure", title: "Not told from others", why: "Even its own name, website and country leave it undecided."},
];

export function health(area, signal, problem, look) {
  const select = h("select", {id: "health-most"}, choices.map(n => h("option", {value: n, selected: n === 5000}, thousands(n))));
  const start = h("button", {type: "button", onclick: run}, "Look"), stop = h("button", {type: "button", hidden: true, onclick: () => { stopped = true; }}, "Stop");
  const live = h("span", {role: "status", "aria-live": "polite", class: "note"}), out = h("div");
  let stopped = false;
  replace(area, h("p", {class: "note"}, "Each account is asked for as a lead with its own name, website and country, and should find itself. Those that leads of the decision log wait for come first, then all in order of id: of a larger book this is a sample."),
    h("p", {class: "buttons"}, h("label", {for: "health-most"}, "Accounts, at most"), select, start, stop, live), out);

  async function run() {
    const found = new Map(findings.map(f => [f.key, []])), domains = new Map(), seen = new Set(), most = +select.value;
    let next = "", more = true;
    const take = async accounts => {
      accounts = accounts.filter(a => !seen.has(a.id));
      if (!accounts.length) return;
      const outcomes = await api.matchBatch(accounts.map(asLead), {limit: 3}, signal);
      outcomes.forEach((o, i) => judge(accounts[i], o, found));
      for (const a of accounts) {
        seen.add(a.id);
        for (const d of new Set((a.domains ?? []).map(host))) domains.set(d, [...(domains.get(d) ?? []), a]);
      }
      replace(live, `${thousands(seen.size)} …`);
    };
    stopped = false;
    start.disabled = true;
    stop.hidden = false;
    try {
      const log = await waiting(signal, text => replace(live, text));
      await api.inBatches(log.accounts.slice(0, Math.min(mostHurt, most)), page, async ids => { if (!stopped) await take(await fetchAll(ids, signal)); });
      while (more && seen.size < most && !stopped) {
        const answer = await api.listAccounts(Math.min(page, most - seen.size), next, signal);
        next = answer.next_page_token ?? "";
        more = Boolean(next);
        await take(answer.accounts ?? []);
      }
      for (const [d, all] of [...domains].filter(([, all]) => all.length > 1)) found.get("shared").push({account: all[0], ids: all.map(a => a.id), more: `${d}: ${count(all.length, "account")}`});
      replace(live, `${count(seen.size, "account")} looked at${more ? "; there are more" : ": all there are"}.`);
      show(rank(found, log), seen.size, log);
    } catch (e) { problem(e); } finally {
      start.disabled = false;
      stop.hidden = true;
    }
  }

  function show(ranked, seen, log) {
    if (!ranked.length) return replace(out, seen ? h("p", null, "Nothing was found: each of these accounts finds itself.") : h("p", null, "There are no accounts yet."));
    replace(out, h("p", {class: "note"}, log.leads
      ? `Ranked by leads: of the newest ${thousands(log.leads)} in the decision log, those that are left to a person or a tie-break and have one of the accounts in question.`
      : `Ranked by how many accounts are involved; not by leads, as ${log.why}`),
    ranked.map(f => h("details", {class: "finding"}, h("summary", null, h("strong", null, thousands(f.list.length)), " ", f.title,
      log.leads ? h("span", {class: "hurt"}, count(f.leads, "lead")) : null, h("small", null, f.why)),
      table(["Account", "", "", log.leads ? {class: "number", of: "Leads"} : ""], f.list.slice(0, kept).map(({account: a, more, leads}) => [
        h("button", {type: "button", class: "quiet", onclick: () => look(a.id)}, a.name || a.id), {class: "note", of: a.id},
        {class: "value", of: more ?? (a.domains ?? []).join(", ")}, log.leads ? {class: "number", of: thousands(leads)} : ""])),
      f.list.length > kept ? h("p", {class: "note"}, `The first ${kept} are shown.`) : null)));
  }
}

// waiting reads which leads of the decision log are left to a person or a tie-break now, and which accounts are in question
// for them, those with most leads first; or why that cannot be said.
async function waiting(signal, tell) {
  const by = new Map(); // account to leads, by number
  try {
    const {leads} = await loggedLeads([], mostLogged, signal, done => tell(`${count(done, "decision")} of the log read …`));
    if (!leads.length) return {accounts: [], by, why: "the decision log is empty."};
    await api.inBatches(leads, page, async (part, from) => {
      const outcomes = await api.matchBatch(part, {limit: 5}, signal);
      outcomes.forEach((o, i) => {
        if (o.decision !== "DECISION_REVIEW" && o.decided_by !== "DECIDED_BY_TIE_BREAK") return;
        for (const c of o.candidates ?? []) if (c.probability >= likely) by.set(c.account_id, (by.get(c.account_id) ?? new Set()).add(from + i));
      });
    });
    return {accounts: [...by].sort((a, b) => b[1].size - a[1].size).map(([id]) => id), by, leads: leads.length};
  } catch (e) {
    if (e.name === "AbortError") throw e;
    return {accounts: [], by, why: e.message.replace(/\.?$/, ".")};
  }
}

// rank counts the leads of each account found, and puts first what most have.
function rank(found, {by, leads}) {
  const hurt = list => new Set(list.flatMap(e => (e.ids ?? [e.account.id]).flatMap(id => [...(by.get(id) ?? [])]))).size;
  const involved = list => new Set(list.flatMap(e => e.ids ?? [e.account.id])).size;
  const measure = leads ? hurt : involved;
  return findings.map(f => {
    const list = found.get(f.key).map(e => ({...e, leads: hurt([e]), size: measure([e])})).sort((a, b) => b.size - a.size);
    return {...f, list, leads: hurt(list), size: measure(list)};
  }).filter(f => f.list.length).sort((a, b) => b.size - a.size);
}

const fetchAll = async (ids, signal) =>
  (await Promise.all(ids.map(id => api.getAccount(id, signal).catch(e => { if (e.http === 404) return null; throw e; })))).filter(Boolean).map(a => a.account);

function asLead(a, i) {
  const country = a.addresses?.[0]?.country;
  return {id: String(i), ...(a.name && {company: a.name}), ...(a.domains?.[0] && {website: a.domains[0]}), ...(country && {address: {country}})};
}

function judge(a, o, found) {
  const has = reason => (o.reasons ?? []).includes("REASON_" + reason);
  const other = o.candidates?.find(c => c.account_id !== a.id);
  const by = o.decided_by === "DECIDED_BY_OVERRIDE" ? `by override ${o.override_id}` : "";
  const named = by ? `${by}, to ${o.account_id}` : other && `beside ${other.account_name || other.account_id} (${other.account_id})`;
  if (o.account_id && o.account_id !== a.id) found.get(has("DUPLICATE_ACCOUNTS") ? "duplicate" : "other").push({account: a, more: named});
  else {
    const f = findings.find(f => f.reason && has(f.reason));
    if (f) found.get(f.key).push({account: a, more: ["duplicate", "conflict"].includes(f.key) ? named : undefined});
    else if (o.decision !== "DECISION_MATCHED") found.get("unsure").push({account: a, more: named});
  }
}

// host is a website without what people write differently; the engine's own reading is finer, and one call each.
const host = text => text.trim().toLowerCase().replace(/^[a-z]+:\/\//, "").replace(/^www\./, "").replace(/[/?#:].*$/, "");
