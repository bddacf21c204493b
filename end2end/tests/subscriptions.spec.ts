// Subscriptions: following and unfollowing sources, finding them, adding a feed.

import { expect, test } from "../fixtures";
import { expectMarked, notes, open, row } from "../pages";

test.beforeEach(async ({ page, owner }) => {
  await open(page, "/subscriptions");
  await expect(page.getByRole("banner")).toContainText(owner.username);
});

test("a source is followed, and let go again", async ({ page }) => {
  await expect(page.getByText("You follow nothing yet")).toBeVisible();
  await row(page, "Directory", "Demo Station").getByRole("button", { name: "Subscribe" }).click();
  await expect(row(page, "Directory", "Demo Station").getByRole("button", { name: "Unsubscribe" })).toBeVisible();
  await row(page, "Following", "Demo Station").getByRole("button", { name: "Unsubscribe" }).click();
  await expect(page.getByText("You follow nothing yet")).toBeVisible();
  await expect(row(page, "Directory", "Demo Station").getByRole("button", { name: "Subscribe" })).toBeVisible();
});

test("what is followed is still followed after a reload", async ({ page }) => {
  await row(page, "Directory", "Demo Station: Reading Room").getByRole("button", { name: "Subscribe" }).click();
  await expect(row(page, "Following", "Demo Station: Reading Room")).toBeVisible();
  await page.reload();
  await expect(row(page, "Following", "Demo Station: Reading Room")).toContainText("Article");
});

test("the directory is searched by name and narrowed by kind", async ({ page }) => {
  const directory = page.getByRole("list", { name: "Directory" }).getByRole("listitem");
  await page.getByLabel("Search").fill("moving");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(directory).toHaveCount(1);
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Kind").last().selectOption("Article");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(directory.getByRole("heading")).toHaveText(["Demo Station: Reading Room"]);
  await expect(page).toHaveURL(/\/subscriptions\?q=&kind=article/);
  await page.getByLabel("Search").fill("nothing like this");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("No source matches")).toBeVisible();
});

test.describe("with a directory of others", () => {
  test.use({
    settings: async ({ origin }, use) => use({ SMARTCACHE_ITUNES_URL: origin.directory }),
  });

  test("a podcast that is not known here is found and followed", async ({ page, origin }) => {
    const search = async (words: string) => {
      await page.getByLabel("Search").fill(words);
      await page.getByRole("button", { name: "Search" }).click();
    };
    await search("long haul");
    const found = row(page, "In podcast directories", "Long Haul");
    await expect(found).toContainText("Ann & Ash · 1 item · from iTunes");
    await found.getByRole("button", { name: "Subscribe to Long Haul" }).click();
    await expect(notes(page)).toContainText("You follow");
    await expect(row(page, "Following", "Long Haul")).toContainText("1 item");
    await expect(row(page, "Directory", "Long Haul")).toBeVisible();
    // Gone, or followed: the feed may or may not have been read when the list was requested again.
    await expect(found.getByRole("button")).toHaveCount(0);
    await search("nobody knows this");
    await expect(page.getByText("The podcast directories have nothing for these words.")).toBeVisible();
    origin.fail("/itunes/search", 503);
    await search("something else");
    await expect(page.getByText("iTunes did not answer: The server has a problem of its own (HTTP 503).")).toBeVisible();
  });
});

test("a feed is added by its address, and read", async ({ page, origin }) => {
  await page.getByLabel("Address of the feed").fill(origin.slowFeed);
  await page.getByRole("button", { name: "Add and subscribe" }).click();
  await expect(notes(page)).toContainText("You follow");
  await expect(page.getByLabel("Address of the feed")).toHaveValue("");
  await expect(async () => {
    await page.reload();
    await expect(row(page, "Following", "Slow Coach")).toContainText("1 item", { timeout: 200 });
  }).toPass();
});

test("the feed of a site is found by the site's address", async ({ page, origin }) => {
  await page.getByLabel("Address of the feed").fill(origin.site);
  await page.getByRole("button", { name: "Add and subscribe" }).click();
  await expect(notes(page)).toContainText("You follow");
  await expect(async () => {
    await page.reload();
    await expect(row(page, "Following", "Long Haul")).toContainText("1 item", { timeout: 200 });
  }).toPass();
});

for (const [wrong, why] of [
  ["", /address/],
  ["not an address", /web address/],
  ["ftp://example.org/feed.xml", /http/],
  ["http://127.0.0.1:9/feed.xml", /private|network|public/],
] as const) {
  test(`“${wrong}” is refused at its field`, async ({ page }) => {
    await page.getByLabel("Address of the feed").fill(wrong);
    await page.getByRole("button", { name: "Add and subscribe" }).click();
    await expectMarked(page.getByLabel("Address of the feed"), why);
    await expect(page.getByLabel("Address of the feed")).toHaveValue(wrong);
  });
}
