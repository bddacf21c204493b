// Asks a server for what its OpenAPI document allows and forbids, with schemathesis: fuzz-api.mjs BINARY short|CASES.
// The server is a process on loopback with a user who has something of everything. Fails if an answer is not as
// described, and if fewer cases were asked than wanted. Addresses are made up, too, and the server would fetch them:
// all runs in a network of its own (unshare), or else without the routes that take addresses.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [binary, wanted] = process.argv.slice(2);
const root = resolve(import.meta.dirname, "..");
const isShort = wanted === "short";

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

async function until(what, look) {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (found) return found;
    await sleep(50);
  }
  throw new Error(`${what}: not within half a minute`);
}

/** A server without the directories of podcasts, which are on the internet. */
async function start(data) {
  const address = `127.0.0.1:${await freePort()}`;
  const env = {
    ...process.env,
    SMARTCACHE_ADDR: address,
    SMARTCACHE_DATA_DIR: data,
    SMARTCACHE_SITE: join(root, "server/tests/http/site"),
    SMARTCACHE_ITUNES_URL: "",
    SMARTCACHE_REQUEST_LIMITS: "off",
    SMARTCACHE_PODCAST_INDEX_URL: "",
    SMARTCACHE_LOG: "error",
  };
  const server = spawn(binary, ["serve"], { env, stdio: ["ignore", "ignore", "inherit"] });
  const url = `http://${address}`;
  await until("the server is ready", async () => {
    if (server.exitCode !== null) throw new Error("the server has ended");
    return fetch(`${url}/ready`).then((answer) => answer.ok, () => false);
  });
  return { server, url, env };
}

/** Gives a user something of everything. Returns the session. */
async function fill(url, env) {
  let cookie = "";
  const ask = async (method, path, body) => {
    const headers = { cookie, "content-type": "application/json" };
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    cookie ||= answer.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
    return answer.status === 204 ? null : answer.json();
  };
  const account = { username: "mara", password: "violet-anchor-train-92" };
  await ask("POST", "/api/v1/auth/register", { ...account, preferences: { max_daily_items: 50 } });
  execFileSync(binary, ["user", "make-admin", account.username], { env, stdio: "ignore" });
  for (const { id } of (await ask("GET", "/api/v1/sources")).data) {
    await ask("POST", "/api/v1/subscriptions", { source_id: id });
    await ask("POST", `/api/v1/sources/${id}/refresh?wait=true`);
  }
  const items = (await ask("GET", "/api/v1/items?limit=12&kind=podcast")).data;
  for (const { id } of items.slice(0, 6)) await ask("POST", "/api/v1/downloads", { item_id: id });
  await until("all downloads are ready", async () => {
    const { data } = await ask("GET", "/api/v1/downloads");
    return data.every((download) => download.status === "ready");
  });
  const { id: collection_id } = await ask("POST", "/api/v1/collections", { name: "Trip", notes: "By train." });
  const run = await ask("POST", "/api/v1/runs", { max_items: 2, collection_id });
  await until("the run is over", async () => (await ask("GET", `/api/v1/runs/${run.id}`)).status === "completed");
  const window = { label: "Morning", start: "07:30", end: "08:10", days: ["mon", "tue", "wed", "thu", "fri"] };
  await ask("POST", "/api/v1/commute-windows", window);
  const device = await ask("POST", "/api/v1/devices", { name: "Phone" });
  const { data: downloads } = await ask("GET", "/api/v1/downloads");
  await ask("POST", `/api/v1/devices/${device.id}/copies`, { download_id: downloads[0].id });
  await ask("POST", "/api/v1/shares", { item_id: items[0].id });
  await ask("PUT", `/api/v1/items/${items[0].id}/rating`, { verdict: "up" });
  await ask("PUT", `/api/v1/items/${items[0].id}/position`, { seconds: 5 });
  await ask("PUT", "/api/v1/queue", { item_ids: items.map(({ id }) => id) });
  const [session] = (await ask("GET", "/api/v1/sessions")).data;
  return { API_SESSION: /smartcache_session=([^;]+)/.exec(cookie)[1], API_SESSION_ID: String(session.id) };
}

/** Runs schemathesis with a number of cases for each route. Returns whether all is well, and how many were asked. */
function fuzz(url, session, report, options) {
  const command = join(process.env.SMARTCACHE_TOOLS, "schemathesis/bin/schemathesis");
  const env = { ...process.env, ...session };
  const config = ["--config-file", join(root, "scripts/schemathesis.toml")];
  const all = [...config, "run", `${url}/api/v1/openapi.json`, "--checks", "all", "--report-json-path", report, ...options];
  const { status } = spawnSync(command, all, { env, stdio: "inherit", cwd: root });
  return { isWell: status === 0, report: JSON.parse(readFileSync(report, "utf8")) };
}

/** Starts this script again in a network that has loopback alone. Returns whether that was possible. */
function runAlone() {
  const python = join(process.env.SMARTCACHE_TOOLS, "schemathesis/bin/python3");
  if (spawnSync("unshare", ["-rn", "true"]).status !== 0) return false;
  const command = [python, join(root, "scripts/loopback.py"), process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync("unshare", ["-rn", ...command], { env: { ...process.env, FUZZ_IS_ALONE: "1" }, stdio: "inherit" });
  process.exitCode = status ?? 1;
  return true;
}

async function main() {
  const isAlone = Boolean(process.env.FUZZ_IS_ALONE);
  if (!isAlone && runAlone()) return;
  const data = mkdtempSync(join(tmpdir(), "smartcache-fuzz-"));
  const { server, url, env } = await start(data);
  try {
    const session = await fill(url, env);
    const document = await (await fetch(`${url}/api/v1/openapi.json`)).json();
    const routes = Object.values(document.paths).flatMap((item) => Object.keys(item)).length;
    const phases = isShort ? "coverage" : "examples,coverage,fuzzing,stateful";
    const options = ["--phases", phases, "--no-shrink", "--workers", "2"];
    if (!isShort) options.push("--max-examples", String(Math.ceil(Number(wanted) / routes)));
    if (!isAlone) options.push("--exclude-path-regex", "^/api/v1/(sources|subscriptions|directory|notifications/channels)");
    const { isWell, report } = fuzz(url, session, join(data, "report.json"), options);
    const { generated, unique_failures } = report.test_cases;
    const seconds = Math.round(report.running_time);
    console.log(`${generated} cases of ${report.operations.tested} routes in ${seconds} s: ${unique_failures} not as described`);
    process.exitCode = isWell && (isShort || generated >= Number(wanted)) ? 0 : 1;
  } finally {
    server.kill("SIGKILL");
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main();
