// The player: one for all pages, with its position kept on the server.

import type { Locator } from "@playwright/test";
import { expect, test, type Page } from "../fixtures";
import { media, menu, open, play, player, seconds, signOut } from "../pages";

declare global {
  interface Window {
    /** Handlers of the system's media buttons (Media Session). */
    actions: Partial<Record<MediaSessionAction, MediaSessionActionHandler | null>>;
  }
}

const isPlaying = (page: Page): Promise<boolean> => media(page).evaluate((it: HTMLVideoElement) => !it.paused && !it.muted);
const seek = (page: Page, to: number): Promise<void> => media(page).evaluate((it: HTMLVideoElement, to) => void (it.currentTime = to), to);

async function openSheet(page: Page): Promise<Locator> {
  await player(page).getByRole("button", { name: /Open the full player/ }).click();
  const sheet = page.getByRole("dialog", { name: "Full player" });
  await expect(sheet).toBeVisible();
  return sheet;
}

test.beforeEach(async ({ owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Look Up Tonight");
});

test("it plays on over five pages", async ({ page }) => {
  await open(page, "/downloads");
  await play(page, "Look Up Tonight").click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await media(page).evaluate((it) => ((it as HTMLElement).dataset.same = "yes"));
  await media(page).evaluate((it: HTMLVideoElement) => (it.loop = true));
  for (const name of ["Items", "Subscriptions", "Runs", "Preferences", "Library"]) {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect(await isPlaying(page), name).toBe(true);
  }
  await expect(media(page)).toHaveAttribute("data-same", "yes");
  await expect(player(page)).toContainText("Look Up Tonight");
});

test("a reload offers to go on from the same place", async ({ page }) => {
  await open(page, "/downloads");
  await play(page, "Look Up Tonight").click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await player(page).getByRole("button", { name: "Pause", exact: true }).click();
  const place = await seconds(page);
  await page.reload();
  await expect(player(page)).toContainText("Look Up Tonight");
  await expect.poll(() => seconds(page)).toBeCloseTo(place, 0);
  expect(await isPlaying(page)).toBe(false);
  await player(page).getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(() => isPlaying(page)).toBe(true);
});

test("a second browser starts where the first one stopped", async ({ page, browser, server, owner }) => {
  await open(page, "/downloads");
  await play(page, "Look Up Tonight").click();
  await expect.poll(() => isPlaying(page)).toBe(true);
  await seek(page, 1.5);
  await player(page).getByRole("button", { name: "Pause", exact: true }).click();
  const item = await owner.item("Look Up Tonight");
  const stored = async () => (await (await page.request.get(`/api/v1/items/${item}/position`)).json()).seconds;
  await expect.poll(stored).toBeGreaterThanOrEqual(1.5);
  const context = await browser.newContext({ baseURL: server.url, storageState: await page.context().storageState() });
  const other = await context.newPage();
  await other.goto("/downloads");
  await play(other, "Look Up Tonight").click();
  await expect.poll(() => seconds(other)).toBeGreaterThanOrEqual(1.5);
  await context.close();
});

test("a position that was long on its way does not win over a later one", async ({ page, owner }) => {
  const item = await owner.item("Look Up Tonight");
  const save = async (seconds: number, ago: number): Promise<void> => {
    const at = new Date(Date.now() - ago).toISOString();
    await page.request.put(`/api/v1/items/${item}/position`, { data: { seconds, finished: false, at, sent_at: at } });
  };
  await save(50, 1_000);
  await save(20, 8_000);
  expect(await owner.position(item)).toBe(50);
});

test("two tabs never play at once", async ({ page, context }) => {
  await open(page, "/downloads");
  await play(page, "Look Up Tonight").click();
  await media(page).evaluate((it: HTMLVideoElement) => (it.loop = true));
  await expect.poll(() => isPlaying(page)).toBe(true);
  const second = await context.newPage();
  await open(second, "/downloads");
  await player(second).getByRole("button", { name: "Play", exact: true }).click();
  await expect.poll(() => isPlaying(second)).toBe(true);
  await expect.poll(() => isPlaying(page)).toBe(false);
});

test("what was queued plays next, and its order can be changed", async ({ page, owner }) => {
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/downloads");
  await (await menu(page, "Station Call")).getByRole("button", { name: /Play later/ }).click();
  await page.keyboard.press("Escape");
  await play(page, "Look Up Tonight").click();
  await expect.poll(() => isPlaying(page)).toBe(true);
  const sheet = await openSheet(page);
  await expect(sheet.getByRole("list", { name: "Up next" }).getByRole("listitem")).toHaveText([/Station Call/]);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = it.duration - 0.1));
  await expect(sheet.locator(".player-now")).toContainText("Station Call");
  await expect(sheet.getByRole("list", { name: "Up next" }).getByRole("listitem")).toHaveCount(0);
  await expect.poll(async () => (await (await page.request.get("/api/v1/queue")).json()).item_ids).toEqual([]);
});

