// Line charts as SVG, with a legend in text.

import {h, s} from "./dom.js";

const width = 400, height = 150, left = 62, // room for 1,000,000
  bottom = 20, top = 8, right = 10;

// chart draws series of points [[x, y], …]. Options: format of y, format of x, least range of y, x and y as they are
// titled, logarithmic x, and marks, which are points with a text each.
export function chart(title, series, {y = String, x = null, low = 0, high = 1, logX = false, points = false} = {}) {
  const all = series.flatMap(l => l.points), xs = all.map(p => p[0]), ys = all.map(p => p[1]);
  const bounds = {x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(low, ...ys), y1: Math.max(high, ...ys)};
  const f = logX ? Math.log : v => v;
  const px = v => left + (f(v) - f(bounds.x0)) / (f(bounds.x1) - f(bounds.x0) || 1) * (width - left - right);
  const py = v => height - bottom - (v - bounds.y0) / (bounds.y1 - bounds.y0 || 1) * (height - bottom - top);
  const grid = [0, .5, 1].map(t => bounds.y0 + t * (bounds.y1 - bounds.y0));
  const ends = x && all.length ? [bounds.x0, bounds.x1].slice(bounds.x0 === bounds.x1) : [];
  const last = l => l.points.at(-1)?.[1];
  return h("figure", {class: "chart"}, h("figcaption", null, h("strong", null, title),
    h("span", {class: "legend"}, series.map((l, i) => h("span", {class: "k" + i}, l.name, points || last(l) == null ? "" : " ", h("b", null, points || last(l) == null ? "" : y(last(l))))))),
    s("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ` + series.map(l => `${l.name} ${last(l) == null ? "unknown" : y(last(l))}`).join(", ")},
      grid.map(v => [s("line", {x1: left, x2: width - right, y1: py(v), y2: py(v), class: "grid"}), s("text", {x: left - 6, y: py(v) + 4, "text-anchor": "end"}, y(v))]),
      ends.map((v, i) => s("text", {x: px(v), y: height - 4, "text-anchor": i ? "end" : "start"}, x(v))),
      series.map((l, i) => [s("polyline", {points: l.points.map(p => `${px(p[0]).toFixed(1)},${py(p[1]).toFixed(1)}`).join(" "), class: "line k" + i}),
        (points || l.points.length === 1) && l.points.map(p => s("circle", {cx: px(p[0]), cy: py(p[1]), r: p[2] ? 4.5 : 2.5, class: "dot k" + i + (p[2] ? " here" : "")}))])));
}
