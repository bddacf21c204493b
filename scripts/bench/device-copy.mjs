// Figures 1 and 2: an episode of 200 MB on its way to the device, beside what is no more than fetching and writing it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Browser } from "./chromium.mjs";
import { BIG, keep, library } from "./device.mjs";
import { median, sleep } from "./server.mjs";

/** Milliseconds between two samples of memory. */
const EVERY = 20;

/** Samples the memory of the page: its median before, once it has come to rest, and its most until the end. */
async function watched(browser, run) {
  await sleep(1_500);
  const [memory, idle] = [browser.gauge(), []];
  for (let n = 0; n < 25; n++, await sleep(EVERY)) idle.push(memory());
  let most = 0;
  const sampling = setInterval(() => (most = Math.max(most, memory())), EVERY);
  const seconds = await run();
  clearInterval(sampling);
  return { seconds, memory: most - median(idle) };
}

/** Seconds from the first byte's request to the row that is held, and of that until all bytes are written. */
async function keptTimes() {
  const settled = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
  let database;
  const seen = {};
  for (;;) {
    const known = database ?? (await indexedDB.databases()).some(({ name }) => name === "smartcache-device");
    if (known && !database) database = await settled(indexedDB.open("smartcache-device"));
    const rows = database ? await settled(database.transaction("copies").objectStore("copies").getAll()) : [];
    const state = rows.map((row) => JSON.parse(row).state)[0];
    if (state) seen[state] ??= performance.now();
    if (state === "failed") throw new Error(rows[0]);
    if (state === "held") break;
    await new Promise((done) => setTimeout(done, 4));
  }
  database.close();
  return [(seen.held - seen.on_its_way) / 1_000, ((seen.checking ?? seen.held) - seen.on_its_way) / 1_000];
}

/** Fetches a file and writes it into the origin private file system, in a worker: no hash, no index, no resume. */
async function fetchAndWrite(path) {
  const program = async (url) => {
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getFileHandle("alone", { create: true })).createSyncAccessHandle();
    const reader = (await fetch(url, { cache: "no-store" })).body.getReader();
    let at = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      at += file.write(value, { at });
    }
    file.flush();
    file.close();
    return at;
  };
  const source = `(${program})(${JSON.stringify(location.origin + path)}).then((bytes) => postMessage(bytes), (error) => postMessage(String(error)))`;
  const began = performance.now();
  const worker = new Worker(URL.createObjectURL(new Blob([source])));
  const bytes = await new Promise((done) => (worker.onmessage = ({ data }) => done(data)));
  if (typeof bytes !== "number") throw new Error(bytes);
  return (performance.now() - began) / 1_000;
}

/** Copies an episode as often as asked, by each means in turn. */
export async function measureCopies({ ground, url, cookie, download, rounds }) {
  const path = `/api/v1/downloads/${download.id}/file`;
  const figures = { alone: [], ours: [], written: [], curl: [], hashed: [], memoryAlone: [], memoryOurs: [] };
  const fresh = async (run) => {
    const profile = mkdtempSync(join(ground, "profile-"));
    const browser = await Browser.launch(profile, url, cookie);
    try {
      return await run(browser);
    } finally {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    }
  };
  for (let round = 0; round < rounds; round++) {
    const alone = await fresh(async (browser) => {
      const tab = await browser.open();
      // The policy of the page allows no such worker.
      await tab.send("Page.setBypassCSP", { enabled: true });
      await tab.go(`${url}/manifest.webmanifest`);
      return watched(browser, () => tab.evaluate(fetchAndWrite, path));
    });
    const ours = await fresh(async (browser) => {
      const tab = await library(browser, url, BIG);
      return watched(browser, async () => {
        await keep(tab, BIG);
        return tab.evaluate(keptTimes);
      });
    });
    figures.alone.push(alone.seconds);
    figures.memoryAlone.push(alone.memory);
    figures.ours.push(ours.seconds[0]);
    figures.written.push(ours.seconds[1]);
    figures.memoryOurs.push(ours.memory);
    const target = join(ground, "curl.mp3");
    const run = (command, ...options) => {
      const began = performance.now();
      execFileSync(command, options);
      return (performance.now() - began) / 1_000;
    };
    figures.curl.push(run("curl", "-sf", "-H", `cookie: ${cookie}`, "-o", target, url + path));
    figures.hashed.push(figures.curl.at(-1) + run("sha256sum", target));
    rmSync(target);
  }
  return figures;
}
