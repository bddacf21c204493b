// The user's own data: an export to download, and the deletion of the account.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, Owner, password, test, type Page } from "../fixtures";
import { expectMarked, open, row, submit } from "../pages";

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });

test("an export is prepared, told, and downloaded", async ({ page, owner }) => {
  await owner.subscribe("Demo Station");
  await open(page, "/account");
  await page.getByRole("button", { name: "Prepare an export" }).click();
  const link = page.getByRole("link", { name: /^Download the export/ });
  await expect(link).toBeVisible();
  const waiting = page.waitForEvent("download");
  await link.click();
  const file = await (await waiting).path();
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n").map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ kind: "head", username: owner.username });
  expect(lines.some((line) => line.table === "subscription")).toBe(true);
  expect(JSON.stringify(lines)).not.toContain("argon2");
});

test("an account is deleted by its user, and an administrator sees when and undoes it", async ({ page, owner, server, browser }) => {
  const context = await browser.newContext({ baseURL: server.url });
  await new Owner("root", context.request).register({});
  await server.run("user", "make-admin", "root");
  await open(page, "/account");
  await page.getByLabel("Your username").fill("somebody");
  await page.getByRole("button", { name: "Delete my account" }).click();
  await expectMarked(page.getByLabel("Your username"), /by mistake/);
  await page.getByLabel("Your username").fill(owner.username);
  await page.getByRole("button", { name: "Delete my account" }).click();
  await expect(heading(page, "Sign in")).toBeVisible();
  await expect(page.getByText("will be deleted in seven days")).toBeVisible();
  await page.getByLabel("Username").fill(owner.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("This account is disabled.")).toBeVisible();

  const root = await context.newPage();
  await open(root, `/admin/users?q=${owner.username}`);
  await expect(row(root, "Users", owner.username)).toContainText("Will be deleted");
  await root.getByRole("button", { name: `Enable ${owner.username}` }).click();
  await expect(row(root, "Users", owner.username)).not.toContainText("Will be deleted");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(heading(page, "Home")).toBeVisible();
  await context.close();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("an export is asked for, and the account is deleted", async ({ page, owner }) => {
    await page.goto("/account");
    await submit(page, page.getByRole("button", { name: "Prepare an export" }));
    await expect
      .poll(async () => {
        await page.reload();
        return page.getByRole("link", { name: /^Download the export/ }).count();
      })
      .toBe(1);
    await page.getByLabel("Your username").fill("somebody");
    await submit(page, page.getByRole("button", { name: "Delete my account" }));
    await expectMarked(page.getByLabel("Your username"), /by mistake/);
    await page.getByLabel("Your username").fill(owner.username);
    await submit(page, page.getByRole("button", { name: "Delete my account" }));
    await expect(page.getByText("will be deleted in seven days")).toBeVisible();
  });
});
