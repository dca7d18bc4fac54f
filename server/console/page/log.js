// The leads of the decision log, newest first, each once.

import * as api from "./api.js";

const page = 1000; // decisions at a time

// loggedLeads reads up to so many decisions of these kinds; none means all kinds. It says how many of the leads lack what they
// may have been decided by, and whether the log goes on.
export async function loggedLeads(kinds, most, signal, progress) {
  const leads = new Map();
  let read = 0, cut = 0, bare = 0, next = "";
  do {
    const answer = await api.listDecisions(kinds, Math.min(page, most - read), next, signal);
    next = answer.next_page_token ?? "";
    for (const d of answer.decisions ?? []) {
      read++;
      const {id, ...rest} = d.lead ?? {};
      const key = JSON.stringify(rest);
      if (!d.lead) bare++;
      else if (!leads.has(key)) {
        leads.set(key, {id: id ?? String(read), ...rest});
        if (d.cut) cut++;
      }
    }
    progress?.(read);
  } while (next && read < most);
  if (bare && !leads.size) throw new Error("The decision log has only the ids of its leads. leadmatchd --decision-log-leads company, or whole, writes down more.");
  return {leads: [...leads.values()], cut, more: Boolean(next)};
}
