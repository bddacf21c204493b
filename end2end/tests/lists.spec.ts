// Import and export: subscriptions from other programs, and back.

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
