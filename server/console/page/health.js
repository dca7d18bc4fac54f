// Health of the data: each account asked for as a lead with its own name, website and country. A clean account finds itself;
// what does not says why, by the engine's own reasons.

import {h, replace, table} from "./dom.js";
import * as api from "./api.js";
import {count, thousands} from "./words.js";

const page = 500; // accounts at a time
const choices = [1000, 5000, 20000, 100000];
const kept = 100; // accounts shown of a finding

// findings in the order in which they hurt: leads that go wrong, leads that wait for a person, evidence that is lost.
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
  replace(area, h("p", {class: "note"}, "Each account is asked for as a lead with its own name, website and country, and should find itself. They are read in order of id: of a larger book this is a sample."),
    h("p", {class: "buttons"}, h("label", {for: "health-most"}, "Accounts, at most"), select, start, stop, live), out);

  async function run() {
    const found = new Map(findings.map(f => [f.key, []])), domains = new Map();
    let next = "", seen = 0;
    const most = +select.value;
    stopped = false;
    start.disabled = true;
    stop.hidden = false;
    try {
      do {
        const answer = await api.listAccounts(Math.min(page, most - seen), next, signal);
        const accounts = answer.accounts ?? [];
        next = answer.next_page_token ?? "";
        if (!accounts.length) break;
        const outcomes = await api.matchBatch(accounts.map(asLead), {limit: 3}, signal);
        outcomes.forEach((o, i) => judge(accounts[i], o, found));
        for (const a of accounts) for (const d of new Set((a.domains ?? []).map(host))) domains.set(d, [...(domains.get(d) ?? []), a]);
        seen += accounts.length;
        replace(live, `${thousands(seen)} …`);
      } while (next && seen < most && !stopped);
      for (const [d, all] of [...domains].filter(([, all]) => all.length > 1).sort((a, b) => b[1].length - a[1].length)) {
        found.get("shared").push({account: all[0], more: `${d}: ${count(all.length, "account")}`});
      }
      replace(live, `${count(seen, "account")} looked at${next ? "; there are more" : ": all there are"}.`);
      show(found, seen);
    } catch (e) { problem(e); } finally {
      start.disabled = false;
      stop.hidden = true;
    }
  }

  function show(found, seen) {
    const bad = findings.filter(f => found.get(f.key).length);
    replace(out, bad.length ? bad.map(f => {
      const list = found.get(f.key);
      return h("details", {class: "finding"}, h("summary", null, h("strong", null, thousands(list.length)), " ", f.title, h("small", null, f.why)),
        table(["Account", "", ""], list.slice(0, kept).map(({account: a, more}) => [h("button", {type: "button", class: "quiet", onclick: () => look(a.id)}, a.name || a.id), {class: "note", of: a.id}, {class: "value", of: more ?? (a.domains ?? []).join(", ")}])),
        list.length > kept ? h("p", {class: "note"}, `The first ${kept} are shown.`) : null);
    }) : seen ? h("p", null, "Nothing was found: each of these accounts finds itself.") : h("p", null, "There are no accounts yet."));
  }
}

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
