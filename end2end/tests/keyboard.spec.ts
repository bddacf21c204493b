// Shortcuts, the command palette, the main job, and the pages without the server, all without a mouse.

import AxeBuilder from "@axe-core/playwright";
import type { Locator } from "@playwright/test";
import { copy, keepAll } from "../device";
import { expect, test, type Page } from "../fixtures";
import { badge, media, outcome, play, player, seconds } from "../pages";

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
  await focusOn(page.getByRole("button", { name: "Discover & Download Content" }));
  await page.keyboard.press("Enter");
  await expect(outcome(page)).toContainText("Completed", { timeout: 20_000 });
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("library");
  await page.keyboard.press("Enter");
  // The address changes before the page does.
  await expect(page.getByRole("heading", { level: 1, name: "Library" })).toBeVisible();
  await focusOn(page.getByRole("button", { name: /^Play: / }).first());
  await page.keyboard.press("Enter");
  await expect.poll(() => seconds(page)).toBeGreaterThan(0.5);
});

test("without the server, everything on the device is reached and played by keyboard alone", async ({ page, owner, origin, server }) => {
  await owner.subscribeTo(origin.largeFeed);
  await owner.subscribe("Demo Station: Reading Room");
  const article = (await (await page.request.get("/api/v1/items?kind=article&limit=1")).json()).data[0].title;
  for (const title of ["The Grand Tour", article]) await owner.queueUntil("ready", title);
  await keepAll(page, "The Grand Tour", article);
  await server.kill();
  await page.goto("/");
  await expect(copy(page, "The Grand Tour")).toBeVisible();
  await expectReachable(page);

  await test.step("it plays, seeks and pauses", async () => {
    await focusOn(play(page, "The Grand Tour"));
    await page.keyboard.press("Enter");
    await expect.poll(() => seconds(page)).toBeGreaterThan(0);
    await expectReachable(page);
    await focusOn(player(page).getByRole("button", { name: "Pause", exact: true }));
    await page.keyboard.press("Space");
    const paused = () => media(page).evaluate((it: HTMLVideoElement) => it.paused);
    await expect.poll(paused).toBe(true);
    await focusOn(player(page).getByRole("button", { name: /^Forward 30 seconds/ }).first());
    const before = await seconds(page);
    await page.keyboard.press("Enter");
    await expect.poll(() => seconds(page)).toBeCloseTo(before + 30, 0);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Space");
    await expect.poll(paused).toBe(false);
  });

  await test.step("the full player has its place and its speed", async () => {
    await focusOn(player(page).getByRole("button", { name: /^Open the full player/ }).first());
    await page.keyboard.press("Enter");
    const sheet = page.getByRole("dialog", { name: "Full player" });
    await expect(sheet.getByRole("button", { name: "Close the full player" })).toBeFocused();
    await focusOn(sheet.getByLabel("Position"));
    await page.keyboard.press("Home");
    await expect.poll(() => seconds(page)).toBeLessThan(5);
    await focusOn(sheet.getByLabel("Speed"));
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => media(page).evaluate((it: HTMLVideoElement) => it.playbackRate)).toBe(1.1);
    await page.keyboard.press("Escape");
    await expect(sheet).toBeHidden();
  });

  await test.step("a text is read, and a copy is removed", async () => {
    await focusOn(page.getByRole("button", { name: `Read: ${article}` }));
    await page.keyboard.press("Enter");
    await expect(page.getByRole("article", { name: "Text" })).toBeFocused();
    await focusOn(page.getByRole("button", { name: `Remove from this device: ${article}` }));
    await page.keyboard.press("Enter");
    await expect(copy(page, article)).toHaveCount(0);
    await focusOn(player(page).getByRole("button", { name: "Close the player" }));
    await page.keyboard.press("Enter");
    await expect(player(page)).toBeHidden();
  });
});

test("the full player lets no focus under itself, and gives it back when it closes", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Look Up Tonight");
  await open(page, "/downloads");
  await focusOn(play(page, "Look Up Tonight"));
  await page.keyboard.press("Enter");
  await focusOn(player(page).getByRole("button", { name: /^Open the full player/ }));
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: "Full player" });
  await expect(sheet.getByRole("button", { name: "Close the full player" })).toBeFocused();
  await expectReachable(page);
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(player(page).getByRole("button", { name: /^Open the full player/ })).toBeFocused();
});

/** Presses Tab until a control has the focus. */
async function focusOn(control: Locator): Promise<void> {
  await expect(control).toBeVisible();
  for (let presses = 0; presses < 120; presses++) {
    await control.page().keyboard.press("Tab");
    if (await control.evaluate((it) => it === document.activeElement)) return;
  }
  throw new Error(`${control} was not reached`);
}

/** A control with the focus. */
interface Focused {
  name: string;
  /** Whether its outline shows. */
  isMarked: boolean;
  /** Whether it is in the window, and nothing lies over it. */
  isInSight: boolean;
}

/** Asserts that Tab reaches every control of the page, and that the one with the focus can be seen. */
async function expectReachable(page: Page): Promise<void> {
  const all = await page.evaluate(() => {
    const controls = [...document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary, [tabindex='0']")];
    const usable = controls.filter((it) => !it.matches(":disabled, [inert], [inert] *") && it.checkVisibility({ visibilityProperty: true }));
    usable.forEach((it, n) => (it.dataset.control = String(n)));
    (document.activeElement as HTMLElement | null)?.blur();
    return usable.map((it) => it.getAttribute("aria-label") ?? it.innerText);
  });
  const reached = new Map<number, Focused>();
  for (let presses = 0; presses < all.length * 2 && reached.size < all.length; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const it = document.activeElement as HTMLElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(it);
      const { left, right, top, bottom } = it.getBoundingClientRect();
      const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return {
        control: Number(it.dataset.control ?? -1),
        name: it.getAttribute("aria-label") ?? it.innerText,
        isMarked: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
        isInSight: over !== null && (it.contains(over) || over.contains(it)),
      };
    });
    if (focused.control >= 0) reached.set(focused.control, focused);
  }
  expect(all.filter((_, n) => !reached.has(n)), "controls that Tab does not reach").toEqual([]);
  const seen = [...reached.values()];
  expect(seen.filter((it) => !it.isMarked).map((it) => it.name), "controls without a visible focus").toEqual([]);
  expect(seen.filter((it) => !it.isInSight).map((it) => it.name), "controls whose focus is covered").toEqual([]);
}
