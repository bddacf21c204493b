// Languages: pages in German, chosen by the browser or by the user, complete and loaded only when shown.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, password, test, type Page } from "../fixtures";
import { expectMarked, isSame, mark, notes, submit } from "../pages";

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });
const language = (page: Page) => page.locator("html").getAttribute("lang");
const connected = (page: Page) => expect(page.getByRole("banner").getByRole("status")).toHaveText("Verbunden");

/** Addresses of the catalogues that a page requests. */
function catalogues(page: Page): string[] {
  const found: string[] = [];
  page.on("request", (request) => void (request.url().includes("/languages/") && found.push(request.url())));
  return found;
}

/** English of several words whose German differs, of messages and of the fixed parts of sentences: none may be left
 *  on a German page. */
function english(): string[] {
  const files = ["interface", "sentences"].map((name) => join(import.meta.dirname, `../../languages/de/${name}.po`));
  const catalogue = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const pairs = [...catalogue.matchAll(/^msgid "(.+)"\n(?:msgid_plural .*\nmsgstr\[0\]|msgstr) "(.+)"$/gm)];
  const fixed = pairs.flatMap(([, from = "", to = ""]) => {
    const parts = from.replaceAll('\\"', '"').split(/\{\w*\}/).map((part) => part.trim());
    return parts.filter((part) => part.includes(" ") && part.length >= 14 && !to.includes(part));
  });
  expect(fixed.length).toBeGreaterThan(600);
  return [...new Set(fixed)];
}

/** Text of a page and the names of its controls, without the raw calls of tools in the agents' log. */
const texts = (page: Page): Promise<string> =>
  page.evaluate(() => {
    document.querySelectorAll("[role=log] [data-tone=tool]").forEach((call) => call.remove());
    const named = [...document.querySelectorAll("[aria-label], [title], [placeholder]")];
    const names = named.flatMap((it) => ["aria-label", "title", "placeholder"].map((name) => it.getAttribute(name) ?? ""));
    return [document.title, document.body.innerText, ...names].join("\n");
  });

test.describe("in a German browser", () => {
  test.use({ locale: "de-DE" });

  test("a visitor sees German, with the reasons of a refusal", async ({ page, owner, context }) => {
    await context.clearCookies();
    const loaded = catalogues(page);
    await page.goto("/login");
    await expect(heading(page, "Anmelden")).toBeVisible();
    expect(await language(page)).toBe("de");
    await page.getByLabel("Benutzername").fill(owner.username);
    await page.getByLabel("Passwort").fill("not-the-password");
    await mark(page);
    await page.getByRole("button", { name: "Anmelden", exact: true }).click();
    await expectMarked(page.getByLabel("Passwort"), /passen nicht zusammen/);
    expect(await isSame(page), "the form was sent by the program").toBe(true);
    expect(new Set(loaded).size).toBe(1);
  });

  test("every page is German throughout", async ({ page, owner, origin }) => {
    test.slow();
    await owner.subscribe("Demo Station");
    await owner.subscribeTo(origin.brokenFeed);
    await owner.completeRun(2);
    await owner.queueUntil("failed", "The Missing Suitcase");
    const messages = english();
    const paths = [
      "/", "/downloads", "/items", "/items/1", "/sources", "/sources/1", "/subscriptions", "/subscriptions/lists",
      "/runs", "/runs/1", "/tasks", "/approvals", "/collections", "/agents", "/agents/discovery", "/history",
      "/notifications", "/preferences", "/account", "/shares", "/nowhere",
    ];
    const left: Record<string, string[]> = {};
    for (const path of paths) {
      await page.goto(path);
      await connected(page);
      expect(await language(page)).toBe("de");
      const shown = await texts(page);
      const found = messages.filter((message) => shown.includes(message));
      if (found.length > 0) left[path] = found;
    }
    expect(left, "English on German pages").toEqual({});
  });

  test("without its catalogue a page stays as the server sent it", async ({ browser, server, owner }) => {
    const context = await browser.newContext({ baseURL: server.url, locale: "de-DE" });
    const page = await context.newPage();
    await page.route("**/languages/*", (route) => route.fulfill({ status: 404 }));
    await page.goto("/login");
    await page.getByLabel("Benutzername").fill(owner.username);
    await page.getByLabel("Passwort").fill(password);
    await page.getByRole("button", { name: "Anmelden", exact: true }).click();
    await expect(heading(page, "Start")).toBeVisible();
    await context.close();
  });
});

test("the language is chosen in the account menu, and goes with the user", async ({ page, owner, browser, server }) => {
  const loaded = catalogues(page);
  await page.goto("/downloads");
  await expect(heading(page, "Library")).toBeVisible();
  expect(loaded, "English has no catalogue").toEqual([]);
  await page.getByRole("banner").locator(".account summary").click();
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(heading(page, "Bibliothek")).toBeVisible();
  await connected(page);
  expect((await owner.preferences<{ language: string }>()).language).toBe("de");

  const other = await browser.newContext({ baseURL: server.url, locale: "en-GB" });
  const there = await other.newPage();
  await there.goto("/login?next=/downloads");
  await there.getByLabel("Username").fill(owner.username);
  await there.getByLabel("Password").fill(password);
  await there.getByRole("button", { name: "Sign in" }).click();
  await expect(heading(there, "Bibliothek")).toBeVisible();
  await other.close();
});

test("the account page offers the browser's own language again", async ({ page, owner }) => {
  await owner.prefer({ language: "de" });
  await page.goto("/account");
  await page.goto("/account");
  await expect(heading(page, "Konto")).toBeVisible();
  await page.getByLabel("Sprache").selectOption("system");
  await page.getByRole("button", { name: "Konto speichern" }).click();
  await expect(heading(page, "Account")).toBeVisible();
  expect(await language(page)).toBe("en");
  await expect(notes(page)).not.toContainText("Konto");
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the language is chosen in the account menu, too", async ({ page, owner }) => {
    await page.goto("/items");
    await expect(page.getByRole("banner")).toContainText(owner.username);
    await page.getByRole("banner").locator(".account summary").click();
    await submit(page, page.getByRole("button", { name: "Deutsch" }));
    expect(new URL(page.url()).pathname).toBe("/items");
    expect(await language(page)).toBe("de");
  });
});
