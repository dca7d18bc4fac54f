// A candidate's evidence as a waterfall: each comparison moves the sum of bits on from where the one before left it. All
// numbers are the scorer's own, as the answer has them.

import {h, s, table} from "./dom.js";
import {bits, percent, plain, count} from "./words.js";

const width = 200, height = 14;

// scaleOf maps bits to the width of the picture; one for all candidates, so that they can be compared.
export function scaleOf(candidates) {
  let low = 0, high = 1;
  for (const c of candidates) {
    let sum = 0;
    for (const e of c.evidence ?? []) {
      sum += e.bits ?? 0;
      low = Math.min(low, sum);
      high = Math.max(high, sum);
    }
  }
  return b => 1 + (b - low) / (high - low) * (width - 2);
}

function bar(x, from, to, kind) {
  const left = Math.min(x(from), x(to));
  return s("svg", {class: "bar", viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true"},
    s("line", {x1: x(0), x2: x(0), y1: 0, y2: height, class: "axis"}),
    s("rect", {x: left, width: Math.max(Math.abs(x(to) - x(from)), 1.5), y: 2, height: height - 4, rx: 1.5, class: kind ?? (to < from ? "loss" : "gain")}));
}

export function waterfall(candidate, x) {
  let sum = 0;
  const rows = (candidate.evidence ?? []).map(e => {
    const from = sum;
    sum += e.bits ?? 0;
    const source = ["SOURCE_ALIAS", "SOURCE_FORMER_NAME", "SOURCE_PARENT"].includes(e.source) && h("small", null, ` ${plain(e.source, "SOURCE_")}`);
    return [kindText(e), {class: "value", of: e.lead_value}, {class: "value", of: [e.account_value ?? "", source || ""]},
      e.level, {class: "number", of: bits(e.bits)}, bar(x, from, sum)];
  });
  rows.push([h("strong", null, "sum"), "", "", "", {class: "number", of: h("strong", null, bits(sum))}, bar(x, 0, sum, "total")]);
  return table(["Evidence", "The lead's", "The account's", "Level", {class: "number", of: "Bits"}, ""], rows, {class: "waterfall"});
}

const kindText = e => plain(e.kind, "EVIDENCE_KIND_");

// whyNot says what the first candidate has over the second, by kind of evidence.
export function whyNot(outcome) {
  const [first, second] = (outcome.candidates ?? []).filter(c => !c.excluded_by);
  if (!first || !(outcome.margin_bits > 0)) return null;
  if (!second) return h("p", null, `No other account is left to compare it with: it stands ${bits(outcome.margin_bits)} bits before “none of them”.`);
  const byKind = c => Object.fromEntries((c.evidence ?? []).map(e => [kindText(e), e.bits ?? 0]));
  const a = byKind(first), b = byKind(second);
  const gaps = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .map(kind => ({kind, gap: (a[kind] ?? 0) - (b[kind] ?? 0)})).filter(g => Math.abs(g.gap) >= 0.05)
    .sort((p, q) => Math.abs(q.gap) - Math.abs(p.gap));
  const gap = (first.bits ?? 0) - (second.bits ?? 0);
  const start = [h("strong", null, second.account_name || second.account_id), ` (${second.account_id}) `];
  if (Math.abs(gap) < 0.05) return h("p", null, ...start, "has the same evidence: the bits cannot tell the two apart.");
  return h("p", null, ...start, `is ${bits(Math.abs(gap)).slice(1)} bits behind: `,
    gaps.map(g => `${g.kind} ${bits(-g.gap)}`).join(", "), ".");
}

// needs says how sure the first candidate had to be.
export function needs(outcome) {
  const first = (outcome.candidates ?? []).find(c => !c.excluded_by);
  if (!first?.match_from || outcome.decided_by === "DECIDED_BY_OVERRIDE") return null;
  if (first.match_from > 1) return h("p", null, "With evidence of this kind the model never decides alone: a person looks, however likely it is.");
  return h("p", null, `An assignment needs ${percent(first.match_from)}; the first candidate has ${percent(first.probability)}.`);
}

// search says how the candidates were found, and what was not looked at.
export function search(retrieval) {
  if (!retrieval) return null;
  const keys = (retrieval.keys ?? []).map(k => [plain(k.kind), {class: "value", of: k.value}, {class: "number", of: count(k.accounts ?? 0, "account")}]);
  return [
    h("p", null, `${count(retrieval.candidates_seen ?? 0, "account")} shared something with the lead, ${retrieval.candidates_scored ?? 0} were scored in full. `,
      retrieval.cuts?.length ? h("strong", null, "Cut short by: " + retrieval.cuts.join(", ") + ".") : "Nothing was cut short."),
    keys.length ? table(["Key", "Looked up", {class: "number", of: "Has it"}], keys) : null,
  ];
}

export function versions(v) {
  return h("p", {class: "note"}, `Revision ${v?.revision ?? 0} · policy ${v?.policy ?? 0} · normalizer ${v?.normalizer ?? "–"} · model ${v?.model ?? "–"}`);
}

// candidateList shows candidates, each with its waterfall to open; the opened ones stay open by their account's id.
export function candidateList(candidates, {open = new Set(), extra} = {}) {
  const x = scaleOf(candidates);
  return h("ol", {class: "candidates"}, candidates.map((c, i) => h("li", {class: c.excluded_by ? "excluded" : null},
    h("details", {open: open.has(c.account_id), ontoggle: e => e.target.open ? open.add(c.account_id) : open.delete(c.account_id)},
      h("summary", null,
        h("span", {class: "rank"}, String(i + 1)),
        h("span", {class: "who"}, h("strong", null, c.account_name || c.account_id),
          h("small", null, c.account_id + (c.owner_id ? ` · owner ${c.owner_id}` : "") + (c.excluded_by ? ` · ruled out by ${c.excluded_by}` : ""))),
        meter(c.probability), h("span", {class: "probability"}, percent(c.probability)), h("span", {class: "number note"}, bits(c.bits) + " bits")),
      waterfall(c, x)),
    extra?.(c, i))));
}

const meter = p => s("svg", {class: "meter", viewBox: "0 0 100 8", width: 100, height: 8, preserveAspectRatio: "none", "aria-hidden": "true"},
  s("rect", {width: 100, height: 8, rx: 2, class: "rest"}), s("rect", {width: 100 * (p ?? 0), height: 8, rx: 2, class: "part"}));
