// Downloads: filtered, retried, cancelled, deleted and saved.

import { expect, test } from "../fixtures";
import { download, media, menu, open, seconds } from "../pages";

test("the list is narrowed by status, kind and words", async ({ page, owner, origin }) => {
  await owner.subscribe("Demo Station");
  await owner.subscribe("Demo Station: Reading Room");
  await owner.subscribeTo(origin.brokenFeed);
  await owner.queueUntil("ready", "Station Call");
  await owner.queueUntil("ready", "Packing for No Signal");
  await owner.queueUntil("failed", "The Missing Suitcase");
  await open(page, "/downloads");
  const titles = page.getByRole("list", { name: "Downloads" }).getByRole("heading");
  await expect(titles).toHaveCount(3);

  await page.getByRole("link", { name: "Failed", exact: true }).click();
  await expect(titles).toHaveText(["The Missing Suitcase"]);

  await page.getByRole("link", { name: "All", exact: true }).click();
  await page.getByRole("link", { name: "Articles" }).click();
  await expect(titles).toHaveText(["Packing for No Signal"]);

  await page.getByRole("link", { name: "Articles" }).click();
  await page.getByText("Search and sort").click();
  await page.getByLabel("Search").fill("CALL");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(titles).toHaveText(["Station Call"]);
  await expect(page).toHaveURL(/\/downloads\?.*q=CALL/);

  await page.getByLabel("Search").fill("nothing like this");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("link", { name: "show all downloads" }).click();
  await expect(titles).toHaveCount(3);
});

test("a failed download says why, and works when it is tried again", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.brokenFeed);
  await owner.queueUntil("failed", "The Missing Suitcase");
  await open(page, "/downloads");
  await expect(download(page, "The Missing Suitcase")).toContainText(/Failed.*404/s);
  origin.mend();
  await download(page, "The Missing Suitcase").getByRole("button", { name: "Retry" }).click();
  await expect(download(page, "The Missing Suitcase")).toContainText("Ready");
  await expect(download(page, "The Missing Suitcase")).not.toContainText("404");
});

test("a download shows its progress, and stops when it is cancelled", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await owner.queueUntil("downloading", "The Long Way Round");
  await open(page, "/downloads");
  const item = download(page, "The Long Way Round");
  await expect(item.getByRole("progressbar")).toBeVisible();
  await (await menu(page, "The Long Way Round")).getByRole("button", { name: "Cancel" }).click();
  await expect(item).toContainText("Cancelled");
  await expect(item.getByRole("progressbar")).toBeHidden();
});

test("a download becomes ready under one's eyes", async ({ page, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await owner.queueUntil("downloading", "The Long Way Round");
  await open(page, "/downloads");
  await expect(download(page, "The Long Way Round")).toContainText("Downloading");
  origin.letGo();
  await expect(download(page, "The Long Way Round")).toContainText("Ready");
  await expect((await menu(page, "The Long Way Round")).getByRole("link", { name: "Save file" })).toBeVisible();
});

test("a download is deleted, and stays so", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const { id } = await owner.queueUntil("ready", "Station Call");
  await open(page, "/downloads");
  await (await menu(page, "Station Call")).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No downloads yet")).toBeVisible();
  expect((await page.request.get(`/api/v1/downloads/${id}/file`)).status()).toBe(404);
});

test("a file is saved under a name that tells what it is", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/downloads");
  const saving = page.waitForEvent("download");
  await (await menu(page, "Station Call")).getByRole("link", { name: "Save file" }).click();
  expect((await saving).suggestedFilename()).toMatch(/^Station[ _-]Call\.mp3$/i);
});

test("a video plays in the page", async ({ page, owner }) => {
  await owner.subscribe("Demo Station: Moving Pictures");
  await owner.queueUntil("ready", "Test Card");
  await open(page, "/downloads");
  await download(page, "Test Card").getByRole("button", { name: "Play: Test Card" }).click();
  await expect(media(page)).toBeInViewport();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0.5);
});

test("what plays goes on while something else becomes ready", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Look Up Tonight");
  await open(page, "/downloads");
  await download(page, "Look Up Tonight").getByRole("button", { name: "Play: Look Up Tonight" }).click();
  await expect.poll(() => seconds(page)).toBeGreaterThan(0);
  await owner.queueUntil("ready", "Station Call");
  await expect(download(page, "Station Call")).toContainText("Ready");
  const before = await seconds(page);
  await expect.poll(() => seconds(page)).toBeGreaterThan(before);
});

test("an article is read in a tab of its own, where its scripts cannot run", async ({ page, owner }) => {
  await owner.subscribe("Demo Station: Reading Room");
  await owner.queueUntil("ready", "Packing for No Signal");
  await open(page, "/downloads");
  const opening = page.waitForEvent("popup");
  await (await menu(page, "Packing for No Signal")).getByRole("link", { name: "Open the page" }).click();
  const article = await opening;
  await expect(article.getByRole("heading", { name: "Packing for No Signal" })).toBeVisible();
  const policy = (await page.request.get(article.url())).headers()["content-security-policy"];
  expect(policy).toContain("sandbox");
});

test("an article is read here, without what its page has around it", async ({ page, owner }) => {
  await owner.subscribe("Demo Station: Reading Room");
  await owner.queueUntil("ready", "Packing for No Signal");
  await open(page, "/downloads");
  await download(page, "Packing for No Signal").getByRole("link", { name: "Read" }).click();
  await expect(page).toHaveTitle("Packing for No Signal · SmartCache");
  const article = page.getByRole("main");
  await expect(article.getByRole("heading", { name: "Packing for No Signal", level: 1 })).toBeVisible();
  await expect(article).toContainText(/[\d,]+ words, about \d+ minutes?/);
  await expect(article.getByRole("paragraph").nth(2)).not.toBeEmpty();
  await page.getByRole("link", { name: "Your library" }).click();
  await expect(download(page, "Packing for No Signal")).toBeVisible();
});

test("a sound has nothing to read, and says so", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const { id } = await owner.queueUntil("ready", "Station Call");
  await page.goto(`/downloads/${id}/read`);
  await expect(page.getByRole("heading", { name: "Station Call", level: 1 })).toBeVisible();
  await expect(page.getByText("There is no text to read in this download.")).toBeVisible();
  expect((await page.goto("/downloads/999999/read"))?.status()).toBe(404);
});
