// Shortcuts, the command palette, and the main job without a mouse.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "../fixtures";
import { badge, outcome, seconds } from "../pages";

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(badge(page)).toHaveText("Connected");
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

test("the palette finds pages and searches", async ({ page, owner }) => {
  await open(page, "/");
  const palette = page.getByRole("dialog", { name: "Commands" });
  const field = palette.getByRole("combobox");
  await page.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type("subscr");
  await expect(palette.getByRole("option").first()).toHaveText("Subscriptions");
  await page.keyboard.press("ArrowDown");
  await expect(palette.getByRole("option", { selected: true })).toHaveText("Import and export subscriptions");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/subscriptions$/);
  await expect(palette).toBeHidden();

  await page.getByRole("button", { name: "Commands" }).click();
  await field.fill("night & day");
  await palette.getByRole("option", { name: "Search items for “night & day”" }).click();
  await expect(page).toHaveURL(/\/items\?q=night%20%26%20day$/);
  await expect(page.getByLabel("Search", { exact: true })).toHaveValue("night & day");

  await page.keyboard.press("Control+k");
  await expect(field).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
  expect(owner.username).toBeTruthy();
});

test("keys open pages, the help, the search, and walk a list", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(help).toContainText("Go to Library");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();

  await page.keyboard.type("gd");
  await expect(page).toHaveURL(/\/downloads$/);
  await page.keyboard.type("gi");
  await expect(page).toHaveURL(/\/items$/);
  const titles = page.locator("main :is(.row-title, .media-title) a");
  await expect(titles.nth(2)).toBeVisible();
  await page.keyboard.press("j");
  await expect(titles.nth(0)).toBeFocused();
  await page.keyboard.press("j");
  await expect(titles.nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(titles.nth(0)).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByLabel("Search", { exact: true })).toBeFocused();
  await page.keyboard.type("gd?");
  await expect(page.getByLabel("Search", { exact: true }), "keys are letters in a field").toHaveValue("gd?");
  await expect(page).toHaveURL(/\/items$/);
});

test("the main job by keyboard alone: a run, and what it brought plays", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/");
  await focusOn(page, "Discover & Download Content");
  await page.keyboard.press("Enter");
  await expect(outcome(page)).toContainText("Completed", { timeout: 20_000 });
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("library");
  await page.keyboard.press("Enter");
  // The address changes before the page does.
  await expect(page.getByRole("heading", { level: 1, name: "Library" })).toBeVisible();
  await focusOn(page, /^Play: /);
  await page.keyboard.press("Enter");
  await expect.poll(() => seconds(page)).toBeGreaterThan(0.5);
});

/** Presses Tab until the control with this name has the focus. */
async function focusOn(page: Page, name: string | RegExp): Promise<void> {
  await expect(page.getByRole("button", { name }).first()).toBeVisible();
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press("Tab");
    const label = await focusedName(page);
    if (typeof name === "string" ? label === name : name.test(label)) return;
  }
  throw new Error(`${name} was not reached`);
}

/** Name of the control with the focus; empty if the page has it. */
const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const focused = document.activeElement as HTMLElement | null;
    return focused === document.body ? "" : (focused?.getAttribute("aria-label") ?? focused?.innerText ?? "").trim();
  });
