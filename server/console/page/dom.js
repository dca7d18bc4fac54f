// Elements out of names and text. There is no way in here for text to become markup.

const svgNames = new Set(["svg", "g", "rect", "line", "path", "polyline", "circle", "text", "title"]);

// h makes an element: h("p", {class: "note"}, "text", child, …). Attributes whose names begin with "on" are listeners;
// true stands for an attribute without value; false, null and undefined for none. A title is made by h.svg only.
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// s does so for SVG.
export function s(name, attributes, ...children) {
  if (!svgNames.has(name)) throw new Error(`no element of SVG that is used here: ${name}`);
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === false || value == null) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(c => c != null && c !== false));
  return element;
}

// replace gives an element new children.
export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(c => c != null && c !== false));
  return element;
}

// table makes a table of rows of cells; a cell is text, an element, or {class, of}.
export function table(heads, rows, attributes) {
  const cell = c => (c != null && typeof c === "object" && !(c instanceof Node)) ? h("td", {class: c.class}, c.of) : h("td", null, c);
  return h("div", {class: "wide"}, h("table", attributes,
    h("thead", null, h("tr", null, heads.map(t => typeof t === "object" ? h("th", {scope: "col", class: t.class}, t.of) : h("th", {scope: "col"}, t)))),
    h("tbody", null, rows.map(r => h("tr", null, r.map(cell))))));
}

// labelled makes an input with its label.
export function labelled(text, input, note) {
  input.id ||= "in-" + text.toLowerCase().replace(/[^a-z]+/g, "-");
  return h("p", {class: "field"}, h("label", {for: input.id}, text), input, note && h("small", null, note));
}

// dropZone makes a place to drop a file on, which is a button, too; got is called with the file.
export function dropZone(text, note, got) {
  const input = h("input", {type: "file", accept: ".csv,.tsv,.txt,.jsonl,.ndjson,.json", class: "unseen", tabindex: "-1", "aria-label": text,
    onchange: () => { if (input.files[0]) got(input.files[0]); input.value = ""; }});
  const zone = h("div", {class: "drop"}, h("button", {type: "button", onclick: () => input.click()}, text), h("p", {class: "note"}, note), input);
  zone.addEventListener("dragover", e => { e.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", e => {
    e.preventDefault();
    zone.classList.remove("over");
    if (e.dataTransfer.files[0]) got(e.dataTransfer.files[0]);
  });
  return zone;
}

// debounced calls f when it has not been asked for a while.
export function debounced(milliseconds, f) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...args), milliseconds);
  };
}