test("speed, skips and keys", async ({ page, owner }) => {
  await open(page, "/downloads");
  await play(page, "Look Up Tonight").click();
  await media(page).evaluate((it: HTMLVideoElement) => (it.loop = true));
  await expect.poll(() => isPlaying(page)).toBe(true);
  const rate = () => media(page).evaluate((it: HTMLVideoElement) => it.playbackRate);
  const sheet = await openSheet(page);
  await sheet.getByLabel("Speed").selectOption("1.5");
  await expect.poll(rate).toBe(1.5);
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  // The focus returns in the next frame; a space on this button would open the sheet again.
  await expect(player(page).getByRole("button", { name: /Open the full player/ })).toBeFocused();
  await page.locator("body").press("Shift+>");
  await expect.poll(rate).toBe(1.75);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.locator("body").press("Space");
  await expect.poll(() => isPlaying(page)).toBe(false);
  await seek(page, 2);
  await page.locator("body").press("ArrowLeft");
  await expect.poll(() => seconds(page)).toBe(0);

  await test.step("the speed of a source is kept", async () => {
    await owner.queueUntil("ready", "Station Call");
    await page.reload();
    await play(page, "Station Call").click();
    await expect.poll(rate).toBe(1.75);
  });
});

test("what is chosen while the server's answer is on its way stays", async ({ page, owner }) => {
  const item = await owner.item("Look Up Tonight");
  await page.request.put(`/api/v1/items/${item}/position`, { data: { seconds: 1.5, finished: false } });
  await open(page, "/downloads");
  let answer = () => {};
  const held = new Promise<void>((done) => (answer = done));
  await page.route("**/api/ui/{position,speed}*", async (route) => {
    await held;
    await route.continue();
  });
  await play(page, "Look Up Tonight").click();
  await media(page).evaluate((it: HTMLVideoElement) => (it.loop = true));
  const sheet = await openSheet(page);
  await sheet.getByLabel("Speed").selectOption("1.5");
  await player(page).getByRole("slider", { name: /Position/ }).first().fill("20");
  answer();
  await expect.poll(() => isPlaying(page)).toBe(true);
  expect(await media(page).evaluate((it: HTMLVideoElement) => it.playbackRate)).toBe(1.5);
  expect(await seconds(page)).toBeGreaterThanOrEqual(20);
});

