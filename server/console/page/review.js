// Review: the leads of a file, or of the decision log, that were not decided, one after the other, by keyboard. A choice is an override, and what it
// does to the leads that are left is asked for at once.

import {h, replace, labelled, dropZone, table} from "./dom.js";
import * as api from "./api.js";
import {loggedLeads} from "./log.js";
import {who, whoField} from "./who.js";
import {candidateList, needs} from "./evidence.js";
import {leadFields, mapColumns, read, record} from "./rows.js";
import {leadOf} from "./match.js";
import {count, decisionOf, leadText, percent, reasonText} from "./words.js";

const most = 20000; // leads of a file
const mostLogged = 5000; // decisions of the log
const batch = 200;
const shown = 5; // candidates
const around = 12; // leads in the list on each side of the current one

const undecided = o => o?.decision === "DECISION_REVIEW";

// state outlives a look at another page.
const state = {items: [], at: 0, done: [], note: "", wide: false, file: "", total: 0, counts: {}};

export const reviewPage = {title: "Review", open(main, {fail}) {
  const work = new AbortController();
  const live = h("p", {role: "status", "aria-live": "polite", class: "note"});
  const area = h("div");
  const counts = h("div"), queue = h("div");
  let busy = false, detail = null, again = 0;

  async function load(file) {
    try {
      fail(null);
      const {header, rows, total} = await read(file, most);
      const columns = mapColumns(header, leadFields);
      if (!["company", "email", "website", "phone"].some(f => columns.includes(f))) {
        throw new Error(`No column of ${file.name} is a company, an e-mail address, a website or a phone number; it has: ${header.join(", ")}.`);
      }
      const leads = rows.map((r, i) => ({...leadOf(record(r, columns)), id: record(r, columns).id ?? String(i + 1)}));
      await decide(leads, file.name, total > most ? `The file has ${count(total, "lead")}; the first ${count(most, "lead")} were read.` : "");
    } catch (e) { problem(e); }
  }

  async function loadLog() {
    try {
      fail(null);
      const {leads, cut, more} = await loggedLeads(["DECISION_REVIEW"], mostLogged, work.signal, done => replace(live, `${count(done, "decision")} read …`));
      await decide(leads, "the decision log", [more && `The newest ${count(mostLogged, "decision")} were read.`,
        cut && `${count(cut, "lead is", "leads are")} decided without the phone number or the e-mail address, which the log does not have.`].filter(Boolean).join(" "));
    } catch (e) { problem(e); }
  }

  // decide asks for all leads, and keeps those that wait for a person.
  async function decide(leads, from, note) {
    again++;
    Object.assign(state, {items: [], at: 0, done: [], file: from, total: leads.length, counts: {}});
    await api.inBatches(leads, batch, async part => {
      const outcomes = await api.matchBatch(part, {limit: shown}, work.signal);
      outcomes.forEach((outcome, i) => {
        state.counts[outcome.decision] = (state.counts[outcome.decision] ?? 0) + 1;
        if (undecided(outcome)) state.items.push({lead: part[i], outcome});
      });
    }, done => replace(live, `${count(done, "lead")} of ${count(leads.length, "lead")} decided …`));
    replace(live, note);
    draw();
  }

  function problem(e) { if (e.name !== "AbortError") fail(e); }

  const current = () => state.items[state.at];
  const left = () => state.items.filter(i => !i.verdict && undecided(i.outcome)).length;

  function draw() {
    if (!state.items.length) {
      replace(area, state.file ? h("p", null, `None of the ${count(state.total, "lead")} of ${state.file} waits for a person. `, state.total ? summary() : null) : null,
        h("p", {class: "buttons"}, h("button", {type: "button", class: "main", onclick: loadLog}, "From the decision log"), h("span", {class: "note"}, "the newest leads that were left to a person, as they are decided now")),
        dropZone("Choose a file with leads", "or drop it here: CSV or JSON Lines, as CRMs export them. It is read in this browser; the leads are sent to this server to be decided, and kept nowhere.", load),
        help());
      return;
    }
    const note = h("input", {value: state.note, maxlength: 1024, placeholder: "chosen in review", oninput: e => { state.note = e.target.value; }});
    detail = h("div", {class: "subject"});
    replace(area,
      h("div", {class: "split review"},
        h("aside", {"aria-label": "Leads to review"}, counts, queue,
          whoField(), labelled("Why", note),
          h("p", {class: "buttons"}, h("button", {type: "button", onclick: undo, disabled: !state.done.length}, "Undo ", h("kbd", null, "u")),
            h("button", {type: "button", onclick: () => { state.items = []; state.file = ""; draw(); }}, "Other leads")), help()),
        detail));
    refresh();
    drawSubject();
  }

  // refresh shows anew what other leads have to do with, and leaves alone what somebody may be at.
  function refresh() {
    replace(counts, progress());
    replace(queue, list());
  }

  function progress() {
    const settled = state.items.length - left();
    return h("div", null, h("progress", {max: state.items.length, value: settled, "aria-label": "Leads settled"}),
      h("p", null, h("strong", null, `${settled} of ${state.items.length}`), " settled: ",
        `${state.items.filter(i => i.verdict).length} by you, ${state.items.filter(i => !i.verdict && !undecided(i.outcome)).length} that followed.`),
      h("p", {class: "note"}, summary()));
  }

  const summary = () => Object.entries(state.counts).map(([d, n]) => `${n} ${decisionOf({decision: d}).name.toLowerCase()}`).join(", ") + ".";

  function list() {
    const from = Math.max(0, Math.min(state.at - around, state.items.length - 2 * around - 1));
    return h("ol", {class: "queue", start: from + 1}, state.items.slice(from, from + 2 * around + 1).map((item, i) =>
      h("li", null, h("button", {type: "button", "aria-current": from + i === state.at ? "true" : null, onclick: () => go(from + i)},
        h("span", null, item.lead.company || item.lead.email || item.lead.website || item.lead.phone || item.lead.id), mark(item)))));
  }

  function mark(item) {
    if (item.verdict) return h("small", {class: "settled"}, item.verdict);
    if (!undecided(item.outcome)) return h("small", {class: "settled"}, decisionOf(item.outcome).name.toLowerCase());
    return h("small", null, percent(item.outcome.probability));
  }

  async function drawSubject() {
    const item = current(), mine = detail;
    show(item);
    try {
      const [outcome] = await Promise.all([api.match(item.lead, {limit: shown, explain: true, features: true}, work.signal), findDomain(item, work.signal)]);
      if (mine !== detail) return;
      item.outcome = outcome;
      show(item);
    } catch (e) { problem(e); }
  }

  function show(item) {
    const outcome = item.outcome, d = decisionOf(outcome), candidates = outcome.candidates ?? [];
    const values = Object.entries({...item.lead, ...item.lead.address}).filter(([k]) => k !== "address");
    const fresh = !item.verdict && undecided(item.outcome);
    replace(detail, h("div", {class: "verdict"}, h("h2", {class: "badge " + d.kind}, d.name), h("p", null, item.verdict ? `Settled: ${item.verdict}.` : d.todo + ".")),
      h("dl", {class: "values"}, values.map(([k, v]) => h("div", null, h("dt", null, k), h("dd", null, v)))),
      h("ul", null, (outcome.reasons ?? []).map(r => h("li", null, reasonText(r)))), needs(outcome),
      candidateList(candidates, {open: new Set(candidates.length ? [candidates[0].account_id] : []), extra: (c, i) => fresh && !c.excluded_by && h("p", {class: "buttons choice"},
        h("button", {type: "button", onclick: () => choose(i), "aria-label": `Choose ${c.account_name || c.account_id}`}, "This one ", h("kbd", null, String(i + 1))),
        h("button", {type: "button", class: "quiet", onclick: () => reject([c]), "aria-label": `Not ${c.account_name || c.account_id}`}, "Not this one"))}),
      fresh && h("p", {class: "buttons"}, h("button", {type: "button", onclick: () => reject(candidates.filter(c => !c.excluded_by), true)}, "None of these: a new company ", h("kbd", null, "x"))),
      fresh && item.domain != null && keyChoice(item));
  }

  // keyChoice says which other leads the word will hold for.
  function keyChoice(item) {
    if (!item.domain || !item.lead.company) return h("p", {class: "note"}, `Holds for all leads ${keyText(keyOf(item, false))}${item.lead.company ? "" : ", whatever their company is"}.`);
    const option = (wide, text) => h("label", null, h("input", {type: "radio", name: "key", checked: state.wide === wide, onchange: () => { state.wide = wide; }}), " ", text);
    return h("fieldset", null, h("legend", null, "Holds for all leads"), option(false, keyText(keyOf(item, false))), option(true, keyText(keyOf(item, true))));
  }

  function go(to) {
    state.at = Math.max(0, Math.min(to, state.items.length - 1));
    draw();
  }

  function next() {
    state.wide = false;
    for (let i = 1; i <= state.items.length; i++) {
      const to = (state.at + i) % state.items.length;
      if (!state.items[to].verdict && undecided(state.items[to].outcome)) return go(to);
    }
    draw();
    replace(live, "All leads are settled.");
  }

  function choose(i) {
    const c = current().outcome.candidates?.[i];
    if (c && !c.excluded_by) say([c], "OVERRIDE_ACTION_FORCE", c.account_name || c.account_id);
  }

  function reject(candidates, all) {
    if (candidates.length) say(candidates, "OVERRIDE_ACTION_FORBID", all ? "a new company" : null);
  }

  // say sets an override for each candidate, and remembers how to take them back. A lead for which other accounts still
  // fit stays open.
  async function say(candidates, action, verdict) {
    const item = current();
    if (busy || item.verdict || !undecided(item.outcome)) return;
    if (!who.name.trim()) {
      replace(live, "Say who you are first: it is kept with each choice.");
      document.getElementById("in-you-are")?.focus();
      return;
    }
    busy = true;
    const step = {item, overrides: []};
    try {
      fail(null);
      await findDomain(item);
      const key = keyOf(item, state.wide);
      if (!key.domain && !key.company) throw new Error("This lead has neither a company name nor a business domain that a choice could be kept under.");
      let revision;
      for (const c of candidates) {
        const answer = await api.setOverride({action, account_id: c.account_id, ...key, author: who.name.trim(), note: state.note.trim() || "chosen in review"});
        step.overrides.push(answer.override.id);
        revision = answer.revision;
      }
      state.done.push(step);
      [item.outcome] = await api.matchBatch([item.lead], {limit: shown, min_revision: revision}, work.signal);
      if (action === "OVERRIDE_ACTION_FORCE" || !undecided(item.outcome)) item.verdict = verdict ?? "not this one";
      verdict = item.verdict;
      if (verdict) next(); else draw();
      follow(revision, `${verdict ? `“${leadText(item.lead)}”: ${verdict}` : "Ruled out; other accounts fit still"}. `);
    } catch (e) {
      if (step.overrides.length && state.done.at(-1) !== step) state.done.push(step); // some may be set: undo takes them back
      problem(e);
    } finally { busy = false; }
  }

  // follow decides the others anew, while the next is looked at already.
  async function follow(revision, said) {
    try {
      replace(live, said, "The others are decided anew …");
      const changed = await redecide(revision);
      if (changed === null || !state.items.length) return; // another choice was made meanwhile, or other leads are asked for
      if (current().verdict || undecided(current().outcome)) refresh(); else draw(); // it is settled while it is looked at
      replace(live, said, changed ? `${count(changed, "other lead is", "other leads are")} settled by it.` : "No other lead is settled by it.", left() ? "" : " All leads are settled.");
    } catch (e) { problem(e); }
  }

  async function undo() {
    if (busy || !state.done.length) return;
    const step = state.done.pop();
    busy = true;
    try {
      fail(null);
      let revision;
      while (step.overrides.length) {
        try {
          revision = (await api.deleteOverride(step.overrides.at(-1))).revision;
        } catch (e) { if (e.http !== 404) throw e; } // somebody else has taken it back
        step.overrides.pop();
      }
      step.item.verdict = null;
      state.at = state.items.indexOf(step.item);
      [step.item.outcome] = await api.matchBatch([step.item.lead], {limit: shown, min_revision: revision}, work.signal);
      draw();
      follow(revision, `Taken back: “${leadText(step.item.lead)}”. `);
    } catch (e) {
      state.done.push(step);
      problem(e);
    } finally { busy = false; }
  }

  // redecide asks anew for all leads that nobody has settled, and says how many are settled now that were not; null when
  // it was asked for again meanwhile.
  async function redecide(revision) {
    const mine = ++again, open = state.items.filter(i => !i.verdict);
    let changed = 0;
    await api.inBatches(open, batch, async part => {
      if (mine !== again) return;
      const outcomes = await api.matchBatch(part.map(i => i.lead), {limit: shown, min_revision: revision}, work.signal);
      if (mine !== again) return;
      outcomes.forEach((outcome, i) => {
        if (undecided(part[i].outcome) && !undecided(outcome)) changed++;
        part[i].outcome = outcome;
      });
    });
    return mine === again ? changed : null;
  }

  function key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input:not([type=radio]), select, textarea") || !state.items.length) return;
    if (e.key === "j") go(state.at + 1);
    else if (e.key === "k") go(state.at - 1);
    else if (e.key === "u") undo();
    else if (e.key === "x") reject((current().outcome.candidates ?? []).filter(c => !c.excluded_by), true);
    else if (/^[1-9]$/.test(e.key)) choose(+e.key - 1);
    else return;
    e.preventDefault();
  }

  addEventListener("keydown", key);
  replace(main, h("h1", null, "Review"), live, area);
  draw();
  if (state.items.length) redecide().then(draw).catch(problem); // since the page was left, much may have changed
  return () => { work.abort(); removeEventListener("keydown", key); };
}};

