// A user with episodes to keep on a device, and a page of the device as its user sees it.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { until } from "./chromium.mjs";
import { freePort } from "./server.mjs";

const sound = readFileSync(join(import.meta.dirname, "../../demo/media/station-call.mp3"));
export const BIG = "The Whole Journey";
/** Length of the large episode. */
export const BIG_BYTES = Math.ceil(200_000_000 / sound.length) * sound.length;
const SMALL_BYTES = 3_000_000;
export const small = (n) => `Stop ${n}`;

/** Serves a podcast with an episode of 200 MB and others of 3 MB, each of other bytes. */
export async function serveEpisodes(count) {
  const port = await freePort();
  const at = (path) => `http://127.0.0.1:${port}${path}`;
  const item = (title, path, bytes) =>
    `<item><guid>${path}</guid><title>${title}</title><enclosure url="${at(path)}" length="${bytes}" type="audio/mpeg"/></item>`;
  const bodies = Array.from({ length: count }, (_, n) => {
    const whole = Buffer.concat(Array(Math.ceil(SMALL_BYTES / sound.length)).fill(sound));
    return Buffer.concat([whole, sound.subarray(0, n + 1)]);
  });
  const items = bodies.map((body, n) => item(small(n), `/small/${n}.mp3`, body.length));
  const feed = `<rss version="2.0"><channel><title>All Stops</title>${item(BIG, "/big.mp3", BIG_BYTES)}${items.join("")}</channel></rss>`;
  const server = createServer(({ url }, answer) => {
    if (url === "/feed.xml") return answer.writeHead(200, { "content-type": "application/rss+xml" }).end(feed);
    const body = url === "/big.mp3" ? undefined : bodies[Number(/(\d+)\.mp3$/.exec(url)?.[1])];
    const length = body?.length ?? BIG_BYTES;
    answer.writeHead(200, { "content-type": "audio/mpeg", "content-length": length });
    if (body) return answer.end(body);
    let left = BIG_BYTES / sound.length;
    const more = () => {
      while (left > 0) if ((left--, !answer.write(sound))) return answer.once("drain", more);
      answer.end();
    };
    more();
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return { feed: at("/feed.xml"), allow: `127.0.0.1/32:${port}`, close: () => server.close() };
}

/** The REST API in the user's session. */
export function rest(url, cookie) {
  return async (method, path, data) => {
    const headers = { cookie, "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: data && JSON.stringify(data) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
}

/** Downloads episodes to the server. Returns their downloads. */
export async function fetched(ask, titles) {
  const downloads = [];
  for (const title of titles) {
    const { data } = await ask("GET", `/items?q=${encodeURIComponent(title)}&limit=100`);
    const item_id = data.find((item) => item.title === title).id;
    const { id } = await ask("POST", "/downloads", { item_id });
    const ready = async () => {
      const download = await ask("GET", `/downloads/${id}`);
      if (["failed", "cancelled"].includes(download.status)) throw new Error(`${title}: ${JSON.stringify(download)}`);
      return download.status === "ready" && download;
    };
    downloads.push(await until(ready, `${title} is on the server`));
  }
  return downloads;
}

/** Opens the library where it has an episode, and waits until its buttons work. */
export async function library(browser, url, title) {
  const tab = await browser.open(`${url}/downloads?q=${encodeURIComponent(title)}`);
  await tab.until("the library is open", () => performance.getEntriesByName("interactive").length > 0);
  return tab;
}

/** Chooses "Keep on this device" in the menu of an episode. */
export async function keep(tab, title) {
  const choose = (title) => {
    const menu = [...document.querySelectorAll(`[role=group][aria-label="More for ${title}"] button`)];
    const found = menu.find((it) => it.textContent.includes("Keep on this device"));
    found?.click();
    return found !== undefined;
  };
  await tab.until(`the menu of ${title}`, choose, title);
}

/** Rows of a store of the index, in the page. */
export async function stored(store) {
  const settled = (request) => new Promise((done, failed) => Object.assign(request, { onsuccess: () => done(request.result), onerror: failed }));
  if (!(await indexedDB.databases()).some(({ name }) => name === "smartcache-device")) return [];
  const database = await settled(indexedDB.open("smartcache-device"));
  const rows = await settled(database.transaction(store).objectStore(store).getAll());
  database.close();
  return rows.map((row) => JSON.parse(row));
}

/** Whether the index has an episode as held, in the page of a tab. */
export async function isHeld(tab, title) {
  const copies = await tab.evaluate(stored, "copies").catch(() => []);
  return copies.some((copy) => copy.title === title && copy.state === "held" && copy.proved_at);
}

/** Waits until the pages for times without the server are stored. */
export const shellReady = (tab) =>
  tab.until("the pages without the server are stored", async () => {
    const names = await caches.keys();
    return navigator.serviceWorker.controller !== null && names.some((name) => name.startsWith("shell-"));
  });