test("buttons of the operating system play, pause, seek, skip and go on to the next", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.largeFeed);
  await owner.queueUntil("ready", "The Grand Tour");
  await page.addInitScript(() => {
    const { mediaSession } = navigator;
    const set = mediaSession.setActionHandler.bind(mediaSession);
    window.actions = {};
    mediaSession.setActionHandler = (action, handler) => {
      window.actions[action] = handler;
      set(action, handler);
    };
  });
  const press = (action: MediaSessionAction, details: Partial<MediaSessionActionDetails> = {}): Promise<void> =>
    page.evaluate(([action, details]) => window.actions[action]!({ action, ...details }), [action, details] as const);
  const shown = () => page.evaluate(() => [navigator.mediaSession.playbackState, navigator.mediaSession.metadata?.title]);
  await open(page, "/downloads");
  await (await menu(page, "Look Up Tonight")).getByRole("button", { name: /Play later/ }).click();
  await page.keyboard.press("Escape");
  await play(page, "The Grand Tour").click();
  await expect.poll(() => isPlaying(page)).toBe(true);
  expect(await shown()).toEqual(["playing", "The Grand Tour"]);
  await press("pause");
  await expect.poll(() => isPlaying(page)).toBe(false);
  await expect.poll(shown).toEqual(["paused", "The Grand Tour"]);
  await press("seekto", { seekTime: 40 });
  await expect.poll(() => seconds(page)).toBe(40);
  await press("seekbackward");
  await expect.poll(() => seconds(page)).toBe(25);
  await press("seekforward");
  await expect.poll(() => seconds(page)).toBe(55);
  await press("seekto", {});
  expect(await seconds(page), "without a time").toBe(55);
  await press("play");
  await expect.poll(() => isPlaying(page)).toBe(true);
  await press("nexttrack");
  await expect(player(page)).toContainText("Look Up Tonight");
  await expect.poll(() => isPlaying(page)).toBe(true);
  await expect.poll(shown).toEqual(["playing", "Look Up Tonight"]);

  await test.step("they are obeyed on the next page too", async () => {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Items" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Items" })).toBeVisible();
    await press("pause");
    await expect.poll(() => isPlaying(page)).toBe(false);
    await press("nexttrack");
    await expect(player(page), "nothing is next").toContainText("Look Up Tonight");
  });
});

test("the sleep timer pauses at the end of the episode", async ({ page, owner }) => {
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/downloads");
  await (await menu(page, "Station Call")).getByRole("button", { name: /Play later/ }).click();
  await page.keyboard.press("Escape");
  await play(page, "Look Up Tonight").click();
  await expect.poll(() => isPlaying(page)).toBe(true);
  const sheet = await openSheet(page);
  await sheet.getByLabel("Sleep timer").selectOption("track");
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = it.duration - 0.1));
  await expect.poll(() => media(page).evaluate((it: HTMLVideoElement) => it.ended)).toBe(true);
  await expect(sheet.locator(".player-now")).toContainText("Look Up Tonight");
  await expect(sheet.getByLabel("Sleep timer")).toHaveValue("");
});

test("chapters of what plays are in the full player", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.richFeed);
  await owner.queueUntil("ready", "How Tunnels Sing");
  await open(page, "/downloads");
  await play(page, "How Tunnels Sing").click();
  await expect.poll(() => isPlaying(page)).toBe(true);
  const sheet = await openSheet(page);
  const chapters = sheet.getByRole("list", { name: "Chapters" });
  await chapters.getByRole("button", { name: /The <long> echo/ }).click();
  await expect.poll(() => seconds(page)).toBeGreaterThanOrEqual(1);
  await expect(chapters.getByRole("button", { name: /The <long> echo/ })).toHaveAttribute("aria-current", "true");
});

test("Home plays all that is ready", async ({ page, owner }) => {
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/");
  const card = page.getByRole("region", { name: "Ready to play" });
  await expect(card).toContainText("2 items");
  await card.getByRole("button", { name: "Play all" }).click();
  await expect.poll(() => isPlaying(page)).toBe(true);
  await expect(player(page)).toContainText("Station Call");
  await expect.poll(async () => (await (await page.request.get("/api/v1/queue")).json()).item_ids.length).toBe(1);
});

test("signing out puts the player away", async ({ page }) => {
  await open(page, "/downloads");
  await play(page, "Look Up Tonight").click();
  await expect.poll(() => isPlaying(page)).toBe(true);
  await signOut(page);
  await expect(page).toHaveURL(/\/login/);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await expect(page.locator("video")).toHaveCount(0);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the button opens the file", async ({ page }) => {
    await page.goto("/downloads");
    await expect(play(page, "Look Up Tonight")).toHaveAttribute("href", /\/file\?inline=1$/);
  });
});
