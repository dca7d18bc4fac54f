// Now: what the server does, asked every few seconds while somebody looks.

import {h, replace} from "./dom.js";
import * as api from "./api.js";
import {chart} from "./chart.js";
import {bytes, count, thousands} from "./words.js";

const every = 2000; // milliseconds
const kept = 150; // answers, five minutes

const kinds = [["matched", "matched"], ["review", "review"], ["no_match", "no match"], ["insufficient", "insufficient"]];
const seconds = v => v >= 1 ? `${v.toFixed(1)} s` : v >= 1e-3 ? `${(v * 1e3).toFixed(1)} ms` : `${(v * 1e6).toFixed(0)} µs`;
const rate = v => v >= 100 ? thousands(Math.round(v)) : v.toFixed(1);

// histogramOf sums the buckets of a histogram over all its labels: {bound: how many at most that}.
export function histogramOf(text, name) {
  const sums = new Map();
  for (const [, bound, n] of text.matchAll(new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"[^}]*\\} ([0-9.e+]+)`, "gm"))) {
    sums.set(bound === "+Inf" ? Infinity : +bound, (sums.get(bound === "+Inf" ? Infinity : +bound) ?? 0) + +n);
  }
  return sums;
}

// quantile of what has come between two histograms; null when nothing has. It is the upper bound of a bucket.
export function quantile(before, after, q) {
  const bounds = [...after.keys()].sort((a, b) => a - b), grown = b => after.get(b) - (before.get(b) ?? 0);
  const all = grown(Infinity);
  if (!(all > 0)) return null;
  const at = bounds.findIndex(b => grown(b) >= q * all);
  return bounds[at] === Infinity ? bounds[at - 1] ?? null : bounds[at];
}

export const nowPage = {title: "Now", open(main, {fail}) {
  const work = new AbortController(), answers = [];
  const cards = h("dl", {class: "cards"}), charts = h("div", {class: "charts"}), note = h("p", {class: "note", role: "status"});
  let timer, hasMetrics = true;

  async function ask() {
    if (document.hidden) return plan();
    try {
      const [status, text] = await Promise.all([api.getStatus(work.signal), hasMetrics ? api.metrics(work.signal) : null]);
      hasMetrics = text != null;
      fail(null);
      answers.push({at: Date.now() / 1000, status, match: text && histogramOf(text, "leadmatch_match_duration_seconds"), call: text && histogramOf(text, "leadmatch_call_duration_seconds")});
      if (answers.length > kept) answers.shift();
      draw();
    } catch (e) {
      if (e.name === "AbortError") return;
      fail(e);
    }
    plan();
  }

  const plan = () => { if (!work.signal.aborted) timer = setTimeout(ask, every); };

  function draw() {
    const {status: s} = answers.at(-1), up = (Date.now() - Date.parse(s.start_time)) / 1000;
    const card = (name, value, more) => h("div", null, h("dt", null, name), h("dd", null, h("data", null, value), more && h("small", null, more)));
    replace(cards, card("Accounts", thousands(s.accounts), `${thousands(s.names)} names, ${thousands(s.domains)} domains`),
      card("Revision", thousands(s.versions?.revision), +s.pending_changes ? `${thousands(s.pending_changes)} changes not yet visible` : "everything stored is visible"),
      card("Policy", `version ${s.versions?.policy ?? 0}`, count(s.overrides ?? 0, "override")),
      card("Index", bytes(+(s.index_bytes ?? 0)), `${count(s.segments ?? 0, "segment")}, on disk ${bytes(+(s.store_bytes ?? 0))}`),
      card("Running for", up > 172800 ? `${(up / 86400).toFixed(0)} days` : up > 7200 ? `${(up / 3600).toFixed(0)} hours` : `${(up / 60).toFixed(0)} minutes`, `leadmatchd ${s.version ?? ""}, model ${s.versions?.model ?? ""}`));
    const t0 = answers[0].at, steps = answers.slice(1).map((b, i) => [answers[i], b]);
    const ago = v => v - (answers.at(-1).at - t0) > -1 ? "now" : `${Math.round(answers.at(-1).at - t0 - v)} s ago`;
    const line = (name, f) => ({name, points: steps.map(([a, b]) => [b.at - t0, f(a, b)]).filter(p => p[1] != null)});
    const level = (name, f) => ({name, points: answers.map(a => [a.at - t0, f(a.status)])});
    replace(charts,
      chart("Leads a second, by decision", kinds.map(([k, name]) => line(name, (a, b) => Math.max(0, (b.status[`leads_${k}`] ?? 0) - (a.status[`leads_${k}`] ?? 0)) / (b.at - a.at))), {y: rate, x: ago}),
      hasMetrics && chart("A lead takes, in the engine", [["median", .5], ["99 of 100", .99]].map(([n, q]) => line(n, (a, b) => quantile(a.match, b.match, q))), {y: seconds, x: ago, high: 1e-5}),
      hasMetrics && chart("A call takes, in the server", [["median", .5], ["99 of 100", .99]].map(([n, q]) => line(n, (a, b) => quantile(a.call, b.call, q))), {y: seconds, x: ago, high: 1e-3}),
      chart("Memory", [level("heap in use", s => +(s.heap_in_use_bytes ?? 0)), level("index", s => +(s.index_bytes ?? 0))], {y: bytes, x: ago}),
      chart("Accounts", [level("accounts", s => +(s.accounts ?? 0))], {y: v => thousands(Math.round(v)), x: ago, high: 2}));
    replace(note, hasMetrics ? "" : "This server has no /metrics for the console, or they need a token with the admin scope: latencies are not shown.");
  }

  replace(main, h("h1", null, "Now"), cards, charts, note);
  ask();
  return () => { work.abort(); clearTimeout(timer); };
}};
