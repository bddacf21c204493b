// The library: chips, totals, order, rows on a phone, undo, and actions on many.

import { barriers, showSkipped } from "../axe";
import { expect, test, type Page } from "../fixtures";
import { choose, download, media, menu, notes, open, play, player, seconds } from "../pages";

const titles = (page: Page) => page.getByRole("list", { name: "Downloads" }).getByRole("heading");
const chip = (page: Page, name: string) => page.getByRole("main").getByRole("link", { name, exact: true });
const totals = (page: Page) => page.locator(".library-totals");

/** Serious violations of the page as it is. */
async function barriersNow(page: Page): Promise<string[]> {
  await showSkipped(page);
  return barriers(page);
}

test.describe("with things of several kinds", () => {
  test.beforeEach(async ({ owner, origin }) => {
    await owner.subscribe("Demo Station");
    await owner.subscribe("Demo Station: Reading Room");
    await owner.subscribeTo(origin.brokenFeed);
    for (const title of ["Station Call", "Packing for No Signal", "Look Up Tonight"]) await owner.queueUntil("ready", title);
    await owner.queueUntil("failed", "The Missing Suitcase");
  });

  test("chips act at once, and the totals are those of what they leave", async ({ page }) => {
    await open(page, "/downloads");
    await expect(titles(page)).toHaveCount(4);
    await expect(totals(page)).toHaveText(/^3 ready · .*[kM]B · 1 failed$/);
    await chip(page, "Failed").click();
    await expect(titles(page)).toHaveText(["The Missing Suitcase"]);
    await expect(totals(page)).toHaveText("1 failed");
    await expect(chip(page, "Failed")).toHaveAttribute("aria-current", "true");
    await chip(page, "Ready").click();
    await chip(page, "Articles").click();
    await expect(page).toHaveURL(/\/downloads\?.*kind=article/);
    await expect(titles(page)).toHaveText(["Packing for No Signal"]);
    await expect(totals(page)).toHaveText(/^1 ready/);
    await chip(page, "Articles").click();
    await expect(titles(page)).toHaveCount(3);
    await chip(page, "On the way").click();
    await expect(page.getByText("Nothing matches")).toBeVisible();
    await chip(page, "All").click();
    await expect(titles(page)).toHaveCount(4);
  });

  test("the order is chosen, and the search is within what the chips leave", async ({ page }) => {
    await open(page, "/downloads?status=ready");
    await expect(titles(page)).toHaveText(["Look Up Tonight", "Packing for No Signal", "Station Call"]);
    await page.getByText("Search and sort").click();
    await page.getByLabel("Sort by").selectOption("Largest");
    await expect(page).toHaveURL(/status=ready.*order=largest/);
    const largest = (await page.request.get("/api/v1/downloads?status=ready&order=largest")).json();
    await expect(titles(page)).toHaveText((await largest).data.map(({ title }: { title: string }) => title));
    await page.getByLabel("Search").fill("CALL");
    await page.getByRole("button", { name: "Show" }).click();
    await expect(titles(page)).toHaveText(["Station Call"]);
    await expect(page).toHaveURL(/order=largest/);
    await expect(totals(page)).toHaveText(/^1 ready/);
  });

  test("a menu has the rest, opens and closes by keyboard, and is no barrier", async ({ page }) => {
    await open(page, "/downloads");
    const button = page.getByRole("button", { name: "More for Station Call" });
    await button.focus();
    await page.keyboard.press("Enter");
    const menu = page.getByRole("group", { name: "More for Station Call" });
    await expect(menu.getByRole("link", { name: "Save file" })).toBeVisible();
    await expect(menu).toContainText(/Kept until/);
    expect(await barriersNow(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(menu).toBeHidden();
    await expect(button).toBeFocused();
  });

  test("many are kept, played and deleted by one request each", async ({ page, owner }) => {
    await open(page, "/downloads?status=ready");
    await page.getByRole("link", { name: "Select" }).click();
    await choose(page, "Station Call").check();
    await choose(page, "Packing for No Signal").check();
    expect(await barriersNow(page)).toEqual([]);
    const [request] = await Promise.all([
      page.waitForRequest(/\/api\/ui\/act_on_downloads/),
      page.getByRole("button", { name: "Keep" }).click(),
    ]);
    expect(decodeURIComponent(request.postData() ?? "")).toMatch(/ids\[0\]=\d+&ids\[1\]=\d+&verb=pin/);
    await expect(notes(page)).toContainText("2 downloads kept");
    await page.getByRole("button", { name: "Select all" }).click();
    await page.getByRole("button", { name: "Mark as played" }).click();
    await expect(notes(page)).toContainText("marked as played");
    await expect.poll(async () => (await owner.downloads()).filter(({ played_at }) => played_at).length).toBe(3);
    await choose(page, "Look Up Tonight").uncheck();
    await choose(page, "Packing for No Signal").check();
    await choose(page, "Station Call").check();
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(titles(page)).toHaveText(["Look Up Tonight"]);
    await notes(page).getByRole("button", { name: "Undo" }).click();
    await expect(titles(page)).toHaveCount(3);
    expect((await owner.downloads()).filter(({ pinned }) => pinned)).toHaveLength(2);
    await page.getByRole("link", { name: "Done" }).click();
    await expect(page.getByRole("checkbox")).toHaveCount(0);
  });
});

test("six rows are whole on a phone's first screen, beside the player", async ({ page, owner, origin }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await owner.subscribe("Demo Station");
  await owner.subscribe("Demo Station: Reading Room");
  const items = (await (await page.request.get("/api/v1/items?limit=9")).json()).data as { title: string }[];
  for (const { title } of items.slice(0, 8)) await owner.queueUntil("ready", title);
  await owner.queueUntil("ready", "Station Call");
  void origin;
  await open(page, "/downloads");
  await play(page, "Station Call").click();
  await expect(player(page)).toBeVisible();
  await media(page).evaluate((it: HTMLVideoElement) => it.pause());
  const { whole, heights } = await page.evaluate(() => {
    const dock = document.querySelector(".player")!.getBoundingClientRect().top;
    const head = document.querySelector(".header")!.getBoundingClientRect().bottom;
    const rows = [...document.querySelectorAll("ul[aria-label='Downloads'] > li")].map((row) => row.getBoundingClientRect());
    return {
      whole: rows.filter((row) => row.top >= head && row.bottom <= dock).length,
      heights: rows.map((row) => Math.round(row.height)),
    };
  });
  expect(whole, `rows of ${heights} px`).toBeGreaterThanOrEqual(6);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(72);
  expect(Math.max(...heights)).toBeLessThanOrEqual(84);
});

test.describe("with one ready episode", () => {
  test.beforeEach(async ({ owner }) => {
    await owner.subscribe("Demo Station");
    await owner.queueUntil("ready", "Station Call");
  });

  test("a deletion is undone by a click", async ({ page, owner }) => {
    const [before] = await owner.downloads();
    await open(page, "/downloads");
    await (await menu(page, "Station Call")).getByRole("button", { name: "Delete Station Call" }).click();
    await expect(page.getByText("No downloads yet")).toBeVisible();
    expect(await barriersNow(page)).toEqual([]);
    await notes(page).getByRole("button", { name: "Undo" }).click();
    await expect(download(page, "Station Call")).toBeVisible();
    const [after] = await owner.downloads();
    // A cover may have come meanwhile.
    expect({ ...after, cover: null }).toEqual({ ...before, cover: null });
    await play(page, "Station Call").click();
    await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  });

  test("a deletion is undone by keyboard", async ({ page }) => {
    await open(page, "/downloads");
    await page.getByRole("button", { name: "More for Station Call" }).focus();
    await page.keyboard.press("Enter");
    const remove = page.getByRole("button", { name: "Delete Station Call" });
    await expect(async () => {
      await page.keyboard.press("Tab");
      await expect(remove).toBeFocused({ timeout: 50 });
    }).toPass({ intervals: [0] });
    await page.keyboard.press("Enter");
    await expect(page.getByText("No downloads yet")).toBeVisible();
    const undo = notes(page).getByRole("button", { name: "Undo" });
    await expect(undo).toBeFocused();
    await expect(notes(page)).toHaveAttribute("aria-live", "polite");
    await page.keyboard.press("Enter");
    await expect(download(page, "Station Call")).toBeVisible();
  });

  test("the end of a subscription is undone, with its rules", async ({ page }) => {
    const [before] = (await (await page.request.get("/api/v1/subscriptions")).json()).data;
    await page.request.patch(`/api/v1/subscriptions/${before.id}`, { data: { priority: 5 } });
    await open(page, "/subscriptions");
    const following = page.getByRole("list", { name: "Following" });
    await following.getByRole("button", { name: "Unsubscribe from Demo Station" }).click();
    await expect(page.getByText("You follow nothing yet")).toBeVisible();
    await notes(page).getByRole("button", { name: "Undo" }).click();
    await expect(following.getByRole("button", { name: "Unsubscribe from Demo Station" })).toBeVisible();
    const [after] = (await (await page.request.get("/api/v1/subscriptions")).json()).data;
    expect(after).toMatchObject({ id: before.id, priority: 5 });
  });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test.beforeEach(async ({ owner }) => {
    await owner.subscribe("Demo Station");
    for (const title of ["Station Call", "Look Up Tonight"]) await owner.queueUntil("ready", title);
  });

  test("many are deleted, and each deletion is undone", async ({ page }) => {
    await page.goto("/downloads");
    await page.getByRole("link", { name: "Select" }).click();
    await choose(page, "Station Call").check();
    await choose(page, "Look Up Tonight").check();
    await page.getByRole("button", { name: "Delete" }).click();
    await expect(page.getByText("No downloads yet")).toBeVisible();
    await page.getByRole("button", { name: "Undo deleting Station Call" }).click();
    await expect(titles(page)).toHaveText(["Station Call"]);
    await chip(page, "Failed").click();
    await expect(page.getByText("Nothing matches")).toBeVisible();
  });

  test("the end of a subscription is undone", async ({ page }) => {
    await page.goto("/subscriptions");
    const following = page.getByRole("list", { name: "Following" });
    await following.getByRole("button", { name: "Unsubscribe from Demo Station" }).click();
    await expect(page.getByText("You follow nothing yet")).toBeVisible();
    await page.getByRole("button", { name: "Undo: follow Demo Station" }).click();
    await expect(following.getByRole("button", { name: "Unsubscribe from Demo Station" })).toBeVisible();
  });
});
