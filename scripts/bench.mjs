// Measures startup, pages, live frames, memory and sizes of a release build: scripts/bench.mjs BINARY SITE.
// Prints a Markdown table.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createRequire } from "node:module";

const [binary, site] = process.argv.slice(2).map((path) => resolve(path));
const { chromium } = createRequire(join(import.meta.dirname, "../end2end/"))("@playwright/test");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const quantile = (numbers, q) => sorted(numbers)[Math.min(numbers.length - 1, Math.ceil(numbers.length * q) - 1)];
const median = (numbers) => quantile(numbers, 0.5);
const rows = [];
const row = (what, figure, aim = "") => rows.push(`| ${what} | ${figure} | ${aim} |`);

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

async function start(data) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, SMARTCACHE_ADDR: `127.0.0.1:${port}`, SMARTCACHE_DATA_DIR: data, SMARTCACHE_SITE: site, SMARTCACHE_LOG: "warn" };
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
  const stop = () => new Promise((done) => (child.once("exit", done), child.kill("SIGKILL")));
  return { url, took, stop, pid: child.pid };
}

async function register(url) {
  const body = JSON.stringify({ username: "bench", password: "violet-anchor-train-92", preferences: { max_daily_items: 50 } });
  const answer = await fetch(`${url}/api/v1/auth/register`, { method: "POST", headers: { "content-type": "application/json" }, body });
  if (answer.status !== 201) throw new Error(await answer.text());
  return answer.headers.get("set-cookie").split(";")[0];
}

/** Opens a live connection with a cookie (node --experimental-websocket), up to connection_established. */
function connect(url, cookie, onFrame = () => {}) {
  return new Promise((done, failed) => {
    const socket = new WebSocket(url.replace("http", "ws") + "/ws", { headers: { cookie } });
    socket.addEventListener("error", failed);
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "connection_established") {
        // Like a page: without a hello, numbered frames wait a second for the replay of missed ones.
        socket.send(JSON.stringify({ type: "hello", after_seq: frame.data.seq }));
        done(socket);
      }
      onFrame(frame);
    });
  });
}

async function starts(data) {
  const cold = [];
  const warm = [];
  for (let i = 0; i < 7; i++) {
    const fresh = mkdtempSync(join(tmpdir(), "smartcache-bench-"));
    const first = await start(fresh);
    await first.stop();
    cold.push(first.took);
    rmSync(fresh, { recursive: true });
    const again = await start(data);
    await again.stop();
    warm.push(again.took);
  }
  row("start to listening, database there (median of 7)", `${median(warm).toFixed(0)} ms`, "500 ms");
  row("start to listening, new database (median of 7)", `${median(cold).toFixed(0)} ms`);
}

function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

function sizes() {
  const kB = (path) => `${(statSync(path).size / 1000).toFixed(0)} kB`;
  const wasm = join(site, "pkg", readFileSync(join(site, "pkg/current"), "utf8").trim(), "smartcache.wasm");
  row("WASM of every page, raw · gzip · brotli", `${kB(wasm)} · ${kB(wasm + ".gz")} · ${kB(wasm + ".br")}`, "170 kB brotli");
}

async function pages(url, cookie) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath, args });
  const [name, value] = cookie.split("=");
  for (const path of ["/login", "/", "/downloads"]) {
    const times = [];
    for (let i = 0; i < 7; i++) {
      const context = await browser.newContext();
      if (path !== "/login") await context.addCookies([{ name, value, url }]);
      const page = await context.newPage();
      await page.goto(url + path);
      await page.waitForFunction(() => performance.getEntriesByName("interactive").length > 0);
      times.push(await page.evaluate(() => performance.getEntriesByName("interactive")[0].startTime));
      await context.close();
    }
    row(`navigation to interactive, \`${path}\`, empty cache (median of 7)`, `${median(times).toFixed(0)} ms`);
  }
  await browser.close();
}

async function live(url, cookie) {
  const connects = [];
  for (let i = 0; i < 50; i++) {
    const began = performance.now();
    const socket = await connect(url, cookie);
    connects.push(performance.now() - began);
    socket.close();
  }
  row("WebSocket connect, 50 in a row, median · p99", `${median(connects).toFixed(1)} · ${quantile(connects, 0.99).toFixed(1)} ms`, "100 ms");

  const latencies = [];
  let complete = 0;
  const onFrame = (frame) => {
    if (frame.seq === undefined) return;
    latencies.push(Date.now() - Date.parse(frame.ts));
    complete += frame.type === "execution_complete";
  };
  const sockets = await Promise.all(Array.from({ length: 100 }, () => connect(url, cookie, onFrame)));
  await subscribe(url, cookie);
  for (let runs = 1; runs <= 3; runs++) {
    const answer = await fetch(`${url}/api/v1/runs`, { method: "POST", headers: { cookie, "content-type": "application/json" }, body: '{"max_items":4}' });
    if (answer.status !== 202) throw new Error(await answer.text());
    while (complete < runs * sockets.length) await sleep(20);
  }
  sockets.forEach((socket) => socket.close());
  row(
    `frame latency with 100 clients, three runs, ${latencies.length} frames, median · p99 · most`,
    `${median(latencies)} · ${quantile(latencies, 0.99)} · ${Math.max(...latencies)} ms`,
    "50 ms p99",
  );
}

/** Twenty concurrent clients that request one page after the other. */
async function crowd(url, cookie) {
  const times = [];
  const person = async (page) => {
    for (let i = 0; i < 50; i++) {
      const began = performance.now();
      await (await fetch(url + page, { headers: { cookie } })).text();
      times.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: 20 }, (_, n) => person(n % 2 ? "/items" : "/")));
  const rate = (times.length * 1000) / (performance.now() - began);
  row(
    `${times.length} pages, half \`/\` and half \`/items\`, 20 at once, pages a second · median · p99`,
    `${rate.toFixed(0)} · ${median(times).toFixed(0)} ms · ${quantile(times, 0.99).toFixed(0)} ms`,
  );
}

async function subscribe(url, cookie) {
  const feed_url = `${url}/demo/podcast.xml`;
  const headers = { cookie, "content-type": "application/json" };
  const added = await (await fetch(`${url}/api/v1/subscriptions`, { method: "POST", headers, body: JSON.stringify({ feed_url }) })).json();
  await fetch(`${url}/api/v1/sources/${added.source_id}/refresh?wait=true`, { method: "POST", headers });
}

const data = mkdtempSync(join(tmpdir(), "smartcache-bench-"));
const server = await start(data);
try {
  const cookie = await register(server.url);
  await sleep(20_000);
  row("memory, idle for 20 s after the start (resident)", `${memory(server.pid).toFixed(0)} MB`, "60 MB");
  sizes();
  await pages(server.url, cookie);
  await live(server.url, cookie);
  await crowd(server.url, cookie);
  row("memory after all of the above (resident)", `${memory(server.pid).toFixed(0)} MB`);
} finally {
  await server.stop();
}
await starts(data);
rmSync(data, { recursive: true });
console.log("| what | figure | aim |\n|---|---|---|\n" + rows.join("\n"));
