// Ratings: thumbs for items and for agents, and the reason that they give the next run.

import { expect, test, type Page } from "../fixtures";
import { menu, notes, open, submit } from "../pages";

const title = "Station Call";
const good = (page: Page) => page.getByRole("button", { name: `Good pick: ${title}`, exact: true });
const bad = (page: Page) => page.getByRole("button", { name: `Not for me: ${title}`, exact: true });
const heading = (page: Page) => page.getByRole("heading", { name: title, level: 1 });

test("a good pick stays one, is a reason of the next run, and is taken back", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const item = `/items/${await owner.item(title)}`;
  await open(page, item);
  await expect(heading(page)).toBeVisible();
  await expect(good(page)).toHaveAttribute("aria-pressed", "false");
  await good(page).click();
  await expect(good(page)).toHaveAttribute("aria-pressed", "true");
  await page.reload();
  await expect(heading(page)).toBeVisible();
  await expect(good(page)).toHaveAttribute("aria-pressed", "true");
  await expect(bad(page)).toHaveAttribute("aria-pressed", "false");

  const { id } = await owner.completeRun(2);
  await open(page, `/runs/${id}`);
  await expect(page.getByRole("main")).toContainText("you liked 1 item of this source");

  await open(page, item);
  await good(page).click();
  await expect(good(page)).toHaveAttribute("aria-pressed", "false");
  await bad(page).click();
  await expect(bad(page)).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByText("Agents do not pick it again.")).toBeVisible();
});

test("a download is rated in the menu of its row", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", title);
  await open(page, "/downloads");
  await menu(page, title);
  await good(page).click();
  await expect(good(page)).toBeHidden();
  await menu(page, title);
  await expect(good(page)).toHaveAttribute("aria-pressed", "true");
});

test("a rating that failed in a menu is told, and not shown as given", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", title);
  await open(page, "/downloads");
  await page.route("**/api/ui/rate_item", (route) => route.fulfill({ status: 404 }));
  await menu(page, title);
  await good(page).click();
  await expect(notes(page)).toContainText("The server gave an unexpected answer.");
  await menu(page, title);
  await expect(good(page)).toHaveAttribute("aria-pressed", "false");
});

test("a verdict from another device is shown, and taken back by the next press", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  const id = await owner.item(title);
  await open(page, `/items/${id}`);
  await expect(heading(page)).toBeVisible();
  await good(page).click();
  await expect(good(page)).toHaveAttribute("aria-pressed", "true");
  await page.request.put(`/api/v1/items/${id}/rating`, { data: { verdict: "down" } });
  // The event of a download makes the page reload.
  await owner.queueUntil("ready", title);
  await expect(bad(page)).toHaveAttribute("aria-pressed", "true");
  await bad(page).click();
  await expect(bad(page)).toHaveAttribute("aria-pressed", "false");
  expect((await (await page.request.get(`/api/v1/items/${id}`)).json()).rating).toBeNull();
});

test("the latest part of an agent is rated on its page", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.completeRun(1);
  await open(page, "/agents/discovery");
  await expect(page.getByRole("heading", { name: "Discovery", level: 1 })).toBeVisible();
  const work = page.getByRole("button", { name: "Good work: Discovery", exact: true });
  await work.click();
  await expect(work).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByText("Your ratings: 1 of 1 liked")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("thumbs are forms", async ({ page, owner }) => {
    await owner.subscribe("Demo Station");
    await page.goto(`/items/${await owner.item(title)}`);
    await submit(page, good(page));
    await expect(heading(page)).toBeVisible();
    await expect(good(page)).toHaveAttribute("aria-pressed", "true");
    await submit(page, good(page));
    await expect(heading(page)).toBeVisible();
    await expect(good(page)).toHaveAttribute("aria-pressed", "false");
  });
});
