// Sign-in with an OpenID Connect provider of another make.

import { expect, test as base, type Page } from "../fixtures";
import { Provider } from "../provider";
import { open, row, signOut, submit } from "../pages";

const settingsOf = (providerPort: number) => ({
  SMARTCACHE_OIDC_ISSUER: `http://127.0.0.1:${providerPort}`,
  SMARTCACHE_OIDC_CLIENT_ID: "smartcache",
  SMARTCACHE_OIDC_CLIENT_SECRET: "secret",
  SMARTCACHE_OIDC_NAME: "House",
  SMARTCACHE_OIDC_SIGNUP: "yes",
});

const test = base.extend<{ providerPort: number; provider: Provider }>({
  providerPort: async ({}, use, info) => use(await Provider.freePort(info.parallelIndex)),
  provider: async ({ providerPort }, use) => {
    const provider = await Provider.start(providerPort);
    await use(provider);
    await provider.end();
  },
  settings: async ({ providerPort }, use) => use(settingsOf(providerPort)),
});
test.skip(!Provider.isInstalled, "oidc-provider-mock could not be installed");

/** Signs in at the provider, whose own page asks the internet for a style sheet. */
async function authorize(page: Page, subject: string): Promise<void> {
  await expect(page.getByRole("heading", { name: "Authorize Client" })).toBeVisible();
  await page.getByPlaceholder("sub").fill(subject);
  await page.getByRole("button", { name: "Authorize" }).click();
}

test.beforeEach(async ({ context, provider }) => {
  expect(provider.port).toBeGreaterThan(0);
  await context.route("https://cdn.jsdelivr.net/**", (route) => route.fulfill({ contentType: "text/css", body: "" }));
});

test("an identity makes an account, and leads back to where the user was going", async ({ page }) => {
  await page.goto("/downloads");
  await page.getByRole("link", { name: "Sign in with House" }).click();
  await authorize(page, "grace");
  await expect(page).toHaveURL(/\/downloads$/);
  await expect(page.getByRole("heading", { name: "Library", level: 1 })).toBeVisible();
  await open(page, "/account");
  await expect(row(page, "Sign-in with House", "grace")).toContainText("Linked");
});

test("a user links an identity, signs in with it and removes it", async ({ page, owner, context }) => {
  await open(page, "/account");
  await page.getByRole("link", { name: "Link an identity of House" }).click();
  await authorize(page, "commuter-at-house");
  await expect(row(page, "Sign-in with House", "commuter-at-house")).toContainText("Linked");
  // Without its page, whose live connection would be refused.
  await page.goto("about:blank");
  await context.clearCookies();
  await page.goto("/login");
  await page.getByRole("link", { name: "Sign in with House" }).click();
  await authorize(page, "commuter-at-house");
  await open(page, "/account");
  await expect(page.getByText(`You sign in as ${owner.username}`)).toBeVisible();
  await row(page, "Sign-in with House", "commuter-at-house").getByText("Remove", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, remove commuter-at-house" }).click();
  await expect(row(page, "Sign-in with House", "commuter-at-house")).toHaveCount(0);
});

test("a session by the provider ends there, too", async ({ page }) => {
  await page.goto("/login");
  await page.getByRole("link", { name: "Sign in with House" }).click();
  await authorize(page, "grace");
  await expect(page.getByRole("banner")).toContainText("grace");
  await signOut(page);
  await expect(page.getByRole("heading", { name: "End Session" })).toBeVisible();
  await page.getByText("Request parameters").click();
  await expect(page.getByText("client_id")).toBeVisible();
  await page.getByRole("button", { name: "End session" }).click();
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
});

test.describe("by invitation", () => {
  test.use({
    settings: async ({ providerPort }, use) => use({ ...settingsOf(providerPort), SMARTCACHE_OIDC_SIGNUP: "invite" }),
  });

  test("an identity gets an account with an invitation, and none without", async ({ page, owner, server, browser }) => {
    await server.run("user", "make-admin", owner.username);
    await open(page, "/admin/invites");
    await page.getByRole("button", { name: "Make the invitation" }).click();
    const url = await page.getByRole("textbox", { name: "New invitation" }).inputValue();
    const stranger = await (await browser.newContext({ baseURL: server.url })).newPage();
    await stranger.route("https://cdn.jsdelivr.net/**", (route) => route.fulfill({ contentType: "text/css", body: "" }));
    await stranger.goto("/login");
    await stranger.getByRole("link", { name: "Sign in with House" }).click();
    await authorize(stranger, "grace");
    await expect(stranger.getByText("This server takes new accounts by invitation.")).toBeVisible();
    await stranger.goto(url);
    await stranger.getByRole("link", { name: "Continue with House" }).click();
    await authorize(stranger, "grace");
    await expect(stranger.getByRole("banner")).toContainText("grace");
    await expect(stranger).toHaveURL(/\/$/);
    await stranger.context().close();
    await page.goto("/admin/invites");
    await expect(row(page, "All invitations", "For a user")).toContainText("Used up");
  });
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a sign-out here offers the one at the provider", async ({ page }) => {
    await page.goto("/login");
    await page.getByRole("link", { name: "Sign in with House" }).click();
    await authorize(page, "grace");
    await page.getByRole("banner").locator(".account summary").click();
    await submit(page, page.getByRole("button", { name: "Sign out" }));
    await expect(page.getByText("You are signed out here.")).toBeVisible();
    await page.getByRole("link", { name: "Sign out of House, too" }).click();
    await expect(page.getByRole("heading", { name: "End Session" })).toBeVisible();
  });

  test("a sign-in that was refused at the provider says so", async ({ page }) => {
    await page.goto("/login");
    await page.getByRole("link", { name: "Sign in with House" }).click();
    await page.getByRole("button", { name: "Deny" }).click();
    await expect(page.getByText("The sign-in was cancelled. Try again, or use your password.")).toBeVisible();
  });
});
