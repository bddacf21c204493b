// History: outcomes of downloads in figures, charts and rows.

import { expect, test } from "../fixtures";
import { open, row } from "../pages";

test("what was fetched, failed and was here already is told apart", async ({ page, owner, origin }) => {
  await owner.subscribe("Demo Station");
  await owner.subscribeTo(origin.brokenFeed);
  await owner.queueUntil("ready", "Station Call");
  await owner.queueUntil("failed", "The Missing Suitcase");
  await open(page, "/downloads");
  await page.getByRole("link", { name: "History and figures" }).click();
  await expect(page.getByRole("heading", { name: "History", level: 1 })).toBeVisible();

  await expect(page.getByRole("definition").first()).toHaveText("2");
  await expect(page.getByRole("img", { name: /^Bytes per day over 30 days: 0 B here already, / })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Median speed per day/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Downloads per source over 30 days: 2 sources/ })).toBeVisible();

  await page.getByText("As a table: Downloads per source").click();
  const sources = page.getByRole("table", { name: "Downloads per source" });
  await expect(sources.getByRole("row", { name: /^Demo Station 1 \/ 1 0 %/ })).toBeVisible();
  await expect(row(page, "The last that ended", "Station Call")).toContainText(/Ready.*Demo Station.*Publisher.*kB.*1 attempt/s);
  await expect(row(page, "The last that ended", "The Missing Suitcase")).toContainText(/Failed.*404/s);
});

test("another span is a link away", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/history");
  const spans = page.getByRole("navigation", { name: "Span of time" });
  await expect(spans.getByRole("link", { name: "30 days" })).toHaveAttribute("aria-current", "true");
  await spans.getByRole("link", { name: "7 days" }).click();
  await expect(page).toHaveURL(/\/history\?days=7$/);
  await expect(spans.getByRole("link", { name: "7 days" })).toHaveAttribute("aria-current", "true");
  await expect(page.getByRole("img", { name: /^Bytes per day over 7 days/ })).toBeVisible();
});

test("the page follows what happens", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/history");
  await expect(page.getByText("No history yet")).toBeVisible();
  await owner.queueUntil("ready", "Station Call");
  await expect(row(page, "The last that ended", "Station Call")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("figures, drawings and spans are there", async ({ page, owner }) => {
    await owner.subscribe("Demo Station");
    await owner.queueUntil("ready", "Station Call");
    await page.goto("/history");
    await page.getByRole("link", { name: "90 days" }).click();
    await expect(page.getByRole("img", { name: /^Bytes per day over 90 days/ })).toBeVisible();
    await page.getByText("As a table: Bytes per day").click();
    await expect(page.getByRole("table", { name: "Bytes per day" }).getByRole("row")).toHaveCount(2);
    await expect(row(page, "The last that ended", "Station Call")).toBeVisible();
  });
});
