// The code of each page comes in pieces. A piece that does not come leaves no dead page.

import type { Browser, BrowserContext } from "@playwright/test";
import { expect, test, type Page } from "../fixtures";
import { badge } from "../pages";

const PIECES = "**/smartcache-*.wasm";

/** A page of the same user whose failed requests are expected. */
async function pageWithout(browser: Browser, context: BrowserContext, url: string): Promise<Page> {
  const other = await browser.newContext({ baseURL: url, storageState: await context.storageState() });
  return other.newPage();
}

async function interactive(page: Page): Promise<void> {
  await page.waitForFunction(() => performance.getEntriesByName("interactive").length > 0);
}

test("a page names its files in its head, and loads each once", async ({ page, owner }) => {
  const loaded: string[] = [];
  page.on("request", (request) => /\.(wasm|js)$/.test(request.url()) && loaded.push(request.url()));
  for (const path of ["/login", "/", "/downloads", "/items", "/sources"]) {
    loaded.length = 0;
    const html = await (await page.request.get(path)).text();
    await page.goto(path);
    await interactive(page);
    const names = loaded.map((url) => url.split("/").pop()!);
    expect(new Set(names).size, `${path}: nothing twice`).toBe(names.length);
    expect(names.length, `${path}: ${names.join(", ")}`).toBeLessThanOrEqual(8);
    for (const name of names) expect(html, path).toContain(name);
  }
  expect(owner.username).toBeTruthy();
});

test("a step inside the app loads what that page needs, and nothing the second time", async ({ page, owner }) => {
  await page.goto("/");
  await expect(badge(page)).toHaveText("Connected");
  const loaded: string[] = [];
  page.on("request", (request) => request.url().endsWith(".wasm") && loaded.push(request.url()));
  const steps = async (): Promise<void> => {
    await page.getByRole("link", { name: "Library" }).first().click();
    await expect(page).toHaveURL(/\/downloads/);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.goBack();
    await expect(page).toHaveURL(/\/$/);
  };
  await steps();
  const first = loaded.length;
  await steps();
  expect(loaded).toHaveLength(first);
  expect(owner.username).toBeTruthy();
});

test("a click on a page whose code does not come opens it all the same", async ({ browser, context, owner, server }) => {
  const page = await pageWithout(browser, context, server.url);
  await page.goto("/history");
  await expect(badge(page)).toHaveText("Connected");
  await page.route(PIECES, (route) => route.fulfill({ status: 404 }));
  for (const [link, path] of [["Library", /\/downloads/], ["Preferences", /\/preferences/]] as const) {
    await page.getByRole("link", { name: link }).first().click();
    await expect(page).toHaveURL(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  await page.unroute(PIECES);
  await page.getByRole("link", { name: "Sources" }).first().click();
  await expect(page).toHaveURL(/\/sources/);
  await expect(badge(page), "with its code the page is alive again").toHaveText("Connected");
  await page.context().close();
  expect(owner.username).toBeTruthy();
});

test("without its code a page keeps what the server made of it, and its forms work", async ({
  browser,
  context,
  owner,
  server,
}) => {
  const page = await pageWithout(browser, context, server.url);
  await page.route(PIECES, (route) => route.fulfill({ status: 404 }));
  await page.goto("/items");
  await page.getByLabel("Search").fill("lighthouse");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(/q=lighthouse/);
  await expect(page.getByLabel("Search")).toHaveValue("lighthouse");
  await page.getByRole("link", { name: "Library" }).first().click();
  await expect(page).toHaveURL(/\/downloads/);
  await page.context().close();

  const stranger = await (await browser.newContext({ baseURL: server.url })).newPage();
  await stranger.route(PIECES, (route) => route.fulfill({ status: 404 }));
  await stranger.goto("/login");
  await stranger.getByLabel("Username").fill("commuter");
  await stranger.getByLabel("Password").fill("not the right one");
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await expect(stranger.getByText(/do not fit together/)).toBeVisible();
  await stranger.context().close();
  expect(owner.username).toBeTruthy();
});
