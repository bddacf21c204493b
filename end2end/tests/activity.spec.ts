// Activity: notifications with their bell, tasks, and the time listened.

import { expect, test, type Owner, type Page } from "../fixtures";
import { open, row, startButton, submit } from "../pages";

const bell = (page: Page) => page.getByRole("banner").getByRole("link", { name: /^Notifications/ });
const rows = (page: Page) => page.getByRole("list", { name: "Notifications" }).getByRole("listitem");

/** Listens to an item until the report counts some of it. */
async function listens(page: Page, owner: Owner, title: string): Promise<void> {
  const [item, began] = [await owner.item(title), Date.now()];
  const minutes = async () => {
    const data = { seconds: (Date.now() - began) / 1_000 };
    await page.request.put(`/api/v1/items/${item}/position`, { data });
    const report = await page.request.get("/api/v1/analytics/listening");
    return ((await report.json()) as { minutes: number }).minutes;
  };
  await expect.poll(minutes, { timeout: 15_000 }).toBeGreaterThan(0);
}

test("the bell counts what is unread, on every page and live", async ({ page, owner, origin }) => {
  await owner.subscribe("Demo Station");
  await owner.subscribeTo(origin.brokenFeed);
  await open(page, "/downloads");
  await expect(bell(page)).toHaveAccessibleName("Notifications");
  await owner.queueUntil("ready", "Station Call");
  await expect(bell(page)).toHaveAccessibleName("Notifications 1 unread");
  await owner.queueUntil("failed", "The Missing Suitcase");
  await expect(bell(page)).toHaveAccessibleName("Notifications 2 unread");

  await bell(page).click();
  await expect(page.getByRole("heading", { name: "Notifications", level: 1 })).toBeVisible();
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole("button", { name: "Mark as read: Ready: Station Call" }).click();
  await expect(bell(page)).toHaveAccessibleName("Notifications 1 unread");
  await page.getByRole("link", { name: "Failed to load: The Missing Suitcase" }).click();
  await expect(page).toHaveURL(/\/downloads\?status=failed$/);
  await expect(bell(page)).toHaveAccessibleName("Notifications");
});

test("all are marked as read, in every window", async ({ page, context, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.completeRun(2);
  const other = await context.newPage();
  await open(other, "/tasks");
  await expect(bell(other)).toHaveAccessibleName("Notifications 1 unread");
  await open(page, "/notifications");
  await expect(rows(page)).toContainText("The run is complete: 2 ready");
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await expect(page.getByRole("button", { name: "Mark all as read" })).toBeHidden();
  await expect(bell(page)).toHaveAccessibleName("Notifications");
  await expect(bell(other)).toHaveAccessibleName("Notifications");
  await page.getByRole("link", { name: "Unread", exact: true }).click();
  await expect(page.getByText("Nothing unread")).toBeVisible();
});

test("tasks come and go while a run is under way", async ({ page, context, owner, origin }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/tasks");
  await expect(page.getByText("Nothing is under way")).toBeVisible();
  const home = await context.newPage();
  await open(home, "/");
  await startButton(home).click();
  await expect(row(page, "Under way", "The Long Way Round")).toContainText(/Running.*Download/s);
  await expect(page.getByRole("progressbar", { name: "Progress of The Long Way Round" })).toBeVisible();
  await page.getByRole("button", { name: "Cancel The Long Way Round" }).click();
  await expect(row(page, "Ended today", "The Long Way Round")).toContainText("Cancelled");
  await expect(page.getByRole("list", { name: "Ended today" }).getByRole("listitem").filter({ hasText: "Run 1" })).toContainText(
    "Completed",
    { timeout: 20_000 },
  );
});

test("the history begins with what was listened to", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/history");
  await expect(page.getByText("Nothing listened to in these days")).toBeVisible();
  await listens(page, owner, "Look Up Tonight");
  await page.reload();
  const listening = page.getByRole("region", { name: "Listening" });
  await expect(listening.getByRole("definition").first()).toHaveText("under 1 min");
  await expect(listening.getByRole("img", { name: "Minutes per day over 30 days: under 1 min in all." })).toBeVisible();
  await expect(listening.getByRole("img", { name: "Minutes per show: 1 show, most of Demo Station." })).toBeVisible();
  await listening.getByText("As a table: Minutes per show").click();
  await expect(listening.getByRole("table", { name: "Minutes per show" }).getByRole("row", { name: /^Demo Station under 1 min/ })).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("notifications are read and tasks are cancelled by forms", async ({ page, owner, origin }) => {
    await owner.subscribe("Demo Station");
    await owner.subscribeTo(origin.slowFeed);
    await owner.queueUntil("ready", "Station Call");
    await page.goto("/notifications");
    await expect(bell(page)).toHaveAccessibleName("Notifications 1 unread");
    await submit(page, page.getByRole("button", { name: "Mark as read: Ready: Station Call" }));
    await expect(page).toHaveURL(/\/notifications\??$/);
    await expect(bell(page)).toHaveAccessibleName("Notifications");
    await owner.queueUntil("downloading", "The Long Way Round");
    await page.goto("/tasks");
    await submit(page, page.getByRole("button", { name: "Cancel The Long Way Round" }));
    await expect(row(page, "Ended today", "The Long Way Round")).toContainText("Cancelled");
  });
});
