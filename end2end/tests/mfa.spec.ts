// A server that asks for a second factor: told on every page in time, and before all else then.

import { expectNoBarriers } from "../axe";
import { expect, test, type Page, type Server } from "../fixtures";
import { open, submit } from "../pages";
import { code } from "../totp";

test.use({ settings: { SMARTCACHE_MFA: "everyone" } });

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });
const section = (page: Page) => page.getByRole("region", { name: "Second factors" });
const banner = (page: Page) => page.getByRole("complementary", { name: "Second factor needed" });

/** Lets the time to set up a second factor pass. */
async function letTheGracePass(server: Server): Promise<void> {
  await server.end();
  await server.change("UPDATE account SET factor_rule_since = '2026-01-01T00:00:00.000+00:00'");
  await server.start();
}

async function setUp(page: Page): Promise<void> {
  await section(page).getByRole("button", { name: "Set up an authenticator app" }).click();
  const secret = await section(page).locator("p > code").innerText();
  await section(page).getByRole("textbox", { name: "Code" }).fill(code(secret));
  await section(page).getByRole("button", { name: "Confirm the code" }).click();
  await expect(section(page).getByRole("list", { name: "Recovery codes" }).getByRole("listitem")).toHaveCount(10);
}

test("every page says until when, and no more once a second factor is there", async ({ page, owner }) => {
  expect(owner.username).not.toBe("");
  for (const path of ["/", "/downloads", "/items"]) {
    await open(page, path);
    await expect(banner(page)).toContainText("Set one up by");
  }
  await expectNoBarriers(page, [360, 1280]);
  await banner(page).getByRole("link", { name: "Set up a second factor" }).click();
  await expect(heading(page, "Account")).toBeVisible();
  await setUp(page);
  await expect(banner(page)).toHaveCount(0);
  await open(page, "/downloads");
  await expect(banner(page)).toHaveCount(0);
  await open(page, "/account");
  await section(page).getByText("Turn off the authenticator app").click();
  await section(page).getByRole("button", { name: "Yes, turn it off" }).click();
  await expect(page.getByText("Your account must have a second factor, and this is the last one.")).toBeVisible();
});

test("after that time all pages lead to the set-up, and everything works again after it", async ({ page, owner, server }) => {
  await letTheGracePass(server);
  for (const path of ["/", "/downloads", "/account", "/runs"]) {
    await page.goto(path);
    await expect(page, owner.username).toHaveURL(/\/account\/second-factor$/);
    await expect(heading(page, "Set up a second factor")).toBeVisible();
  }
  await expect(page.getByRole("navigation", { name: "Pages" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  await expectNoBarriers(page, [360, 1280]);
  expect((await page.request.get("/api/v1/items")).status()).toBe(403);
  await setUp(page);
  await page.getByRole("link", { name: "Go on" }).click();
  await expect(heading(page, "Home")).toBeVisible();
  expect((await page.request.get("/api/v1/items")).status()).toBe(200);
});

test("a user whose time is over can sign out", async ({ page, owner, server }) => {
  await letTheGracePass(server);
  await page.goto("/");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(heading(page, "Sign in"), owner.username).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a second factor is set up after that time", async ({ page, owner, server }) => {
    await letTheGracePass(server);
    await page.goto("/downloads");
    await expect(heading(page, "Set up a second factor"), owner.username).toBeVisible();
    await submit(page, section(page).getByRole("button", { name: "Set up an authenticator app" }));
    const secret = await section(page).locator("p > code").innerText();
    await section(page).getByRole("textbox", { name: "Code" }).fill(code(secret));
    await submit(page, section(page).getByRole("button", { name: "Confirm the code" }));
    await expect(section(page).getByRole("list", { name: "Recovery codes" }).getByRole("listitem")).toHaveCount(10);
    await expect(heading(page, "Account"), "all pages are open again").toBeVisible();
    await page.goto("/");
    await expect(heading(page, "Home")).toBeVisible();
  });
});
