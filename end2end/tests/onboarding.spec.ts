// From nothing to sound: the first steps of a new user at Home.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "@playwright/test";
import { expectNoBarriers } from "../axe";
import { expect, password, test, type Origin, type Page, type Server } from "../fixtures";
import { badge, expectMarked, seconds, startButton, submit } from "../pages";

const step = (page: Page, name: string): Locator => page.getByRole("region", { name, exact: true });
const topics = (page: Page) => step(page, "What interests you?");
const sources = (page: Page) => step(page, "Follow a few sources");
const commute = (page: Page) => step(page, "When do you travel?");
const ready = (page: Page) => page.getByRole("list", { name: "Ready to play" });
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });

async function register(page: Page): Promise<void> {
  await page.goto("/register");
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(topics(page)).toBeVisible();
}

/** Registers over REST and opens Home. */
async function arrive(page: Page, path = "/"): Promise<void> {
  const response = await page.request.post("/api/v1/auth/register", { data: { username: "ada", password } });
  expect(response.ok()).toBe(true);
  await page.goto(path);
}

/** Fills the directory with podcasts of these names, which do not answer. */
async function list(server: Server, origin: Origin, names: string[]): Promise<void> {
  const rows = names.map((name, n) => `podcast\t${name}\t${origin.site}${n}.xml`);
  const file = join(server.data, "directory.tsv");
  writeFileSync(file, ["kind\tname\tfeed_url", ...rows, ""].join("\n"));
  await server.run("seed", file);
}

test("a new user hears sound within four clicks", async ({ page }) => {
  await register(page);
  await expect(badge(page)).toHaveText("Connected");
  let clicks = 0;
  const click = async (target: Locator) => {
    clicks += 1;
    await target.click();
  };
  await click(button(page, "Continue"));
  await expect(sources(page).getByRole("checkbox", { name: /^Demo Station Podcast/ })).toBeChecked();
  await click(button(page, "Follow 3"));
  await expect(commute(page).getByLabel("You leave at")).toHaveValue("07:30");
  await click(button(page, "Start"));
  await click(ready(page).getByRole("button", { name: /^Play: / }).first());
  await expect.poll(() => seconds(page)).toBeGreaterThan(0.2);
  expect(clicks).toBeLessThanOrEqual(4);
  await expect(page.getByRole("heading", { name: /^Morning · / })).toBeVisible();
});

test("what is chosen in each step is stored, and nothing is lost on a reload", async ({ page, server, origin }) => {
  await list(server, origin, ["Rails", "Space Hour", "Gardens", "Chess", "Bread", "Knots", "Kites"]);
  await arrive(page);
  await expect(badge(page)).toHaveText("Connected");
  await topics(page).getByRole("checkbox", { name: "Space" }).check();
  await topics(page).getByLabel("Other topics").fill("night trains, kites");
  await button(page, "Continue").click();
  await expect(page).toHaveURL(/\/\?step=2$/);
  const boxes = sources(page).getByRole("checkbox");
  await expect(boxes).toHaveCount(6);
  await expect(boxes.nth(0)).toHaveAccessibleName(/^Space Hour/);
  await expect(boxes.nth(1)).toHaveAccessibleName(/^Kites/);
  await expect(boxes.nth(5)).toHaveAccessibleName(/^Demo Station/);

  await page.goto("/");
  await expect(sources(page)).toBeVisible();
  await page.getByRole("link", { name: "Change topics" }).click();
  await expect(topics(page).getByRole("checkbox", { name: "Space" })).toBeChecked();
  await expect(topics(page).getByLabel("Other topics")).toHaveValue("night trains, kites");
  await button(page, "Continue").click();

  await boxes.nth(2).uncheck();
  await button(page, "Follow 5").click();
  await expect(commute(page)).toContainText("You follow 5 sources");
  await page.reload();
  await commute(page).getByLabel("You leave at").fill("08:00");
  await commute(page).getByLabel("You are there at").fill("08:45");
  await button(page, "Start").click();
  await expect(page.getByRole("heading", { name: "Discover and download" })).toBeVisible();
  await expect(page).toHaveURL(/\/$/);
  const { data } = await (await page.request.get("/api/v1/commute-windows")).json();
  expect(data).toMatchObject([{ label: "Morning", start: "08:00", end: "08:45", days: ["mon", "tue", "wed", "thu", "fri"] }]);
  expect((await (await page.request.get("/api/v1/preferences")).json()).topics).toEqual(["Space", "night trains", "kites"]);
  await page.goto("/?step=3");
  await expect(page.getByRole("heading", { name: "Discover and download" })).toBeVisible();
});

test("wrong input is marked at its field, and the rest stays as typed", async ({ page }) => {
  await arrive(page);
  await expect(badge(page)).toHaveText("Connected");
  await topics(page).getByRole("checkbox", { name: "Space" }).check();
  await topics(page).getByLabel("Other topics").fill("x".repeat(61));
  await button(page, "Continue").click();
  await expectMarked(topics(page).getByLabel("Other topics"), /under 60 characters/);
  await expect(topics(page).getByRole("checkbox", { name: "Space" })).toBeChecked();
  await topics(page).getByLabel("Other topics").fill("");
  await button(page, "Continue").click();

  const boxes = sources(page).getByRole("checkbox");
  await expect(boxes).toHaveCount(3);
  for (const box of await boxes.all()) await box.uncheck();
  await button(page, "Follow 0").click();
  await expectMarked(boxes.first(), /at least one source/);
  await boxes.first().check();
  await button(page, "Follow 1").click();

  await commute(page).getByLabel("You are there at").fill("07:30");
  await commute(page).getByLabel("Time zone").fill("Nowhere");
  await button(page, "Start").click();
  await expectMarked(commute(page).getByLabel("You are there at"), /differs from the start/);
  await expectMarked(commute(page).getByLabel("Time zone"), /Europe/);
});

