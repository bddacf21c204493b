// A server of the release build with a user, for the measurements, and their arithmetic.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";

const [binary, site] = process.argv.slice(2).map((path) => resolve(path));
export { site };

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
export const quantile = (numbers, q) => sorted(numbers)[Math.min(numbers.length - 1, Math.ceil(numbers.length * q) - 1)];
export const median = (numbers) => quantile(numbers, 0.5);

export const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

/** Starts a server with its data in a directory, and waits until it listens. */
export async function start(data, settings = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, SMARTCACHE_ADDR: `127.0.0.1:${port}`, SMARTCACHE_DATA_DIR: data, SMARTCACHE_SITE: site, SMARTCACHE_LOG: "warn", SMARTCACHE_REQUEST_LIMITS: "off", ...settings };
  const began = performance.now();
  const child = spawn(binary, ["serve"], { env, stdio: ["ignore", "ignore", "inherit"] });
  for (;;) {
    try {
      if ((await fetch(`${url}/health`)).ok) break;
    } catch {
      await sleep(2);
    }
  }
  const took = performance.now() - began;
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const stop = () => new Promise((done) => (isOver() ? done() : (child.once("exit", done), child.kill("SIGKILL"))));
  return { url, took, stop, pid: child.pid };
}

/** Registers the user of the measurements. Returns the session's cookie. */
export async function register(url) {
  const body = JSON.stringify({ username: "bench", password: "violet-anchor-train-92", preferences: { max_daily_items: 50 } });
  const answer = await fetch(`${url}/api/v1/auth/register`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (answer.status !== 201) throw new Error(await answer.text());
  return answer.headers.get("set-cookie").split(";")[0];
}

/** Resident memory of a process in megabytes. */
export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

/** Subscribes to a feed and reads it. */
export async function subscribe(url, cookie, feed_url) {
  const headers = { cookie, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1/subscriptions`, { method: "POST", headers, body: JSON.stringify({ feed_url }) });
  if (!answer.ok) throw new Error(await answer.text());
  await fetch(`${url}/api/v1/sources/${(await answer.json()).source_id}/refresh?wait=true`, { method: "POST", headers });
}
