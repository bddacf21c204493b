// Collections: related runs and their artifacts; creating, changing and deleting a collection.

import { expect, test, type Page } from "../fixtures";
import { expectMarked, notes, open } from "../pages";

const kept = (page: Page) => page.getByRole("list", { name: "What its runs kept" }).locator("> li");

test("a project is opened, its runs belong to it, and deleting it leaves them", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/runs");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Collections" }).click();
  await expect(page.getByText("No collection yet")).toBeVisible();
  await page.getByRole("button", { name: "Open the collection" }).click();
  await expectMarked(page.getByLabel("Name"), /Give it a name/);
  await page.getByLabel("Name").fill("Trip to the sea");
  await page.getByLabel("Notes").fill("By night train.");
  await page.getByRole("button", { name: "Open the collection" }).click();
  await expect(page.getByRole("heading", { name: "Trip to the sea", level: 1 })).toBeVisible();
  await expect(page.getByText("No run yet")).toBeVisible();
  const project = page.url();

  await page.getByLabel("How many items").fill("21");
  await page.getByRole("button", { name: "Start the run" }).click();
  await expectMarked(page.getByLabel("How many items"), /between 1 and 20/);
  await page.getByLabel("How many items").fill("1");
  await page.getByRole("button", { name: "Start the run" }).click();
  await expect(page.getByRole("region", { name: "How it stands" })).toContainText("Completed");
  await page.getByRole("link", { name: "Trip to the sea" }).click();
  await expect(page).toHaveURL(project);
  await expect(page.getByText("1 ready download")).toBeVisible();
  await expect(kept(page)).toHaveCount(4);
  await expect(kept(page).first()).toContainText(/Results.*ready/s);

  await page.getByLabel("Notes").fill("By day.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(notes(page)).toContainText("Trip to the sea is saved.");
  await page.getByText("Delete this collection").click();
  await page.getByRole("button", { name: "Yes, delete it" }).click();
  await expect(page.getByText("No collection yet")).toBeVisible();
  await open(page, "/runs");
  await expect(page.getByRole("list", { name: "Runs" }).getByRole("listitem").first()).toContainText("1 ready");
});

test("a later run picks something else", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/collections");
  await page.getByLabel("Name").fill("Course");
  await page.getByRole("button", { name: "Open the collection" }).click();
  const start = async () => {
    await page.getByLabel("How many items").fill("1");
    await page.getByRole("button", { name: "Start the run" }).click();
    await expect(page.getByRole("region", { name: "How it stands" })).toContainText("Completed");
    await page.getByRole("link", { name: "Course" }).click();
  };
  await start();
  const picks = kept(page).filter({ has: page.getByRole("heading", { name: "Picks" }) });
  const first = await picks.first().locator("b").textContent();
  await start();
  await expect(picks).toHaveCount(2);
  expect(await picks.first().locator("b").textContent()).not.toBe(first);
});

test("a stranger's project is not there", async ({ page, owner }) => {
  await open(page, "/collections/4711");
  await expect(page.getByText("There is no such collection.")).toBeVisible();
  await page.goto("/collections/x");
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  expect(owner.username).toBeTruthy();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a project is opened, and a wrong name keeps what was typed", async ({ page, owner }) => {
    await owner.subscribe("Demo Station");
    await page.goto("/collections");
    await page.getByLabel("Notes").fill("Nothing sad.");
    await page.getByRole("button", { name: "Open the collection" }).click();
    await expectMarked(page.getByLabel("Name"), /Give it a name/);
    await expect(page.getByLabel("Notes")).toHaveValue("Nothing sad.");
    await page.getByLabel("Name").fill("Course");
    await page.getByRole("button", { name: "Open the collection" }).click();
    await expect(page.getByRole("heading", { name: "Course", level: 1 })).toBeVisible();
    await page.getByLabel("How many items").fill("1");
    await page.getByRole("button", { name: "Start the run" }).click();
    await expect(page).toHaveURL(/\/runs\/\d+$/);
  });
});
