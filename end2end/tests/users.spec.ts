// Users as an administrator manages them: disabled, ended sessions, roles and guardians.

import { request } from "@playwright/test";
import { expect, Owner, password, test, type Page } from "../fixtures";
import { neighbour, notes, open, row, submit } from "../pages";

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });

test("a disabled user is signed out within a second, and in again once enabled", async ({ page, owner, server, browser }) => {
  await server.run("user", "make-admin", owner.username);
  const other = await neighbour(browser, server, "ada", "/preferences");
  await open(page, "/account");
  await page.getByRole("link", { name: "Manage users" }).click();
  await expect(row(page, "Users", "ada")).toContainText("1 session");
  await row(page, "Users", "ada").getByText("Disable", { exact: true }).click();
  await page.getByRole("button", { name: "Yes, disable ada" }).click();
  await expect(row(page, "Users", "ada")).toContainText("Disabled");
  await expect(heading(other, "Sign in")).toBeVisible({ timeout: 1_000 });
  await other.getByLabel("Username").fill("ada");
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByText("This account is disabled. Ask an administrator of this server.")).toBeVisible();

  await page.getByRole("button", { name: "Enable ada" }).click();
  await expect(row(page, "Users", "ada")).not.toContainText("Disabled");
  await other.getByLabel("Password").fill(password);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(heading(other, "Preferences")).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "End all sessions: ada" }).click();
  await expect(heading(other, "Sign in")).toBeVisible();
  await other.context().close();
});

test("a user becomes a listener with a guardian, and the last administrator stays one", async ({ page, owner, server, browser }) => {
  await server.run("user", "make-admin", owner.username);
  const child = await neighbour(browser, server, "child", "/preferences");
  await open(page, "/admin/users?q=child");
  await expect(row(page, "Users", owner.username)).toHaveCount(0);
  await row(page, "Users", "child").getByLabel("Role", { exact: true }).selectOption("Listener");
  await row(page, "Users", "child").getByLabel("Guardian of a listener").selectOption(owner.username);
  await page.getByRole("button", { name: "Save the role of child" }).click();
  await expect(notes(page)).toContainText("Role saved.");
  await expect(row(page, "Users", "child")).toContainText(`Guardian: ${owner.username}`);
  await child.goto("/items");
  await expect(heading(child, "Items")).toBeVisible();
  await child.context().close();

  await page.goto("/admin/users");
  await row(page, "Users", owner.username).getByLabel("Role", { exact: true }).selectOption("User");
  await page.getByRole("button", { name: `Save the role of ${owner.username}` }).click();
  await expect(page.getByText("This is the last administrator of this server.")).toBeVisible();
});

test("the page is for administrators", async ({ page, owner }) => {
  await page.goto("/admin/users");
  await expect(page.getByText("This is for administrators of this server."), owner.username).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a user is disabled and enabled", async ({ page, owner, server }) => {
    await server.run("user", "make-admin", owner.username);
    const http = await request.newContext({ baseURL: server.url });
    await new Owner("ada", http).register({});
    await page.goto("/admin/users");
    await row(page, "Users", "ada").getByText("Disable", { exact: true }).click();
    await submit(page, page.getByRole("button", { name: "Yes, disable ada" }));
    await expect(row(page, "Users", "ada")).toContainText("Disabled");
    expect((await http.get("/api/v1/auth/me")).status()).toBe(401);
    await submit(page, page.getByRole("button", { name: "Enable ada" }));
    await expect(row(page, "Users", "ada")).not.toContainText("Disabled");
    await http.dispose();
  });
});
