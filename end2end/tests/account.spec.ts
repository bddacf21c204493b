// The account page: name, time zone, password and sessions.

import type { Browser } from "@playwright/test";
import { expect, password, test, type Owner, type Page, type Server } from "../fixtures";
import { expectMarked, notes, open, row, submit } from "../pages";

const newPassword = "copper-lantern-river-41";
const firefox = "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0";

const menu = (page: Page) => page.getByRole("banner").locator(".account summary");
const sessions = (page: Page) => page.getByRole("list", { name: "Sessions", exact: true }).getByRole("listitem");
const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });

/** A page of another browser in which the user is signed in. */
async function elsewhere(browser: Browser, server: Server, owner: Owner): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, userAgent: firefox });
  const data = { username: owner.username, password };
  expect((await context.request.post("/api/v1/auth/login", { data })).status()).toBe(200);
  const page = await context.newPage();
  await open(page, "/preferences");
  return page;
}

test("a new password signs all other browsers out, and this one stays", async ({ page, owner, server, browser }) => {
  const other = await elsewhere(browser, server, owner);
  await open(page, "/account");
  await expect(sessions(page)).toHaveCount(2);
  await page.getByLabel("Current password").fill("not-the-password");
  await page.getByLabel("New password").fill("password12");
  await page.getByRole("button", { name: "Change password" }).click();
  await expectMarked(page.getByLabel("Current password"), /not the password/);
  await expectMarked(page.getByLabel("New password"), /too easy to guess/);

  await page.getByLabel("Current password").fill(password);
  await page.getByLabel("New password").fill(newPassword);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(notes(page)).toContainText("Your password is changed.");
  await expect(page.getByLabel("Current password")).toHaveValue("");
  await expect(heading(other, "Sign in")).toBeVisible();
  await expect(sessions(page)).toHaveCount(1);
  await expect(sessions(page)).toContainText("This browser");
  await page.reload();
  await expect(heading(page, "Account")).toBeVisible();

  await other.getByLabel("Username").fill(owner.username);
  await other.getByLabel("Password").fill(newPassword);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(heading(other, "Preferences")).toBeVisible();
  await other.context().close();
});

test("a session is ended from the list", async ({ page, owner, server, browser }) => {
  const other = await elsewhere(browser, server, owner);
  await open(page, "/account");
  await expect(row(page, "Sessions", "Firefox on Android")).toContainText("127.0.0.0/24");
  await page.getByRole("button", { name: "End the session: Firefox on Android" }).click();
  await expect(row(page, "Sessions", "Firefox on Android")).toHaveCount(0);
  await expect(heading(other, "Sign in")).toBeVisible();
  await expect(page.getByRole("button", { name: "End all other sessions" })).toHaveCount(0);
  await other.context().close();
});

test("the display name is shown in the account menu, at once and on every page", async ({ page, owner }) => {
  await open(page, "/account");
  await expect(menu(page)).toContainText(owner.username);
  await page.getByLabel("Display name").fill("Ada Lovelace");
  await page.getByLabel("Time zone").fill("Asia/Tokyo");
  await page.getByRole("button", { name: "Save account" }).click();
  await expect(menu(page)).toContainText("Ada Lovelace");
  expect(await owner.preferences()).toMatchObject({ timezone: "Asia/Tokyo" });
  await page.goto("/preferences");
  await expect(heading(page, "Preferences")).toBeVisible();
  await expect(menu(page)).toContainText("Ada Lovelace");

  await open(page, "/account");
  await page.getByLabel("Display name").fill("x".repeat(61));
  await page.getByRole("button", { name: "Save account" }).click();
  await expectMarked(page.getByLabel("Display name"), /at most 60 characters/);
  await page.getByLabel("Display name").fill("");
  await page.getByRole("button", { name: "Save account" }).click();
  await expect(menu(page)).toContainText(owner.username);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the password is changed, and wrong ones are marked", async ({ page, owner }) => {
    await page.goto("/account");
    await expect(page.getByText(`You sign in as ${owner.username}`)).toBeVisible();
    await page.getByLabel("Current password").fill("not-the-password");
    await page.getByLabel("New password").fill(newPassword);
    await submit(page, page.getByRole("button", { name: "Change password" }));
    await expectMarked(page.getByLabel("Current password"), /not the password/);
    await expect(page.getByLabel("New password")).toHaveValue("");
    await page.getByLabel("Current password").fill(password);
    await page.getByLabel("New password").fill(newPassword);
    await submit(page, page.getByRole("button", { name: "Change password" }));
    await expect(page.getByText("Your password is changed.")).toBeVisible();
    await expect(sessions(page)).toContainText("This browser");
  });
});
