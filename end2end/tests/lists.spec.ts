// Import and export of subscriptions, and the personal feed.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "../fixtures";
import { expectMarked, open, row } from "../pages";

const opml = (feed: string) =>
  `<opml version="2.0"><head><title>Mine</title></head><body><outline text="Long Haul" type="rss" xmlUrl="${feed}"/>` +
  `<outline text="Nowhere" type="rss"/></body></opml>`;

test("a file is read, followed row by row, and exported again", async ({ page, origin, owner }, info) => {
  const file = info.outputPath("mine.opml");
  writeFileSync(file, opml(origin.largeFeed));
  await open(page, "/subscriptions");
  await page.getByRole("link", { name: "Import and export" }).click();
  await page.getByLabel("File").setInputFiles(file);
  await expect(page.getByLabel("The list")).toHaveValue(/Long Haul/);
  await page.getByRole("button", { name: "Follow all of them" }).click();
  await expect(page.getByText("You follow 1 feed more now")).toBeVisible();
  await expect(page.getByText(/Row 2 Nowhere/)).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download OPML" }).click()]);
  expect(download.suggestedFilename()).toBe("subscriptions.opml");
  expect(readFileSync(await download.path(), "utf8")).toContain(`xmlUrl="${origin.largeFeed}"`);
  await open(page, "/subscriptions");
  await expect(row(page, "Following", "Long Haul")).toBeVisible();
  expect(owner.username).toBeTruthy();
});

test("what is no list says so", async ({ page, owner }) => {
  await open(page, "/subscriptions/lists");
  await page.getByLabel("The list").fill("<html><body>Hello</body></html>");
  await page.getByRole("button", { name: "Follow all of them" }).click();
  await expectMarked(page.getByLabel("The list"), /web page/);
  expect(owner.username).toBeTruthy();
});

test("a list that is too large says so and stays", async ({ page, owner }) => {
  await open(page, "/subscriptions/lists");
  const list = page.locator("textarea");
  await list.evaluate((area: HTMLTextAreaElement) => {
    // Hidden, since the layout of millions of letters takes long.
    area.hidden = true;
    area.value = "x".repeat(8_500_000);
  });
  await page.getByRole("button", { name: "Follow all of them" }).click();
  await expect(page.getByRole("region", { name: "Import" }).getByRole("alert")).toContainText("larger than this server takes");
  expect(await list.evaluate((area: HTMLTextAreaElement) => area.value.length)).toBe(8_500_000);
  expect(owner.username).toBeTruthy();
});

test("what is ready is a feed for other programs, until its address is taken back", async ({ page, owner, playwright }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/subscriptions/lists");
  const section = page.getByRole("region", { name: "In any podcast program" });
  await section.getByRole("button", { name: "Make an address" }).click();
  const address = await section.locator("code").textContent();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  const program = await playwright.request.newContext();
  const read = await program.get(address!);
  expect(await read.text()).toContain("<title>Station Call</title>");
  await page.reload();
  await expect(section.locator("code")).toHaveCount(0);
  await expect(section).toContainText("Read last");
  await section.getByRole("button", { name: "Take the address back" }).click();
  await expect(section.getByRole("button", { name: "Make an address" })).toBeVisible();
  expect((await program.get(address!)).status()).toBe(404);
  await program.dispose();
});
