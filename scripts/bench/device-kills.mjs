// Figure 5: copies that are killed on their way to the device. The gateway counts the bytes that are sent for each.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Browser, until } from "./chromium.mjs";
import { BIG, BIG_BYTES, isHeld, keep, library, stored } from "./device.mjs";
import { sleep } from "./server.mjs";

/** Bytes of a file in a second: a copy takes four seconds. */
const RATE = 50_000_000;
/** Milliseconds from the first byte until a copy is held, about. */
const TAKES = (BIG_BYTES / RATE) * 1_000 + 500;
export const WAYS = ["tab", "page's process", "browser"];

/** Files on the device with the hashes of their bytes. */
async function files() {
  const found = [];
  const walk = async (directory) => {
    for await (const [name, handle] of directory) {
      if (handle.kind === "directory") await walk(handle);
      else {
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await (await handle.getFile()).arrayBuffer()));
        found.push([name, [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")]);
      }
    }
  };
  await walk(await navigator.storage.getDirectory());
  return found;
}

/** Bytes of the unfinished file. */
async function partBytes() {
  for await (const vault of (await navigator.storage.getDirectory()).values()) {
    if (vault.kind !== "directory") continue;
    for await (const file of (await vault.getDirectoryHandle("media")).values()) {
      if (file.name.endsWith(".part")) return (await file.getFile()).size;
    }
  }
  return 0;
}

/** Opens a page after a crash. Now and then the first navigation gets no answer, and another tab does. */
async function opened(browser, address) {
  for (let tries = 0; tries < 5; tries++) {
    const tab = await browser.open();
    const isThere = await Promise.race([tab.go(address).then(() => true), sleep(10_000)]).catch(() => false);
    if (isThere) return tab;
    console.error(`no answer from ${address} within 10 s`);
    void tab.close().catch(() => undefined);
  }
  throw new Error(`${address} does not open`);
}

async function killed(way, profile, gateway, cookie) {
  let browser = await Browser.launch(profile, gateway.url, cookie);
  let tab = await library(browser, gateway.url, BIG);
  const before = gateway.bytes;
  await keep(tab, BIG);
  await until(() => gateway.bytes > before, "the first byte");
  await sleep(Math.random() * TAKES);
  if (way === "tab") await tab.close();
  // It does not live to answer.
  if (way === "page's process") void tab.send("Page.crash").catch(() => undefined);
  if (way === "browser") {
    await browser.kill();
    browser = await Browser.launch(profile, gateway.url, cookie);
  }
  // An address without a program: nothing goes on yet.
  tab = await opened(browser, `${gateway.url}/manifest.webmanifest`);
  const arrived = gateway.bytes - before;
  const wished = await tab.until("the page is there", () => [localStorage.getItem("smartcache.device") ?? ""]);
  const [row] = await tab.evaluate(stored, "copies");
  const isDone = row?.state === "held";
  const again = row?.state === "on_its_way" ? (await tab.evaluate(partBytes)) - row.flushed : 0;
  await tab.close();
  tab = await library(browser, gateway.url, BIG);
  if (!row && !wished[0].includes(BIG)) await keep(tab, BIG);
  await until(() => isHeld(tab, BIG), "the episode is on the device");
  const [all, [copy]] = [await tab.evaluate(files), await tab.evaluate(stored, "copies")];
  const isRight = all.length === 1 && all[0][0] === copy.sha256 && all[0][1] === copy.sha256;
  await browser.close();
  const mark = row ? `${row.state}, marked ${(row.flushed / 1e6).toFixed(0)} MB` : `no row${wished[0] ? ", wished" : ""}`;
  return { sent: gateway.bytes - before, arrived: isDone ? 0 : arrived, isRight, again, mark };
}

/** Kills as many copies as asked, each once and at a random moment. */
export async function measureKills({ ground, gateway, cookie, kills }) {
  const figures = { sent: 0, anew: 0, wrong: 0, again: 0, most: 0, count: kills };
  gateway.rate = RATE;
  const clean = mkdtempSync(join(ground, "clean-"));
  const browser = await Browser.launch(clean, gateway.url, cookie);
  await library(browser, gateway.url, BIG);
  await browser.close();
  for (let kill = 0; kill < kills; kill++) {
    const profile = join(ground, `kill-${kill}`);
    cpSync(clean, profile, { recursive: true });
    const { sent, arrived, isRight, again, mark } = await killed(WAYS[kill % WAYS.length], profile, gateway, cookie);
    console.error(`copy ${kill + 1} of ${kills}: ${(sent / 1e6).toFixed(0)} MB; killed after ${(arrived / 1e6).toFixed(0)} MB with ${mark}`);
    figures.sent += sent;
    figures.anew += BIG_BYTES + arrived;
    figures.again += again;
    figures.most = Math.max(figures.most, again);
    figures.wrong += isRight ? 0 : 1;
    rmSync(profile, { recursive: true, force: true });
  }
  rmSync(clean, { recursive: true, force: true });
  gateway.rate = Infinity;
  return { ...figures, all: kills * BIG_BYTES };
}
