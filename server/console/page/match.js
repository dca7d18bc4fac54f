// Match: a lead as it is typed, and what is decided.

import {h, replace, labelled, debounced} from "./dom.js";
import * as api from "./api.js";
import {candidateList, needs, search, versions, whyNot} from "./evidence.js";
import {decisionOf, percent, plain, reasonText} from "./words.js";

const fields = [
  ["company", "Company", "organization"], ["email", "E-mail", "email"], ["website", "Website", "url"], ["phone", "Phone", "tel"],
  ["street", "Street", "street-address"], ["postal", "Postal code", "postal-code"], ["city", "City", "address-level2"],
  ["region", "Region", "address-level1"], ["country", "Country", "country-name"],
];
const examples = [
  {company: "seimens", email: "petra.hartwenger@siemens.com", city: "munich", country: "Germany"},
  {company: "Texas instrument", email: "jo@ti.com"},
  {company: "Samsung"},
];

// leadOf makes a lead of flat values; empty ones are left out.
export function leadOf(values) {
  const lead = {}, address = {};
  for (const [key, value] of Object.entries(values)) {
    if (!value) continue;
    if (["street", "postal", "city", "region", "country"].includes(key)) address[key] = value;
    else lead[key] = value;
  }
  if (Object.keys(address).length) lead.address = address;
  return lead;
}

export const matchPage = {title: "Match", open(main, {fail}) {
  const open = new Set();
  let running = null, first = true;
  const inputs = Object.fromEntries(fields.map(([key, , complete]) =>
    [key, h("input", {id: "lead-" + key, autocomplete: "off", spellcheck: "false", maxlength: key === "website" ? 2048 : 512, "data-kind": complete})]));
  const verdict = h("div", {class: "verdict", role: "status", "aria-live": "polite"});
  const details = h("div");

  const decide = debounced(120, async () => {
    running?.abort();
    const mine = running = new AbortController();
    const lead = leadOf(Object.fromEntries(Object.entries(inputs).map(([k, i]) => [k, i.value.trim()])));
    if (!Object.keys(lead).length) return welcome();
    try {
      const started = performance.now();
      const outcome = await api.match(lead, {limit: 8, explain: true, features: true}, mine.signal);
      if (mine !== running) return;
      fail(null);
      show(outcome, performance.now() - started);
    } catch (e) {
      if (mine === running && e.name !== "AbortError") fail(e);
    }
  });

  function welcome() {
    replace(verdict);
    replace(details, h("p", {class: "note"}, "Type a lead as somebody would into a form; any field will do. Or try one: "),
      h("p", {class: "buttons"}, examples.map(e => h("button", {type: "button", onclick: () => fill(e)}, Object.values(e).join(" · ")))));
  }

  function fill(lead) {
    for (const key in inputs) inputs[key].value = lead[key] ?? "";
    decide();
  }

  function show(outcome, took) {
    const d = decisionOf(outcome), candidates = outcome.candidates ?? [];
    if (first && candidates.length) open.add(candidates[0].account_id), first = false;
    const chosen = outcome.account_id && candidates.find(c => c.account_id === outcome.account_id);
    replace(verdict, h("h2", {class: "badge " + d.kind}, d.name),
      h("p", null, chosen ? [h("strong", null, chosen.account_name), ` ${chosen.account_id}`, outcome.owner_id ? `, owner ${outcome.owner_id}` : "", ". "] : d.todo + ". ",
        h("span", {class: "note"}, `First candidate ${percent(outcome.probability)}, not among the accounts ${percent(outcome.no_match_probability)}.`)));
    replace(details,
      section("Why", outcome.reasons?.length ? h("ul", null, outcome.reasons.map(r => h("li", null, reasonText(r)))) : h("p", null, "Nothing stood out."), needs(outcome), decidedBy(outcome)),
      candidates.length ? section("Candidates", candidateList(candidates, {open})) : null,
      candidates.length ? section("Why not the next one", whyNot(outcome) ?? h("p", null, "There is none that comes close.")) : null,
      section("The search", search(outcome.retrieval)),
      versions(outcome.versions), h("p", {class: "note"}, `Answered in ${took.toFixed(0)} ms, as this browser sees it.`));
  }

  replace(main,
    h("h1", null, "Match"),
    h("div", {class: "split"},
      h("form", {class: "lead", "aria-label": "Lead", oninput: decide, onsubmit: e => { e.preventDefault(); decide(); }},
        fields.map(([key, label]) => labelled(label, inputs[key])),
        h("button", {type: "button", onclick: () => fill({})}, "Clear")),
      h("div", {class: "answer"}, verdict, details)));
  welcome();
  inputs.company.focus();
  return () => running?.abort();
}};

function decidedBy(o) {
  if (o.decided_by === "DECIDED_BY_TIE_BREAK") return h("p", null, `The evidence cannot tell the candidates apart; the policy's tie-break “${plain(o.tie_break_rung)}” decided.`);
  if (o.decided_by === "DECIDED_BY_OVERRIDE") return h("p", null, `Decided by a person's word, override ${o.override_id}.`);
  return null;
}

const section = (title, ...children) => h("section", null, h("h3", null, title), ...children);
