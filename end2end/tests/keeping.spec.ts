// Pinning and eviction, and the list of evicted downloads.

import type { Locator } from "@playwright/test";
import { expect, test, type Page } from "../fixtures";
import { download, media, menu, open, seconds } from "../pages";

/** Presses a button of a download's menu. */
const press = async (page: Page, verb: string, title: string): Promise<void> =>
  (await menu(page, title)).getByRole("button", { name: `${verb} ${title}`, exact: true }).click();
const madeRoom = (page: Page): Locator => page.getByRole("region", { name: "Made room" }).getByRole("listitem");

test("what is pinned stays, and what is not makes room", async ({ page, owner, origin }) => {
  await owner.subscribe("Demo Station");
  await owner.subscribeTo(origin.hugeFeed);
  await owner.prefer({ max_storage_mb: 100 });
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/downloads");
  await press(page, "Pin", "Station Call");
  await expect(download(page, "Station Call")).toContainText("Kept until you unpin it");
  await expect(owner.queue("The Whole Series")).rejects.toThrow(/pinned/);
  await expect(madeRoom(page)).toHaveCount(0);

  await press(page, "Unpin", "Station Call");
  await expect(download(page, "Station Call")).not.toContainText("Kept until you unpin it");
  await owner.queue("The Whole Series");
  await expect(madeRoom(page)).toHaveText(/^Station Call.*not played, oldest, 34\.4 kB/s);
  await expect(download(page, "Station Call")).toContainText("Expired");
  await expect(download(page, "Station Call").getByRole("button", { name: /^Play/ })).toBeHidden();
});

test("what was played to its end goes before what was not", async ({ page, owner, origin }) => {
  await owner.subscribe("Demo Station");
  await owner.subscribe("Demo Station: Reading Room");
  await owner.subscribeTo(origin.hugeFeed);
  await owner.prefer({ max_storage_mb: 100 });
  await owner.queueUntil("ready", "Packing for No Signal");
  const { id } = await owner.queueUntil("ready", "Station Call");
  await open(page, "/downloads");
  await download(page, "Station Call").getByRole("button", { name: "Play: Station Call" }).click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await media(page).evaluate((it: HTMLVideoElement) => (it.currentTime = it.duration - 0.2));
  await expect.poll(async () => (await owner.download(id)).played_at).not.toBeNull();
  await owner.queue("The Whole Series");
  await expect(madeRoom(page)).toHaveText(/^Station Call.*played, oldest/s);
  await expect(download(page, "Packing for No Signal")).toContainText("Ready");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a download is pinned and let go again", async ({ page, owner }) => {
    await owner.subscribe("Demo Station");
    const { id } = await owner.queueUntil("ready", "Station Call");
    await page.goto("/downloads");
    await press(page, "Pin", "Station Call");
    await expect(download(page, "Station Call")).toContainText("Kept until you unpin it");
    expect((await owner.download(id)).pinned).toBe(true);
    await press(page, "Unpin", "Station Call");
    await expect(download(page, "Station Call")).not.toContainText("Kept until you unpin it");
    expect((await owner.download(id)).pinned).toBe(false);
  });

  test("what made room is listed", async ({ page, owner, origin }) => {
    await owner.subscribe("Demo Station");
    await owner.subscribeTo(origin.hugeFeed);
    await owner.prefer({ max_storage_mb: 100 });
    await owner.queueUntil("ready", "Station Call");
    await owner.queue("The Whole Series");
    await page.goto("/downloads");
    await expect(page.getByRole("heading", { name: "Made room" })).toBeVisible();
    await expect(madeRoom(page)).toContainText("not played, oldest");
  });
});
