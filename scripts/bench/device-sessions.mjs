// Figure 13: listening without a server, with pages and browsers that are killed. Each session ends at a place of its own;
// afterwards the gateway's notes tell whether the server has taken it.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Browser, until } from "./chromium.mjs";
import { isHeld, keep, library, shellReady, small, stored } from "./device.mjs";

/** Sessions without the server until it comes back: a contact takes 500 events, and a session has two. */
const BATCH = 200;
/** One in so many sessions is killed. */
const KILLED = 10;
/** Longest time from the seek to the kill, in milliseconds. */
const SOON = 60;
export const EPISODES = 20;

/** Plays an episode, seeks to a place and pauses there. Returns whether the outbox has the place: at once, or in the end. */
async function listen(title, item, place, soon) {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const settled = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
  const button = () => document.querySelector(`[aria-label="Play: ${title}"]`);
  while (!button()) await pause(2);
  const video = document.querySelector("video");
  const before = video.src;
  button().click();
  // It begins where the last session ended: not before that place is found does the user seek.
  const plays = () => {
    const last = video.played.length - 1;
    return !video.seeking && !video.muted && !video.paused && last >= 0 && video.currentTime - video.played.start(last) > 0.02;
  };
  while (video.src === before || !plays()) await pause(2);
  const landed = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
  video.currentTime = place;
  await landed;
  const database = await settled(indexedDB.open("smartcache-device"));
  const isStored = async () => {
    const rows = await settled(database.transaction("outbox").objectStore("outbox").getAll());
    return rows.map((row) => JSON.parse(row)).some((it) => it.item_id === item && Math.abs((it.to ?? -9) - place) < 1);
  };
  if (soon !== null) {
    await pause(soon);
    return isStored();
  }
  video.pause();
  for (const end = performance.now() + 5_000; !(await isStored()); await pause(2)) {
    if (performance.now() > end) return false;
  }
  database.close();
  return true;
}

/** All sessions, in batches between which the server takes what it has not got. */
export async function measureSessions({ ground, gateway, server, cookie, ask, downloads, sessions }) {
  const profile = mkdtempSync(join(ground, "sessions-"));
  let browser = await Browser.launch(profile, gateway.url, cookie);
  let tab = await library(browser, gateway.url, small(0));
  await keep(tab, small(0));
  await until(() => isHeld(tab, small(0)), "the first episode is on the device");
  const [{ id: device }] = (await ask("GET", "/devices?limit=100")).data.sort((a, b) => b.id - a.id);
  for (const download of downloads.slice(1)) await ask("POST", `/devices/${device}/copies`, { download_id: download.id });
  for (const { title } of downloads) await until(() => isHeld(tab, title), `${title} is on the device`);
  await tab.go(`${gateway.url}/device`);
  await shellReady(tab);

  console.error("the episodes are on the device");
  const figures = { sessions, kills: 0, unstored: 0, lost: 0, positions: 0 };
  const told = [];
  for (let n = 0; n < sessions; ) {
    await gateway.refuse();
    await tab.go(`${gateway.url}/`);
    for (const end = Math.min(sessions, n + BATCH); n < end; n++) {
      const [episode, place] = [n % EPISODES, 5 + 2 * Math.floor(n / EPISODES)];
      const isKilled = n % KILLED === KILLED - 1;
      const isStored = await tab.evaluate(listen, small(episode), downloads[episode].item_id, place, isKilled ? Math.random() * SOON : null);
      told.push({ episode, place, isStored, isKilled });
      if (!isKilled) continue;
      const way = figures.kills++ % 3;
      if (way === 0) await tab.close();
      if (way === 1) process.kill(browser.renderer(), "SIGKILL");
      if (way === 2) {
        await browser.kill();
        browser = await Browser.launch(profile, gateway.url, cookie);
      }
      tab = await browser.open(`${gateway.url}/`);
    }
    console.error(`session ${n} of ${sessions}`);
    await gateway.standBefore(server.url);
    await tab.go(`${gateway.url}/device`);
    await tab.until("the outbox is empty", async (read) => (await (0, eval)(`(${read})`)("outbox")).length === 0, String(stored));
  }
  await browser.close();
  rmSync(profile, { recursive: true, force: true });

  const events = [...gateway.events].filter(([key]) => key.startsWith(`${device}/`)).map(([, event]) => event);
  for (const { episode, place, isStored, isKilled } of told) {
    const item = downloads[episode].item_id;
    const isThere = events.some((event) => event.item_id === item && Math.abs((event.to ?? -9) - place) < 1);
    if (isThere) continue;
    figures[isKilled && !isStored ? "unstored" : "lost"] += 1;
  }
  for (const [episode, { item_id }] of downloads.entries()) {
    const last = told.findLast((it) => it.episode === episode && it.isStored);
    const { seconds } = await ask("GET", `/items/${item_id}/position`);
    if (last && seconds < last.place) figures.positions += 1;
  }
  return figures;
}
