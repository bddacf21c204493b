// Measures the first load of each page in Chromium, with and without a slow phone, and a session of fifty pages.
import { createRequire } from "node:module";
import { join } from "node:path";
import { median, memory, sleep } from "./server.mjs";

export const { chromium } = createRequire(join(import.meta.dirname, "../../end2end/"))("@playwright/test");

export const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
export const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const PAGES = ["/login", "/", "/downloads", "/items", "/subscriptions", "/runs", "/preferences"];
const LOADS = 5;
/** Lighthouse's slow phone, throttled as its DevTools mode does: a fourth of the processor, 1.6 Mbit/s, 150 ms. */
const PHONE = { offline: false, latency: 562.5, downloadThroughput: (1_474.56 * 1_024) / 8, uploadThroughput: (675 * 1_024) / 8 };
const PHONE_CPU = 4;

/** Table of the pages, and notes on the session of fifty pages. */
export async function measurePages(url, cookie) {
  const browser = await chromium.launch({ executablePath, args: flags });
  const rows = [];
  try {
    for (const path of PAGES) {
      const here = [];
      const phone = [];
      for (let i = 0; i < LOADS; i++) here.push(await load(browser, url, path, cookie, false));
      for (let i = 0; i < LOADS; i++) phone.push(await load(browser, url, path, cookie, true));
      const of = (loads, name) => median(loads.map((load) => load[name]));
      const shift = Math.max(...here.concat(phone).map((load) => load.shift));
      rows.push(
        `| \`${path}\` | ${(of(here, "bytes") / 1_000).toFixed(0)} kB | ${of(here, "requests")} | ${of(here, "interactive").toFixed(0)} ms |` +
          ` ${(of(phone, "interactive") / 1_000).toFixed(1)} s | ${shift.toFixed(3)} | ${Math.max(...here.map((load) => load.foreign))} |`,
      );
    }
    const head = ["first load of", "transferred", "requests", "interactive", "on a slow phone", "layout shift", "requests to other hosts"];
    return { head, rows, notes: [await fiftyPages(browser, url, cookie)] };
  } finally {
    await browser.close();
  }
}

async function signedIn(browser, url, cookie) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const [name, value] = cookie.split("=");
  await context.addCookies([{ name, value, url }]);
  return context;
}

/** One first load with an empty cache: bytes on the wire, requests, milliseconds, layout shift. */
async function load(browser, url, path, cookie, isPhone) {
  const context = path === "/login" ? await browser.newContext() : await signedIn(browser, url, cookie);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  const figures = { bytes: 0, requests: 0, foreign: 0 };
  await devtools.send("Network.enable");
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (figures.bytes += encodedDataLength));
  devtools.on("Network.requestWillBeSent", ({ request }) => {
    if (!request.url.startsWith("http")) return;
    figures.requests += 1;
    figures.foreign += request.url.startsWith(url) ? 0 : 1;
  });
  if (isPhone) {
    await devtools.send("Network.emulateNetworkConditions", PHONE);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: PHONE_CPU });
  }
  await page.addInitScript(() => {
    window.shift = 0;
    const add = (list) => list.getEntries().forEach((entry) => (window.shift += entry.hadRecentInput ? 0 : entry.value));
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(url + path);
  await page.waitForFunction(() => performance.getEntriesByName("interactive").length > 0, undefined, { timeout: 120_000 });
  await sleep(isPhone ? 1_000 : 300);
  const seen = await page.evaluate(() => ({ interactive: performance.getEntriesByName("interactive")[0].startTime, shift: window.shift }));
  await context.close();
  return { ...figures, ...seen };
}

/** Memory of the page's process after the first page and after fifty more, reached by links. */
async function fiftyPages(browser, url, cookie) {
  const context = await signedIn(browser, url, cookie);
  const page = await context.newPage();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName("interactive").length > 0);
  const devtools = await browser.newBrowserCDPSession();
  const renderer = async () => {
    const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
    return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => memory(id)));
  };
  const places = ["/downloads", "/items", "/subscriptions", "/sources", "/runs", "/tasks", "/approvals", "/collections", "/history", "/"];
  const figures = [await renderer()];
  for (let n = 0; n < 50; n++) {
    const path = places[n % places.length];
    await page.locator(`.nav-rail a[href="${path}"]`).click();
    await page.waitForURL(url + path);
    await page.locator("main h1").waitFor();
    if ((n + 1) % places.length === 0) figures.push(await renderer());
  }
  await context.close();
  return `Memory of the page's process (resident): ${figures[0].toFixed(0)} MB after the first page, then after each ten: ${figures.slice(1).map((it) => it.toFixed(0)).join(", ")} MB.`;
}
