// The frame around the pages: which one is shown, the token, what the server is, and what goes wrong.

import {replace} from "./dom.js";
import * as api from "./api.js";
import {thousands} from "./words.js";
import {matchPage} from "./match.js";
import {reviewPage} from "./review.js";
import {accountsPage} from "./accounts.js";
import {policyPage} from "./policy.js";
import {nowPage} from "./now.js";

const pages = {match: matchPage, review: reviewPage, accounts: accountsPage, policy: policyPage, now: nowPage};
const byId = id => document.getElementById(id);
let leave = null;

function fail(error) {
  const problem = byId("problem");
  problem.hidden = !error;
  replace(problem, error ? error.message : "");
  if (error?.http === 401) {
    byId("access").open = true;
    byId("token").focus();
  }
}

function show() {
  const name = location.hash.slice(1) in pages ? location.hash.slice(1) : "match";
  leave?.();
  fail(null);
  document.title = `${pages[name].title} · leadmatch`;
  for (const a of document.querySelectorAll("nav a")) {
    if (a.getAttribute("href") === "#" + name) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  byId("main").className = name;
  leave = pages[name].open(byId("main"), {fail});
}

async function greet() {
  try {
    const status = await api.getStatus();
    replace(byId("server"), `${thousands(status.accounts)} accounts · revision ${thousands(status.versions?.revision)}`);
  } catch (e) {
    replace(byId("server"));
    if (e.http !== 403) fail(e); // a token for matching alone may not ask
  }
}

byId("token").value = api.token.get();
byId("token-form").addEventListener("submit", e => {
  e.preventDefault();
  api.token.set(byId("token").value.trim());
  byId("access").open = false;
  show();
  greet();
});
addEventListener("hashchange", () => { show(); greet(); });
addEventListener("dragover", e => e.preventDefault()); // a file that misses its place must not replace the page
addEventListener("drop", e => e.preventDefault());
show();
greet();
