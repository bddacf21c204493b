// Locators and helpers for the parts of pages that many tests use.

import { expect, type Browser, type Locator, type Page } from "@playwright/test";
import { Owner } from "./owner";
import type { Server } from "./server";

export const badge = (page: Page): Locator => page.getByRole("banner").getByRole("status");
export const lines = (page: Page): Locator => page.getByRole("log").getByRole("listitem");
export const outcome = (page: Page): Locator => page.getByRole("region", { name: "Latest run" });
export const startButton = (page: Page): Locator => page.getByRole("button", { name: "Discover & Download Content" });
export const notes = (page: Page): Locator => page.getByRole("region", { name: "Notifications" });

/** Row of a list with this heading. */
export const row = (page: Page, list: string, title: string): Locator =>
  page
    .getByRole("list", { name: list, exact: true })
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: title, exact: true }) });

/** The button of a row that plays it. */
export const play = (page: Page, title: string): Locator => page.getByRole("button", { name: `Play: ${title}`, exact: true });

export const player = (page: Page): Locator => page.getByRole("region", { name: "Player", exact: true });
/** The one media element of a page. */
export const media = (page: Page): Locator => player(page).locator("video");

/** Position of the player, in seconds. */
export const seconds = (page: Page): Promise<number> => media(page).evaluate((it: HTMLVideoElement) => it.currentTime);

export const download = (page: Page, title: string): Locator => row(page, "Downloads", title);

/** Opens the menu of a download in the library. */
export async function menu(page: Page, title: string): Promise<Locator> {
  await page.getByRole("button", { name: `More for ${title}`, exact: true }).click();
  return page.getByRole("group", { name: `More for ${title}`, exact: true });
}

/** Checkbox of a download that can be chosen. */
export const choose = (page: Page, title: string): Locator => download(page, title).getByRole("checkbox");

/** The time in this many minutes, as `HH:MM` in UTC. */
export const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);

/** Opens the account menu and signs out by script: a form that is sent before would be the browser's own. */
export async function signOut(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-interactive");
  await page.getByRole("banner").locator(".account summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
}

/** Opens a page and waits for its live connection. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(badge(page)).toHaveText("Connected");
}

/** Registers another user, who has the page at a path open. */
export async function neighbour(browser: Browser, server: Server, name: string, path: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url });
  const owner = new Owner(name, context.request);
  await owner.register({});
  await owner.skipFirstSteps();
  const page = await context.newPage();
  await open(page, path);
  return page;
}

/** Presses a button of a form without JavaScript, and waits for the page that answers it: what follows reads or reloads
 *  that one. A click alone may return before the browser has begun to send the form, and a reload then cancels it. */
export async function submit(page: Page, button: Locator): Promise<void> {
  const answered = page.waitForEvent("load");
  await button.click();
  await answered;
}

/** Asserts that a field is marked as invalid, with the reason as its accessible description. */
export async function expectMarked(field: Locator, why: string | RegExp): Promise<void> {
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(why);
}

/** Marks the document, so that `isSame` tells whether the page was reloaded since. */
export const mark = (page: Page): Promise<unknown> => page.evaluate(() => Object.assign(window, { sameDocument: true }));
export const isSame = (page: Page): Promise<boolean> => page.evaluate(() => "sameDocument" in window);

/** Asserts that the log has every message of the latest run, once and in order. */
export async function expectWholeLog(page: Page, owner: Owner): Promise<void> {
  const messages = await owner.messages((await owner.latestRun()).id);
  const said = messages.filter((message) => message.kind === "text").map((message) => message.text);
  const called = messages.filter((message) => message.kind === "tool_call").map((message) => `${message.text}(`);
  const texts = (tone: string) => page.locator(`[role=log] li[data-tone=${tone}] .log-text`).allInnerTexts();
  expect((await texts("speech")).map(plain)).toEqual(said.map(plain));
  const tools = await texts("tool");
  expect(tools.map((text, at) => text.startsWith(called[at] ?? "?"))).toEqual(called.map(() => true));
  await expect(lines(page).filter({ hasText: "The run begins" })).toHaveCount(1);
  await expect(lines(page).filter({ hasText: "The run is complete" })).toHaveCount(1);
}

const plain = (text: string) => text.replace(/\s+/g, " ").trim();
