// Shares: links that open an item or a collection without an account, until they are revoked.

import type { Browser } from "@playwright/test";
import { expectNoBarriers } from "../axe";
import { expect, test, type Page } from "../fixtures";
import { open, row, submit } from "../pages";

const link = (page: Page) => page.getByRole("textbox", { name: "Link to share" });
const title = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 });

/** A page of a visitor without an account. */
async function visitor(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

test("an item is shared by a link that opens without an account, until it is revoked", async ({ page, owner, browser }) => {
  await owner.subscribe("Demo Station");
  await open(page, `/items/${await owner.item("Look Up Tonight")}`);
  await page.getByRole("button", { name: "Make a link" }).click();
  await expect(link(page)).toHaveValue(/\/s\/[0-9a-f]{64}$/);
  const url = await link(page).inputValue();
  await expect(page.getByText("of a private feed the title alone")).toBeVisible();
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(page.getByRole("button", { name: /^(Copied|Selected: copy it)$/ })).toBeVisible();

  const stranger = await visitor(browser);
  const code: string[] = [];
  stranger.on("request", (request) => /\.(js|wasm)$/.test(request.url()) && code.push(request.url()));
  await stranger.goto(url, { waitUntil: "networkidle" });
  expect(code, "the page needs no code").toEqual([]);
  await expect(title(stranger, "Look Up Tonight")).toBeVisible();
  await expect(stranger.getByRole("heading", { name: "Notes" })).toBeVisible();
  await expect(stranger.getByRole("link", { name: "Open it here" })).toHaveCount(0);
  await expectNoBarriers(stranger, [360, 1280]);
  await page.goto(url);
  await page.getByRole("link", { name: "Open it here" }).click();
  await expect(link(page)).toHaveValue(url);

  await page.getByRole("button", { name: "Revoke the link" }).click();
  await expect(page.getByRole("button", { name: "Make a link" })).toBeVisible();
  expect((await stranger.goto(url))?.status()).toBe(404);
  await expect(stranger.getByText("This link does not exist or was revoked.")).toBeVisible();
  await expectNoBarriers(stranger, [360]);
  await stranger.context().close();
});

test("all links are listed, to copy and to revoke", async ({ page, owner, browser }) => {
  await owner.subscribe("Demo Station");
  const trip = await owner.collect("Trip", "By night train.");
  await owner.completeRun(2, trip);
  const urls = [await owner.share({ collection_id: trip }), await owner.share({ item_id: await owner.item("Station Call") })];
  const stranger = await visitor(browser);
  await stranger.goto(urls[0]!);
  await expect(title(stranger, "Trip")).toBeVisible();
  await expect(stranger.getByText("By night train.")).toBeVisible();
  await expect(stranger.getByRole("list", { name: "Trip" }).getByRole("listitem")).toHaveCount(2);
  await expectNoBarriers(stranger, [360, 1280]);
  await stranger.context().close();

  await open(page, "/");
  await page.getByRole("banner").locator(".account summary").click();
  await page.getByRole("banner").getByRole("link", { name: "Shares" }).click();
  await expect(title(page, "Shares")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Link to Trip" })).toHaveValue(urls[0]!);
  await expect(row(page, "Shares", "Trip")).toContainText("Opened last");
  await expect(row(page, "Shares", "Station Call")).toContainText("Not opened yet");
  await page.getByRole("button", { name: "Revoke the link to Trip" }).click();
  await expect(row(page, "Shares", "Trip")).toHaveCount(0);
  await page.getByRole("button", { name: "Revoke the link to Station Call" }).click();
  await expect(page.getByText("Nothing shared yet")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a link is made, opened and revoked", async ({ page, owner }) => {
    await page.goto(`/collections/${await owner.collect("Trip", "By night train.")}`);
    await submit(page, page.getByRole("button", { name: "Make a link" }));
    const url = await link(page).inputValue();
    await expect(page.getByText("of private feeds the titles alone")).toBeVisible();
    await expect(page.getByRole("button", { name: "Copy" })).toBeHidden();
    await page.goto(url);
    await expect(title(page, "Trip")).toBeVisible();
    await expect(page.getByText("Nothing in it yet")).toBeVisible();
    await page.goto("/shares");
    await submit(page, page.getByRole("button", { name: "Revoke the link to Trip" }));
    await expect(page.getByText("Nothing shared yet")).toBeVisible();
  });
});
