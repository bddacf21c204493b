// Figure 3: a browser that starts while the server is dead, until its list, until sound and until a far place; beside the
// same episode from the server while that answers.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Browser, until } from "./chromium.mjs";
import { BIG, isHeld, keep, library, shellReady } from "./device.mjs";

const SEEKS = 20;

/** Notes when the episode's button to play is there, from the start of the navigation. */
function watchList() {
  const look = () => {
    if (!document.querySelector('[aria-label^="Play: "]')) return;
    window.listed ??= performance.now();
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}

/** Plays, and then seeks to places all over the episode. Returns milliseconds. */
async function playAndSeek(title, seeks) {
  const video = document.querySelector("video");
  const began = performance.now();
  document.querySelector(`[aria-label="Play: ${title}"]`).click();
  while (video.currentTime === 0 || video.muted || video.paused) await new Promise((done) => setTimeout(done, 1));
  const sound = performance.now() - began;
  const times = [];
  for (let n = 0; n < seeks; n++) {
    const before = performance.now();
    const landed = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
    video.currentTime = ((n * 7 + 3) % seeks) * (video.duration / seeks);
    await landed;
    times.push(performance.now() - before);
  }
  return { sound, times };
}

async function cold(profile, address, cookie) {
  const browser = await Browser.launch(profile, address, cookie);
  const tab = await browser.open(undefined, watchList);
  await tab.go(address);
  const list = await tab.until("the list is shown", () => window.listed);
  const ready = () => performance.getEntriesByName("interactive").length > 0 || location.pathname === "/";
  await tab.until("its buttons work", ready);
  const { sound, times } = await tab.evaluate(playAndSeek, BIG, SEEKS);
  await browser.close();
  return { list, sound, times };
}

/** Starts a browser as often as asked, without the server and with it. */
export async function measureColdStarts({ ground, gateway, server, cookie, rounds }) {
  const { url } = gateway;
  const [kept, plain] = [mkdtempSync(join(ground, "kept-")), mkdtempSync(join(ground, "plain-"))];
  let browser = await Browser.launch(kept, url, cookie);
  let tab = await library(browser, url, BIG);
  await keep(tab, BIG);
  await until(() => isHeld(tab, BIG), "the episode is on the device");
  await tab.go(`${url}/device`);
  await shellReady(tab);
  await browser.close();
  browser = await Browser.launch(plain, url, cookie);
  tab = await library(browser, url, BIG);
  await browser.close();

  const figures = { device: [], server: [] };
  for (let round = 0; round < rounds; round++) {
    figures.server.push(await cold(plain, `${url}/downloads?q=${encodeURIComponent(BIG)}`, cookie));
    await gateway.refuse();
    figures.device.push(await cold(kept, `${url}/`, cookie));
    await gateway.standBefore(server.url);
  }
  for (const profile of [kept, plain]) rmSync(profile, { recursive: true, force: true });
  return figures;
}
