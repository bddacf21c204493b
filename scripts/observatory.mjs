// observatory.mjs URL…: the score that Mozilla's HTTP Observatory gives to the headers of an answer, after the score
// table of mdn/mdn-http-observatory (src/grader/charts.js, 2026). Not judged here: the redirect from HTTP, which is the
// proxy's, and preloading. Exits with 1 if one is below 110.
const ENOUGH_FOR_BONUS = 90;
const HALF_A_YEAR = 15_768_000;
const PRIVATE_REFERRERS = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"];

/**
 * Score and the modifiers that make it.
 * @param {Headers} headers
 */
export function score(headers) {
  const modifiers = [policy(headers), cookies(headers), sharing(headers), referrer(headers), transport(headers), types(headers), frames(headers), resources(headers)];
  const penalties = modifiers.filter(([, points]) => points < 0).reduce((sum, [, points]) => sum + points, 100);
  const bonus = modifiers.filter(([, points]) => points > 0).reduce((sum, [, points]) => sum + points, 0);
  return { score: Math.max(0, penalties >= ENOUGH_FOR_BONUS ? penalties + bonus : penalties), modifiers };
}

/** Directives of the content security policy, each with its sources. */
function directives(headers) {
  const text = headers.get("content-security-policy") ?? "";
  const parts = text.split(";").map((part) => part.trim().split(/\s+/)).filter(([name]) => name);
  return new Map(parts.map(([name, ...sources]) => [name.toLowerCase(), sources]));
}

function policy(headers) {
  const all = directives(headers);
  if (!all.size) return ["no content security policy", -25];
  const of = (name) => all.get(name) ?? all.get("default-src");
  const isBroad = (source) => ["*", "http:", "https:", "data:", "blob:", "filesystem:"].includes(source);
  const scripts = of("script-src");
  const strict = (scripts ?? []).some((source) => /^'(nonce|sha\d+)-/.test(source));
  if (!scripts || !of("object-src") || [...scripts, ...of("object-src")].some(isBroad)) return ["scripts or objects from anywhere", -20];
  if (scripts.includes("'unsafe-inline'") && !strict) return ["inline scripts", -20];
  if ([...all.values()].flat().some((source) => source.startsWith("http:"))) return ["sources over HTTP", -20];
  if (scripts.includes("'unsafe-eval'")) return ["eval", -10];
  const styles = of("style-src") ?? ["*"];
  const form = all.get("form-action");
  const isFormOpen = !form || form.some(isBroad);
  if (isFormOpen || styles.includes("'unsafe-inline'") || styles.some(isBroad)) return ["inline styles", 0];
  const none = all.get("default-src")?.join() === "'none'";
  return none ? ["nothing unsafe, nothing by default", 10] : ["nothing unsafe", 5];
}

function cookies(headers) {
  const set = headers.getSetCookie();
  if (!set.length) return ["no cookies", 0];
  const has = (cookie, word) => cookie.split(";").slice(1).some((part) => part.trim().toLowerCase().startsWith(word));
  const sessions = set.filter((cookie) => /session|login|sid/i.test(cookie.split("=")[0]));
  if (sessions.some((cookie) => !has(cookie, "httponly"))) return ["a session's cookie that scripts can read", -30];
  if (sessions.some((cookie) => !has(cookie, "secure"))) return ["a session's cookie without Secure", -40];
  if (set.some((cookie) => !has(cookie, "secure"))) return ["a cookie without Secure", -20];
  if (set.some((cookie) => has(cookie, "samesite=none"))) return ["a cookie for other sites", -20];
  return set.every((cookie) => has(cookie, "samesite")) ? ["cookies of this site alone", 5] : ["cookies without SameSite", 0];
}

function sharing(headers) {
  const isForAll = headers.get("access-control-allow-origin") && headers.get("access-control-allow-credentials") === "true";
  return isForAll ? ["credentials for other origins", -50] : ["not shared with other origins", 0];
}

function referrer(headers) {
  const value = headers.get("referrer-policy");
  if (!value) return ["no referrer policy", 0];
  return PRIVATE_REFERRERS.includes(value.split(",").at(-1).trim()) ? ["private referrers", 5] : ["open referrers", -5];
}

function transport(headers) {
  const value = headers.get("strict-transport-security");
  if (!value) return ["no HSTS", -20];
  const seconds = Number(/max-age=(\d+)/.exec(value)?.[1] ?? 0);
  return seconds >= HALF_A_YEAR ? ["HSTS", 0] : ["HSTS of less than six months", -10];
}

function types(headers) {
  return headers.get("x-content-type-options") === "nosniff" ? ["types are not guessed", 0] : ["types are guessed", -5];
}

function frames(headers) {
  const by = directives(headers).get("frame-ancestors");
  if (by && by.every((source) => ["'none'", "'self'"].includes(source))) return ["not in frames, by the policy", 5];
  return ["DENY", "SAMEORIGIN"].includes(headers.get("x-frame-options")) ? ["not in frames", 0] : ["may be in frames", -20];
}

function resources(headers) {
  const value = headers.get("cross-origin-resource-policy");
  if (!value) return ["no resource policy", 0];
  return ["same-origin", "same-site"].includes(value) ? ["resources of this origin alone", 10] : ["resources for all origins", 0];
}

if (import.meta.filename === process.argv[1]) {
  for (const url of process.argv.slice(2)) {
    const { score: points, modifiers } = score((await fetch(url, { redirect: "manual" })).headers);
    console.log(`${String(points).padStart(4)} ${url}`);
    for (const [what, change] of modifiers) if (change) console.log(`${String(change).padStart(8)} ${what}`);
    if (points < 110) process.exitCode = 1;
  }
}