const help = () => h("details", {class: "help"}, h("summary", null, "Keys and what they do"),
  table(["Key", ""], [
    [h("kbd", null, "j"), "next lead"], [h("kbd", null, "k"), "lead before"], [h("kbd", null, "1 – 5"), "the lead belongs to this account"],
    [h("kbd", null, "x"), "to none of these: a new company"], [h("kbd", null, "u"), "take the last choice back"]]),
  h("p", {class: "note"}, "Each choice is kept as an override, with your name and reason. It holds for all leads with the same company and domain from now on, on every way in."));

// findDomain finds the domain that choices are kept under: of the lead's website, or else of its e-mail address. One that is
// no company's own, a free mail provider's for one, is none.
async function findDomain(item, signal) {
  if (item.domain != null) return;
  const {website, email} = item.lead;
  const {domain, email_domain: mail} = website || email ? await api.normalize({domain: website, email}, signal) : {};
  item.domain = [domain, mail].find(d => d?.class === "business")?.host ?? "";
}

function keyOf({lead, domain}, wide) {
  return wide && domain ? {domain} : {...(domain && {domain}), ...(lead.company && {company: lead.company})};
}

const keyText = key => [key.company && `named “${key.company}”`, key.domain && `from ${key.domain}`].filter(Boolean).join(" and ") || "like it";