test("the time zone is that of the browser", async ({ browser, server }) => {
  const context = await browser.newContext({ baseURL: server.url, timezoneId: "Europe/Berlin" });
  const page = await context.newPage();
  await arrive(page);
  await button(page, "Continue").click();
  await button(page, /^Follow/).click();
  await expect(commute(page).getByLabel("Time zone")).toHaveValue("Europe/Berlin");
  await button(page, "Start without a commute").click();
  await expect(ready(page).getByRole("button", { name: /^Play: / }).first()).toBeVisible({ timeout: 20_000 });
  expect((await (await page.request.get("/api/v1/commute-windows")).json()).data).toEqual([]);
  await context.close();
});

test("each step is skipped for good", async ({ page }) => {
  await arrive(page);
  await expect(badge(page)).toHaveText("Connected");
  await button(page, "Continue").click();
  await expect(sources(page)).toBeVisible();
  await button(page, "Skip for now").click();
  await expect(startButton(page)).toBeVisible();
  await page.reload();
  await expect(startButton(page)).toBeVisible();
  await page.goto("/?step=1");
  await expect(startButton(page)).toBeVisible();
});

test("the keyboard alone is enough", async ({ page }) => {
  await arrive(page);
  await expect(badge(page)).toHaveText("Connected");
  const press = async (target: Locator, key: string) => {
    await expect(async () => {
      await page.keyboard.press("Tab");
      await expect(target).toBeFocused({ timeout: 50 });
    }).toPass({ intervals: [0] });
    await page.keyboard.press(key);
  };
  await press(page.getByRole("link", { name: "Skip to content" }), "Enter");
  await press(topics(page).getByRole("checkbox", { name: "Science" }), "Space");
  await expect(topics(page).getByRole("checkbox", { name: "Science" })).toBeChecked();
  await press(button(page, "Continue"), "Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await press(button(page, "Follow 3"), "Enter");
  await expect(commute(page)).toBeVisible();
  await press(button(page, "Start"), "Enter");
  await expect(ready(page).getByRole("button", { name: /^Play: / }).first()).toBeVisible({ timeout: 20_000 });
});

test("no step has a serious barrier, light or dark, on a phone or a desk", async ({ page, server, origin }) => {
  await list(server, origin, ["Rails", "Space Hour", "Gardens", "Chess", "Bread", "Knots"]);
  await arrive(page);
  const look = (): Promise<void> => expectNoBarriers(page, [320, 1280]);
  await topics(page).getByRole("checkbox", { name: "Science" }).check();
  await look();
  await button(page, "Continue").click();
  await expect(sources(page)).toBeVisible();
  await look();
  await button(page, /^Follow/).click();
  await expect(commute(page)).toBeVisible();
  await look();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("three forms lead to the first ready row", async ({ page, server }) => {
    await register(page);
    await topics(page).getByRole("checkbox", { name: "Science" }).check();
    await submit(page, button(page, "Continue"));
    await expect(page).toHaveURL(`${server.url}/?step=2`);
    await submit(page, button(page, /^Follow/));
    await expect(page).toHaveURL(`${server.url}/?step=3`);
    await expect(commute(page).getByLabel("Time zone")).toHaveValue("UTC");
    await submit(page, button(page, "Start"));
    await expect(page).toHaveURL(`${server.url}/`);
    await expect(async () => {
      await page.reload();
      await expect(ready(page).getByRole("listitem").first()).toBeVisible({ timeout: 200 });
    }).toPass({ timeout: 20_000 });
  });

  test("wrong input is marked, what was typed is kept, and a step is skipped", async ({ page }) => {
    await arrive(page);
    await topics(page).getByRole("checkbox", { name: "Space" }).check();
    await topics(page).getByLabel("Other topics").fill("x".repeat(61));
    await submit(page, button(page, "Continue"));
    await expectMarked(topics(page).getByLabel("Other topics"), /under 60 characters/);
    await expect(topics(page).getByLabel("Other topics")).toHaveValue("x".repeat(61));
    await expect(topics(page).getByRole("checkbox", { name: "Space" })).toBeChecked();
    await page.goto("/?step=2");
    const boxes = sources(page).getByRole("checkbox");
    await boxes.nth(1).uncheck();
    await submit(page, button(page, "Follow"));
    await commute(page).getByLabel("You leave at").fill("09:00");
    await commute(page).getByLabel("Time zone").fill("Nowhere");
    await submit(page, button(page, "Start"));
    await expectMarked(commute(page).getByLabel("Time zone"), /Europe/);
    await expect(commute(page).getByLabel("You leave at")).toHaveValue("09:00");
    await submit(page, button(page, "Skip for now"));
    await expect(startButton(page)).toBeVisible();
    expect((await (await page.request.get("/api/v1/subscriptions")).json()).data).toHaveLength(2);
  });
});
