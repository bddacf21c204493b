// Measures startup, pages, live frames, memory and sizes of a release build: scripts/bench.mjs BINARY SITE.
// Prints Markdown tables.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measurePages } from "./bench/browser.mjs";
import { measureWithLighthouse } from "./bench/lighthouse.mjs";
import { serveManyItems } from "./bench/origin.mjs";
import { median, memory, quantile, register, site, sleep, start, subscribe } from "./bench/server.mjs";

const rows = [];
const row = (what, figure, aim = "") => rows.push(`| ${what} | ${figure} | ${aim} |`);

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

function sizes() {
  const kB = (path) => `${(statSync(path).size / 1000).toFixed(0)} kB`;
  const wasm = join(site, "pkg", readFileSync(join(site, "pkg/current"), "utf8").trim(), "smartcache.wasm");
  row("WASM of every page, raw · gzip · brotli", `${kB(wasm)} · ${kB(wasm + ".gz")} · ${kB(wasm + ".br")}`, "170 kB brotli");
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
  await subscribe(url, cookie, `${url}/demo/podcast.xml`);
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

const table = (head, lines) => console.log(`| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}\n${lines.join("\n")}\n`);

const data = mkdtempSync(join(tmpdir(), "smartcache-bench-"));
const origin = await serveManyItems();
const server = await start(data, { SMARTCACHE_EGRESS_ALLOW: origin.allow });
try {
  const cookie = await register(server.url);
  await sleep(20_000);
  row("memory, idle for 20 s after the start (resident)", `${memory(server.pid).toFixed(0)} MB`, "60 MB");
  sizes();
  await live(server.url, cookie);
  await crowd(server.url, cookie);
  row("memory after all of the above (resident)", `${memory(server.pid).toFixed(0)} MB`);
  await subscribe(server.url, cookie, origin.feed);
  const pages = await measurePages(server.url, cookie);
  const scores = await measureWithLighthouse(server.url, cookie);
  await server.stop();
  await starts(data);
  table(["what", "figure", "aim"], rows);
  table(pages.head, pages.rows);
  pages.notes.forEach((note) => console.log(note));
  table(scores.head, scores.rows);
} finally {
  await server.stop();
  origin.close();
  rmSync(data, { recursive: true, force: true });
}
