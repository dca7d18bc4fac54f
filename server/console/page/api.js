// Calls of the HTTP and JSON API. Errors are google.rpc.Status, and become Failure.

const tokenKey = "leadmatch-token";

export const token = {
  get: () => sessionStorage.getItem(tokenKey) ?? "",
  set: text => text ? sessionStorage.setItem(tokenKey, text) : sessionStorage.removeItem(tokenKey),
};

// Failure is what the server said, or that it said nothing; http is 0 then.
export class Failure extends Error {
  constructor(http, status) {
    super(status.message || `HTTP ${http}`);
    this.http = http;
    this.fields = (status.details ?? []).flatMap(d => d.field_violations ?? []).map(v => v.field);
  }
}

async function request(method, path, body, signal) {
  const headers = {};
  if (token.get()) headers.Authorization = "Bearer " + token.get();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {method, headers, body, signal, cache: "no-store", redirect: "error"});
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Failure(0, {message: "The server does not answer. Is it running, and reachable from here?"});
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let status;
  try { status = JSON.parse(text); } catch { status = {message: text.slice(0, 200)}; }
  throw new Failure(answer.status, status);
}

async function json(method, path, message, signal) {
  return (await request(method, path, message === undefined ? undefined : JSON.stringify(message), signal)).json();
}

// What is asked here is only looked at, and does not belong into the decision log.
export const match = async (lead, options, signal) => (await json("POST", "/v1/match", {lead, options: {...options, unlogged: true}}, signal)).outcome;
export const matchBatch = async (leads, options, signal) => (await json("POST", "/v1/match:batch", {leads, options: {...options, unlogged: true}}, signal)).outcomes;
export const normalize = (values, signal) => json("POST", "/v1/normalize", values, signal);

export const getAccount = (id, signal) => json("GET", "/v1/accounts/" + encodeURIComponent(id), undefined, signal);
export const upsertAccounts = (accounts, signal) => json("POST", "/v1/accounts:upsert", {accounts}, signal);
export const listAccounts = (size, page, signal) =>
  json("GET", `/v1/accounts?page_size=${size}&page_token=${encodeURIComponent(page)}`, undefined, signal);

export const setOverride = override => json("POST", "/v1/overrides", {override});
export const deleteOverride = id => json("DELETE", "/v1/overrides/" + encodeURIComponent(id));

export const getStatus = signal => json("GET", "/v1/status", undefined, signal);
export const getPolicy = signal => json("GET", "/v1/policy", undefined, signal);
export const setPolicy = (policy, version, author, note) => json("PUT", "/v1/policy", {policy, expected_version: version, author, note});
export const listPolicies = (size, page, signal) =>
  json("GET", `/v1/policies?page_size=${size}&page_token=${encodeURIComponent(page)}`, undefined, signal);
export const listDecisions = (kinds, size, page, signal) =>
  json("GET", `/v1/decisions?page_size=${size}&page_token=${encodeURIComponent(page)}${kinds.map(k => "&decisions=" + k).join("")}`, undefined, signal);

// previewPolicy decides up to 1,000 leads under the policy in force and under a proposed one.
export async function previewPolicy(policy, leads, options, signal) {
  const line = await json("POST", "/v1/policy:preview", {policy, leads, options}, signal);
  if (line.error) throw new Failure(200, line.error);
  return line.result.results;
}

// metrics returns what Prometheus reads; null where the server does not say.
export async function metrics(signal) {
  try {
    return await (await request("GET", "/metrics", undefined, signal)).text();
  } catch (e) {
    if (e.http === 404 || e.http === 403) return null;
    throw e;
  }
}

// inBatches calls f with parts of a list, one after the other, and progress with how many are done.
export async function inBatches(list, size, f, progress) {
  for (let i = 0; i < list.length; i += size) {
    await f(list.slice(i, i + size), i);
    progress?.(Math.min(i + size, list.length), list.length);
  }
}
