// An unreachable server and a network that drops everything: the page's message, and its automatic recovery.

import { expect, test, type Page } from "../fixtures";
import { badge, download, isSame, mark, open } from "../pages";

const outage = (page: Page) => page.getByRole("alert").filter({ hasText: "The server cannot be reached" });
const goTo = (page: Page, name: string) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();

test("a page of many parts says once that the server is away, and is there by itself when it is back", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/preferences");
  await mark(page);
  const names = ["Home", "Library", "History"];
  for (const name of names) {
    await goTo(page, name);
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  }
  await server.kill();
  await expect(badge(page)).toHaveText(/Disconnected|Connecting/);
  for (const name of names) {
    await goTo(page, name);
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
    await expect(outage(page)).toHaveCount(1);
  }
  await expect(page.getByText("Not loaded yet.").first()).toBeVisible();
  await server.start();
  await expect(outage(page)).toHaveCount(0, { timeout: 15_000 });
  await expect(page.getByText("Not loaded yet.")).toHaveCount(0);
  await goTo(page, "Home");
  await expect(page.getByRole("region", { name: "What you have" })).toContainText("Ready");
  await expect(page.getByText("Nothing is on its way")).toBeVisible();
  expect(await isSame(page)).toBe(true);
});

test("a page that was never opened says so, and opens by itself when the server is back", async ({ page, owner, server }) => {
  await open(page, "/preferences");
  await server.kill();
  await expect(badge(page)).toHaveText(/Disconnected|Connecting/);
  await goTo(page, "Sources");
  await expect(page.getByRole("alert").filter({ hasText: "this page was not opened before" })).toBeVisible();
  await server.start();
  await expect(page.getByRole("heading", { level: 1, name: "Sources" })).toBeVisible({ timeout: 15_000 });
  await expect(badge(page)).toHaveText("Connected");
  expect(owner.username).toBeTruthy();
});

test("what was on the page stays there, with one note that it is old", async ({ page, owner, server }) => {
  await owner.subscribe("Demo Station");
  await owner.queueUntil("ready", "Station Call");
  await open(page, "/downloads");
  await server.kill();
  await expect(badge(page)).toHaveText(/Disconnected|Connecting/);
  await page.getByRole("link", { name: "Ready", exact: true }).click();
  await expect(outage(page)).toHaveCount(1);
  await expect(download(page, "Station Call")).toBeVisible();
  await server.start();
  await expect(outage(page)).toHaveCount(0, { timeout: 15_000 });
  await expect(download(page, "Station Call")).toBeVisible();
});

test("progress that is not heard of any more claims no pace", async ({ page, owner, origin, server }) => {
  await owner.subscribeTo(origin.slowFeed);
  await open(page, "/downloads");
  await owner.queueUntil("downloading", "The Long Way Round");
  const row = download(page, "The Long Way Round");
  await expect(row.getByRole("progressbar")).toHaveAttribute("value", /[1-9]/);
  await server.kill();
  await expect(row).toContainText(/last seen \d+ s ago/, { timeout: 10_000 });
  await expect(row).not.toContainText(/\/s|left/);
  await expect(row).toContainText(/last seen (8|9|1\d) s ago/, { timeout: 10_000 });
});

test("a network that swallows everything is noticed within ten seconds", async ({ page, owner }) => {
  let silent = false;
  await page.routeWebSocket("/ws", (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => silent || server.send(message));
    server.onMessage((message) => silent || socket.send(message));
  });
  await open(page, "/");
  await expect(page.getByRole("banner")).toContainText(owner.username);
  silent = true;
  await expect(badge(page)).not.toHaveText("Connected", { timeout: 10_000 });
  silent = false;
  await expect(badge(page)).toHaveText("Connected", { timeout: 20_000 });
});
