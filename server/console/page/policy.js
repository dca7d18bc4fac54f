// Policy: the dial, what it makes of labelled leads, what would change, and setting it. Every number comes from the engine:
// the leads are decided anew at each position, by PreviewPolicy.

import {h, replace, dropZone, labelled, table, debounced} from "./dom.js";
import * as api from "./api.js";
import {chart} from "./chart.js";
import {labelledFields, mapColumns, read, record} from "./rows.js";
import {leadOf} from "./match.js";
import {who, whoField} from "./who.js";
import {count, decisionOf, leadText, percent, thousands} from "./words.js";

const most = 5000; // leads of a file: each is decided at each position
const batch = 250;
const positions = [1, 3, 7, 20, 50, 200, 1000];
const lowest = 1, highest = 100000;
const flipsShown = 200;
const formerShown = 10;

const state = {leads: null, file: "", curve: []};
const assigned = o => o?.decision === "DECISION_MATCHED" ? o.account_id : "";
const right = (l, account) => account === l.expected || l.alike.includes(account);

export const policyPage = {title: "Policy", open(main, {fail}) {
  const work = new AbortController();
  let running = null, dial = 7, asked = 0;
  const live = h("p", {role: "status", "aria-live": "polite", class: "note"});
  const slider = h("input", {type: "range", id: "dial", min: "0", max: "100", step: "0.5", oninput: () => turn(Math.pow(10, slider.value / 20))});
  const number = h("input", {type: "number", id: "dial-number", min: lowest, max: highest, step: "any", "aria-label": "Right assignments that a wrong one is worth", oninput: () => turn(+number.value)});
  const meaning = h("p"), measured = h("div"), flips = h("div", {class: "flips"}), inForce = h("div"), history = h("div");
  const note = h("input", {maxlength: 1024});
  const apply = h("button", {type: "button", class: "main", onclick: () => set(proposal(dial), note.value.trim())}, "Set this policy");

  const least = d => d / (1 + d);
  const tidy = d => +Math.min(Math.max(d, lowest), highest).toPrecision(d < 10 ? 2 : 3);
  const proposal = d => ({...running.policy, right_per_wrong: d});
  const dialNow = () => running.effective.right_per_wrong;
  const problem = e => { if (e.name !== "AbortError") { fail(e); replace(live); } };

  async function load() {
    running = await api.getPolicy(work.signal);
    running.policy ??= {};
    dial = dialNow();
    drawInForce();
    turn(dial);
    await drawHistory();
  }

  function drawInForce() {
    const p = running.policy, rest = Object.entries(p).filter(([k, v]) => k !== "right_per_wrong" && !(typeof v === "object" && !Object.keys(v).length));
    replace(inForce, h("p", null, `Version ${running.version ?? 0}${p.name ? ` “${p.name}”` : +running.version ? "" : ", the built-in default"}: a lead is assigned from ${percent(least(dialNow()))} on, and is a new company from ${percent(running.effective.no_match_probability)} on.`),
      rest.length ? h("details", null, h("summary", null, "What else it says; the dial leaves that alone"), h("pre", null, JSON.stringify(Object.fromEntries(rest), null, 2))) : null);
  }

  // drawHistory lists the policy in force and those before it; more says how many are asked for.
  async function drawHistory(shown = formerShown) {
    const {policies = [], next_page_token: more} = await api.listPolicies(shown, "", work.signal);
    replace(history, h("h2", null, "History"), policies.length ? table(["Version", "Set", "By", "Dial", "Called", "Why", ""], policies.map((p, i) => [
      p.version, p.create_time ? new Date(p.create_time).toLocaleString() : "", {class: "value", of: p.author ?? ""},
      p.policy?.right_per_wrong ? thousands(p.policy.right_per_wrong) : "default", {class: "value", of: p.policy?.name ?? ""}, {class: "value", of: p.note ?? ""},
      i ? h("button", {type: "button", class: "quiet", "aria-label": `Set version ${p.version} again`, onclick: () => set(p.policy ?? {}, `version ${p.version} again`)}, "Set again") : "in force"]))
      : h("p", {class: "note"}, "No policy was ever set."),
      h("p", {class: "buttons"}, more && h("button", {type: "button", onclick: () => drawHistory(shown * 10).catch(problem)}, "Older ones"),
        policies.length ? h("button", {type: "button", onclick: () => set({}, "the built-in default again")}, "Set the built-in default") : null));
  }

  function turn(to) {
    if (!(to > 0)) return;
    dial = tidy(to);
    if (document.activeElement !== number) number.value = dial;
    if (document.activeElement !== slider) slider.value = 20 * Math.log10(dial);
    slider.setAttribute("aria-valuetext", `${dial} right for a wrong one`);
    replace(meaning, "A wrong assignment costs as much as ", h("strong", null, thousands(dial)), ` right ${dial === 1 ? "one gains" : "ones gain"}: a lead is assigned when it is at least `, h("strong", null, percent(least(dial))), " likely.");
    apply.disabled = !running || dial === dialNow();
    if (state.leads && running) preview();
  }

  async function take(file) {
    try {
      fail(null);
      const {header, rows, total} = await read(file, most);
      const columns = mapColumns(header, labelledFields);
      const known = columns.includes("expected_account_id");
      state.leads = rows.map((row, i) => {
        const {expected_account_id: expected = "", ambiguous_with: alike = [], ...rest} = record(row, columns);
        return {lead: {...leadOf(rest), id: rest.id ?? String(i + 1)}, expected, alike, known};
      });
      Object.assign(state, {file: file.name, total, known, curve: []});
      turn(dial);
      if (known) await drawCurve();
    } catch (e) { problem(e); }
  }

  // drawCurve measures the usual positions, and the one in force.
  async function drawCurve() {
    const all = [...new Set([...positions, dialNow()])].sort((a, b) => a - b), curve = state.curve = [];
    for (const at of all) {
      const point = {at, ...await measure(at, o => o.proposed)};
      if (curve !== state.curve) return; // another one has begun
      curve.push(point);
      replace(live, `${curve.length} of ${all.length} positions measured …`);
      drawMeasured();
    }
    replace(live, state.total > most ? `The file has ${count(state.total, "lead")}; the first ${thousands(most)} were taken.` : "");
  }

  async function measure(at, of) {
    const sums = {assigned: 0, right: 0, matchable: 0};
    await api.inBatches(state.leads, batch, async part => {
      const results = await api.previewPolicy(proposal(at), part.map(l => l.lead), {limit: 1}, work.signal);
      results.forEach((r, i) => {
        if (part[i].expected) sums.matchable++;
        const account = assigned(of(r));
        if (!account) return;
        sums.assigned++;
        if (right(part[i], account)) sums.right++;
      });
    });
    return sums;
  }

  function drawMeasured() {
    const here = p => p.at === dialNow();
    const precision = p => p.assigned ? p.right / p.assigned : 1, coverage = p => p.right / (p.matchable || 1);
    replace(measured, h("div", {class: "charts"},
      chart("By position of the dial", [
        {name: "assigned, and right", points: state.curve.map(p => [p.at, precision(p), here(p)])},
        {name: "found: of those with an account, assigned to it", points: state.curve.map(p => [p.at, coverage(p), here(p)])},
      ], {y: percent, x: v => `dial ${thousands(v)}`, logX: true, low: Math.min(...state.curve.map(p => Math.min(precision(p), coverage(p)))) - 0.02, points: true}),
      table(["Dial", "Assigned from", "Assigned", "of them right", "wrong", "Found"].map(of => ({class: "number", of})),
        state.curve.map(p => [h("button", {type: "button", class: "quiet", onclick: () => turnTo(p.at)}, thousands(p.at), here(p) ? " in force" : ""),
          percent(least(p.at)), thousands(p.assigned), percent(precision(p)), thousands(p.assigned - p.right), percent(coverage(p))].map(of => ({class: "number", of}))))));
  }

  function turnTo(at) {
    slider.value = 20 * Math.log10(at);
    number.value = at;
    turn(at);
  }

  const preview = debounced(300, async () => {
    const mine = ++asked, changes = [], kinds = new Map();
    try {
      fail(null);
      await api.inBatches(state.leads, batch, async part => {
        if (mine !== asked) return;
        const results = await api.previewPolicy(proposal(dial), part.map(l => l.lead), {limit: 1}, work.signal);
        results.forEach((r, i) => {
          if (r.error) throw new Error(`lead ${part[i].lead.id}: ${r.error.field}: ${r.error.description}`);
          const {outcome: a, proposed: b} = r;
          if (a.decision === b.decision && a.account_id === b.account_id) return;
          changes.push({...part[i], a, b});
          const kind = `${decisionOf(a).name} → ${decisionOf(b).name}`;
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        });
      });
      if (mine === asked) drawFlips(changes, kinds);
    } catch (e) { if (mine === asked) problem(e); }
  });

  function drawFlips(changes, kinds) {
    const verdict = c => {
      if (!c.known) return "";
      const was = assigned(c.a), is = assigned(c.b);
      if (is) return right(c, is) ? "right now" : "wrong now";
      return right(c, was) ? "was right" : "was wrong";
    };
    const told = new Map();
    for (const c of changes) told.set(verdict(c), (told.get(verdict(c)) ?? 0) + 1);
    replace(flips, h("h3", null, dial === dialNow() ? "This is the policy in force" : `At ${thousands(dial)}, ${count(changes.length, "lead")} of ${thousands(state.leads.length)} would be decided otherwise`),
      h("p", null, [...kinds].map(([k, n]) => `${n} ${k}`).join(" · "), state.known && changes.length ? " — " + [...told].map(([k, n]) => `${n} ${k}`).join(", ") : ""),
      changes.length ? table(["Lead", "Now", "Then", "Account", ""], changes.slice(0, flipsShown).map(c => [{class: "value", of: leadText(c.lead)},
        tag(c.a), tag(c.b), {class: "value", of: (c.b.candidates?.[0] ?? c.a.candidates?.[0])?.account_name ?? ""}, verdict(c)])) : null,
      changes.length > flipsShown ? h("p", {class: "note"}, `The first ${flipsShown} are shown.`) : null);
  }

  const tag = o => h("span", {class: "badge small " + decisionOf(o).kind}, decisionOf(o).name);

  async function set(policy, why) {
    try {
      fail(null);
      const {version} = await api.setPolicy(policy, running.version, who.name.trim(), why);
      replace(live, `Version ${version} is in force.`);
      note.value = "";
      await load();
      if (state.known) await drawCurve();
    } catch (e) { problem(e); }
  }

  replace(main, h("h1", null, "Policy"), inForce,
    h("h2", null, "The dial"),
    h("div", {class: "dial"}, h("label", {for: "dial"}, "How many right assignments is a wrong one worth?"), h("div", null, slider, number), meaning,
      h("div", {class: "signed"}, whoField(), labelled("Why", note)), h("p", {class: "buttons"}, apply, live)),
    h("h2", null, "Measured"),
    dropZone("Choose a file with leads", "or drop it here. With a column expected_account_id, empty where the company is not among the accounts, it says how right the decisions are; without one, what would change.", take),
    measured, flips, history);
  load().then(() => state.curve.length && drawMeasured()).catch(problem);
  return () => work.abort();
}};
