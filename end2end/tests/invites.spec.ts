// Invitations and reset links: made by an administrator, and used once by somebody without an account or a password.

import type { Browser } from "@playwright/test";
import { expectNoBarriers } from "../axe";
import { expect, Owner, password, test, type Page, type Server } from "../fixtures";
import { expectMarked, notes, open, row, submit } from "../pages";

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });
const chosen = "copper-lantern-river-41";

/** A page of a visitor without a session. */
async function visitor(browser: Browser, server: Server): Promise<Page> {
  return (await browser.newContext({ baseURL: server.url })).newPage();
}

/** Registers another user, and returns a page of theirs. */
async function neighbour(browser: Browser, server: Server, name: string): Promise<Page> {
  const page = await visitor(browser, server);
  const owner = new Owner(name, page.context().request);
  await owner.register({});
  await owner.skipFirstSteps();
  return page;
}

async function signIn(page: Page, name: string, secret: string): Promise<void> {
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test.describe("on a server by invitation", () => {
  test.use({ settings: { SMARTCACHE_SIGNUP: "invite" } });

  test("an invitation opens one account with its role, and no other", async ({ page, owner, server, browser }) => {
    await server.run("user", "make-admin", owner.username);
    const stranger = await visitor(browser, server);
    await stranger.goto("/register");
    await expect(stranger.getByText("This server takes new accounts by invitation.")).toBeVisible();
    await expect(stranger.getByRole("button", { name: "Create account" })).toHaveCount(0);
    await expectNoBarriers(stranger, [360]);

    await open(page, "/admin/users");
    await page.getByRole("link", { name: "Invitations" }).click();
    await expect(page.getByText("New users register here by invitation alone.")).toBeVisible();
    await page.getByLabel("Role").selectOption("Listener");
    await page.getByRole("button", { name: "Make the invitation" }).click();
    await expectMarked(page.getByLabel("Guardian of a listener"), /whose sources the listener hears/);
    await page.getByLabel("Guardian of a listener").selectOption(owner.username);
    await page.getByRole("button", { name: "Make the invitation" }).click();
    const link = page.getByRole("textbox", { name: "New invitation" });
    await expect(link).toHaveValue(/\/register\?invite=[0-9a-f]{64}$/);
    const url = await link.inputValue();
    await expectNoBarriers(page, [360, 1280]);

    await stranger.goto(url);
    await expect(stranger.getByText(`You are invited to hear what ${owner.username} follows.`)).toBeVisible();
    await stranger.getByLabel("Username").fill("child");
    await stranger.getByLabel("Password").fill(password);
    await stranger.getByRole("button", { name: "Create account" }).click();
    await expect(heading(stranger, "Home")).toBeVisible();
    const again = await visitor(browser, server);
    await again.goto(url);
    await expect(again.getByText("This invitation does not work. Ask for a new one.")).toBeVisible();
    await again.context().close();
    await stranger.context().close();
    await page.goto("/admin/invites");
    await expect(row(page, "All invitations", `For a listener of ${owner.username}`)).toContainText("Used up");
  });

  test("an invitation is revoked", async ({ page, owner, server, browser }) => {
    await server.run("user", "make-admin", owner.username);
    await open(page, "/admin/invites");
    await page.getByRole("button", { name: "Make the invitation" }).click();
    const url = await page.getByRole("textbox", { name: "New invitation" }).inputValue();
    const item = row(page, "All invitations", "For a user");
    await expect(item).toContainText("1 account left");
    await item.getByText("Revoke", { exact: true }).click();
    await item.getByRole("button", { name: /^Yes, revoke invitation/ }).click();
    await expect(notes(page)).toContainText("Invitation revoked.");
    await expect(item).toContainText("Revoked");
    const stranger = await visitor(browser, server);
    await stranger.goto(url);
    await expect(stranger.getByText("This invitation does not work. Ask for a new one.")).toBeVisible();
    await stranger.context().close();
  });
});

test("a reset link lets a user choose a password once, and signs nobody in", async ({ page, owner, server, browser }) => {
  await server.run("user", "make-admin", owner.username);
  const ada = await neighbour(browser, server, "ada");
  await open(ada, "/preferences");
  await open(page, "/admin/users?q=ada");
  await row(page, "Users", "ada").getByText("Reset link", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, make a reset link for ada" }).click();
  const link = page.getByRole("textbox", { name: "Reset link of ada" });
  await expect(link).toHaveValue(/\/reset\/[0-9a-f]{64}$/);
  const url = await link.inputValue();

  const other = await visitor(browser, server);
  await other.goto(url);
  await expect(other.getByText("For the account ada.")).toBeVisible();
  await expectNoBarriers(other, [360, 1280]);
  await other.getByLabel("New password").fill("short");
  await other.getByRole("button", { name: "Save the password" }).click();
  await expectMarked(other.getByLabel("New password"), /at least 10 characters/);
  await other.getByLabel("New password").fill(chosen);
  await other.getByRole("button", { name: "Save the password" }).click();
  await expect(heading(other, "Sign in")).toBeVisible();
  await expect(other.getByText("Your new password is saved. Sign in with it.")).toBeVisible();
  await expect(heading(ada, "Sign in")).toBeVisible();
  await signIn(other, "ada", chosen);
  await expect(heading(other, "Home")).toBeVisible();
  expect((await other.goto(url))?.status()).toBe(404);
  await expect(other.getByText("This link was used, or is too old.")).toBeVisible();
  await other.context().close();
  await ada.context().close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("an invitation and a reset link are made and used", async ({ page, owner, server, browser }) => {
    await server.run("user", "make-admin", owner.username);
    await page.goto("/admin/invites");
    await page.getByLabel("Accounts that it opens").fill("0");
    await submit(page, page.getByRole("button", { name: "Make the invitation" }));
    await expectMarked(page.getByLabel("Accounts that it opens"), "Choose 1 to 100 accounts.");
    await page.getByLabel("Accounts that it opens").fill("1");
    await submit(page, page.getByRole("button", { name: "Make the invitation" }));
    const invite = await page.getByRole("textbox", { name: "New invitation" }).inputValue();
    await page.reload();
    await expect(page.getByRole("textbox", { name: "New invitation" })).toHaveCount(0);

    const guest = await (await browser.newContext({ baseURL: server.url, javaScriptEnabled: false })).newPage();
    await guest.goto(invite);
    await expect(guest.getByText("You are invited.")).toBeVisible();
    await guest.getByLabel("Username").fill("ada");
    await guest.getByLabel("Password").fill("password12");
    await submit(guest, guest.getByRole("button", { name: "Create account" }));
    await expectMarked(guest.getByLabel("Password"), /guess/);
    await guest.getByLabel("Password").fill(password);
    await submit(guest, guest.getByRole("button", { name: "Create account" }));
    await expect(heading(guest, "Home")).toBeVisible();

    await page.goto("/admin/users?q=ada");
    await row(page, "Users", "ada").getByText("Reset link", { exact: true }).click();
    await submit(page, page.getByRole("button", { name: "Yes, make a reset link for ada" }));
    const reset = await page.getByRole("textbox", { name: "Reset link of ada" }).inputValue();
    await guest.goto(reset);
    await guest.getByLabel("New password").fill(chosen);
    await submit(guest, guest.getByRole("button", { name: "Save the password" }));
    await expect(guest.getByText("Your new password is saved. Sign in with it.")).toBeVisible();
    await guest.context().close();
  });
});
